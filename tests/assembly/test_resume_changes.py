"""Which changes of recipe, plugins and environment a resumed run accepts, and what it says about them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tiny_runs import (
    comparable_records,
    epoch_end,
    new_tiny_run,
    recipe_fields,
    resume_tiny_run,
    run_to_end,
    stop_after,
    train_step,
)
from vidpred.assembly.resume import resume_run
from vidpred.errors import VidpredError
from vidpred.plugins.discovery import discover

PLUGIN = '''
import vidpred
class Mine(vidpred.Annealer):
    """Half."""
    name = "mine"
    def weight(self, at):
        return 0.5
@vidpred.hookimpl
def vidpred_register(add):
    add("annealer", "mine", Mine)
'''


@pytest.fixture
def stopped_run(data_roots: dict[str, Path], tmp_path: Path) -> Path:
    """A run stopped after two of four epochs and a step."""
    return stop_after(new_tiny_run(recipe_fields("robot", data_roots["robot"]), tmp_path), train_step(6))


def refusal(folder: Path, *overrides: str) -> str:
    """Return the message with which resuming is refused."""
    with pytest.raises(VidpredError) as raised:
        resume_run(folder, overrides=overrides, device="cpu", plugins=discover())
    return str(raised.value)


@pytest.mark.parametrize(
    "change",
    [
        "seed=2",
        "optimizer.lr=0.1",
        "train.batch_size=3",
        "validate.every=2",
        "sequence.future=3",
        "name=other",
        "annealer=none",
        "model.predictor.hidden=16",
        "data.conditions=[actions]",
        "train.precision=bf16",
        "validate.metrics=[psnr]",
        "forcing.patience=3",
    ],
)
def test_changes_that_contradict_the_history_are_refused(change: str, stopped_run: Path) -> None:
    recipe = (stopped_run / "recipe.yaml").read_bytes()
    path = change.partition("=")[0]
    message = refusal(stopped_run, change)
    assert f"  {path}" in message and "the 2 epochs so far are of a run without this change" in message
    assert (stopped_run / "recipe.yaml").read_bytes() == recipe


@pytest.mark.parametrize(
    "change",
    [
        "train.workers=1",
        "save.every=3",
        "save.keep=1",
        "validate.preview_every=1",
        "train.max_skipped=3",
        "observers=[]",
        "data.on_error=skip",
    ],
)
def test_changes_that_affect_no_result_are_accepted(
    change: str, stopped_run: Path, uninterrupted: Callable[..., Path]
) -> None:
    run_to_end(resume_tiny_run(stopped_run, change))
    assert comparable_records(stopped_run) == comparable_records(uninterrupted("robot"))
    path, _, value = change.partition("=")
    field: Any = yaml.safe_load((stopped_run / "recipe.yaml").read_text())
    for key in path.split("."):
        field = field[key]
    assert field == yaml.safe_load(value)
    assert json.loads((stopped_run / "environment.json").read_text())["resumed"][0]["changes"] in ({path: field}, {})


def test_data_may_move(
    stopped_run: Path, data_roots: dict[str, Path], uninterrupted: Callable[..., Path], tmp_path: Path
) -> None:
    shutil.copytree(data_roots["robot"], tmp_path / "moved")
    run_to_end(resume_tiny_run(stopped_run, f"data.root={tmp_path / 'moved'}"))
    assert comparable_records(stopped_run) == comparable_records(uninterrupted("robot"))


def test_a_finished_run_can_be_made_longer(
    data_roots: dict[str, Path], uninterrupted: Callable[..., Path], tmp_path: Path
) -> None:
    """No schedule of this recipe depends on the length of the run, so it equals a run of that length."""
    changes = {"annealer": "none"}
    folder = run_to_end(
        new_tiny_run(recipe_fields("robot", data_roots["robot"], train={"epochs": 2}, **changes), tmp_path)
    )
    longer = resume_run(folder, overrides=["train.epochs=4"], device="cpu", plugins=discover())
    assert longer is not None and longer.notes == ()
    run_to_end(resume_tiny_run(folder, "train.epochs=4"))
    assert comparable_records(folder) == comparable_records(uninterrupted("robot", **changes))


def test_schedules_that_stretch_are_named(stopped_run: Path) -> None:
    shutil.copytree(stopped_run, copied := stopped_run.with_name("copied"))
    longer = resume_run(copied, overrides=["train.epochs=8"], device="cpu", plugins=discover())
    assert longer is not None
    assert [note.partition(":")[0] for note in longer.notes] == ["annealer cyclical"]
    assert "stretches from 4 to 8 epochs; the 2 epochs so far were trained by the one for 4" in longer.notes[0]


@pytest.mark.parametrize("scheduler", ["cosine", "one_cycle"])
def test_a_stretched_learning_rate_continues_at_its_new_position(
    scheduler: str, data_roots: dict[str, Path], tmp_path: Path
) -> None:
    changes = {"annealer": "none", "scheduler": scheduler}
    folder = run_to_end(
        new_tiny_run(recipe_fields("robot", data_roots["robot"], train={"epochs": 2}, **changes), tmp_path / "short")
    )
    longer = resume_run(folder, overrides=["train.epochs=4"], device="cpu", plugins=discover())
    assert longer is not None and [note.partition(":")[0] for note in longer.notes] == [f"scheduler {scheduler}"]
    run_to_end(resume_tiny_run(folder, "train.epochs=4"))
    expected = run_to_end(new_tiny_run(recipe_fields("robot", data_roots["robot"], **changes), tmp_path / "long"))
    rates, expected_rates = ([record["lr"] for record in comparable_records(run)] for run in (folder, expected))
    assert rates[:2] != expected_rates[:2] and rates[2:] == expected_rates[2:]


@pytest.mark.parametrize(
    ("epochs", "message"),
    [(1, "2 epochs are finished and one has begun; it cannot be lower"), (2, "it cannot be lower")],
)
def test_a_run_cannot_be_made_shorter_than_it_is(epochs: int, message: str, stopped_run: Path) -> None:
    assert message in refusal(stopped_run, f"train.epochs={epochs}")


def test_a_run_can_be_made_shorter(stopped_run: Path) -> None:
    run_to_end(resume_tiny_run(stopped_run, "train.epochs=3"))
    assert len(comparable_records(stopped_run)) == 3


def test_a_missing_plugin_is_named_and_not_loaded_automatically(data_roots: dict[str, Path], tmp_path: Path) -> None:
    (file := tmp_path / "mine.py").write_text(PLUGIN)
    from vidpred.assembly.run import new_run
    from vidpred.recipe.loading import Document
    from vidpred.recipe.validation import validate_recipe

    plugins = discover([file])
    checked = validate_recipe(
        Document("tiny", recipe_fields("robot", data_roots["robot"], annealer="mine")), plugins.registry
    )
    run = new_run(checked, out=tmp_path, device="cpu", plugins=plugins)
    folder = stop_after(run, epoch_end(0))
    assert (
        refusal(folder)
        == f"{folder}: uses a plugin that is not loaded\n  mine, the file {file}: load it with --plugin FILE"
    )
    resumed = resume_run(folder, device="cpu", plugins=discover([file]))
    assert resumed is not None and resumed.notes == ()
    file.write_text(PLUGIN.replace("0.5", "0.25"))
    resumed = resume_run(folder, device="cpu", plugins=discover([file]))
    assert (
        resumed is not None
        and "plugin mine differs from the one that the run used so far: SHA-256 of its file was" in resumed.notes[0]
    )


def test_another_torch_and_another_device_are_reported(stopped_run: Path) -> None:
    path = stopped_run / "environment.json"
    path.write_text(path.read_text().replace('"torch": "', '"torch": "1.').replace('"CPU, fp32', '"TPU, fp32'))
    resumed = resume_run(stopped_run, device="cpu", plugins=discover())
    assert resumed is not None
    assert (
        resumed.notes[0].startswith("device: TPU, fp32")
        and resumed.notes[1].startswith("torch: 1.")
        and len(resumed.notes) == 2
    )


def test_wrong_uses_of_resume_are_refused(stopped_run: Path, vidpred: Callable[..., Any], tmp_path: Path) -> None:
    for arguments, message in (
        (["run"], "which recipe? vidpred run RECIPE"),
        (["run", "bair_small", "--resume", stopped_run], "leave the recipe bair_small out"),
        (["run", "--resume", stopped_run, "--sample"], "leave --sample out"),
        (
            ["run", "--resume", tmp_path / "nothing"],
            "nothing is not a run folder: there is no such folder; `vidpred runs` lists",
        ),
        (["run", "--resume", stopped_run.parent], f"did you mean {stopped_run}?"),
        (
            ["report", stopped_run.parent.parent],
            f"is not a run folder: it has no recipe.yaml; did you mean {stopped_run}?",
        ),
        (
            ["eval", stopped_run.parent.parent],
            f"is not a run folder: it has no checkpoints folder; did you mean {stopped_run}?",
        ),
    ):
        outcome = vidpred(*arguments)
        assert outcome.code == 2 and message in outcome.errors, arguments
    outcome = vidpred("run", "--resume", stopped_run, "--device", "cpu")
    assert outcome.code == 0 and "resumes in epoch 3/4 after its step 1" in outcome.output
