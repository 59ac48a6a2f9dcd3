"""Windows are read into batches, by worker processes too, and conditions are aligned with frames."""

from __future__ import annotations

from pathlib import Path

import torch

from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.data.loader import LoaderSettings, align_conditions, load_batches
from vidpred.data.sampler import SamplerSettings, training_batches


def test_conditions_are_moved_by_the_lead() -> None:
    recorded = torch.arange(5.0)[:, None]
    assert align_conditions(recorded, 1).flatten().tolist() == [0, 0, 1, 2, 3]
    assert align_conditions(recorded, 0) is recorded


def test_workers_read_the_same_batches(robot_data: Path) -> None:
    split = BairRobot(BairRobot.Config(root=robot_data)).split("train")
    windows = training_batches(split.lengths, SamplerSettings(length=6, batch_size=2, seed=1), 0)
    alone, helped = (list(load_batches(split, windows, LoaderSettings(lead=1, workers=workers))) for workers in (0, 2))
    for batch, other in zip(alone, helped, strict=True):
        assert (
            batch.window_indices == other.window_indices
            and torch.equal(batch.frames, other.frames)
            and torch.equal(batch.conditions, other.conditions)
        )
