"""vidpred: a plugin-based toolkit for conditional video prediction.

The public API for users and component authors. Names are imported on first use, so that importing vidpred imports
neither torch nor any other module of the package. The stub `__init__.pyi` is the list of public names.
"""

from __future__ import annotations

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
