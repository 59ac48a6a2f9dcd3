"""Several processes, memory, and the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console

from tests.conftest import write_robot_data
from tests.data.integrity.damage import P, T, cut, inspected, saved, without
from tests.tiny_pose import write_pose_data
from vidpred import CheckUnit, Problem, VidpredError
from vidpred.builtin.datasets.bair import folders as bair_folders
from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.builtin.datasets.pose import integrity as pose_whole
from vidpred.builtin.datasets.pose.dataset import PoseVideo
from vidpred.cli import console
from vidpred.data.integrity.scan import default_workers, scan_units


def test_several_processes_say_the_same(robot: Path, pose: Path) -> None:
    for damage in (saved(f"{T}/3.png", "L"), without(f"{T}/actions.csv")):
        damage(robot)
    cut(f"{P}/9.png")(pose)
    for dataset in (BairRobot(BairRobot.Config(root=robot)), PoseVideo(PoseVideo.Config(root=pose))):
        made = [inspected(dataset, Path(dataset.config.root), workers) for workers in (1, 2, 3)]
        assert made[0] == made[1] == made[2] and len(made[0].problems) == (2 if dataset.name == "bair_robot" else 1)


def test_no_more_processes_than_there_are_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    assert [default_workers(units) for units in (0, 1, 15, 16, 1000)] == [1, 1, 1, 2, 3]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert default_workers(1000) == 1


def sleeping(seconds: float) -> Any:
    time.sleep(seconds)
    return iter([Problem(Path(), str(os.getpid()))])


def dying() -> Any:
    os._exit(9)


def test_parts_are_read_side_by_side() -> None:
    with scan_units([CheckUnit(None, partial(sleeping, 0.05))] * 64, 4) as readings:
        pids = {found.problems[0].message for found in readings}
    assert len(pids) > 1 and str(os.getpid()) not in pids


def test_a_process_that_is_killed_ends_in_a_message() -> None:
    parts = [CheckUnit(Path(f"clip {place}"), dying if place == 40 else partial(sleeping, 0)) for place in range(64)]
    killed = pytest.raises(
        VidpredError, match=r"clip \d+: this, or a clip soon after it, killed the process that read it"
    )
    with killed, scan_units(parts, 2) as readings:
        list(readings)


def test_processes_end_with_their_parent(tmp_path: Path) -> None:
    """A killed parent leaves nobody behind."""
    code = f"""
import sys, time
from functools import partial
sys.path.insert(0, {str(Path(__file__).resolve().parents[3])!r})
from tests.data.integrity.test_processes import sleeping
from vidpred import CheckUnit
from vidpred.data.integrity.scan import scan_units
with scan_units([CheckUnit(None, partial(sleeping, 0.1))] * 400, 3) as readings:
    for found in readings:
        print(found.problems[0].message, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pids = {int(parent.stdout.readline()) for _ in range(24)}
        parent.kill()
    until = time.monotonic() + 20
    while time.monotonic() < until and any(alive(pid) for pid in pids):
        time.sleep(0.05)
    assert len(pids) > 1 and not [pid for pid in pids if alive(pid)]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("family", ["robot", "pose"])
def test_frames_are_not_kept(family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 200 frames, no more than a handful are there at any time."""
    if family == "pose":
        root = write_pose_data(tmp_path / "pose", train=90)
        dataset: Any = PoseVideo(PoseVideo.Config(root=root))
    else:
        root = write_robot_data(tmp_path / "robot", train=20)
        dataset = BairRobot(BairRobot.Config(root=root))
    module = pose_whole if family == "pose" else bair_folders
    there, most, read = 0, 0, module.read_frame

    def gone() -> None:
        nonlocal there
        there -= 1

    def counting(*arguments: Any, **more: Any) -> torch.Tensor:
        nonlocal there, most
        frame = read(*arguments, **more)
        weakref.finalize(frame, gone)
        there += 1
        most = max(most, there)
        return frame

    monkeypatch.setattr(module, "read_frame", counting)
    found = inspected(dataset, root)
    assert sum(split.frames + (split.conditions if family == "pose" else 0) for split in found.splits.values()) >= 200
    assert not found.problems and 1 <= most <= 4


def test_a_bar_in_a_terminal_alone(vidpred: Callable[..., Any], robot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(f"{T}/3.png", "L")(robot)
    arguments = ("data", "check", robot, "--dataset", "bair_robot")
    assert "\r" not in vidpred(*arguments).output and "so far" not in vidpred(*arguments).output
    for json_too in (False, True):
        screen = StringIO()
        monkeypatch.setattr(console, "stdout", Console(file=screen, force_terminal=True, width=100))
        vidpred(*arguments, *(["--json"] if json_too else []))
        assert ("1 problem so far" in screen.getvalue() and "8/8" in screen.getvalue()) is not json_too
