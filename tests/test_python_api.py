"""What the commands do can be called from Python, by the public names of vidpred."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import vidpred as vp
from tests.comparison.written_runs import write_ablation
from tests.conftest import tiny_recipe
from tests.report.run_folders import write_run
from tests.trained_runs import small_demo_data as small_demo_data
from vidpred.recipe.loading import Document
from vidpred.recipe.validation import ValidatedRecipe


@pytest.fixture
def checked(robot_data: Path) -> ValidatedRecipe:
    return vp.validate_recipe(Document("tiny", tiny_recipe(robot_data)), vp.discover().registry)


def test_a_recipe_uses_demo_data_that_are_rendered_once(small_demo_data: list[Path]) -> None:
    document = vp.use_demo_data(vp.load_recipe("bair_cyclical", [], sample=True))
    checked = vp.validate_recipe(document, vp.discover().registry)
    notified: list[Path] = []
    for _ in range(2):
        vp.render_demo_data(checked, notified.append)
    assert small_demo_data and len(notified) == 1
    assert sorted(path.name for path in notified[0].iterdir()) == ["test", "train", "validate"]


def test_demo_data_are_rendered_to_a_new_folder(small_demo_data: list[Path], tmp_path: Path) -> None:
    dataset = vp.build_dataset(vp.discover().registry, "bair_robot", tmp_path / "mine")
    vp.write_demo_data_folder(dataset, tmp_path / "mine", seed=3)
    assert len(small_demo_data) == 1 and len(dataset.split("train").lengths) == 5


def test_a_data_set_is_checked(robot_data: Path) -> None:
    registry = vp.discover().registry
    dataset = vp.build_dataset(registry, "bair_robot", robot_data, {"conditions": ["actions"]})
    assert dataset.condition.shape == (4,)
    report = vp.check_data(dataset, workers=1)
    assert report.problems == [] and report.splits["train"].usable == 5
    with pytest.raises(vp.RecipeError, match="did you mean 'conditions'"):
        vp.build_dataset(registry, "bair_robot", robot_data, {"condition": []})
    with pytest.raises(vp.VidpredError, match="did you mean 'bair_robot'"):
        vp.build_dataset(registry, "bair_robt", robot_data)


def test_runs_are_listed_and_compared(tmp_path: Path) -> None:
    ablation = write_ablation(tmp_path / "ablation")
    runs = list(vp.find_runs(ablation))
    comparison = vp.compare_runs([ablation])
    compared = {run.folder for group in comparison.groups for row in group.rows for run in row.runs}
    assert compared == {run.folder for run in runs}
    assert vp.write_comparison(tmp_path / "compare.csv", comparison) == [tmp_path / "compare.csv"]
    assert (tmp_path / "compare.csv").read_text().startswith("table,measured,rank,run,")


def test_a_report_is_written(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", epochs=2, every=2)
    assert vp.write_report_page(run) == run / "report.html"
    assert (run / "report.html").read_text().startswith("<!doctype html>")


def test_a_recipe_is_checked_and_its_schedules_are_drawn(checked: ValidatedRecipe, tmp_path: Path) -> None:
    model = vp.check_fit(checked)
    assert {parameter.device.type for parameter in model.parameters()} == {"meta"}
    vp.draw_schedules(checked, tmp_path / "schedules.png", steps_per_epoch=2)
    assert (tmp_path / "schedules.png").stat().st_size > 1000


def test_the_schema_of_recipes_is_built() -> None:
    validator = Draft202012Validator(vp.build_json_schema(vp.discover().registry))
    assert validator.is_valid({"annealer": "cyclical"}) and not validator.is_valid({"annealer": "cyclicle"})


def test_predictions_of_a_split_are_written(uninterrupted: Callable[..., Path], tmp_path: Path) -> None:
    trained = vp.load(uninterrupted("robot"), device="cpu")
    settings = vp.PredictionSettings(steps=2)
    written = list(vp.write_split_predictions(trained, tmp_path / "gifs", "test", settings))
    assert [path.parent for path, _ in written] == [tmp_path / "gifs"] and written[0][0].is_file()
    prediction: Any = written[0][1]
    vp.write_prediction_file(tmp_path / "frames.npz", prediction, "title")
    with np.load(tmp_path / "frames.npz") as arrays:
        assert arrays["past"] == prediction.past
    assert vp.write_submission_csv(tmp_path / "pixels.csv", [prediction.futures[0]]) == prediction.past + 2
