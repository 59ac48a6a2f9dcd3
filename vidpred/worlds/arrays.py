"""Types of the arrays that demo worlds are computed in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.floating[Any]]  # values of pixels
Float64Array = NDArray[np.floating[Any]]  # positions and angles
IntArray = NDArray[np.int64]
RGB = tuple[float, float, float]  # 0..1
