"""Clips of the original BAIR release: equal to those of the PNG folders; bad records are named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.conftest import tiny_recipe
from tests.io.tfrecord_writer import Values, converted, example, message, trajectory, write
from vidpred import DataError, Lengths
from vidpred.builtin.datasets.bair.dataset import BairRobot
from vidpred.data.loader import LoaderSettings, load_batches
from vidpred.data.sampler import SamplerSettings, training_batches


def open_split(root: Path, split: Any = "test", **settings: Any) -> Any:
    return BairRobot(BairRobot.Config(root=root, **settings)).split(split)


@pytest.fixture(scope="module")
def release(robot_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trajectories of `robot_data` as TFRecords. Read-only."""
    root = tmp_path_factory.mktemp("release")
    for split in ("train", "validate", "test"):
        folders = sorted((robot_data / split / "traj_0_to_255").iterdir())
        write(root / split / "traj_0_to_255.tfrecords", [example(converted(folder)) for folder in folders])
    return root


@pytest.mark.parametrize("split", ["train", "validate", "test"])
def test_clips_equal_those_of_the_folders(split: str, robot_data: Path, release: Path) -> None:
    folders, records, main = (
        open_split(robot_data, split),
        open_split(release, split),
        open_split(release, split, camera="main"),
    )
    assert folders.lengths == records.lengths == main.lengths
    for index in range(len(folders.lengths)):
        for start, length in ((0, 9), (3, 4), (8, 1)):
            expected, aux, other = (part.read(index, start, length) for part in (folders, records, main))
            assert torch.equal(expected.frames, aux.frames) and torch.equal(expected.conditions, aux.conditions)
            assert torch.equal(other.frames, 255 - expected.frames)
            assert torch.equal(other.conditions, expected.conditions)
            assert aux.frames.dtype == torch.uint8 and aux.frames.is_contiguous()
            assert aux.conditions.dtype == torch.float32
        assert records.describe(index) == f"{release / split}/traj_0_to_255.tfrecords: record {index}"
    assert not list(records.problems(range(len(records.lengths))))


@pytest.mark.parametrize("conditions", [["actions"], ["positions"], ["positions", "actions"], []])
def test_conditions_are_chosen_and_only_they_are_needed(
    conditions: list[str], robot_data: Path, release: Path, tmp_path: Path
) -> None:
    expected, window = (open_split(root, conditions=conditions).read(0, 1, 3) for root in (robot_data, release))
    assert torch.equal(expected.conditions, window.conditions)
    assert window.conditions.shape == (3, expected.conditions.shape[1])
    names = {"actions": "action", "positions": "endeffector_pos"}
    few = {
        name: values
        for name, values in trajectory(3).items()
        if "aux1" in name or name.split("/")[1] in [names[condition] for condition in conditions]
    }
    write(tmp_path / "test" / "traj_0_to_255.tfrecords", [example(few)])
    assert not list(open_split(tmp_path, conditions=conditions).problems([0]))


def test_the_release_is_found_in_its_own_folder_and_split(tmp_path: Path) -> None:
    for first in (256, 0, 1024):
        write(
            tmp_path / f"softmotion30_44k/train/traj_{first}_to_{first + 255}.tfrecords",
            [example(trajectory(2 + k)) for k in range(4)],
        )
    write(tmp_path / "softmotion30_44k/test/traj_0_to_255.tfrecords", [example(trajectory(2))])
    assert open_split(tmp_path).lengths == [Lengths(2, 2)]
    parts = [
        open_split(root, name, validate_share=0.25)
        for root in (tmp_path, tmp_path / "softmotion30_44k")
        for name in ("train", "validate")
    ]
    assert [len(part.lengths) for part in parts] == [9, 3, 9, 3]
    names = [{part.describe(index) for index in range(len(part.lengths))} for part in parts]
    assert not names[0] & names[1] and len(names[0] | names[1]) == 12 and names[:2] == names[2:]
    order = [record.file.name.split("_")[1] for record in parts[0].records]
    assert order == sorted(order, key=int) and [record.number for record in parts[0].records][:2] != [0, 0]
    lengths = {part.describe(index): part.lengths[index].frames for part in parts for index in range(len(part.lengths))}
    assert all(frames == 2 + int(where[-1]) for where, frames in lengths.items())


