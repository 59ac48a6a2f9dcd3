"""How the windows of an epoch are shared among several data sets."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.data.epochs import epoch


def test_shares_are_kept() -> None:
    shown = epoch([4] * 3 + [4] * 50, batches=1000, shares=[(3, 0.75), (50, 0.25)])
    assert sum(window_index.clip < 3 for window_index in shown) / 4000 == pytest.approx(0.75, abs=0.02)
    counts = Counter(
        (window_index.clip >= 2) + (window_index.clip >= 7)
        for window_index in epoch([4] * 10, batches=1000, shares=[(2, 2), (5, 5), (3, 3)])
    )
    assert [counts[index] / 4000 for index in range(3)] == pytest.approx([0.2, 0.5, 0.3], abs=0.02)


def test_only_the_ratio_of_shares_matters() -> None:
    assert epoch([4] * 9, batches=50, shares=[(3, 3), (6, 1)]) == epoch(
        [4] * 9, batches=50, shares=[(3, 0.75), (6, 0.25)]
    )


def test_all_windows_of_a_data_set_are_shown_before_any_is_repeated() -> None:
    shown = epoch([8, 4, 12, 4, 4], batches=200, start=0, stride=4, shares=[(2, 0.6), (3, 0.4)])
    for clips, count in ((range(2), 3), (range(2, 5), 5)):
        windows = [(window_index.clip, window_index.start) for window_index in shown if window_index.clip in clips]
        rounds = [windows[i : i + count] for i in range(0, len(windows) - count + 1, count)]
        assert (
            len(rounds) > 50
            and all(len(set(windows)) == count for windows in rounds)
            and len(set(map(tuple, rounds))) > 3
        )


def test_data_sets_of_equal_size_are_shuffled_differently() -> None:
    shown = epoch([4] * 20, batches=50, shares=[(10, 1.0), (10, 1.0)])
    first, second = (
        [window_index.clip % 10 for window_index in shown if clips.start <= window_index.clip < clips.stop][:50]
        for clips in (range(10), range(10, 20))
    )
    assert first != second and first[:10] != second[:10]


def test_a_single_data_set_ignores_its_share_and_all_depend_on_seed_epoch_and_purpose() -> None:
    assert epoch([9] * 7, shares=[(7, 0.2)]) == epoch([9] * 7, shares=[(7, 1.0)])
    shared: dict[str, Any] = {"shares": [(3, 1.0), (4, 1.0)], "batches": 5}
    assert epoch([9] * 7, **shared) == epoch([9] * 7, **shared)
    others: list[dict[str, Any]] = [{}, {"number": 1}, {"seed": 2}, {"purpose": "batch_norm"}]
    assert len({tuple(epoch([9] * 7, **shared, **other)) for other in others}) == 4


def test_by_default_an_epoch_has_as_many_windows_as_all_sets_together() -> None:
    shown = epoch([8, 8, 40], stride=4, shares=[(2, 0.9), (1, 0.1)])
    assert len(shown) == 2 + 2 + 10 and sum(window_index.clip < 2 for window_index in shown) > 7
