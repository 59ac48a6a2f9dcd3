"""Previews and histories for tests of the plots, made without any model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from PIL import Image, ImageSequence

from vidpred.evaluation.preview_types import Preview


def random_preview(
    clips: int = 2,
    frames: int = 6,
    channels: int = 3,
    height: int = 64,
    width: int = 64,
    samples: int = 3,
    past: int = 2,
    length: int | None = None,
) -> Preview:
    generator = torch.Generator().manual_seed(0)
    truth = torch.rand(clips, frames, channels, height, width, generator=generator)
    futures = torch.rand(clips, samples, frames - 1, channels, height, width, generator=generator)
    psnr = 20 + torch.rand(clips, samples, frames - past, generator=generator)
    return Preview(truth, truth[:, 1:] / 2, futures, psnr, past, length or frames)


def record(epoch: int, **changes: Any) -> dict[str, Any]:
    return {
        "epoch": epoch,
        "train": {"loss": 1 / (epoch + 1), "mse": 0.1 / (epoch + 1), "kl": 30.0, "psnr": 20.0 + epoch},
        "validate": {"loss": 0.02, "psnr": 19.0 + epoch % 7, "copy_last": {"psnr": 18.0}},
        "beta": 0.0001,
        "ratio": 0.5,
        "forced_share": 0.4,
        "resets": epoch // 3,
        "lr": 0.002,
        "skipped": 0,
        **changes,
    }


def read_pages(path: Path) -> list[Image.Image]:
    """Return the frames of a GIF, or the image of a PNG, in RGB."""
    with Image.open(path) as file:
        return [page.convert("RGB") for page in ImageSequence.Iterator(file)]
