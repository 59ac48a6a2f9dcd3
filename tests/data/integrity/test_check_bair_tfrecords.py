"""TFRecords: every damaged record is named by its file and number."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.data.integrity.damage import SHARD, flip_bit, problem_lines, split_counts
from tests.io.tfrecord_writer import example, framed, masked, trajectory, write


def test_every_damaged_record_is_named_by_file_and_number(check: Callable[..., Any], tmp_path: Path) -> None:
    records = [framed(example(trajectory(3, seed))) for seed in range(6)]
    for split in ("validate", "test"):
        write(tmp_path / split / "a_0.tfrecords", [example(trajectory(3, 50 + len(split)))])
    (tmp_path / "train").mkdir()
    file = tmp_path / "train" / "a_0.tfrecords"
    file.write_bytes(b"".join(records))
    other = tmp_path / "train" / "a_1.tfrecords"
    other.write_bytes(framed(example(trajectory(3, 9))) + framed(b"garbage"))
    begins = [sum(map(len, records[:number])) for number in range(6)]
    flip_bit(file, begins[1] + 500)
    flip_bit(file, begins[3] + len(records[3]) - 2)  # in the CRC itself
    report = check("bair_robot", tmp_path)
    crc = "is damaged: the CRC of its data is wrong; download the file again, or move it out of this folder"
    assert problem_lines(report)[:2] == [f"train {file}: record {number} {crc}" for number in (1, 3)]
    assert problem_lines(report)[2].startswith(f"train {other}: record 1 ") and len(problem_lines(report)) == 3
    assert split_counts(report, "clips", "usable", "frames")["train"] == (8, 5, 15)
    assert {problem["file"] for problem in report["problems"]} == {str(file), str(other)}

    flip_bit(file, begins[4] + 2)  # a length: record 5 cannot be located
    report = check("bair_robot", tmp_path)
    assert problem_lines(report)[2].startswith(
        f"train {file}: record 4 is damaged, or the file is no TFRecord file: the CRC of its length is wrong"
    )
    assert (
        problem_lines(report)[2].endswith("; what follows in this file cannot be found")
        and len(problem_lines(report)) == 4
    )
    assert split_counts(report, "clips", "usable")["train"] == (7, 3)
    assert "what follows" not in "".join(problem_lines(report)[:2])


@pytest.mark.parametrize("left", [0, 5, 20, -3])
def test_a_truncated_file(left: int, check: Callable[..., Any], release: Path) -> None:
    file = release / "train" / f"{SHARD}.tfrecords"
    data = file.read_bytes()
    begin = 2 * len(data) // 5  # all records have the same length
    file.write_bytes(data[: begin + left] if left >= 0 else data[:left])
    report = check("bair_robot", release)
    if left == 0:  # which cannot be detected
        assert not report["problems"] and split_counts(report, "clips")["train"] == (2,)
        return
    number = 2 if left > 0 else 4
    (problem,) = problem_lines(report)
    assert problem.startswith(f"train {file}: record {number} is cut off") and problem.endswith(
        "what follows in this file cannot be found"
    )
    assert split_counts(report, "clips", "usable")["train"] == (number + 1, number)


def test_an_empty_file_and_absurd_lengths(check: Callable[..., Any], release: Path) -> None:
    (release / "train" / "b.tfrecords").write_bytes(b"")
    head = struct.pack("<Q", 2**63)
    (release / "train" / "c.tfrecords").write_bytes(head + masked(head) + b"abc")
    problems = problem_lines(check("bair_robot", release))
    assert [problem.split("; ")[0] for problem in problems] == [
        f"train {release}/train/b.tfrecords: record 0 is cut off: 0 bytes are left, and a record begins with 12",
        f"train {release}/train/c.tfrecords: record 0 is cut off: it says {2**63} bytes, but 0 are left",
    ]


def test_all_problems_inside_a_record(check: Callable[..., Any], release: Path) -> None:
    content = trajectory(9)
    for name in ("2/action", "3/action", "4/action", "7/action", "5/image_aux1/encoded"):
        del content[name]
    content |= {
        "1/image_aux1/encoded": b"12",
        "6/endeffector_pos": [1.0, float("nan"), 2.0],
        "8/endeffector_pos": [1.0],
    }
    file = write(release / "test" / f"{SHARD}.tfrecords", [example(content)])
    report = check("bair_robot", release)
    assert [problem.removeprefix(f"test {file}: record 0").split(";")[0] for problem in problem_lines(report)] == [
        ": the feature 5/image_aux1/encoded is missing, though the record has frames 0 to 8",
        ": the features 2/action to 4/action are missing, though the record has frames 0 to 8",
        ": the feature 7/action is missing, though the record has frames 0 to 8",
        ", 1/image_aux1/encoded: holds 2 bytes, but a frame is 64x64 RGB, 12288 bytes",
        ", 6/endeffector_pos: number 2 is nan",
        ", 8/endeffector_pos: has 1 numbers, but 3 are expected",
    ]
    assert split_counts(report, "clips", "usable", "frames")["test"] == (1, 0, 7)
    assert check("bair_robot", release, "conditions=[]", "camera=main")["problems"] == []


def test_records_that_are_not_examples_and_examples_of_other_data(check: Callable[..., Any], release: Path) -> None:
    write(
        release / "test" / f"{SHARD}.tfrecords",
        [b"\x0a\xffnothing", example({"steps/reward": [1.0]}), example({f"{'9' * 5000}/action": [1.0]})],
    )
    problems = problem_lines(check("bair_robot", release))
    assert ["no tf.train.Example" in problems[0], *("holds no frames" in problem for problem in problems[1:])] == [
        True
    ] * 3


def test_a_release_without_validation_is_shared_and_read_once(
    check: Callable[..., Any], release: Path, robot: Path
) -> None:
    for root in (release, robot):
        shutil.rmtree(root / "validate")
        report = check("bair_robot", root, "validate_share=0.4")
        assert not report["problems"] and split_counts(report, "clips", "usable") == {
            "train": (3, 3),
            "validate": (2, 2),
            "test": (1, 1),
        }
    file = release / "train" / f"{SHARD}.tfrecords"
    flip_bit(file, 1000)
    assert len(check("bair_robot", release)["problems"]) == 1
    file.write_bytes(file.read_bytes()[: len(file.read_bytes()) // 5])
    report = check("bair_robot", release)  # the one record that is left is also checked
    assert [
        "cannot be split" in report["problems"][0]["problem"],
        "record 0 is damaged" in report["problems"][1]["problem"],
    ] == [True, True]
    assert split_counts(report, "clips", "usable")["train"] == (1, 0) and len(report["problems"]) == 2
