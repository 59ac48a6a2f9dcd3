"""What was predicted, written as the ending of its name says."""

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
from vidpred.plots.gifs import MILLISECONDS, render_pages, write_clip_gif

TO_LOOK_AT = (".gif", ".mp4")  # pages: conditions and futures beside each other, upscaled
ENDINGS = (*TO_LOOK_AT, ".npz", "")
MOST_SHOWN = 16  # futures beside each other


def check_output_is_free(path: Path, force: bool) -> None:
    """Raises VidpredError where something is in the way of writing this file or folder."""
    if path.is_dir() and any(path.iterdir()):
        raise VidpredError(
            f"{path}: is a folder that is not empty, and no folder is written over; empty it, or give another place"
        )
    if path.is_file() and not force:
        raise VidpredError(f"{path}: is there already; give another place, or --force to write over it")


def check_output(path: Path, samples: int, force: bool) -> None:
    """Raises VidpredError where so many futures cannot be written to `path`; before they are predicted."""
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise VidpredError(
            f"--out {path}: the ending {ending} is not known{did_you_mean(ending, ENDINGS)}; give one of "
            f"{', '.join(ENDINGS[:-1])}, or a folder for PNG frames"
        )
    if ending in TO_LOOK_AT and samples > MOST_SHOWN:
        raise VidpredError(
            f"--out {path}: {samples} futures are too many to look at beside each other; lower --samples to {MOST_SHOWN}, "
            "or give an .npz or a folder"
        )
    if ending == ".mp4":
        require_av(path)
    if ending and path.is_dir():
        raise VidpredError(f"--out {path}: is a folder; give a file in it, or a folder without an ending")
    if not ending and path.is_file():
        raise VidpredError(
            f"--out {path}: is a file without an ending; give one of {', '.join(ENDINGS[:-1])}, or a folder for PNG frames"
        )
    check_output_is_free(path, force)


def write_prediction(path: Path, futures: Tensor, past: int, name: str, shown: Mapping[str, Tensor]) -> None:
    """Write futures [N, T, C, H, W] in [0, 1], the first `past` frames given, whole or not at all.

    .gif, .mp4: a page for each frame, all beside what is `shown` (columns [T, C, H, W]). A folder: T.png, counted from 0; of
    several futures in sample_1, sample_2, … .npz: `frames` as they are, float32, and `past`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    ending = path.suffix.lower()
    if ending in TO_LOOK_AT:
        titles = ["prediction"] if len(futures) == 1 else [f"sample {n}" for n in range(1, len(futures) + 1)]
        columns = {**shown, **dict(zip(titles, futures, strict=True))}
        if ending == ".gif":
            write_clip_gif(path, columns, past, name)
            return
    with atomic_path(path) as temporary:
        if ending == ".mp4":
            write_video(temporary, map(np.asarray, render_pages(columns, past, name)), MILLISECONDS)
        elif ending == ".npz":
            with temporary.open("wb") as file:
                np.savez_compressed(file, frames=futures.numpy(), past=np.array(past))
        else:
            _folder(temporary, futures)


def _folder(folder: Path, futures: Tensor) -> None:
    for n, frames in enumerate(futures, 1):
        inner = folder if len(futures) == 1 else folder / f"sample_{n}"
        inner.mkdir(parents=True)
        for t, frame in enumerate(to_pixels(frames)):
            Image.fromarray(frame).save(inner / f"{t}.png")
