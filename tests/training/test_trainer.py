"""Optimizer steps, skipped steps, and re-estimation of BatchNorm's statistics."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.conftest import tiny_recipe
from vidpred.assembly.run import new_run
from vidpred.contracts.schedules import Progress
from vidpred.data.loader import Batch, fail_on_unread
from vidpred.data.training_windows import TrainingData
from vidpred.engine.batch_norm import batch_norm_layers
from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import Document, merge_fields
from vidpred.recipe.validation import validate_recipe
from vidpred.training.run import Run


@pytest.fixture
def new_run_of(robot_data: Path, tmp_path: Path) -> Callable[..., Run]:
    """new_run_of(train={...}): a run of the tiny recipe with these changes, ready to start."""

    def make(**changes: Any) -> Run:
        fields = merge_fields(tiny_recipe(robot_data), changes)
        return new_run(validate_recipe(Document("tiny", fields), discover().registry), out=tmp_path, device="cpu")

    return make


def batches(run: Run, epoch: int = 0) -> list[Batch]:
    return list(run.data.read(run.data.batches(epoch), epoch, fail_on_unread))


def start(run: Run) -> Progress:
    return Progress(0, run.settings.epochs, 0, run.settings.steps_per_epoch)


def snapshot(run: Run) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in run.model.state_dict().items()}


@pytest.mark.parametrize("poison", ["frames", "gradient"])
def test_a_step_that_is_not_finite_changes_nothing(new_run_of: Callable[..., Run], poison: str) -> None:
    run = new_run_of()
    trainer, (first, second) = run.trainer, batches(run)
    assert trainer.step(start(run), [first]).metrics
    before, optimizer = snapshot(run), copy.deepcopy(trainer.optimizer.state_dict())
    if poison == "frames":
        second = second._replace(conditions=torch.full_like(second.conditions, float("nan")))
    else:
        next(run.model.parameters()).register_hook(lambda gradient: gradient * float("inf"))
    step = trainer.step(start(run), [second])
    assert step.metrics == {}
    after = snapshot(run)
    assert all(torch.equal(before[name], after[name]) for name in before)
    state = trainer.optimizer.state_dict()["state"]
    assert all(
        torch.equal(value, state[key][name])
        for key, values in optimizer["state"].items()
        for name, value in values.items()
    )


def test_one_bad_micro_batch_skips_the_whole_step(new_run_of: Callable[..., Run]) -> None:
    run = new_run_of(train={"accumulate": 2, "steps_per_epoch": 1})
    good, bad = batches(run)
    before = snapshot(run)
    bad = bad._replace(conditions=torch.full_like(bad.conditions, float("nan")))
    assert run.trainer.step(start(run), [good, bad]).metrics == {}
    assert all(torch.equal(value, before[name]) for name, value in run.model.state_dict().items())


def test_skipped_steps_are_counted_and_left_out_of_the_averages(
    new_run_of: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run_of(train={"epochs": 1, "steps_per_epoch": 3})
    read = TrainingData.read

    def poisoned(data: TrainingData, *arguments: Any, purpose: str = "train") -> Any:
        for index, batch in enumerate(read(data, *arguments, purpose=purpose)):
            bad = index == 1 and purpose == "train"
            yield batch._replace(conditions=torch.full_like(batch.conditions, float("nan"))) if bad else batch

    monkeypatch.setattr(TrainingData, "read", poisoned)
    record = [event for event in run.events() if hasattr(event, "record")][-1].record
    assert record["skipped"] == 1 and record["train"]["loss"] > 0


def test_an_epoch_of_skipped_steps_only_has_no_metrics(new_run_of: Callable[..., Run]) -> None:
    run = new_run_of(train={"epochs": 1})
    for parameter in run.model.parameters():
        parameter.register_hook(lambda gradient: gradient * float("nan"))
    record = [event for event in run.events() if hasattr(event, "record")][-1].record
    assert record["skipped"] == 2 and record["train"] == {}


def test_accumulated_batches_are_weighted_by_their_clips(new_run_of: Callable[..., Run]) -> None:
    """Without BatchNorm, three clips as 2 + 1 give the gradients of three at once."""
    gradients = []
    for sizes in ([3], [2, 1]):
        run = new_run_of(
            optimizer={"name": "sgd", "lr": 1.0}, train={"batch_size": 3, "steps_per_epoch": 1, "clip_grad_norm": None}
        )
        _without_batch_norm(run.model)
        before = snapshot(run)
        batch = batches(run)[0]
        parts, start_of_part = [], 0
        for size in sizes:
            parts.append(Batch(*(value[start_of_part : start_of_part + size] for value in batch)))
            start_of_part += size
        run.trainer.step(start(run), parts)
        gradients.append({name: value - before[name] for name, value in run.model.state_dict().items()})
    for name, gradient in gradients[0].items():
        assert torch.allclose(gradient, gradients[1][name], atol=1e-6), name


def _without_batch_norm(model: nn.Module) -> None:
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.Identity())


def test_reestimated_statistics_depend_on_weights_and_epoch_only(new_run_of: Callable[..., Run]) -> None:
    run = new_run_of()
    run.epoch_runner().reestimate_batch_norm(fail_on_unread)
    first = snapshot(run)
    for layer in batch_norm_layers(run.model):
        assert layer.running_mean is not None and layer.momentum == 0.1
        layer.running_mean.fill_(7.0)
    run.epoch_runner().reestimate_batch_norm(fail_on_unread)
    assert all(torch.equal(value, first[name]) for name, value in run.model.state_dict().items())
    run.history.append({})
    run.epoch_runner().reestimate_batch_norm(fail_on_unread)
    assert any(not torch.equal(value, first[name]) for name, value in run.model.state_dict().items())


def test_statistics_are_not_reestimated_at_window_one_or_if_disabled(new_run_of: Callable[..., Run]) -> None:
    for changes in ({"sequence": {"window": 1}}, {"train": {"reestimate_batches": 0}}):
        run = new_run_of(**changes)
        before = snapshot(run)
        run.epoch_runner().reestimate_batch_norm(fail_on_unread)
        assert all(torch.equal(value, before[name]) for name, value in run.model.state_dict().items())


def test_half_precision_trains_in_float16(new_run_of: Callable[..., Run]) -> None:
    run = new_run_of(train={"precision": "fp16", "steps_per_epoch": 4})
    assert run.runner.compute.dtype is torch.float16 and run.trainer.scaler.is_enabled()
    before = [weight.clone() for weight in run.trainer.parameters]
    steps = [run.trainer.step(start(run), [batch]) for batch in batches(run)]
    assert any(step.metrics for step in steps)  # the first steps may be skipped until the loss scale fits
    after = run.trainer.parameters
    assert all(weight.dtype is torch.float32 and weight.isfinite().all() for weight in after)
    assert any(not new.equal(old) for new, old in zip(after, before, strict=True))


def test_a_prediction_does_not_depend_on_the_other_clips_of_its_batch(
    new_run_of: Callable[..., Run], robot_data: Path
) -> None:
    psnr = []
    for size in (1, 2):
        run = new_run_of(train={"batch_size": size + 1})
        run.history.append({})
        scores = run.epoch_runner().validate(1)
        assert scores is not None
        psnr.append(scores["psnr"])
    assert psnr[0] == pytest.approx(psnr[1], abs=1e-5)


def test_initial_weights_of_a_part_depend_on_the_seed_and_its_slot_only(new_run_of: Callable[..., Run]) -> None:
    plain, other = (
        new_run_of().model.state_dict(),
        new_run_of(model={"prior": {"name": "gaussian_lstm", "hidden": 8}}).model.state_dict(),
    )
    assert all(torch.equal(value, other[name]) for name, value in plain.items())
    assert any(not torch.equal(value, new_run_of(seed=9).model.state_dict()[name]) for name, value in plain.items())
