"""What the tests do to data, and how they read what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from vidpred import Dataset
from vidpred.data.integrity.report import CheckReport, build_report
from vidpred.data.integrity.scan import plan_scan, scan_units

SHARD = "traj_0_to_255"
T = f"train/{SHARD}/1"  # the trajectory that the tests break
P, Q = "train/train_img", "train/train_label"
Damage = Callable[[Path], Any]


def told(found: dict[str, Any]) -> list[str]:
    """The problems as lines: split, file and what is wrong."""
    return [f"{one['split']} {one['file']}: {one['problem']}" for one in found["problems"]]


def counted(found: dict[str, Any], *names: str) -> dict[str, tuple[int, ...]]:
    return {split: tuple(summary[name] for name in names) for split, summary in found["splits"].items()}


def inspected(dataset: Dataset, root: Path, workers: int = 1) -> CheckReport:
    """Without the command line."""
    plan = plan_scan(dataset)
    with scan_units([unit for _, unit in plan.units], workers) as results:
        return build_report(root, plan, results)


def without(*names: str) -> Damage:
    return lambda root: [(root / name).unlink() for name in names]


def saved(name: str, mode: str = "RGB", size: tuple[int, int] = (64, 64)) -> Damage:
    return lambda root: Image.new(mode, size[::-1]).save(root / name)


def cut(name: str) -> Damage:
    return lambda root: (root / name).write_bytes((root / name).read_bytes()[:-60])


def rows(name: str, change: Callable[[list[str]], list[str]]) -> Damage:
    return lambda root: (root / name).write_text("\n".join(change((root / name).read_text().splitlines())) + "\n")


def flipped(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
