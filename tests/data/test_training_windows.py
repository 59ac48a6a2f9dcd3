"""Runs with augmentations: they change training windows, with keys that depend on no worker, and not validation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import vidpred as vp
from tests.pose_runs import Launch
from tests.tiny_pose import built, folder_of, pose_recipe, source
from tests.tiny_runs import comparable_records
from vidpred import Window
from vidpred.data.loader import fail_on_unread, load_batches

CROP = [{"name": "crop", "share": 0.9, "scale": [0.5, 0.7]}]


@pytest.mark.parametrize("several", [False, True])
def test_the_share_of_an_augmentation_is_not_that_of_a_data_set(
    several: bool, root: Path, other: Path, tmp_path: Path
) -> None:
    data = [source(root, share=3.0), source(other, share=1.0)] if several else source(root)
    fields = pose_recipe(root, data=data)
    fields["train"]["augmentations"] = CROP
    run = built(fields, tmp_path)
    assert run.data.augmentations[0].config.share == 0.9  # type: ignore[attr-defined]
    assert run.store.recipe["train"]["augmentations"] == [{"name": "crop", "share": 0.9, "scale": [0.5, 0.7]}]


def test_augmentation_does_not_depend_on_workers_and_leaves_validation_unchanged(
    root: Path, launch: Launch, tmp_path: Path
) -> None:
    records = {}
    for name, changes in {"plain": [], "no workers": CROP, "workers": CROP}.items():
        fields = pose_recipe(root, optimizer={"name": "sgd", "lr": 1e-12, "momentum": 0.0})
        fields["train"]["augmentations"] = changes
        assert launch(fields, f"train.workers={2 if name == 'workers' else 0}", out=tmp_path / name).code == 0
        records[name] = comparable_records(folder_of(tmp_path / name))
    assert records["no workers"] == records["workers"]
    for plain, cropped in zip(records["plain"], records["no workers"], strict=True):
        assert plain["train"]["loss"] != cropped["train"]["loss"]
        assert plain["validate"]["copy_last"] == cropped["validate"]["copy_last"]


def test_training_and_reestimation_are_augmented_each_with_its_own_keys_and_validation_is_not(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Training data are augmented differently in every epoch, validation data never."""
    keys: list[int] = []
    loaded: list[tuple[str, bool]] = []

    class KeyRecorder(vp.Augmentation):
        """Records the keys."""

        name = "key_recorder"

        def __call__(self, window: Window, key: int) -> Window:
            keys.append(key)
            return window

    def spy(split: Any, batches: Any, loader: Any, **given: Any) -> Any:
        loaded.append((split.describe(0), given.get("transform") is not None))
        return load_batches(split, batches, loader, **given)

    monkeypatch.setattr("vidpred.data.training_windows.load_batches", spy)
    monkeypatch.setattr("vidpred.training.validation.load_batches", spy)
    run = built(pose_recipe(root), tmp_path)
    run.data = replace(run.data, augmentations=[KeyRecorder(vp.Config()), KeyRecorder(vp.Config())])
    for _ in run.events():
        pass
    assert (
        len(set(keys)) == len(keys) == 2 * (2 * 2 + 2)
    )  # two augmentations of 2 batches and 1 for BatchNorm, of 2 windows
    assert {changed for where, changed in loaded if "train" in where} == {True}
    assert {changed for where, changed in loaded if "val" in where} == {False}
    first = list(keys)
    for batch in run.data.read(run.data.batches(0), 0, fail_on_unread):
        assert len(batch.window_indices) == 2
    assert keys[len(first) :] == first[:8]
    list(run.data.read(run.data.batches(1), 1, fail_on_unread))
    assert not set(keys[len(first) + 8 :]) & set(first)


@pytest.mark.parametrize(
    ("augmentations", "message"),
    [
        ("[corp]", "train.augmentations.0.name: unknown augmentation 'corp'; did you mean 'crop'?"),
        ("[crop, {name: crop, share: 2}]", "train.augmentations.1.share: should be less than or equal to 1, got 2"),
        (
            "[{name: crop, scale: [0.9, 0.5]}]",
            "train.augmentations.0: scale: give the smallest, then the largest, got 0.9 and 0.5",
        ),
        ("crop", "train.augmentations: should be a list in [brackets], got 'crop'"),
    ],
)
def test_invalid_augmentations_are_refused(
    augmentations: str, message: str, root: Path, refused: Callable[..., str]
) -> None:
    assert message in refused(pose_recipe(root), f"train.augmentations={augmentations}")
