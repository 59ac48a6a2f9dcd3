"""BatchNorm: re-estimate its running statistics, use those of the batch, or train on batches of one clip.

It is the one layer whose output depends on how many steps are computed at once and on the batch size.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from vidpred.contracts.specs import FeatureSpec
from vidpred.contracts.tensors import Clip
from vidpred.engine.plan import plan
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.torch_errors import is_single_value_per_channel
from vidpred.errors import VidpredError


def batch_norm_layers(model: nn.Module) -> list[_BatchNorm]:
    """Return the BatchNorm layers that keep running statistics."""
    return [layer for layer in model.modules() if isinstance(layer, _BatchNorm) and layer.track_running_stats]


def reestimate_statistics(
    model: nn.Module, rollouts: Iterable[Callable[[], object]], should_stop: Callable[[], bool] = lambda: False
) -> bool:
    """Reset the running statistics and average them over these train-mode rollouts, run without gradient.

    They then depend on the weights and on what is rolled out, but not on the history of the training. (torch's
    `swa_utils.update_bn` does the same for models that take a single tensor.)

    `should_stop` is asked before each rollout. If it returns True, or a rollout raises, the statistics stay as they
    were before. Return whether they were re-estimated.
    """
    layers = batch_norm_layers(model)
    momenta = [layer.momentum for layer in layers]
    if not layers:
        return True
    backup = [(buffer, buffer.clone()) for layer in layers for buffer in layer.buffers()]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # a plain average over all batches
    try:
        with torch.no_grad():
            for run_rollout in rollouts:
                if should_stop():
                    _restore(backup)
                    return False
                run_rollout()
    except BaseException:
        _restore(backup)
        raise
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
    return True


def _restore(backup: Sequence[tuple[Tensor, Tensor]]) -> None:
    with torch.no_grad():
        for buffer, value in backup:
            buffer.copy_(value)


@contextmanager
def use_batch_statistics(model: nn.Module) -> Iterator[None]:
    """Within this context, BatchNorm normalises by the statistics of the batch, in eval mode too.

    For comparison with scripts that sample in train mode: a prediction then depends on the other clips of its batch.
    The running statistics are not changed. Raises VidpredError if a batch has a single value per channel.
    """
    layers = batch_norm_layers(model)
    backup = [(layer.running_mean, layer.running_var) for layer in layers]
    for layer in layers:
        layer.running_mean = layer.running_var = None  # without them, torch uses the batch's
    try:
        yield
    except ValueError as error:
        if not is_single_value_per_channel(error):
            raise
        raise VidpredError(
            "BatchNorm by the batch's statistics needs 2 clips in each batch, but one batch holds a single clip; "
            "use running statistics, or another number of rows at once"
        ) from error
    finally:
        for layer, (mean, variance) in zip(layers, backup, strict=True):
            layer.running_mean, layer.running_var = mean, variance


def can_train_on_one_clip(model: nn.Module, frame: FeatureSpec, condition: FeatureSpec) -> bool:
    """Return whether a batch of one clip can be trained on: BatchNorm over one value per channel has no variance.

    Tries one free-running step of a copy whose weights are zero: `model` may be on the meta device, on which some
    operations (autocast) do not work.
    """
    if not batch_norm_layers(model):
        return True
    trial = copy.deepcopy(model).to_empty(device="cpu").train()
    clip = Clip(torch.zeros(1, 3, *frame.shape), torch.zeros(1, 3, *condition.shape))
    try:
        with torch.no_grad():
            for values in (*trial.parameters(), *trial.buffers()):
                values.zero_()
            trial(clip, plan(3, 1, "train"), KeyedNoise([()]))
    except ValueError as error:
        if is_single_value_per_channel(error):
            return False
        raise
    return True
