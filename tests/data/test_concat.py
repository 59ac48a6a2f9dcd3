"""Several data sets as one, and what they must agree on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import vidpred as vp
from tests.tiny_pose import SIZE, write_pose_data
from vidpred import Lengths
from vidpred.builtin.datasets.pose.dataset import PoseVideo
from vidpred.data.concat import ConcatSplit, require_same_specs


def test_concatenated_splits_follow_each_other(root: Path, other: Path) -> None:
    parts = [
        PoseVideo(PoseVideo.Config(root=folder, size=SIZE)).split(name)
        for folder, name in ((root, "test"), (other, "train"), (root, "train"))
    ]
    joined = ConcatSplit(parts)
    assert joined.lengths == [Lengths(1, 5), Lengths(1, 7), Lengths(1, 5), Lengths(20, 20), Lengths(12, 12)]
    for index, (part, own) in enumerate([(0, 0), (0, 1), (0, 2), (1, 0), (2, 0)]):
        assert joined.describe(index) == parts[part].describe(own)
        for mine, theirs in zip(joined.read(index, 1, 3), parts[part].read(own, 1, 3), strict=True):
            assert torch.equal(mine, theirs)


def test_concatenated_splits_yield_all_problems(tmp_path: Path) -> None:
    parts = []
    for name in ("a", "b"):
        root = write_pose_data(tmp_path / name)
        parts.append(PoseVideo(PoseVideo.Config(root=root, size=SIZE)).split("train"))
        (root / "train/train_img/3.png").write_bytes(b"no image")
    joined = ConcatSplit(parts)
    assert [str(problem.path) for problem in joined.problems([0, 1])] == [
        f"{tmp_path}/{name}/train/train_img/3.png" for name in ("a", "b")
    ]
    assert [str(problem.path) for problem in joined.problems([1])] == [f"{tmp_path}/b/train/train_img/3.png"]


def test_conditions_and_leads_must_agree(root: Path) -> None:
    class Other(PoseVideo):
        """Poses of the frame before."""

        name = "other"
        lead = 1

    first, second = PoseVideo(PoseVideo.Config(root=root)), Other(Other.Config(root=root))
    require_same_specs([first, first])
    with pytest.raises(vp.DataError, match=r"data\.2: .*lead.* other .*1, but .*data\.0.* pose_video.* 0"):
        require_same_specs([first, first, second])
    second.lead, second.condition = 0, vp.FeatureSpec(7)  # type: ignore[misc]
    with pytest.raises(vp.DataError, match=r"data\.1: .*condition.* other .*7, but .*data\.0.* pose_video.* 3x32x64"):
        require_same_specs([first, second])
