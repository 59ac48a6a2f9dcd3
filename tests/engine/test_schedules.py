"""The values of schedules over a run, computed without training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.test_validation import tiny_run
from vidpred.contracts.schedules import Annealer, Forcing, Progress
from vidpred.engine.schedules import schedule_values
from vidpred.runs.layout import RunFolder

FORCING = "{name: linear_decay, start: 0.9, from_epoch: 1, step: 0.3, granularity: frame}"


@pytest.mark.parametrize("annealer", ["{name: cyclical, cycles: 2, unit: step}", "{name: monotonic}", "none"])
def test_values_equal_those_that_a_run_records(
    write_recipe: Callable[..., Path], tmp_path: Path, annealer: str, without_pictures: None
) -> None:
    overrides = [f"annealer={annealer}", f"forcing={FORCING}", "loss.beta_max=0.007"]
    overrides += ["train.epochs=3", "train.steps_per_epoch=3"]
    run = tiny_run(write_recipe(), tmp_path / "out", *overrides)
    run.validation.data.split.lengths = run.validation.data.split.lengths[:1]
    list(run.events())
    values = schedule_values(run.trainer.annealer, run.trainer.forcing, beta_max=0.007, epochs=3, steps_per_epoch=3)
    recorded = [(record["beta"], record["ratio"]) for record in RunFolder(run.folder).read_history()]
    assert recorded == list(zip(values.beta, values.ratio, strict=True)) and not values.reads_history


class Steady(Annealer):
    name = "steady"

    def weight(self, at: Progress) -> float:
        return 1.0


class Patient(Forcing):
    name = "patient"

    def ratio(self, at: Progress) -> float:
        return 0.5 if at.history and at.history[-1]["validate"] else 1.0


def test_a_policy_that_reads_the_history_is_detected() -> None:
    values = schedule_values(
        Steady(Steady.Config()), Patient(Patient.Config()), beta_max=0.5, epochs=2, steps_per_epoch=2
    )
    assert values.reads_history and values.ratio == (1.0, 1.0) and values.beta == (0.5, 0.5)
