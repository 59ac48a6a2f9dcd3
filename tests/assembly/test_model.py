"""Building from a recipe: metrics that schedules read must be measured, and the runner has the recipe's settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import vidpred
from tests.conftest import tiny_recipe
from vidpred.assembly.model import build_runner, check_fit
from vidpred.builtin.annealers import NoAnnealing
from vidpred.builtin.forcing import ConstantRatio
from vidpred.engine.device import select_device
from vidpred.plugins.discovery import discover
from vidpred.plugins.registry import Entry
from vidpred.recipe.loading import Document, merge_fields
from vidpred.recipe.validation import ValidatedRecipe, validate_recipe


class UntilSharp(vidpred.Annealer):
    """Anneals fully as soon as the validation SSIM is high."""

    name = "until_sharp"
    config: vidpred.Config

    def watches(self) -> Sequence[str]:
        return ["ssim"]

    def weight(self, at: vidpred.Progress) -> float:
        return float(bool(at.history) and at.history[-1]["validate"]["ssim"] > 0.9)


def validated(data: Path, **changes: Any) -> ValidatedRecipe:
    registry = discover().registry
    registry.add([Entry("annealer", UntilSharp.name, UntilSharp, plugin="tests", summary="")])
    return validate_recipe(Document("tiny", merge_fields(tiny_recipe(data), changes)), registry)


def test_a_metric_that_an_annealer_reads_must_be_measured(robot_data: Path) -> None:
    check_fit(validated(robot_data, annealer="until_sharp", validate={"metrics": ["psnr", "ssim"]}))
    with pytest.raises(vidpred.VidpredError, match="annealer: until_sharp: 'ssim' is not measured"):
        check_fit(validated(robot_data, annealer="until_sharp", validate={"metrics": ["psnr"]}))


def test_annealers_and_forcing_policies_read_no_metric_by_default() -> None:
    assert NoAnnealing(NoAnnealing.Config()).watches() == ConstantRatio(ConstantRatio.Config()).watches() == ()


@pytest.mark.parametrize(("window", "steps_per_call"), [("auto", None), (1, 1), (3, 3)])
def test_the_recipes_window_is_the_runners_steps_per_call(
    robot_data: Path, window: Any, steps_per_call: int | None
) -> None:
    checked = validated(robot_data, sequence={"window": window, "last_frame_skip": True})
    runner = build_runner(checked, select_device("cpu", "fp32"))
    assert runner.steps_per_call == steps_per_call and runner.last_frame_skip
    assert runner.past == checked.recipe.sequence.past
