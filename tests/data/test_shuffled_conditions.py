"""Shuffled conditions."""

from __future__ import annotations

from pathlib import Path

import torch

from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.data.shuffled_conditions import ShuffledConditions


def test_conditions_are_those_of_another_clip_or_reversed(robot_data: Path) -> None:
    split = BairRobot(BairRobot.Config(root=robot_data)).split("train")
    shuffled = ShuffledConditions(split)
    for clip in range(5):
        assert torch.equal(shuffled.read(clip, 2, 4).frames, split.read(clip, 2, 4).frames)
        assert torch.equal(shuffled.read(clip, 2, 4).conditions, split.read((clip + 1) % 5, 2, 4).conditions)
    single = BairRobot(BairRobot.Config(root=robot_data)).split("test")
    assert torch.equal(ShuffledConditions(single).read(0, 2, 4).conditions, single.read(0, 2, 4).conditions.flip(0))
