"""Which windows of a clip an epoch shows, with and without a stride."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings as hypothesis_settings, strategies as st

from tests.data.epochs import epoch, lengths, window_indices
from vidpred.data.sampler import SamplerSettings, Start, evaluation_batches, training_batches, window_starts


@pytest.mark.parametrize(
    ("start", "stride", "expected"),
    [
        ("random", None, [(0, 0), (1, 0), (2, 0)]),
        (0, None, [(0, 0), (1, 0), (2, 0)]),
        (1, None, [(0, 1), (1, 1)]),
        (0, 4, [(0, 0), (0, 4), (1, 0), (2, 0)]),
        ("random", 4, [(0, 0), (0, 4), (1, 0), (2, 0)]),
        (0, 2, [(0, 0), (0, 2), (0, 4), (0, 6), (1, 0), (2, 0)]),
        (1, 2, [(0, 1), (0, 3), (0, 5), (1, 1)]),
        (0, 100, [(0, 0), (1, 0), (2, 0)]),
    ],
)
def test_windows_of_clips_of_10_5_and_4_frames(
    start: Start, stride: int | None, expected: list[tuple[int, int]]
) -> None:
    assert window_starts(lengths(10, 5, 4), 4, start, stride) == expected


@hypothesis_settings(deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(2, 12), st.integers(0, 5), st.integers(1, 15))
def test_as_many_windows_as_fit(frames: list[int], length: int, start: int, stride: int) -> None:
    windows = window_starts(lengths(*frames), length, start, stride)
    assert Counter(clip for clip, _ in windows) == Counter(
        {clip: (count - start - length) // stride + 1 for clip, count in enumerate(frames) if count >= start + length}
    )
    assert all(first + length <= frames[clip] and (first - start) % stride == 0 for clip, first in windows)
    assert len(set(windows)) == len(windows)


def test_with_a_fixed_start_an_epoch_shows_every_window_once_in_another_order() -> None:
    shown = epoch([20, 9, 4], stride=3, start=0)
    windows = [(window_index.clip, window_index.start) for window_index in shown]
    assert sorted(windows) == window_starts(lengths(20, 9, 4), 4, 0, 3) != windows
    assert [window_index.epoch_index for window_index in shown] == list(range(len(windows)))
    assert sorted(windows) == sorted(
        (window_index.clip, window_index.start) for window_index in epoch([20, 9, 4], 1, stride=3, start=0)
    )
    assert windows != [
        (window_index.clip, window_index.start) for window_index in epoch([20, 9, 4], 1, stride=3, start=0)
    ]


def test_random_starts_give_as_many_windows_at_any_frame() -> None:
    shown = epoch([50, 9, 4], stride=2)
    assert Counter(window_index.clip for window_index in shown) == {0: 24, 1: 3, 2: 1}
    starts = [window_index.start for window_index in shown if window_index.clip == 0]
    assert all(0 <= start <= 46 for start in starts) and min(starts) < 12 and max(starts) > 34
    assert len(set(starts)) > 12 and any(start % 2 for start in starts)


def test_batches_are_cut_from_one_order() -> None:
    for size, left in ((4, [4] * 7), (5, [5] * 5 + [3]), (100, [28])):
        batches = training_batches(lengths(50, 9, 4), SamplerSettings(length=4, batch_size=size, seed=1, stride=2), 0)
        assert [len(batch) for batch in batches] == left and window_indices(batches) == epoch([50, 9, 4], stride=2)


def test_a_given_number_of_batches_repeats_the_windows() -> None:
    shown = epoch([12], stride=4, start=0, batches=3)
    assert (
        len(shown) == 12
        and [sorted(window_index.start for window_index in shown[i : i + 3]) for i in range(0, 12, 3)]
        == [[0, 4, 8]] * 4
    )
    assert len({tuple(window_index.start for window_index in shown[i : i + 3]) for i in range(0, 12, 3)}) > 1


def test_evaluation_batches_hold_one_length() -> None:
    batches = evaluation_batches(7, [5, 5, 5, 8, 8, 5, 3], 2)
    assert [
        [(window_index.clip, window_index.start, window_index.length) for window_index in batch] for batch in batches
    ] == [[(0, 0, 5), (1, 0, 5)], [(2, 0, 5)], [(3, 0, 8), (4, 0, 8)], [(5, 0, 5)], [(6, 0, 3)]]
    assert [window_index.epoch_index for window_index in window_indices(batches)] == list(range(7))
