"""Damages for data sets, and readers of the JSON of `vidpred data check`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from vidpred import Dataset
from vidpred.data.integrity.check import check_data
from vidpred.data.integrity.report import CheckReport

SHARD = "traj_0_to_255"
T = f"train/{SHARD}/1"  # the trajectory that the tests break
P, Q = "train/train_img", "train/train_label"
Damage = Callable[[Path], Any]


def problem_lines(report: dict[str, Any]) -> list[str]:
    """The problems as lines: split, file and message."""
    return [f"{problem['split']} {problem['file']}: {problem['problem']}" for problem in report["problems"]]


def split_counts(report: dict[str, Any], *names: str) -> dict[str, tuple[int, ...]]:
    """These numbers of each split."""
    return {split: tuple(summary[name] for name in names) for split, summary in report["splits"].items()}


def check_without_command(dataset: Dataset, workers: int = 1) -> CheckReport:
    return check_data(dataset, workers=workers)


def delete(*names: str) -> Damage:
    return lambda root: [(root / name).unlink() for name in names]


def save_image(name: str, mode: str = "RGB", size: tuple[int, int] = (64, 64)) -> Damage:
    return lambda root: Image.new(mode, size[::-1]).save(root / name)


def truncate(name: str) -> Damage:
    return lambda root: (root / name).write_bytes((root / name).read_bytes()[:-60])


def edit_rows(name: str, change: Callable[[list[str]], list[str]]) -> Damage:
    return lambda root: (root / name).write_text("\n".join(change((root / name).read_text().splitlines())) + "\n")


def flip_bit(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)
