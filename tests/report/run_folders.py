"""Run folders for tests of the report, written without any training."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
import yaml

from vidpred.evaluation.preview_types import PerFrame, Pictures, Preview, frame_psnr
from vidpred.report.preview_sheets import write_preview_sheet
from vidpred.runs.layout import RunFolder

RECIPE: dict[str, Any] = {
    "name": "tiny",
    "seed": 1,
    "data": {"name": "bair_robot", "root": "data/bair", "conditions": ["actions", "positions"]},
    "sequence": {"past": 2, "future": 10},
    "model": {"name": "six_slots", "encoder": {"name": "vgg64", "dim": 128}, "decoder": {"name": "vgg64"}},
    "loss": {"objective": {"name": "elbo"}, "beta_max": 0.0001},
    "annealer": {"name": "cyclical", "cycles": 4, "ratio": 0.5},
    "forcing": {"name": "convergence_reset", "start": 1.0, "patience": 8},
    "optimizer": {"name": "adam", "lr": 0.002},
    "scheduler": {"name": "cosine"},
    "train": {"epochs": 100, "batch_size": 20, "steps_per_epoch": 50},
}
ENVIRONMENT: dict[str, Any] = {
    "versions": {"vidpred": "0.1.0", "torch": "2.6.0"},
    "platform": "Linux",
    "device": "CPU, bf16",
    "seed": 1,
    "plugins": [{"name": "vidpred", "version": "0.1.0", "source": "vidpred.builtin", "sha256": None}],
    "command": ["vidpred", "run", "bair_cyclical"],
    "init_from": None,
}


def record(epoch: int, **changes: Any) -> dict[str, Any]:
    """Return the record of an epoch of a run that learns; every value differs from that of every other epoch."""
    shrink = math.exp(-epoch / 30)
    return {
        "epoch": epoch,
        "train": {
            "loss": 0.1 + 8 * shrink,
            "mse": 0.004 + 0.02 * shrink,
            "kl": 3 + 40 * shrink,
            "psnr": 24 - 8 * shrink,
        },
        "validate": {
            "loss": 0.006 + 0.02 * shrink,
            "psnr": 22 - 7 * shrink - max(0, epoch - 80) / 50,
            "ssim": 0.9 - 0.4 * shrink,
            "copy_last": {"psnr": 18.2, "ssim": 0.78},
        },
        "beta": 0.0001 * min(1.0, 2 * (epoch % 25) / 25),
        "ratio": max(0.0, 1 - (epoch % 40) / 30),
        "forced_share": max(0.0, 1 - (epoch % 40) / 30),
        "resets": epoch // 40,
        "lr": 0.001 * (1 + math.cos(math.pi * epoch / 100)),
        "skipped": 0,
        "seconds": 12.5,
        "clips_per_second": 80.0,
        **changes,
    }


def preview(
    epoch: int = 0,
    *,
    clips: int = 2,
    frames: int = 12,
    channels: int = 3,
    height: int = 64,
    width: int = 64,
    samples: int = 3,
    past: int = 2,
    noisy: bool = False,
) -> Preview:
    """Return bright discs that move over a shaded ground. Predictions are dimmer and, early in a run, noisy; with
    `noisy`, all frames are noise."""
    generator = torch.Generator().manual_seed(epoch)
    frame = (channels, height, width)
    if noisy:
        truth = torch.rand(clips, frames, *frame, generator=generator)
        posterior = torch.rand(clips, frames - 1, *frame, generator=generator)
        futures = torch.rand(clips, samples, frames - 1, *frame, generator=generator)
    else:
        truth = moving_discs(clips, frames, *frame)
        noise = 0.25 * math.exp(-epoch / 30)
        posterior_noise = torch.randn(clips, frames - 1, *frame, generator=generator)
        sample_noise = torch.randn(clips, samples, frames - 1, *frame, generator=generator)
        posterior = (truth[:, 1:] * 0.9 + noise * posterior_noise).clamp(0, 1)
        futures = (truth[:, None, 1:] * 0.9 + noise * sample_noise).clamp(0, 1)
    psnr = frame_psnr(futures[:, :, past - 1 :], truth[:, None, past:])
    return Preview(truth, posterior, futures, psnr, past, frames)


def moving_discs(clips: int, frames: int, channels: int, height: int, width: int) -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    ground = torch.stack([0.3 + 0.3 * y / height, 0.35 + 0.2 * x / width, 0.4 - 0.2 * y / height])[:channels]
    truth = ground.repeat(clips, frames, 1, 1, 1)
    colour = torch.tensor([0.95, 0.55, 0.15])[:channels, None]
    for clip in range(clips):
        for t in range(frames):
            from_center = (y - height * (0.2 + 0.05 * t), x - width * (0.2 + 0.04 * t + 0.1 * clip))
            disc = from_center[0] ** 2 + from_center[1] ** 2 < (height / 7) ** 2
            truth[clip, t, :, disc] = colour
    return truth


def per_frame(epoch: int) -> PerFrame:
    return PerFrame(
        epoch,
        2,
        {"loss": [0.01] * 10, "psnr": [24 - 0.5 * t for t in range(10)], "ssim": [0.9 - 0.01 * t for t in range(10)]},
        {"psnr": [22 - 0.8 * t for t in range(10)], "ssim": [0.88 - 0.02 * t for t in range(10)]},
    )


def write_history(folder: Path, records: Iterable[Mapping[str, Any]]) -> None:
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (folder / "metrics.jsonl").write_text(lines, encoding="utf-8")


def write_run(
    folder: Path,
    *,
    epochs: int = 20,
    every: int = 10,
    recipe: dict[str, Any] | None = None,
    environment: dict[str, Any] | None = None,
    **shape: Any,
) -> Path:
    """Write the files of a run folder that a report reads, with a preview every `every` epochs."""
    run = RunFolder(folder)
    folder.mkdir(parents=True)
    recipe_yaml = yaml.safe_dump(recipe or RECIPE, sort_keys=False, allow_unicode=True)
    run.recipe_path.write_text(recipe_yaml, encoding="utf-8")
    run.environment_path.write_text(json.dumps(environment or ENVIRONMENT), encoding="utf-8")
    records = [record(epoch) for epoch in range(epochs)]
    write_history(folder, records)
    for epoch in range(every - 1, epochs, every):
        pictures = Pictures(epoch, preview(epoch, **shape), records[: epoch + 1], per_frame(epoch))
        write_preview_sheet(run, pictures)
    return folder
