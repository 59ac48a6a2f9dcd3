"""Optimizer steps: steps that are skipped, micro-batches, precision."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from vidpred.contracts.schedules import Progress
from vidpred.data.loader import Batch, fail_on_unread
from vidpred.training.run import Run


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


def test_half_precision_trains_in_float16(new_run_of: Callable[..., Run]) -> None:
    run = new_run_of(train={"precision": "fp16", "steps_per_epoch": 4})
    assert run.runner.compute.dtype is torch.float16 and run.trainer.scaler.is_enabled()
    before = [weight.clone() for weight in run.trainer.parameters]
    steps = [run.trainer.step(start(run), [batch]) for batch in batches(run)]
    assert any(step.metrics for step in steps)  # the first steps may be skipped until the loss scale fits
    after = run.trainer.parameters
    assert all(weight.dtype is torch.float32 and weight.isfinite().all() for weight in after)
    assert any(not new.equal(old) for new, old in zip(after, before, strict=True))
