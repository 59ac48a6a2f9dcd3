"""Statistics of an epoch: means over clips and steps, skipped steps, and how they are kept in a checkpoint."""

from __future__ import annotations

import io

import pytest
import torch

from vidpred.contracts.schedules import Progress
from vidpred.training.epoch_stats import EpochStats
from vidpred.training.trainer import TrainStep


def train_step(step: int, clips: int, loss: float | None, lr: float = 0.1) -> TrainStep:
    """Return a step; one without a loss was skipped."""
    metrics = {} if loss is None else {"loss": loss}
    return TrainStep(
        at=Progress(0, 1, step, 3),
        clips=clips,
        beta=1.0,
        ratio=0.5,
        forced_share=0.25,
        lr=lr,
        metrics=metrics,
        clips_per_second=1.0,
    )


@pytest.fixture
def stats() -> EpochStats:
    """Two steps of 2 and 1 clips, and a skipped one."""
    stats = EpochStats(unread=["a.png: cannot be read"], seconds=1.5)
    for step in (train_step(0, 2, 1.0), train_step(1, 1, 4.0), train_step(2, 2, None, lr=0.4)):
        stats.add(step)
    return stats


def test_metrics_are_means_over_clips_and_schedules_means_over_steps(stats: EpochStats) -> None:
    record = stats.record()
    assert record["train"] == {"loss": 2.0}
    assert (record["beta"], record["ratio"], record["forced_share"]) == (1.0, 0.5, 0.25)
    assert record["lr"] == pytest.approx(0.2)


def test_skipped_steps_and_unread_clips_are_recorded(stats: EpochStats) -> None:
    assert (stats.attempted_steps, stats.attempted_clips) == (3, 5)
    assert (stats.record()["skipped"], stats.record()["unread"]) == (1, ["a.png: cannot be read"])


def test_skipped_steps_in_a_row_are_counted(stats: EpochStats) -> None:
    assert stats.consecutive_skips == 1
    stats.add(train_step(3, 2, None))
    assert stats.consecutive_skips == 2
    stats.add(train_step(4, 2, 1.0))
    assert stats.consecutive_skips == 0


def test_an_epoch_without_a_finite_step_has_no_metrics() -> None:
    stats = EpochStats()
    stats.add(train_step(0, 2, None))
    assert stats.record()["train"] == {}


def test_a_checkpoint_keeps_all_statistics(stats: EpochStats) -> None:
    file = io.BytesIO()
    torch.save(stats.state_dict(), file)
    file.seek(0)
    assert EpochStats.from_state_dict(torch.load(file, weights_only=True)) == stats
