"""Several runs in one recipe: which there are, and how they are worked through."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tiny_pose import pose_recipe
from vidpred.errors import RecipeError
from vidpred.recipe.grid import cells
from vidpred.recipe.loading import Document
from vidpred.runs.layout import RunFolder

MATRIX = {
    "annealing": {
        "cyclical": {"annealer": {"name": "cyclical", "cycles": 1, "unit": "step"}},
        "none": {"annealer": "none"},
    },
    "seed": [1, 2],
}


def test_every_combination_once_with_the_seeds_innermost() -> None:
    matrix = {"seed": [3, 4], "how": {"a": {"annealer": "none"}, "b": {}}, "sequence.future": [2, 3]}
    found = cells(
        Document("r", {"name": "r", "annealer": {"name": "cyclical", "cycles": 2}, "sequence": {"past": 1}}, matrix)
    )
    assert [(cell.name, cell.document.fields["seed"]) for cell in found] == [
        (f"{how}_future{future}", seed) for how in "ab" for future in (2, 3) for seed in (3, 4)
    ]
    assert found[0].document.fields == {
        "name": "r",
        "annealer": {"name": "none"},
        "sequence": {"past": 1, "future": 2},
        "seed": 3,
    }
    assert found[-1].document.fields["annealer"] == {"name": "cyclical", "cycles": 2}


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        ({"seed": 3}, "matrix.seed: an axis is a list of values of the field seed"),
        ({"seed": []}, "matrix.seed: an axis is a list"),
        ({"seed": [1, 1]}, "matrix.seed: a value stands here twice"),
        ({"seed": {"a": {}}}, "matrix.seed: give a list of numbers"),
        ({"x": {"../up": {}}}, "matrix.x.../up: a label is letters, digits"),
        ({"x": {"a": 3}}, "matrix.x: an axis is"),
        ({"x": ["a/b"]}, "matrix.x: an axis is"),
        ({"sample./tmp/evil": [1]}, "matrix.sample./tmp/evil: an axis is"),
        ({"x": {"a": {}, "a_b": {}}, "y": {"b_c": {}, "c": {}}}, "two combinations have one name"),
        ({"x": [[1]]}, "matrix.x: an axis is"),
        ({"a": list(range(40)), "b": list(range(40))}, "1,600 runs"),
    ],
)
def test_what_is_no_matrix(matrix: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match="problem") as raised:
        cells(Document("r", {}, matrix))
    assert said in str(raised.value)


@pytest.fixture
def launch(root: Path, vidpred: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """launch("train.epochs=2", matrix={…}): `vidpred run` of a recipe with a matrix, into tmp_path/out."""

    def run(*settings: str, **changes: Any) -> Any:
        recipe = tmp_path / "many.yaml"
        recipe.write_text(yaml.safe_dump(pose_recipe(root, **{"matrix": MATRIX, **changes})))
        return vidpred(
            "run",
            recipe,
            "--out",
            tmp_path / "out",
            "--device",
            "cpu",
            *[part for setting in settings for part in ("--set", setting)],
        )

    return run


def test_all_runs_then_only_what_is_not_done(launch: Callable[..., Any], tmp_path: Path) -> None:
    outcome = launch()
    assert outcome.code == 0, outcome.errors
    runs = sorted(path.parent for path in (tmp_path / "out").rglob("metrics.jsonl"))
    assert [str(run.relative_to(tmp_path / "out" / "tiny")) for run in runs] == [
        "cyclical/seed_1",
        "cyclical/seed_2",
        "none/seed_1",
        "none/seed_2",
    ]
    recipe = yaml.safe_load((runs[3] / "recipe.yaml").read_text())
    assert (recipe["seed"], recipe["annealer"]["name"], "matrix" in recipe) == (2, "none", False)
    shutil.rmtree(runs[1])
    before = {run: (run / "metrics.jsonl").stat().st_mtime_ns for run in runs if run.exists()}
    outcome = launch()
    assert outcome.code == 0 and outcome.output.count("done already") == 3 and (runs[1] / "metrics.jsonl").exists()
    assert {run: (run / "metrics.jsonl").stat().st_mtime_ns for run in before} == before


def test_one_that_fails_keeps_no_other_from_being_done(launch: Callable[..., Any], tmp_path: Path) -> None:
    matrix = {
        "which": {"bad": {"annealer": {"name": "cyclical", "cycles": 99, "unit": "step"}}, "good": {"annealer": "none"}}
    }
    outcome = launch(matrix=matrix)
    assert (
        outcome.code == 2
        and "1 of 2 runs failed" in outcome.errors
        and "bad/seed_1: annealer.cycles: 99 cycles do not fit" in outcome.errors
    )
    assert len(RunFolder(tmp_path / "out" / "tiny" / "good" / "seed_1").read_history()) == 1


def test_runs_of_other_settings_are_left_alone(launch: Callable[..., Any], tmp_path: Path) -> None:
    matrix = {"seed": [1]}
    assert launch(matrix=matrix).code == 0
    outcome = launch("optimizer.lr=0.01", matrix=matrix)
    assert (
        outcome.code == 2
        and "tiny/seed_1: was run with other settings (optimizer.lr); give another --out or name" in outcome.errors
    )
    assert len(RunFolder(tmp_path / "out" / "tiny" / "seed_1").read_history()) == 1


def test_one_that_was_interrupted_goes_on(launch: Callable[..., Any], tmp_path: Path) -> None:
    from tests.system.survival.runs import epoch, figures, stopped
    from vidpred.assembly.run import new_run_in
    from vidpred.plugins.discovery import discover
    from vidpred.recipe.loading import load
    from vidpred.recipe.validation import check

    assert launch("train.epochs=3", matrix={"seed": [1]}).code == 0
    whole = tmp_path / "out" / "tiny" / "seed_1"
    (cell,) = cells(load(tmp_path / "many.yaml", ["train.epochs=3"]))
    checked = check(cell.document, discover().registry)
    stopped(new_run_in(tmp_path / "other" / "seed_1", checked, device="cpu"), epoch(0))
    expected = figures(whole)
    shutil.rmtree(whole)
    shutil.move(tmp_path / "other" / "seed_1", whole)
    outcome = launch("train.epochs=3", matrix={"seed": [1]})
    assert outcome.code == 0 and "goes on in epoch 2/3" in outcome.output and figures(whole) == expected


def test_who_stops_one_is_told_how_to_go_on_with_all(
    launch: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vidpred.assembly import run as assembly
    from vidpred.training.trainer import TrainStep

    build = assembly.new_run_in

    def stopping(*arguments: Any, **options: Any) -> Any:
        run = build(*arguments, **options)
        events = run.events

        def until_a_step() -> Iterator[Any]:
            for event in events():
                if isinstance(event, TrainStep):
                    run.stop.set()
                yield event

        run.events = until_a_step  # type: ignore[method-assign]
        return run

    monkeypatch.setattr(assembly, "new_run_in", stopping)
    stopped = launch("train.epochs=3")
    assert stopped.code == 130 and "Go on: give the same command again: what is done is skipped" in " ".join(
        stopped.errors.split()
    )
    assert "--resume" not in stopped.errors and "[2/4]" not in stopped.output
    monkeypatch.undo()


def test_shown_and_checked(vidpred: Callable[..., Any], root: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "many.yaml"
    recipe.write_text(yaml.safe_dump(pose_recipe(root, matrix=MATRIX)))
    assert "valid; 4 runs; " in vidpred("check", recipe).output
    assert yaml.safe_load(vidpred("show", recipe).output)["matrix"] == MATRIX
    assert vidpred("check", recipe, "--set", "matrix.annealing.none.annealer=nix").code == 2
