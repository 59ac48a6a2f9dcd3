"""The histogram filter against scikit-image's `match_histograms`, in float64 and before rounding."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from skimage.exposure import match_histograms
from torch import Tensor

import vidpred
from vidpred.builtin.filters import Histogram

histogram = Histogram(vidpred.Config())
DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"))]


def expected(prediction: Tensor, previous: Tensor) -> Tensor:
    """scikit-image on uint8 frames [B, C, H, W], channel by channel: with `channel_axis` it would round to uint8."""
    images = zip(prediction.flatten(0, 1).numpy(), previous.flatten(0, 1).numpy(), strict=True)
    return torch.from_numpy(np.stack([match_histograms(*pair) for pair in images])).view(prediction.shape) / 255


def assert_matches(prediction: Tensor, previous: Tensor) -> None:
    matched = histogram(prediction.double() / 255, previous.double() / 255)
    assert (matched - expected(prediction, previous)).abs().max() < 1e-12
    assert matched.min() >= 0 and matched.max() <= 1


def noise(*shape: int, high: int = 256, seed: int = 0) -> Tensor:
    return torch.randint(0, high, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def gradient(height: int, width: int) -> Tensor:
    return torch.arange(height * width).view(1, 1, height, width).mul(255).div(height * width - 1).byte()


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Two batches of small frames, each with levels from a few or from all."""
    shape = tuple(draw(st.integers(1, high)) for high in (3, 3, 6, 6))

    def frames() -> Tensor:
        levels = (
            st.sampled_from(draw(st.lists(st.integers(0, 255), min_size=1, max_size=4)))
            if draw(st.booleans())
            else st.integers(0, 255)
        )
        count = int(np.prod(shape))
        return torch.tensor(draw(st.lists(levels, min_size=count, max_size=count)), dtype=torch.uint8).view(shape)

    return frames(), frames()


@settings(deadline=None)  # scikit-image's first call is slow
@given(pairs())
def test_equals_scikit_image(pair: tuple[Tensor, Tensor]) -> None:
    assert_matches(*pair)


@pytest.mark.parametrize(
    ("prediction", "previous"),
    [
        (noise(2, 3, 64, 64), noise(2, 3, 64, 64, high=40, seed=1)),
        (noise(1, 1, 8, 8, high=3), gradient(8, 8)),
        (gradient(16, 8), noise(1, 1, 16, 8)),
        (torch.full((1, 1, 4, 4), 9, dtype=torch.uint8), noise(1, 1, 4, 4)),
        (noise(1, 1, 4, 4), torch.full((1, 1, 4, 4), 200, dtype=torch.uint8)),
        (gradient(4, 4), torch.zeros(1, 1, 4, 4, dtype=torch.uint8)),
        (noise(1, 2, 1, 1), noise(1, 2, 1, 1, seed=1)),
    ],
    ids=["noise", "few levels", "a gradient", "constant", "constant before", "black before", "one pixel"],
)
def test_special_frames(prediction: Tensor, previous: Tensor) -> None:
    assert_matches(prediction, previous)


def test_ties_and_missing_levels_equal_a_computation_by_hand() -> None:
    """Quantiles 1/4, 3/4, 1 of the prediction, and 1/2 at 100 and 1 at 200 before: 100 (below all), halfway, 200."""
    prediction = torch.tensor([10, 20, 20, 30]).view(1, 1, 2, 2) / 255
    previous = torch.tensor([100, 200, 100, 200]).view(1, 1, 2, 2) / 255
    assert (histogram(prediction, previous) * 255).flatten().tolist() == pytest.approx([100, 150, 150, 200])


def test_a_frame_with_its_own_histogram_is_unchanged() -> None:
    frames = noise(2, 3, 16, 16) / 255
    assert torch.equal(histogram(frames, frames.flip(-1)), frames)


def test_a_batch_equals_its_frames_one_by_one() -> None:
    prediction, previous = noise(4, 3, 12, 10) / 255, noise(4, 3, 12, 10, high=90, seed=1) / 255
    matched = histogram(prediction, previous)
    for b in range(4):
        for c in range(3):
            channel = (slice(b, b + 1), slice(c, c + 1))
            assert torch.equal(matched[channel], histogram(prediction[channel], previous[channel]))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_every_type_and_layout_under_autocast(device: str, dtype: torch.dtype) -> None:
    """Any frame of the type is read as float64 has it, and what comes is the result, rounded to the type."""
    prediction = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0)).to(
        device, dtype, memory_format=torch.channels_last
    )
    previous = noise(2, 3, 16, 16, high=180, seed=1)
    with torch.autocast(device, torch.bfloat16):
        matched = histogram(prediction, (previous / 255).to(device, dtype))
    assert matched.dtype == dtype and matched.device.type == device
    wanted = expected((prediction.cpu().double() * 255).round().byte(), previous)
    assert (matched.cpu().double() - wanted).abs().max() <= torch.finfo(dtype).eps / 2 + 1e-12


def test_frames_are_read_as_the_nearest_of_256_levels() -> None:
    previous = noise(1, 1, 8, 8, seed=1) / 255
    levels = noise(1, 1, 8, 8).float()
    moved = levels + (torch.rand(levels.shape, generator=torch.Generator().manual_seed(2)) - 0.5) * 0.98
    assert torch.equal(histogram(moved / 255, previous), histogram(levels / 255, previous))


def test_nan_stays_nan_and_other_values_are_clamped() -> None:
    prediction, previous = noise(1, 1, 4, 4) / 255, noise(1, 1, 4, 4, seed=1) / 255
    prediction[0, 0, 0, 0] = torch.nan
    matched = histogram(prediction, previous)
    assert matched.isnan().sum() == 1 and matched[0, 0, 0, 0].isnan()
    prediction[0, 0, 0, :3] = torch.tensor([torch.inf, -torch.inf, 7.0])
    matched = histogram(prediction, previous)
    assert matched.min() >= 0 and matched.max() <= 1 and matched[0, 0, 0, 0] == previous.max()
