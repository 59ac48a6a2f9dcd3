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
from tests.data.integrity.damage import P, T, check_without_command, delete, save_image, truncate
from tests.tiny_pose import write_pose_data
from vidpred import CheckUnit, Problem, VidpredError
from vidpred.builtin.datasets.bair import folders as bair_folders
from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.builtin.datasets.pose import integrity as pose_integrity
from vidpred.builtin.datasets.pose.dataset import PoseVideo
from vidpred.cli import console
from vidpred.data.integrity.scan import default_workers, scan_units


def test_the_report_does_not_depend_on_the_number_of_processes(robot: Path, pose: Path) -> None:
    for damage in (save_image(f"{T}/3.png", "L"), delete(f"{T}/actions.csv")):
        damage(robot)
    truncate(f"{P}/9.png")(pose)
    for dataset in (BairRobot(BairRobot.Config(root=robot)), PoseVideo(PoseVideo.Config(root=pose))):
        reports = [check_without_command(dataset, workers) for workers in (1, 2, 3)]
        assert reports[0] == reports[1] == reports[2]
        assert len(reports[0].problems) == (2 if dataset.name == "bair_robot" else 1)


def test_no_more_processes_than_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    assert [default_workers(units) for units in (0, 1, 15, 16, 1000)] == [1, 1, 1, 2, 3]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert default_workers(1000) == 1


def yield_pid_after(seconds: float) -> Any:
    time.sleep(seconds)
    return iter([Problem(Path(), str(os.getpid()))])


def kill_process() -> Any:
    os._exit(9)


def test_units_are_read_in_parallel() -> None:
    with scan_units([CheckUnit(None, partial(yield_pid_after, 0.05))] * 64, 4) as readings:
        pids = {report.problems[0].message for report in readings}
    assert len(pids) > 1 and str(os.getpid()) not in pids


def test_a_killed_process_is_reported() -> None:
    units = [
        CheckUnit(Path(f"clip {number}"), kill_process if number == 40 else partial(yield_pid_after, 0))
        for number in range(64)
    ]
    killed = pytest.raises(
        VidpredError, match=r"clip \d+: this, or a clip soon after it, killed the process that read it"
    )
    with killed, scan_units(units, 2) as readings:
        list(readings)


def test_processes_end_with_their_parent(tmp_path: Path) -> None:
    """A killed parent leaves no process behind."""
    code = f"""
import sys, time
from functools import partial
sys.path.insert(0, {str(Path(__file__).resolve().parents[3])!r})
from tests.data.integrity.test_scan import yield_pid_after
from vidpred import CheckUnit
from vidpred.data.integrity.scan import scan_units
with scan_units([CheckUnit(None, partial(yield_pid_after, 0.1))] * 400, 3) as readings:
    for report in readings:
        print(report.problems[0].message, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pids = {int(parent.stdout.readline()) for _ in range(24)}
        parent.kill()
    until = time.monotonic() + 20
    while time.monotonic() < until and any(is_alive(pid) for pid in pids):
        time.sleep(0.05)
    assert len(pids) > 1 and not [pid for pid in pids if is_alive(pid)]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("family", ["robot", "pose"])
def test_frames_are_not_kept_in_memory(family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 200 frames, only a few are in memory at any time."""
    if family == "pose":
        root = write_pose_data(tmp_path / "pose", train=90)
        dataset: Any = PoseVideo(PoseVideo.Config(root=root))
    else:
        root = write_robot_data(tmp_path / "robot", train=20)
        dataset = BairRobot(BairRobot.Config(root=root))
    module = pose_integrity if family == "pose" else bair_folders
    in_memory, most, original = 0, 0, module.read_frame

    def forget() -> None:
        nonlocal in_memory
        in_memory -= 1

    def counted_read(*arguments: Any, **options: Any) -> torch.Tensor:
        nonlocal in_memory, most
        frame = original(*arguments, **options)
        weakref.finalize(frame, forget)
        in_memory += 1
        most = max(most, in_memory)
        return frame

    monkeypatch.setattr(module, "read_frame", counted_read)
    report = check_without_command(dataset)
    assert sum(split.frames + (split.conditions if family == "pose" else 0) for split in report.splits.values()) >= 200
    assert not report.problems and 1 <= most <= 4


def test_a_progress_bar_in_a_terminal_only(
    vidpred: Callable[..., Any], robot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_image(f"{T}/3.png", "L")(robot)
    arguments = ("data", "check", robot, "--dataset", "bair_robot")
    assert "\r" not in vidpred(*arguments).output and "so far" not in vidpred(*arguments).output
    for json in (False, True):
        screen = StringIO()
        monkeypatch.setattr(console, "stdout", Console(file=screen, force_terminal=True, width=100))
        vidpred(*arguments, *(["--json"] if json else []))
        assert ("1 problem so far" in screen.getvalue() and "8/8" in screen.getvalue()) is not json
