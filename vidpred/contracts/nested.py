"""Operations on every tensor of a nested value (tuples, named tuples, dicts; None and numbers are left as they are).

optree and torch's private pytree would replace only `map_tensors` and `iter_tensors`, twenty lines: stacking, splitting
and repeating clips without losing the channels-last layout would stay ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast

import torch
from torch import Tensor

V = TypeVar("V")


def map_tensors(function: Callable[..., Any], *values: V) -> V:
    """Apply a function to the tensors at the same position of each value; the result has the structure of the first."""
    first: Any = values[0]
    if isinstance(first, Tensor):
        return cast(V, function(*values))
    if isinstance(first, dict):
        return cast(V, {key: map_tensors(function, *(cast(Any, value)[key] for value in values)) for key in first})
    if isinstance(first, tuple):
        items = [map_tensors(function, *aligned) for aligned in zip(*cast(Any, values), strict=True)]
        return cast(V, type(first)(*items) if hasattr(first, "_fields") else tuple(items))
    return cast(V, first)


def iter_tensors(value: Any) -> Iterator[Tensor]:
    """Yield all tensors of a value, in the order in which `map_tensors` visits them."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from iter_tensors(item)


def stack(values: Sequence[V]) -> V:
    """Stack S values [B, ...] to one [B, S, ...], keeping channels-last layouts; a single value is only viewed."""
    return map_tensors(_stack_tensors, *values)


def unstack(value: V) -> list[V]:
    """Split a value [B, S, ...] into S values [B, ...]. By unbind: S selects would cost S full-sized gradients."""
    steps = zip(*(tensor.unbind(1) for tensor in iter_tensors(value)), strict=True)
    return [_replace_tensors(value, step) for step in steps]


def _replace_tensors(value: V, tensors: Iterable[Tensor]) -> V:
    """Return the same structure with these tensors."""
    remaining = iter(tensors)
    return map_tensors(lambda _: next(remaining), value)


def spread(value: V, samples: int) -> V:
    """Repeat every clip, side by side: [B, ...] -> [B * samples, ...], keeping channels-last layouts."""
    return value if samples == 1 else map_tensors(lambda tensor: _repeat_rows(tensor, samples), value)


def _stack_tensors(*tensors: Tensor) -> Tensor:
    if len(tensors) == 1:
        return tensors[0].unsqueeze(1)
    if _is_channels_last(tensors[0]):
        return torch.stack([tensor.movedim(1, -1) for tensor in tensors], 1).movedim(-1, 2)
    return torch.stack(tensors, 1)


def _repeat_rows(tensor: Tensor, samples: int) -> Tensor:
    if _is_channels_last(tensor):
        return tensor.movedim(1, -1).repeat_interleave(samples, 0).movedim(-1, 1)
    return tensor.repeat_interleave(samples, 0)


def _is_channels_last(tensor: Tensor) -> bool:
    """Whether this is a map [B, C, H, W] in the channels-last layout.

    stack and repeat_interleave would copy it to the contiguous layout, and every later convolution back.
    """
    return tensor.dim() == 4 and tensor.stride(1) == 1 < tensor.stride(3)


def per_frame(network: Callable[..., V], *inputs: Any) -> V:
    """Apply a network for frames [N, ...] to values [B, S, ...]: fold B and S, call it once, unfold."""
    shape = next(iter_tensors(inputs)).shape[:2]
    folded = map_tensors(lambda tensor: tensor.flatten(0, 1), inputs)
    outputs = network(*folded)
    return map_tensors(lambda tensor: tensor.unflatten(0, shape), outputs)
