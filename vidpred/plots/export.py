"""Write predictions in the format that the suffix of the path names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from vidpred.errors import VidpredError, did_you_mean
from vidpred.io.atomic import atomic_path
from vidpred.io.video import require_av, write_video
from vidpred.plots.canvas import to_pixels
from vidpred.plots.gifs import FRAME_MILLISECONDS, render_pages, write_clip_gif

_VIDEO_SUFFIXES = (".gif", ".mp4")  # pages: conditions and futures side by side, upscaled
_SUFFIXES = (*_VIDEO_SUFFIXES, ".npz")  # without a suffix, a folder of PNG frames is written
_MAX_SIDE_BY_SIDE = 16  # futures


def check_output_is_free(path: Path, force: bool) -> None:
    """Raise VidpredError if an existing file or folder must not be overwritten."""
    if path.is_dir() and any(path.iterdir()):
        raise VidpredError(
            f"{path}: is a folder that is not empty, and folders are not overwritten; empty it, or choose another path"
        )
    if path.is_file() and not force:
        raise VidpredError(f"{path}: already exists; choose another path, or --force to overwrite it")


def check_output(path: Path, samples: int, force: bool) -> None:
    """Raise VidpredError if `samples` futures cannot be written to `path`. Call it before they are predicted."""
    suffix, choices = path.suffix.lower(), f"{', '.join(_SUFFIXES)}, or a folder for PNG frames"
    if suffix and suffix not in _SUFFIXES:
        hint = did_you_mean(suffix, _SUFFIXES)
        raise VidpredError(f"--out {path}: the suffix {suffix} is not known{hint}; use one of {choices}")
    if suffix in _VIDEO_SUFFIXES and samples > _MAX_SIDE_BY_SIDE:
        raise VidpredError(
            f"--out {path}: {samples} futures are too many to view side by side; lower --samples to "
            f"{_MAX_SIDE_BY_SIDE}, or use an .npz file or a folder"
        )
    if suffix == ".mp4":
        require_av(path)
    if suffix and path.is_dir():
        raise VidpredError(f"--out {path}: is a folder; use a file in it, or a folder without a suffix")
    if not suffix and path.is_file():
        raise VidpredError(f"--out {path}: is a file without a suffix; use one of {choices}")
    check_output_is_free(path, force)


def write_prediction(path: Path, futures: Tensor, past: int, name: str, references: Mapping[str, Tensor]) -> None:
    """Write futures [N, T, C, H, W] in [0, 1], of which the first `past` frames were given, atomically.

    .gif, .mp4: a page for each frame, all futures beside the `references` (columns [T, C, H, W]). A folder: T.png,
    counted from 0; of several futures in sample_1, sample_2, … .npz: `frames` as they are, float32, and `past`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = path.suffix.lower()
    if suffix == ".gif":
        write_clip_gif(path, _columns(futures, references), past, name)
        return
    with atomic_path(path) as temporary:
        if suffix == ".mp4":
            pages = render_pages(_columns(futures, references), past, name)
            write_video(temporary, map(np.asarray, pages), FRAME_MILLISECONDS)
        elif suffix == ".npz":
            with temporary.open("wb") as file:
                np.savez_compressed(file, frames=futures.numpy(), past=np.array(past))
        else:
            _write_png_frames(temporary, futures)


def _columns(futures: Tensor, references: Mapping[str, Tensor]) -> dict[str, Tensor]:
    titles = ["prediction"] if len(futures) == 1 else [f"sample {number}" for number in range(1, len(futures) + 1)]
    return {**references, **dict(zip(titles, futures, strict=True))}


def _write_png_frames(folder: Path, futures: Tensor) -> None:
    for number, frames in enumerate(futures, 1):
        target = folder if len(futures) == 1 else folder / f"sample_{number}"
        target.mkdir(parents=True)
        for t, frame in enumerate(to_pixels(frames)):
            Image.fromarray(frame).save(target / f"{t}.png")
