"""The runs of a recipe with a matrix: carried out one after the other, skipped if done, resumed if interrupted."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import vidpred as vp
from tests.tiny_pose import pose_recipe
from vidpred.assembly.sweep import CellFailed, CellFinished, CellSkipped, CellStarted
from vidpred.plugins.discovery import discover
from vidpred.recipe.grid import expand_matrix
from vidpred.recipe.loading import Document, load_recipe
from vidpred.recipe.validation import validate_recipe
from vidpred.runs.layout import RunFolder

MATRIX = {
    "annealing": {
        "cyclical": {"annealer": {"name": "cyclical", "cycles": 1, "unit": "step"}},
        "none": {"annealer": "none"},
    },
    "seed": [1, 2],
}
BAD_AND_GOOD = {
    "which": {"bad": {"annealer": {"name": "cyclical", "cycles": 99, "unit": "step"}}, "good": {"annealer": "none"}}
}


@pytest.fixture(autouse=True)
def _quick(without_pictures: None) -> None:
    """Draw nothing."""


@pytest.fixture
def launch(pose_root: Path, vidpred: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """launch("train.epochs=2", matrix={…}): `vidpred run` of a recipe with a matrix, into tmp_path/out."""

    def run(*settings: str, **changes: Any) -> Any:
        recipe = tmp_path / "many.yaml"
        recipe.write_text(yaml.safe_dump(pose_recipe(pose_root, **{"matrix": MATRIX, **changes})))
        options = [option for setting in settings for option in ("--set", setting)]
        return vidpred("run", recipe, "--out", tmp_path / "out", "--device", "cpu", *options)

    return run


def test_a_repeated_sweep_trains_only_unfinished_runs(launch: Callable[..., Any], tmp_path: Path) -> None:
    outcome = launch()
    assert outcome.code == 0, outcome.errors
    histories = sorted((tmp_path / "out").rglob("metrics.jsonl"))
    runs = [path.parent for path in histories]
    assert [str(run.relative_to(tmp_path / "out" / "tiny")) for run in runs] == [
        "cyclical/seed_1",
        "cyclical/seed_2",
        "none/seed_1",
        "none/seed_2",
    ]
    recipe = yaml.safe_load((runs[3] / "recipe.yaml").read_text())
    assert (recipe["seed"], recipe["annealer"]["name"], "matrix" in recipe) == (2, "none", False)
    shutil.rmtree(runs[1])
    untouched = [histories[0], *histories[2:]]
    before = [path.stat().st_mtime_ns for path in untouched]
    outcome = launch()
    assert outcome.code == 0 and outcome.output.count("done already") == 3 and histories[1].exists()
    assert [path.stat().st_mtime_ns for path in untouched] == before


def test_a_run_that_fails_does_not_stop_the_others(launch: Callable[..., Any], tmp_path: Path) -> None:
    outcome = launch(matrix=BAD_AND_GOOD)
    assert outcome.code == 2 and "1 of 2 runs failed; fix what is wrong" in outcome.errors
    assert "bad/seed_1: annealer.cycles: 99 cycles do not fit" in outcome.errors
    assert len(RunFolder(tmp_path / "out" / "tiny" / "good" / "seed_1").read_history()) == 1


def test_a_sweep_from_python(pose_root: Path, tmp_path: Path) -> None:
    plugins = vp.discover()
    document = Document("many", pose_recipe(pose_root), BAD_AND_GOOD)
    bad, good = vp.sweep_cells(document, out=tmp_path, plugins=plugins)
    assert good.folder == tmp_path / "tiny" / "good" / "seed_1"
    first = list(vp.run_sweep([bad, good], device="cpu", plugins=plugins))
    assert first[0] == CellStarted(bad, 1, 2) and first[2:] == [CellStarted(good, 2, 2), CellFinished(good)]
    assert isinstance(first[1], CellFailed) and "99 cycles do not fit" in first[1].message
    again = list(vp.run_sweep([good], device="cpu", plugins=plugins))
    assert again == [CellStarted(good, 1, 1), CellSkipped(good)]


def test_runs_with_other_settings_are_left_alone(launch: Callable[..., Any], tmp_path: Path) -> None:
    matrix = {"seed": [1]}
    assert launch(matrix=matrix).code == 0
    outcome = launch("optimizer.lr=0.01", matrix=matrix)
    assert outcome.code == 2
    message = "tiny/seed_1: was run with other settings (optimizer.lr); give another --out or name"
    assert message in outcome.errors
    assert len(RunFolder(tmp_path / "out" / "tiny" / "seed_1").read_history()) == 1


def test_an_interrupted_run_is_resumed(launch: Callable[..., Any], tmp_path: Path) -> None:
    from tests.tiny_runs import comparable_records, epoch_end, stop_after
    from vidpred.assembly.run import new_run_in

    assert launch("train.epochs=3", matrix={"seed": [1]}).code == 0
    folder, other = tmp_path / "out" / "tiny" / "seed_1", tmp_path / "other" / "seed_1"
    (cell,) = expand_matrix(load_recipe(tmp_path / "many.yaml", ["train.epochs=3"]))
    stop_after(new_run_in(other, validate_recipe(cell.document, discover().registry), device="cpu"), epoch_end(0))
    expected = comparable_records(folder)
    shutil.rmtree(folder)
    shutil.move(other, folder)
    outcome = launch("train.epochs=3", matrix={"seed": [1]})
    assert outcome.code == 0 and "resumes in epoch 2/3" in outcome.output and comparable_records(folder) == expected


def test_stopping_a_run_stops_the_sweep_and_says_how_to_continue_it(
    launch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from vidpred.assembly import run as assembly
    from vidpred.training.trainer import TrainStep

    new_run_in = assembly.new_run_in

    def stopping_run(*arguments: Any, **options: Any) -> Any:
        run = new_run_in(*arguments, **options)
        events = run.events

        def until_a_step() -> Iterator[Any]:
            for event in events():
                if isinstance(event, TrainStep):
                    run.stop.set()
                yield event

        run.events = until_a_step  # type: ignore[method-assign]
        return run

    monkeypatch.setattr(assembly, "new_run_in", stopping_run)
    outcome = launch("train.epochs=3")
    errors = " ".join(outcome.errors.split())
    assert outcome.code == 130 and "Resume: run the same command again; finished runs are skipped" in errors
    assert "--resume" not in outcome.errors and "[2/4]" not in outcome.output


def test_a_recipe_with_a_matrix_can_be_shown_and_checked(
    vidpred: Callable[..., Any], pose_root: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "many.yaml"
    recipe.write_text(yaml.safe_dump(pose_recipe(pose_root, matrix=MATRIX)))
    assert "valid; 4 runs; " in vidpred("check", recipe).output
    assert yaml.safe_load(vidpred("show", recipe).output)["matrix"] == MATRIX
    assert vidpred("check", recipe, "--set", "matrix.annealing.none.annealer=nix").code == 2
