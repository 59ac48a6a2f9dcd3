"""Run folders for the tests of reports, written without any training."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
import yaml

from vidpred.evaluation.preview_types import PerFrame, Pictures, Preview, frame_psnr
from vidpred.report import preview_sheets as store
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
    """An epoch of a run that learns, with every figure different from every other epoch's."""
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
    """Bright discs that move over a shaded ground; predictions are dimmer and, early in a run, noisy. `noisy`: all is noise."""
    source = torch.Generator().manual_seed(epoch)
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    ground = torch.stack([0.3 + 0.3 * y / height, 0.35 + 0.2 * x / width, 0.4 - 0.2 * y / height])[:channels]
    truth = ground.repeat(clips, frames, 1, 1, 1)
    for clip in range(clips):
        for t in range(frames):
            disc = (y - height * (0.2 + 0.05 * t)) ** 2 + (x - width * (0.2 + 0.04 * t + 0.1 * clip)) ** 2 < (
                height / 7
            ) ** 2
            truth[clip, t, :, disc] = torch.tensor([0.95, 0.55, 0.15])[:channels, None]
    unsure = 0.25 * math.exp(-epoch / 30)

    def predicted(*shape: int) -> torch.Tensor:
        made = truth[:, 1:].unsqueeze(1) if len(shape) > 1 else truth[:, 1:]
        return (made * 0.9 + unsure * torch.randn(*shape, frames - 1, channels, height, width, generator=source)).clamp(
            0, 1
        )

    if noisy:
        truth = torch.rand(truth.shape, generator=source)
        posterior, made = (
            torch.rand(*shape, frames - 1, channels, height, width, generator=source)
            for shape in ((clips,), (clips, samples))
        )
    else:
        posterior, made = predicted(clips), predicted(clips, samples)
    return Preview(truth, posterior, made, frame_psnr(made[:, :, past - 1 :], truth[:, None, past:]), past, frames)


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
    """A run folder as a run leaves it, as far as a report reads it: a preview every `every` epochs."""
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text(
        yaml.safe_dump(recipe or RECIPE, sort_keys=False, allow_unicode=True), encoding="utf-8"
    )
    (folder / "environment.json").write_text(json.dumps(environment or ENVIRONMENT), encoding="utf-8")
    records = [record(epoch) for epoch in range(epochs)]
    write_history(folder, records)
    for epoch in range(every - 1, epochs, every):
        store.write_preview_sheet(
            RunFolder(folder), Pictures(epoch, preview(epoch, **shape), records[: epoch + 1], per_frame(epoch))
        )
    return folder
