"""A training process is killed (SIGKILL) again and again, mostly during its saves.

A run never becomes unreadable, at most the running epoch is lost, and the result equals that of an uninterrupted run.
`make crash-test` kills 100 times; `make test` 10 times.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.killed_process import count_moments, train_and_kill_after, train_and_kill_at_call
from tests.tiny_runs import assert_runs_equal, new_tiny_run, recipe_fields, resume_if_unfinished, run_to_end
from vidpred.runs.catalog import run_status
from vidpred.runs.layout import RunFolder
from vidpred.training.run import Run

KILLS = int(os.environ.get("VIDPRED_KILLS", "10"))


@pytest.fixture(scope="module")
def moments(data_roots: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> int:
    """The number of moments of its saves at which a run can be killed."""
    fields = recipe_fields("pose", data_roots["pose"])
    return count_moments(lambda: new_tiny_run(fields, tmp_path_factory.mktemp("counted")))


def test_a_run_that_is_killed_repeatedly_equals_an_uninterrupted_one(
    data_roots: dict[str, Path], uninterrupted: Callable[..., Path], moments: int, tmp_path: Path
) -> None:
    """Most kills are at a moment of a save, spread over all of them; the others come at any time."""
    generator = random.Random(KILLS)
    fields = recipe_fields("pose", data_roots["pose"])
    kills = attempts = 0
    while kills < KILLS:
        attempts += 1
        out = tmp_path / f"run{attempts}"
        kills += _kill_until_finished(lambda out=out: new_tiny_run(fields, out), out, generator, moments, KILLS - kills)
        (folder,) = _run_folders(out)
        assert_runs_equal(folder, uninterrupted("pose"))
    print(f"{kills} kills in {attempts} runs, {moments} moments")


def _kill_until_finished(
    make: Callable[[], Run], out: Path, generator: random.Random, moments: int, max_kills: int
) -> int:
    kills, finished_epochs = 0, 0
    while kills < max_kills:
        folders = _run_folders(out)
        start = (lambda: resume_if_unfinished(folders[0])) if folders else make  # noqa: B023 (called at once)
        if generator.random() < 0.7:
            is_finished = train_and_kill_at_call(start, generator.randrange(moments))
        else:
            is_finished = train_and_kill_after(start, generator.uniform(0, 1.5))
        if is_finished:
            return kills
        kills += 1
        finished_epochs = _check_nothing_is_lost(out, finished_epochs)
    folders = _run_folders(out)
    run = resume_if_unfinished(folders[0]) if folders else make()
    if run:
        run_to_end(run)
    return kills


def _check_nothing_is_lost(out: Path, finished_before: int) -> int:
    """Check that the run can be read and no finished epoch is lost; return the number of finished epochs."""
    for folder in _run_folders(out):
        status = run_status(folder)
        assert status.state == "interrupted" or status.position.epoch == status.epochs, status
        assert status.position.epoch >= finished_before, "a finished epoch is lost"
        recorded = len(RunFolder(folder).read_history())
        assert recorded - status.position.epoch in (0, 1), "more than the running epoch is lost"
        return status.position.epoch
    return 0


def _run_folders(out: Path) -> list[Path]:
    """The run's folder, if it has its final name already."""
    return [path for path in out.glob("tiny/*") if not path.name.startswith(".")]
