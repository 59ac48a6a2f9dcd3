"""Demo data: what `--sample` trains on. A data set renders a small version of itself, once, into the user's cache.

Imports no torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vidpred import __version__
from vidpred.errors import VidpredError
from vidpred.io.atomic import atomic_path
from vidpred.io.cache import cache_folder

if TYPE_CHECKING:
    from vidpred.contracts.data import Dataset


def demo_data_folder(dataset: str, seed: int = 0) -> Path:
    """Return the folder of the demo data of a data set in the user's cache, see `cache_folder`.

    Its name contains vidpred's version, because another version may render other data.
    """
    return cache_folder() / "samples" / f"{dataset}-{__version__}-seed{seed}"


def write_demo_data_folder(dataset: Dataset, root: Path, seed: int = 0) -> None:
    """Render the demo data of a data set to `root`, atomically. Does nothing if `root` exists.

    Raises VidpredError if it cannot be written.
    """
    if root.exists():
        return
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
