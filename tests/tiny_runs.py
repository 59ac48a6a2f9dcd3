"""Tiny runs of both families that are stopped, killed and resumed, and what of two runs must be equal."""

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
    """Four epochs of three steps, forced by a policy that resets in the middle."""
    base = merge_fields(
        RECIPES[family](root),
        {"train": {"epochs": 4, "steps_per_epoch": 3}, "forcing": RESETS, "save": {"every": 1, "keep": 9}},
    )
    return merge_fields(base, changes)


def new_tiny_run(recipe: dict[str, Any], out: Path) -> Run:
    return without_previews(
        new_run(validate_recipe(Document("tiny", recipe), discover().registry), out=out, device="cpu")
    )


def resume_tiny_run(folder: Path, *overrides: str, plugins: Sequence[Path] = ()) -> Run:
    """The same run, from its folder."""
    resumed = resume_run(folder, overrides=overrides, device="cpu", plugins=discover(plugins))
    assert resumed is not None, "it is finished"
    return without_previews(resumed.run)


def resume_if_unfinished(folder: Path) -> Run | None:
    """What is left to do of a run; None where it is finished."""
    resumed = resume_run(folder, device="cpu", plugins=discover())
    return without_previews(resumed.run) if resumed else None


def without_previews(run: Run) -> Run:
    """It draws no pictures."""
    return replace(run, validation=replace(run.validation, draw=lambda folder, _: folder))


def run_to_end(run: Run) -> Path:
    for _ in run.events():
        pass
    return run.folder


def stop_after(run: Run, after: Callable[[Event], bool]) -> Path:
    """Stop the run as a signal does, right after this event; it ends before it does anything more."""
    seen: list[Event] = []
    try:
        for event in run.events():
            assert not run.stop.is_set(), f"went on with {event}"
            seen.append(event)
            if after(event):
                run.stop.set()
    except Interrupted as end:
        assert end.save_error is None
        return run.folder
    raise AssertionError(f"was not stopped: {seen[-1]}")


def epoch_end(number: int) -> Callable[[Event], bool]:
    """After this epoch."""
    return lambda event: isinstance(event, EpochEnd) and event.record["epoch"] == number


def train_step(number: int) -> Callable[[Event], bool]:
    """After this step, counted over the whole run."""
    return lambda event: isinstance(event, TrainStep) and event.at.step == number


def comparable_records(folder: Path) -> list[dict[str, Any]]:
    """The records of a run, times apart."""
    return [
        {key: value for key, value in record.items() if key not in ("seconds", "clips_per_second")}
        for record in RunFolder(folder).read_history()
    ]


def assert_runs_equal(one: Path, other: Path, checkpoint: str = "last") -> None:
    """Equal figures, and bit by bit equal weights and optimizers."""
    assert comparable_records(one) == comparable_records(other)
    ours, theirs = (load_file(run / "checkpoints" / checkpoint / "weights.safetensors") for run in (one, other))
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []
    ours, theirs = (
        torch.load(run / "checkpoints" / checkpoint / "state.pt", weights_only=True) for run in (one, other)
    )
    left, right = dict(_leaves(ours)), dict(_leaves(theirs))
    assert left.keys() == right.keys()
    assert [path for path in left if not _equal(left[path], right[path])] == []


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}/{key}")
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _leaves(item, f"{path}/{place}")
    else:
        yield path, value


def _equal(one: Any, other: Any) -> bool:
    return torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other
