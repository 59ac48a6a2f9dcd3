"""Sample data: what `--sample` trains on. A data set renders a small one of its own kind, once, into the user's cache."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from vidpred import __version__
from vidpred.errors import VidpredError
from vidpred.io.atomic import atomic_path

if TYPE_CHECKING:
    from vidpred.contracts.data import Dataset

SEED = 0


def cache() -> Path:
    """The user's cache for vidpred: $XDG_CACHE_HOME/vidpred, or ~/.cache/vidpred."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vidpred"


def folder(dataset: str, seed: int = SEED) -> Path:
    """Where the sample of this data set is kept. Another version of vidpred may render another."""
    return cache() / "samples" / f"{dataset}-{__version__}-seed{seed}"


def render(dataset: Dataset, root: Path, seed: int = SEED) -> Path:
    """Write the data set's sample to `root`, whole or not at all: another name first, then renamed. Where it is there
    already, nothing is done. Raises VidpredError where it cannot be written."""
    if root.exists():
        return root
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(root) as temporary:
            temporary.mkdir()
            dataset.write_demo_data(temporary, seed)
    except OSError as error:
        if not root.exists():  # else another process was faster, with the same data
            raise VidpredError(
                f"{root}: cannot be written: {error.strerror}; make room there, or set XDG_CACHE_HOME to another folder"
            ) from error
    return root
