"""Compare two computations of the same training step, within bounds."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from vidpred import Model, Rollout
from vidpred.contracts.nested import iter_tensors


class Trained(NamedTuple):
    """The results of one training step. `statistics` are BatchNorm's."""

    loss: Tensor
    gradients: dict[str, Tensor | None]
    statistics: dict[str, Tensor]


class Bounds(NamedTuple):
    """How far apart two steps may be.

    `loss` (and statistics): relative. `gradients`: relative to the largest number of their tensor. `rounding`:
    absolute, for gradients that are 0 except for rounding, such as that of a bias before BatchNorm.
    """

    loss: float
    gradients: float
    rounding: float


EXACT = Bounds(1e-11, 1e-9, 64 * torch.finfo(torch.float64).eps)
SINGLE = Bounds(1e-5, 1e-4, 1e-7)


def backward(model: Model, loss: Tensor, counted: nn.Module) -> Trained:
    """Backpropagate and collect the results; `counted` is the module whose statistics are compared."""
    loss.backward()
    return Trained(
        loss.detach(), {name: weight.grad for name, weight in model.named_parameters()}, dict(counted.named_buffers())
    )


def assert_parity(engine: Trained, script: Trained, bounds: Bounds = EXACT) -> None:
    torch.testing.assert_close(engine.loss, script.loss, rtol=bounds.loss, atol=0)
    for name, expected in script.gradients.items():
        gradient = engine.gradients[name]
        assert gradient is not None and expected is not None, name
        torch.testing.assert_close(
            gradient,
            expected,
            rtol=0,
            atol=max(bounds.gradients * expected.abs().max().item(), bounds.rounding),
            msg=name,
        )
    torch.testing.assert_close(engine.statistics, script.statistics, rtol=bounds.loss, atol=bounds.loss)


def assert_detected(engine: Trained, script: Trained) -> None:
    """Check that the comparison fails, with the bounds of single precision too."""
    with pytest.raises(AssertionError):
        assert_parity(engine, script, SINGLE)


def assert_same(rollout: Rollout, other: Rollout) -> None:
    """Check that steps are equal, and frames and latents equal up to rounding in float64."""
    assert rollout.steps == other.steps
    for values, expected in zip(iter_tensors(tuple(rollout[1:])), iter_tensors(tuple(other[1:])), strict=True):
        torch.testing.assert_close(values, expected, rtol=0, atol=1e-11)
