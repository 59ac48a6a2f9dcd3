"""A training process is killed (SIGKILL) again and again, during its saves above all: no run is ever unreadable, no more than the
running epoch is lost, and in the end it is the run that nobody killed.

`make crash-test` kills 100 times; `make test` 10 times.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system import killed_process
from tests.tiny_runs import assert_runs_equal, new_tiny_run, recipe_fields, resume_if_unfinished, run_to_end
from vidpred.runs.catalog import run_status
from vidpred.runs.layout import RunFolder
from vidpred.training.run import Run

KILLS = int(os.environ.get("VIDPRED_KILLS", "10"))


@pytest.fixture(scope="module")
def moments(data_roots: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many moments of its saves a run can be killed at."""
    return killed_process.calls_of(
        lambda: new_tiny_run(recipe_fields("pose", data_roots["pose"]), tmp_path_factory.mktemp("counted"))
    )


def test_a_run_that_is_killed_again_and_again(
    data_roots: dict[str, Path], uninterrupted: Callable[..., Path], moments: int, tmp_path: Path
) -> None:
    """Most kills are at a moment of a save, spread over all of them; the others come at any time."""
    chosen = random.Random(KILLS)
    kills = attempts = 0
    while kills < KILLS:
        attempts += 1
        out = tmp_path / f"run{attempts}"
        kills += _killed_until_finished(
            lambda out=out: new_tiny_run(recipe_fields("pose", data_roots["pose"]), out),
            out,
            chosen,
            moments,
            KILLS - kills,
        )
        assert_runs_equal(_folder(out), uninterrupted("pose"))
    print(f"{kills} kills in {attempts} runs, {moments} moments")


def _killed_until_finished(make: Callable[[], Run], out: Path, chosen: random.Random, moments: int, most: int) -> int:
    kills, finished_epochs = 0, 0
    while kills < most:
        started = _folders(out)
        start = (lambda: resume_if_unfinished(started[0])) if started else make  # noqa: B023 (called at once)
        if chosen.random() < 0.7:
            done = killed_process.after_calls(start, chosen.randrange(moments))
        else:
            done = killed_process.after_seconds(start, chosen.uniform(0, 1.5))
        if done:
            return kills
        kills += 1
        finished_epochs = _nothing_is_lost(out, finished_epochs)
    started = _folders(out)
    left = resume_if_unfinished(started[0]) if started else make()
    if left:
        run_to_end(left)
    return kills


def _nothing_is_lost(out: Path, before: int) -> int:
    """Gives how many epochs are finished; the state can be read, and what was finished before still is."""
    for folder in _folders(out):
        found = run_status(folder)
        assert found.state == "interrupted" or found.at.epoch == found.epochs, found
        assert found.at.epoch >= before, "a finished epoch is lost"
        recorded = len(RunFolder(folder).read_history())
        assert recorded - found.at.epoch in (0, 1), "more than the running epoch is lost"
        return found.at.epoch
    return 0


def _folders(out: Path) -> list[Path]:
    """The run's folder, if it has its name already."""
    return [path for path in out.glob("tiny/*") if not path.name.startswith(".")]


def _folder(out: Path) -> Path:
    (folder,) = _folders(out)
    return folder
