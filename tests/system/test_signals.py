"""Ctrl-C and SIGTERM, in a separate process: the step is finished and saved, and the run can be resumed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.tiny_runs import assert_runs_equal, recipe_fields, resume_tiny_run, run_to_end

SLOW = '''
import time
import vidpred
class Slow(vidpred.Observer):
    """Prints the epoch, and sleeps."""
    name = "slow"
    def epoch_end(self, record):
        print("EPOCH", record["epoch"], flush=True)
        time.sleep({pause})
@vidpred.hookimpl
def vidpred_register(add):
    add("observer", "slow", Slow)
'''


@pytest.fixture
def start(data_roots: dict[str, Path], tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """start(workers=2): a process of `vidpred run` that has finished its first epoch, after which it sleeps a while."""
    processes = []

    def run(pause: float = 0.3, workers: int = 0) -> subprocess.Popen[str]:
        recipe = tmp_path / "recipe.yaml"
        recipe.write_text(yaml.safe_dump(recipe_fields("robot", data_roots["robot"])))
        plugin = tmp_path / "slow.py"
        plugin.write_text(SLOW.replace("{pause}", str(pause)))
        command = [
            sys.executable,
            "-m",
            "vidpred",
            "run",
            recipe,
            "--out",
            tmp_path / "out",
            "--device",
            "cpu",
            "--plugin",
            plugin,
            "--set",
            "observers=[slow]",
            "--set",
            "validate.preview_every=99",
            "--set",
            f"train.workers={workers}",
        ]
        process = subprocess.Popen(
            list(map(str, command)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        processes.append(process)
        assert process.stdout is not None
        while "EPOCH 0" not in (line := process.stdout.readline()):
            assert line, process.communicate()[1]
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def run_folder(tmp_path: Path) -> Path:
    (folder,) = (tmp_path / "out" / "tiny").iterdir()
    return folder


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_finishes_the_step_and_saves(
    number: signal.Signals,
    code: int,
    workers: int,
    start: Callable[..., subprocess.Popen[str]],
    tmp_path: Path,
    uninterrupted: Callable[..., Path],
) -> None:
    """All processes of the group receive it, as from a terminal or a job scheduler; loader workers ignore it."""
    process = start(workers=workers)
    os.killpg(process.pid, number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    folder = run_folder(tmp_path)
    assert "stopping after this step" in errors and "Traceback" not in errors
    assert f"and saved. Resume: vidpred run --resume {folder}" in " ".join(errors.split())
    assert not (folder / "running.json").exists()
    assert_runs_equal(
        run_to_end(resume_tiny_run(folder, "observers=[]", plugins=[tmp_path / "slow.py"])), uninterrupted("robot")
    )


def test_a_second_signal_stops_at_once_and_damages_nothing(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path, uninterrupted: Callable[..., Path]
) -> None:
    process = start(pause=60.0)
    started = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130 and time.monotonic() - started < 30 and "Traceback" not in errors, errors
    assert_runs_equal(
        run_to_end(resume_tiny_run(run_folder(tmp_path), "observers=[]", plugins=[tmp_path / "slow.py"])),
        uninterrupted("robot"),
    )
