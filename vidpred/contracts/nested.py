"""The same change to every tensor of a nested value (tuples, named tuples, dicts; None and numbers stay)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast

import torch
from torch import Tensor

V = TypeVar("V")


def over(change: Callable[..., Any], *values: V) -> V:
    """Apply `change` to the tensors that stand in the same place of each value."""
    first: Any = values[0]
    if isinstance(first, Tensor):
        return cast(V, change(*values))
    if isinstance(first, dict):
        return cast(V, {key: over(change, *(cast(Any, value)[key] for value in values)) for key in first})
    if isinstance(first, tuple):
        parts = [over(change, *places) for places in zip(*cast(Any, values), strict=True)]
        return cast(V, type(first)(*parts) if hasattr(first, "_fields") else tuple(parts))
    return cast(V, first)


def tensors(value: Any) -> Iterator[Tensor]:
    """All tensors of a value, in the order in which `over` visits them."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from tensors(part)


def stack(values: Sequence[V]) -> V:
    """S values [B, ...] as one [B, S, ...], channels-last maps in their layout; a single one is only viewed."""
    return over(_stacked, *values)


def unstack(value: V) -> list[V]:
    """One value [B, S, ...] as S of [B, ...]. By unbind: S selects would cost S full-sized gradients."""
    return [_filled(value, column) for column in zip(*(x.unbind(1) for x in tensors(value)), strict=True)]


def _filled(value: V, new: Iterable[Tensor]) -> V:
    """The same value with these tensors instead of its own."""
    rest = iter(new)
    return over(lambda _: next(rest), value)


def spread(value: V, samples: int) -> V:
    """Every clip `samples` times, side by side: [B, ...] -> [B * samples, ...], channels-last maps in their layout."""
    return value if samples == 1 else over(lambda x: _repeated(x, samples), value)


def _stacked(*maps: Tensor) -> Tensor:
    if len(maps) == 1:
        return maps[0].unsqueeze(1)
    if _channels_last(maps[0]):
        return torch.stack([each.movedim(1, -1) for each in maps], 1).movedim(-1, 2)
    return torch.stack(maps, 1)


def _repeated(x: Tensor, samples: int) -> Tensor:
    if _channels_last(x):
        return x.movedim(1, -1).repeat_interleave(samples, 0).movedim(-1, 1)
    return x.repeat_interleave(samples, 0)


def _channels_last(x: Tensor) -> bool:
    """Is x a map [B, C, H, W] whose channels lie side by side? stack and repeat_interleave would lay it out anew, and every
    convolution after them back again."""
    return x.dim() == 4 and x.stride(1) == 1 < x.stride(3)


def per_frame(net: Callable[..., V], *inputs: Any) -> V:
    """Run a map of frames [N, ...] over values [B, S, ...]: fold B and S, call once, unfold."""
    shape = next(tensors(inputs)).shape[:2]
    made = net(*over(lambda x: x.flatten(0, 1), inputs))
    return over(lambda x: x.unflatten(0, shape), made)
