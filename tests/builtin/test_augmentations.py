"""Random crops: one box for a whole window, frames and conditions alike, all of it from the key."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from vidpred import Window
from vidpred.builtin.augmentations import Crop

KEYS = range(40)


def crop(**settings: Any) -> Crop:
    return Crop(Crop.Config(**settings))


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def ramps(frames: int, height: int, width: int) -> Tensor:
    """float32 [T, 2, H, W]: how far down and how far to the right each pixel's middle is, in shares."""
    down, right = ((torch.arange(size) + 0.5) / size for size in (height, width))
    return torch.stack(torch.meshgrid(down, right, indexing="ij")).expand(frames, 2, height, width).contiguous()


def window(size: tuple[int, int] = (24, 32)) -> Window:
    return Window(noise(4, 3, *size), torch.randn(4, 5, generator=torch.Generator().manual_seed(0)))


def test_the_key_decides_the_crop() -> None:
    cut = crop(share=1.0, scale=(0.5, 0.8))
    cropped = [cut(window(), key).frames for key in KEYS]
    assert all(torch.equal(frames, cut(window(), key).frames) for key, frames in zip(KEYS, cropped, strict=True))
    assert len({window_after.numpy().tobytes() for window_after in cropped}) == len(KEYS)


def test_global_random_state_is_neither_used_nor_changed() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    crop(share=1.0)(window(), 3)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
def test_a_share_is_cropped_and_the_rest_is_bit_equal(share: float) -> None:
    original, cut = Window(noise(1, 1, 8, 8), noise(1, 1, 8, 8) / 255), crop(share=share, scale=(0.5, 0.7))
    cropped = [cut(original, key) for key in range(1000)]
    untouched = [
        torch.equal(window_after.frames, original.frames) and torch.equal(window_after.conditions, original.conditions)
        for window_after in cropped
    ]
    assert sum(untouched) / 1000 == pytest.approx(1 - share, abs=0.05 if 0 < share < 1 else 0)
    assert all(
        same or not torch.equal(window_after.conditions, original.conditions)
        for same, window_after in zip(untouched, cropped, strict=True)
    )


def test_all_frames_have_the_same_box() -> None:
    still, cut = noise(1, 3, 24, 32).expand(5, 3, 24, 32), crop(share=1.0)
    for key in KEYS:
        cropped = cut(Window(still, ramps(5, 24, 32)), key)
        assert torch.equal(cropped.frames, cropped.frames[:1].expand_as(cropped.frames))
        assert torch.equal(cropped.conditions, cropped.conditions[:1].expand_as(cropped.conditions))


def test_frames_and_conditions_stay_aligned() -> None:
    frames, cut = noise(3, 3, 24, 32), crop(share=1.0, scale=(0.5, 0.9))
    for key in KEYS:
        cropped = cut(Window(frames, frames / 255), key)
        assert not torch.equal(cropped.frames, frames)
        assert (cropped.frames / 255 - cropped.conditions).abs().max() < 1.01 / 255


@pytest.mark.parametrize("size", [(24, 32), (48, 64), (12, 16), (7, 9)])
def test_maps_of_another_size_are_cropped_to_the_same_part(size: tuple[int, int]) -> None:
    """A ramp tells where a box was: its mean is the box's middle, in shares. Within half a pixel of the map."""
    cut = crop(share=1.0, scale=(0.5, 0.9))
    for key in KEYS:
        cropped = cut(Window((ramps(2, 24, 32) * 255).round().byte(), ramps(3, *size)), key)
        assert cropped.conditions.shape == (3, 2, *size)
        in_frames, in_conditions = (
            (values[0].float().mean((1, 2))) for values in (cropped.frames / 255, cropped.conditions)
        )
        assert ((in_frames - in_conditions).abs() < 0.5 / torch.tensor(size) + 0.01).all()


def test_boxes_keep_the_aspect_ratio_the_range_of_scale_and_lie_everywhere() -> None:
    cut, spans, middles = crop(share=1.0, scale=(0.5, 0.8)), [], []
    for key in range(300):
        cropped = cut(Window(noise(1, 1, 100, 200), ramps(1, 100, 200)), key).conditions[0]
        # Between rows (columns) inside, away from the borders, the ramp rises by scale / size.
        down, right = cropped[0, :, 0], cropped[1, 0]
        spans.append([(down[60] - down[40]).item() * 5, (right[120] - right[80]).item() * 5])
        middles.append([down.mean().item(), right.mean().item()])
    scales, centres = torch.tensor(spans), torch.tensor(middles)
    assert (scales[:, 0] - scales[:, 1]).abs().max() < 0.01
    assert (
        scales.min() > 0.49
        and scales.max() < 0.81
        and scales[:, 0].quantile(0.5).item() == pytest.approx(0.65, abs=0.03)
    )
    assert (
        (centres.min(0).values < 0.33).all()
        and (centres.max(0).values > 0.67).all()
        and (centres.mean(0) - 0.5).abs().max() < 0.03
    )
    assert torch.corrcoef(centres.T)[0, 1].abs() < 0.25


def test_a_box_of_the_full_frame_changes_nothing() -> None:
    original = window()
    whole = crop(share=1.0, scale=(1.0, 1.0))(original, 0)
    assert torch.equal(whole.frames, original.frames) and torch.equal(whole.conditions, original.conditions)


@pytest.mark.parametrize(
    "conditions",
    [
        torch.randn(4, 5),
        torch.randn(6, 5),
        torch.zeros(4, 0),
        torch.rand(4, 2, 24, 32),
        torch.rand(7, 2, 12, 12),
        torch.rand(4, 1, 1, 1),
    ],
)
def test_shapes_types_and_vectors_are_unchanged(conditions: Tensor) -> None:
    cropped = crop(share=1.0)(Window(noise(4, 3, 24, 32), conditions), 1)
    assert cropped.frames.shape == (4, 3, 24, 32) and cropped.frames.dtype == torch.uint8
    assert cropped.conditions.shape == conditions.shape and cropped.conditions.dtype == torch.float32
    if conditions.ndim == 2:
        assert torch.equal(cropped.conditions, conditions)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (7, 5)])
def test_boxes_stay_inside_maps_of_few_pixels(size: tuple[int, int]) -> None:
    """What lies outside would come as 0."""
    ones, cut = torch.ones(2, 1, *size), crop(share=1.0, scale=(0.05, 0.4))
    for key in KEYS:
        assert cut(Window(noise(2, 3, 64, 48), ones), key).conditions.numpy() == pytest.approx(1)


def test_the_input_is_not_modified() -> None:
    original = Window(noise(2, 3, 16, 16), ramps(2, 16, 16))
    kept = Window(original.frames.clone(), original.conditions.clone())
    crop(share=1.0)(original, 0)
    assert torch.equal(original.frames, kept.frames) and torch.equal(original.conditions, kept.conditions)


@pytest.mark.parametrize(
    "settings", [{"share": 1.1}, {"share": -0.1}, {"scale": (0.9, 0.7)}, {"scale": (0.0, 1.0)}, {"scale": (0.5, 1.2)}]
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Crop.Config(**settings)
