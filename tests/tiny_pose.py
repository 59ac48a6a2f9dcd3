"""Little pose videos in the LAB4 layout that the tests draw themselves, and a tiny recipe on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from PIL import Image, ImageDraw
from torch import Tensor

from vidpred.assembly.run import new_run
from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import Document
from vidpred.recipe.validation import validate_recipe
from vidpred.training.run import Run

SIZE = (8, 16)
TESTS = {"0": (1, 5), "1": (1, 7), "10": (1, 5)}  # folder: frames, labels


def draw(t: int, seed: int, size: tuple[int, int] = SIZE) -> tuple[Image.Image, Image.Image]:
    """Frame t of a person that sways, and its skeleton. No two frames, and no two of 16 skeletons, are alike."""
    height, width = size
    noise = np.random.default_rng((seed, t)).integers(60, 100, (height, width, 3), dtype=np.uint8)
    frame, skeleton = Image.fromarray(noise), Image.new("RGB", (width, height))
    x = int((0.5 + 0.35 * np.sin(0.7 * t + seed)) * width)
    ImageDraw.Draw(frame).rectangle((x - 2, height // 4, x + 2, height - 2), fill=(220, 120 + 10 * (seed % 10), 30))
    ImageDraw.Draw(skeleton).line((x, height // 4, x, height - 2), fill=(255, 40, 90))
    skeleton.putpixel((t % width, 0), (0, 0, 200))
    return frame, skeleton


def write_video(
    images: Path,
    labels: Path,
    frames: int,
    *,
    conditions: int | None = None,
    seed: int = 0,
    size: tuple[int, int] = SIZE,
    name: str = "{}.png",
    first: int = 0,
) -> None:
    """`frames` frames, and `conditions` skeletons (default: equal), 0.png, 1.png, …, or by `name` and `first`."""
    conditions = frames if conditions is None else conditions
    images.mkdir(parents=True)
    labels.mkdir(parents=True)
    for t in range(max(frames, conditions)):
        frame, skeleton = draw(t, seed, size)
        if t < frames:
            frame.save(images / name.format(t + first))
        if t < conditions:
            skeleton.save(labels / name.format(t + first))


def write_pose_data(
    root: Path,
    *,
    train: int = 12,
    validate: int = 6,
    tests: Mapping[str, tuple[int, int]] = TESTS,
    seed: int = 0,
    size: tuple[int, int] = SIZE,
    name: str = "{}.png",
    first: int = 0,
) -> Path:
    """A video of each split, and a test folder for each of `tests`: its frames and labels. Seeds are consecutive."""
    form: dict[str, Any] = {"size": size, "name": name, "first": first}
    for index, (split, frames) in enumerate({"train": train, "val": validate}.items()):
        write_video(root / split / f"{split}_img", root / split / f"{split}_label", frames, seed=seed + index, **form)
    for index, (folder, (frames, conditions)) in enumerate(tests.items(), 2):
        write_video(
            root / "test" / "test_img" / folder,
            root / "test" / "test_label" / folder,
            frames,
            conditions=conditions,
            seed=seed + index,
            **form,
        )
    return root


def source(root: Path, **more: Any) -> dict[str, Any]:
    """A recipe's `data`, or one of several."""
    return {"name": "pose_video", "root": str(root), "size": list(SIZE), **more}


def pose_recipe(root: Path, **changes: Any) -> dict[str, Any]:
    """A recipe that trains fast: the pose family with 1 to 8 channels, 1 + 3 frames of 8x16, 1 epoch of 2 steps."""
    return {
        "name": "tiny",
        "data": source(root),
        "sequence": {"past": 1, "future": 3},
        "model": {
            "encoder": {"name": "resnet", "dim": 8},
            "condition": {"name": "pose", "dim": 4},
            "posterior": {"name": "gaussian_conv", "latent": 4},
            "prior": "standard_normal",
            "predictor": {"name": "direct_fusion", "dim": 8},
            "decoder": "resnet",
        },
        "forcing": {"name": "constant", "ratio": 0.0},
        "train": {"epochs": 1, "batch_size": 2, "steps_per_epoch": 2, "precision": "fp32", "reestimate_batches": 1},
        "validate": {"metrics": ["psnr"], "preview_samples": 1},
        "save": {"best": ["psnr"]},
        **changes,
    }


def write(path: Path, fields: Mapping[str, Any]) -> Path:
    """A recipe's file."""
    path.write_text(yaml.safe_dump(dict(fields)), encoding="utf-8")
    return path


def settings(*changes: str) -> list[str]:
    """`--set` before each of these."""
    return [part for change in changes for part in ("--set", change)]


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def built(fields: Mapping[str, Any], out: Path) -> Run:
    """The run that a recipe's fields describe, ready to start; it draws no pictures."""
    run = new_run(validate_recipe(Document("tiny", dict(fields)), discover().registry), out=out, device="cpu")
    run.validation = replace(run.validation, draw=lambda folder, _: folder)
    return run


def trained(fields: Mapping[str, Any], out: Path) -> Path:
    """A finished run's folder."""
    run = built(fields, out)
    for _ in run.events():
        pass
    return run.folder


def folder_of(out: Path, name: str = "tiny") -> Path:
    """The folder of the one run that `vidpred run --out` left there."""
    (folder,) = (out / name).iterdir()
    return folder
