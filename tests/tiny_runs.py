"""Tiny runs of both families that are stopped, killed and resumed, and how two runs are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from tests.conftest import tiny_recipe
from tests.tiny_pose import pose_recipe
from vidpred.assembly.resume import resume_run
from vidpred.assembly.run import new_run
from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import Document, merge_fields
from vidpred.recipe.validation import validate_recipe
from vidpred.runs.layout import RunFolder
from vidpred.training.events import EpochEnd, Event, Interrupted
from vidpred.training.run import Run
from vidpred.training.trainer import TrainStep

RESETS = {
    "name": "convergence_reset",
    "start": 0.9,
    "step": 0.3,
    "patience": 2,
    "loss_threshold": None,
    "psnr_threshold": 50.0,
}
RECIPES: dict[str, Callable[..., dict[str, Any]]] = {"robot": tiny_recipe, "pose": pose_recipe}


def recipe_fields(family: str, root: Path, **changes: Any) -> dict[str, Any]:
    """Return a recipe of four epochs of three steps, whose forcing policy resets in the middle."""
    base = merge_fields(
        RECIPES[family](root),
        {"train": {"epochs": 4, "steps_per_epoch": 3}, "forcing": RESETS, "save": {"every": 1, "keep": 9}},
    )
    return merge_fields(base, changes)


def new_tiny_run(fields: dict[str, Any], out: Path) -> Run:
    """Build a new run of this recipe, which draws no previews."""
    recipe = validate_recipe(Document("tiny", fields), discover().registry)
    return without_previews(new_run(recipe, out=out, device="cpu"))


def resume_tiny_run(folder: Path, *overrides: str, plugins: Sequence[Path] = ()) -> Run:
    """Build the run in this folder, ready to resume; it must not be finished."""
    resumed = resume_run(folder, overrides=overrides, device="cpu", plugins=discover(plugins))
    assert resumed is not None, "it is finished"
    return without_previews(resumed.run)


def resume_if_unfinished(folder: Path) -> Run | None:
    """Build the run in this folder, ready to resume; None if it is finished."""
    resumed = resume_run(folder, device="cpu", plugins=discover())
    return without_previews(resumed.run) if resumed else None


def without_previews(run: Run) -> Run:
    return replace(run, validation=replace(run.validation, draw=lambda folder, _: folder))


def run_to_end(run: Run) -> Path:
    """Execute the run and return its folder."""
    for _ in run.events():
        pass
    return run.folder


def stop_after(run: Run, is_last: Callable[[Event], bool]) -> Path:
    """Stop the run as a signal does, right after this event, and check that it does nothing more. Return its folder."""
    events: list[Event] = []
    try:
        for event in run.events():
            assert not run.stop.is_set(), f"continued with {event}"
            events.append(event)
            if is_last(event):
                run.stop.set()
    except Interrupted as end:
        assert end.save_error is None
        return run.folder
    raise AssertionError(f"was not stopped: {events[-1]}")


def epoch_end(number: int) -> Callable[[Event], bool]:
    """Return a predicate for the end of this epoch, for `stop_after`."""
    return lambda event: isinstance(event, EpochEnd) and event.record["epoch"] == number


def train_step(number: int) -> Callable[[Event], bool]:
    """Return a predicate for this step, counted over the whole run, for `stop_after`."""
    return lambda event: isinstance(event, TrainStep) and event.at.step == number


def comparable_records(folder: Path) -> list[dict[str, Any]]:
    """Return the history of a run without its durations."""
    return [
        {key: value for key, value in record.items() if key not in ("seconds", "clips_per_second")}
        for record in RunFolder(folder).read_history()
    ]


def assert_runs_equal(left: Path, right: Path, checkpoint: str = "last") -> None:
    """Check that metrics are equal, and weights and optimizers bit-equal."""
    assert comparable_records(left) == comparable_records(right)
    folders = [RunFolder(run).checkpoints / checkpoint for run in (left, right)]
    left_weights, right_weights = (load_file(folder / "weights.safetensors") for folder in folders)
    assert left_weights.keys() == right_weights.keys()
    assert [name for name in left_weights if not torch.equal(left_weights[name], right_weights[name])] == []
    left_state, right_state = (dict(_leaves(torch.load(folder / "state.pt", weights_only=True))) for folder in folders)
    assert left_state.keys() == right_state.keys()
    assert [path for path in left_state if not _equal(left_state[path], right_state[path])] == []


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}/{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}/{index}")
    else:
        yield path, value


def _equal(left: Any, right: Any) -> bool:
    return torch.equal(left, right) if isinstance(left, torch.Tensor) else left == right