def test_folders_may_be_named_like_files(robot_data: Path, tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    os.symlink(robot_data / "test" / "traj_0_to_255", tmp_path / "test" / "traj_0_to_255.tfrecords")
    assert torch.equal(open_split(tmp_path).read(0, 0, 9).frames, open_split(robot_data).read(0, 0, 9).frames)


def test_folders_have_one_camera(robot_data: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"data\.camera: is main, but .*/test holds no TFRecords, and PNG folders have one camera only; leave",
    ):
        open_split(robot_data, camera="main")


def test_workers_read_the_same_batches(release: Path) -> None:
    split = open_split(release, "train")
    windows = training_batches(split.lengths, SamplerSettings(length=6, batch_size=2, seed=1), 0)
    alone, helped = (list(load_batches(split, windows, LoaderSettings(lead=1, workers=workers))) for workers in (0, 2))
    for batch, from_workers in zip(alone, helped, strict=True):
        assert batch.window_indices == from_workers.window_indices
        assert torch.equal(batch.frames, from_workers.frames)
        assert torch.equal(batch.conditions, from_workers.conditions)


def changed(t: int, name: str, values: Values | None) -> bytes:
    """A record of 3 frames with one feature changed, or left out."""
    content = trajectory(3)
    content.pop(f"{t}/{name}") if values is None else content.update({f"{t}/{name}": values})
    return example(content)


AUX = "image_aux1/encoded"
WRONG: dict[str, tuple[bytes, str]] = {  # the data of a record with correct CRCs, and the message
    "no image": (changed(1, AUX, None), ": the feature 1/image_aux1/encoded is missing; download the file again"),
    "no action": (changed(2, "action", None), ": the feature 2/action is missing; "),
    "no position": (changed(0, "endeffector_pos", None), ": the feature 0/endeffector_pos is missing; "),
    "a small image": (
        changed(1, AUX, b"12"),
        ", 1/image_aux1/encoded: holds 2 bytes, but a frame is 64x64 RGB, 12288 bytes; ",
    ),
    "no bytes": (changed(1, AUX, [b""]), ", 1/image_aux1/encoded: holds 0 bytes, but a frame"),
    "two images": (
        changed(1, AUX, [bytes(12288)] * 2),
        ", 1/image_aux1/encoded: holds 12288 + 12288 bytes, but a frame",
    ),
    "numbers for pixels": (changed(1, AUX, [1.0]), ", 1/image_aux1/encoded: is float_list, but bytes_list is expected"),
    "bytes for numbers": (changed(1, "action", b"1234"), ", 1/action: is bytes_list, but float_list is expected"),
    "too few numbers": (changed(1, "action", [1.0, 2.0, 3.0]), ", 1/action: has 3 numbers, but 4 are expected"),
    "nan": (
        changed(1, "action", [1.0, float("nan"), 0.0, 0.0]),
        ", 1/action: number 2 is nan; it should be a finite number",
    ),
    "infinite": (
        changed(1, "endeffector_pos", [1.0, 0.0, float("-inf")]),
        ", 1/endeffector_pos: number 3 is -inf; it should be",
    ),
    "an empty feature": (
        changed(1, "action", None) + message(1, message(1, message(1, b"1/action"))),
        ", 1/action: is empty, but float_list is",
    ),
    "cut floats": (
        changed(1, "action", None)
        + message(1, message(1, message(1, b"1/action") + message(2, message(2, message(1, b"123"))))),
        ", 1/action: cannot be decoded: a list of floats is cut off",
    ),
    "a gap": (
        example({name: values for name, values in trajectory(3).items() if name[0] != "1"}),
        ": the feature 1/image_aux1/encoded is missing, though the record continues to 2; ",
    ),
    "no Example": (b"\x0a\xffnothing", " is no tf.train.Example: a field is longer than its message; "),
    "no frames": (
        example({"steps/reward": [1.0]}),
        " holds no frames (0/image_aux1/encoded, …), but steps/reward; is this the BAIR release? ",
    ),
    "nothing": (b"", " holds no frames (0/image_aux1/encoded, …), but nothing; is this"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_records_are_named(case: str, tmp_path: Path) -> None:
    data, expected = WRONG[case]
    file = write(tmp_path / "test" / "traj_0_to_255.tfrecords", [example(trajectory(3)), data])
    with pytest.raises(DataError) as caught:
        open_split(tmp_path).read(1, 0, 3)
    message = str(caught.value)
    assert (
        message.startswith(f"{file}: record 1{expected}")
        and "\n" not in message
        and "move it out of this folder" in message
    )


def test_all_problems_of_a_record_are_listed_and_other_windows_can_be_read(tmp_path: Path) -> None:
    content = trajectory(4)
    content |= {"1/image_aux1/encoded": b"", "2/action": [1.0], "2/endeffector_pos": [float("inf")] * 3}
    del content["3/image_main/encoded"]
    file = write(tmp_path / "test" / "traj_0_to_255.tfrecords", [example(content)])
    split = open_split(tmp_path)
    problems = list(split.problems([0]))
    assert [problem.message.split(": ")[0].split(", ")[1] for problem in problems] == [
        "1/image_aux1/encoded",
        "2/action",
        "2/endeffector_pos",
    ]
    assert all(str(problem).startswith(f"{file}: record 0, ") for problem in problems)
    assert split.read(0, 3, 1).frames.shape == (1, 3, 64, 64)
    assert len(list(open_split(tmp_path, camera="main", conditions=[]).problems([0]))) == 1


def test_a_bit_that_flips_after_indexing_is_detected_when_reading(tmp_path: Path) -> None:
    file = write(tmp_path / "test" / "traj_0_to_255.tfrecords", [example(trajectory(2, seed)) for seed in range(2)])
    open_split(tmp_path)
    status, data = file.stat(), bytearray(file.read_bytes())
    data[-1000] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    split = open_split(tmp_path)
    assert split.read(0, 0, 2).frames.shape[0] == 2
    with pytest.raises(DataError, match="record 1 is damaged: the CRC of its data is wrong"):
        split.read(1, 0, 1)
    assert [str(problem).split("; ")[0] for problem in split.problems([0, 1])] == [
        f"{file}: record 1 is damaged: the CRC of its data is wrong"
    ]


def test_a_run_on_the_release(
    vidpred: Callable[..., Any], write_recipe: Callable[..., Path], release: Path, tmp_path: Path
) -> None:
    recipe = write_recipe(data=tiny_recipe(release)["data"])
    arguments = [
        "run",
        recipe,
        "--out",
        tmp_path / "out",
        "--device",
        "cpu",
        "--set",
        "train.epochs=1",
        "--set",
        "validate.metrics=[psnr]",
        "--set",
        "sequence.future=1",
    ]
    assert vidpred(*arguments).code == 0
    bad = tmp_path / "bad" / "train"
    write(bad / "traj_0_to_255.tfrecords", [example(trajectory(9)), b"garbage"])
    outcome = vidpred(*arguments, "--set", f"data.root={bad.parent}")
    assert outcome.code == 2 and outcome.errors.count("\n") == 1
    assert outcome.errors.startswith(f"error: {bad}/traj_0_to_255.tfrecords: record 1 is no tf.train.Example: ")
