"""Which windows an epoch shows, and in which order."""

from __future__ import annotations

from collections import Counter
from typing import Any

from vidpred import Lengths
from vidpred.data.sampler import SamplerSettings, evaluation_batches, steps_in_epoch, training_batches


def epoch(clips: int, number: int = 0, **options: Any) -> list[list[Any]]:
    lengths = [Lengths(9 + clip % 3, 9 + clip % 3) for clip in range(clips)]
    purpose = options.pop("purpose", "train")
    settings = SamplerSettings(**{"length": 6, "batch_size": 4, "seed": 1, **options})
    return training_batches(lengths, settings, number, purpose=purpose)


def test_an_epoch_shows_every_clip_once_and_the_last_batch_is_the_rest() -> None:
    batches = epoch(10)
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert sorted(window_index.clip for batch in batches for window_index in batch) == list(range(10))
    assert [window_index.epoch_index for batch in batches for window_index in batch] == list(range(10))
    assert all(0 <= window_index.start <= 3 + window_index.clip % 3 for batch in batches for window_index in batch)


def test_epochs_and_seeds_differ_and_repeat() -> None:
    assert epoch(10) == epoch(10) != epoch(10, 1)
    assert epoch(10) != epoch(10, seed=2) and epoch(10) != epoch(10, purpose="batch_norm")


def test_a_given_number_of_steps_repeats_clips_with_new_windows() -> None:
    batches = epoch(3, batches=5)
    assert [len(batch) for batch in batches] == [4] * 5
    shown = Counter(window_index.clip for batch in batches for window_index in batch)
    assert set(shown.values()) <= {6, 7}
    assert len({window_index.start for batch in batches for window_index in batch if window_index.clip == 0}) > 1


def test_windows_can_start_at_a_fixed_frame() -> None:
    assert {window_index.start for batch in epoch(10, start=2) for window_index in batch} == {2}


def test_batch_size_changes_no_window() -> None:
    def flat(size: int) -> list[Any]:
        return [window_index for batch in epoch(10, batch_size=size) for window_index in batch]

    assert flat(4) == flat(7) == flat(1)


def test_evaluation_shows_every_clip_from_its_first_frame() -> None:
    window_indices = [window_index for batch in evaluation_batches(5, 6, 2) for window_index in batch]
    assert [(window_index.clip, window_index.start) for window_index in window_indices] == [
        (clip, 0) for clip in range(5)
    ]


def test_steps_in_an_epoch() -> None:
    assert (steps_in_epoch(10, 4, 1, None), steps_in_epoch(10, 4, 2, None), steps_in_epoch(10, 4, 2, 7)) == (3, 2, 7)
