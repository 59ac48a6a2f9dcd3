"""stack, unstack and spread change no value, and leave channels-last maps in their layout."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from vidpred.contracts.nested import per_frame, spread, stack, unstack

LAYOUTS = (torch.contiguous_format, torch.channels_last)


def a_map(layout: torch.memory_format) -> Tensor:
    return torch.randn(3, 4, 5, 6).to(memory_format=layout)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("count", [1, 2])
def test_stacked_maps_are_the_same_frames_in_the_same_layout(layout: torch.memory_format, count: int) -> None:
    maps = [a_map(layout) for _ in range(count)]
    seen: list[Tensor] = []
    result = per_frame(lambda frames: seen.append(frames) or frames, stack(maps))  # type: ignore[func-returns-value]
    assert seen[0].is_contiguous(memory_format=layout)
    assert torch.equal(result, torch.stack(maps, 1))
    assert all(torch.equal(first, second) for first, second in zip(unstack(result), maps, strict=True))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_spread_maps_are_repeated_in_their_layout(layout: torch.memory_format) -> None:
    first = a_map(layout)
    assert torch.equal(spread(first, 3), first.repeat_interleave(3, 0))
    assert spread(first, 3).is_contiguous(memory_format=layout)


def test_a_column_of_a_window_keeps_its_layout_too() -> None:
    """As the skips of given frames do, which were encoded together."""
    column = unstack(stack([a_map(torch.channels_last), a_map(torch.channels_last)]))[1]
    assert spread(column, 2).is_contiguous(memory_format=torch.channels_last)


def test_vectors_and_single_channels_are_stacked_and_spread_like_others() -> None:
    for value in (torch.randn(3, 4), torch.randn(3, 1, 5, 6), torch.randn(3)):
        assert torch.equal(stack([value, value + 1]), torch.stack([value, value + 1], 1))
        assert torch.equal(spread(value, 2), value.repeat_interleave(2, 0))


def test_tensors_without_a_layout_have_the_default_one() -> None:
    """1x1 maps are both; channels-last would spread to whatever is computed from them."""
    for value in (torch.randn(3, 4, 1, 1), torch.randn(3, 4)[:, :, None, None].expand(3, 4, 5, 6)):
        for result in (spread(value, 2), stack([value, value]).flatten(0, 1)):
            assert result.is_contiguous()
    clip = torch.randn(2, 3, 4, 5, 6)
    assert torch.equal(spread(clip, 2), clip.repeat_interleave(2, 0))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_gradients_go_back_through_every_layout(layout: torch.memory_format) -> None:
    first, second = (a_map(layout).requires_grad_() for _ in range(2))
    (stack([first, second]) * torch.arange(2.0)[None, :, None, None, None]).sum().backward()
    spread(first, 3).sum().backward()
    assert (
        first.grad is not None
        and bool((first.grad == 3).all())
        and second.grad is not None
        and bool((second.grad == 1).all())
    )
