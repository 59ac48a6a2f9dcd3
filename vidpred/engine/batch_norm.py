"""BatchNorm, the one layer that a window and a batch's size change: its running statistics, and batches of one clip."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from vidpred.contracts.specs import FeatureSpec
from vidpred.contracts.tensors import Clip
from vidpred.engine.plan import plan
from vidpred.engine.randomness import KeyedNoise


def layers(model: nn.Module) -> list[_BatchNorm]:
    """The BatchNorm layers that keep running statistics."""
    return [layer for layer in model.modules() if isinstance(layer, _BatchNorm) and layer.track_running_stats]


def reestimate(model: nn.Module, rollouts: Iterable[Callable[[], object]]) -> None:
    """Forget the running statistics, and average them anew over these train-mode rollouts, run without gradient.

    Then they hang on the weights and on what is rolled out, not on how training came here. (torch's own
    `swa_utils.update_bn` does the same for models of a single tensor.)
    """
    norms = layers(model)
    momenta = [norm.momentum for norm in norms]
    if not norms:
        return
    before = [(buffer, buffer.clone()) for norm in norms for buffer in norm.buffers()]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average over all that comes
    try:
        with torch.no_grad():
            for run in rollouts:
                run()
    except BaseException:  # a run that is stopped here is saved with the statistics that it had
        with torch.no_grad():
            for buffer, old in before:
                buffer.copy_(old)
        raise
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


def can_train_on_one_clip(model: nn.Module, frame: FeatureSpec, condition: FeatureSpec) -> bool:
    """Whether a batch of one clip can be trained on: BatchNorm over one value per channel knows no variance.

    Found by one free-running step of a copy whose weights are zero: `model` may be on the meta device, where not every
    operation works (autocast does not).
    """
    if not layers(model):
        return True
    copied = copy.deepcopy(model).to_empty(device="cpu").train()
    clip = Clip(torch.zeros(1, 3, *frame.shape), torch.zeros(1, 3, *condition.shape))
    try:
        with torch.no_grad():
            for values in (*copied.parameters(), *copied.buffers()):
                values.zero_()
            copied(clip, plan(3, 1, "train"), KeyedNoise([()]))
    except ValueError as error:
        if "more than 1 value per channel" in str(error):
            return False
        raise
    return True
