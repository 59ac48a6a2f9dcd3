"""The original release of BAIR: framing and CRCs, tf.train.Example, the index, and clips as from PNG folders."""
from __future__ import annotations

import contextlib
import multiprocessing
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from google.protobuf.message import DecodeError
from hypothesis import given, strategies as st
from tfrecord import TFRecordWriter, example_pb2

from tests.conftest import tiny_recipe
from tests.tfrecord_writer import Values, converted, example, feature, framed, masked, message, trajectory, varint, write
from vidpred import DataError, Lengths
from vidpred.builtin.datasets import tf_example, tfrecord_index
from vidpred.builtin.datasets.bair_robot import BairRobot
from vidpred.builtin.datasets.tf_example import Malformed, decode, features
from vidpred.builtin.datasets.tfrecords import masked_crc, read_record, scan
from vidpred.engine.clips import training_batches
from vidpred.engine.loading import load


def opened(root: Path, split: Any = "test", **settings: Any) -> Any:
    return BairRobot(BairRobot.Config(root=root, **settings)).split(split)


# ---- framing and CRCs

def test_the_crc_is_the_published_one() -> None:
    def crc(data: bytes) -> int:
        rotated = (struct.unpack("<I", masked_crc(data))[0] - 0xA282EAD8) % 2**32
        return (rotated >> 17 | rotated << 15) % 2**32
    assert crc(b"123456789") == 0xE3069283
    assert crc(bytes(32)) == 0x8A9136AA and crc(b"\xff" * 32) == 0x62A8AB43 and crc(bytes(range(32))) == 0x46DD794E       # RFC 3720, B.4


@given(st.binary(max_size=300))
def test_the_crc_is_that_of_another_library(data: bytes) -> None:
    assert masked_crc(data) == masked(data) == TFRecordWriter.masked_crc(data)


def test_records_are_read_one_after_the_other_and_at_random(tmp_path: Path) -> None:
    contents = [b"one", b"", b"three" * 50_000]
    file = write(tmp_path / "a.tfrecords", contents)
    found = list(scan(file))
    assert [data for _, data in found] == contents
    assert [read_record(file, number, offset) for number, (offset, _) in reversed(list(enumerate(found)))] == contents[::-1]


def test_no_flipped_byte_gets_past(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tfrecords", [b"first", b"second"])
    good, second = file.read_bytes(), len(framed(b"first"))
    for place in range(len(good)):
        for change in (1, 0x80, 0xFF):
            file.write_bytes(good[:place] + bytes([good[place] ^ change]) + good[place + 1:])
            number = int(place >= second)
            for reading in (lambda: list(scan(file)), lambda number=number: read_record(file, number, second * number)):
                with pytest.raises(DataError) as caught:
                    reading()
                assert str(caught.value).startswith(f"{file}: record {number} is damaged") and "get the file again" in str(caught.value)


def test_no_cut_gets_past_but_one_between_two_records(tmp_path: Path) -> None:
    file = write(tmp_path / "a.tfrecords", [b"first", b"second"])
    good, second = file.read_bytes(), len(framed(b"first"))
    for length in range(len(good)):
        file.write_bytes(good[:length])
        if length == second:
            assert len(list(scan(file))) == 1
            continue
        said = "is empty, so it has no record 0" if length == 0 else f"record {int(length > second)} is cut off"
        with pytest.raises(DataError) as caught:
            list(scan(file))
        assert str(caught.value).startswith(f"{file}: {said}")
    with pytest.raises(DataError, match="record 7 is cut off: 0 bytes are left"):
        read_record(file, 7, 10_000)                    # the file was longer when it was indexed


@pytest.mark.parametrize("length", [3, 2**31, 2**63, 2**64 - 1])
def test_an_absurd_length_with_a_right_crc_allocates_nothing(length: int, tmp_path: Path) -> None:
    head = struct.pack("<Q", length)
    file = tmp_path / "a.tfrecords"
    file.write_bytes(head + masked(head) + b"\0" * 6)
    with pytest.raises(DataError, match=f"record 0 is cut off: it says {length} bytes, but 2 are left"):
        list(scan(file))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.tfrecords: is missing"):
        read_record(tmp_path / "a.tfrecords", 0, 0)
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        list(scan(tmp_path))


# ---- tf.train.Example, against protobuf

KINDS = {"bytes_list": st.binary(max_size=20), "float_list": st.floats(width=32), "int64_list": st.integers(-2**63, 2**63 - 1)}
EXAMPLES = st.dictionaries(st.text(max_size=8), st.none() | st.sampled_from(sorted(KINDS)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.lists(KINDS[kind], max_size=5))), max_size=5)


def by_protobuf(data: bytes) -> dict[str, tuple[str | None, list[Any]]]:
    found = {}
    for name, value in example_pb2.Example.FromString(data).features.feature.items():
        kind = value.WhichOneof("kind")
        found[name] = (kind, list(getattr(value, kind).value) if kind else [])
    return found


def by_us(data: bytes) -> dict[str, tuple[str | None, list[Any]]]:
    found = {name: decode(value) for name, value in features(data).items()}
    return {name: (kind, list(map(bytes, values)) if kind == "bytes_list" else np.asarray(values).tolist())
            for name, (kind, values) in found.items()}


def same(one: dict[str, Any], two: dict[str, Any]) -> bool:
    return repr(sorted(one.items())) == repr(sorted(two.items()))          # nan is nan, and -0.0 is not 0.0


@given(EXAMPLES)
def test_examples_are_parsed_as_protobuf_does(contents: dict[str, tuple[str, list[Any]] | None]) -> None:
    proto = example_pb2.Example()
    for name, content in contents.items():
        entry = proto.features.feature[name]
        if content:
            getattr(entry, content[0]).SetInParent()
            getattr(entry, content[0]).value.extend(content[1])
    data = proto.SerializeToString()
    assert same(by_us(data), by_protobuf(data))


ONE_BY_ONE = {      # a Feature as other writers may encode it
    "floats": message(2, b"".join(b"\x0d" + struct.pack("<f", value) for value in (1, -2.5, 3))),
    "integers": message(3, b"".join(b"\x08" + varint(value % 2**64) for value in (1, -2, 2**62))),
    "mixed": message(2, message(1, struct.pack("<2f", 1, 2)) + b"\x0d" + struct.pack("<f", 3) + message(1, b"")),
    "two lists": feature([1.0, 2.0]) + feature([3.0]),
    "the last kind": feature([1.0]) + feature(b"bytes") + feature(b"more"),
    "unknown fields": b"\x78\x05" + message(9, b"new") + message(1, message(7, b"new") + message(1, b"old")) + b"\x55abcd" + b"\x51abcdefgh",
    "a field of another wire type": message(2, b"\x08\x05" + message(1, struct.pack("<f", 3))),
    "nothing": b"",
}


@pytest.mark.parametrize("case", ONE_BY_ONE)
def test_other_encodings_are_parsed_as_protobuf_does(case: str) -> None:
    entry = message(1, message(1, b"name") + message(2, ONE_BY_ONE[case]))
    data = message(1, entry) + message(1, entry.replace(b"name", b"more")) + message(5, b"unknown")
    assert same(by_us(data), by_protobuf(data)) and set(by_us(data)) == {"name", "more"}


@given(st.binary(max_size=60))
def test_what_is_no_example_is_malformed_and_nothing_else(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        by_us(data)


def test_a_changed_byte_of_an_example_is_parsed_as_protobuf_does_or_malformed() -> None:
    """protobuf refuses some that nobody reads (UTF-8 in unknown places), and leaves entries with unknown fields out of the map."""
    good = example({"0/action": [1.0, 2.0], "0/image_main/encoded": b"abc"})
    parsed = 0
    for place in range(len(good)):
        for byte in range(256):
            data = good[:place] + bytes([byte]) + good[place + 1:]
            with contextlib.suppress(Malformed, DecodeError):
                mine, theirs = by_us(data), by_protobuf(data)
                assert theirs.keys() <= mine.keys() and same({name: mine[name] for name in theirs}, theirs)
                parsed += 1
    assert parsed > 1000


def test_malformed_examples_say_why() -> None:
    for data, why in {b"\x0a\x05abc": "longer than its message", b"\x80" * 11: "does not end", b"\x0b": "wire type 3",
                      message(1, message(1, message(1, b"\xff"))): "not UTF-8"}.items():
        with pytest.raises(Malformed, match=why):
            features(data)
    with pytest.raises(Malformed, match="a list of floats is cut off"):
        decode(memoryview(message(2, message(1, b"abc"))))


def test_the_real_shard_is_read(real_data: Path) -> None:
    """Written by TensorFlow Datasets, so by nobody here."""
    file = real_data / "tfrecord" / "bridge_dataset-train.tfrecord-00000-of-00001"
    found = list(scan(file))                            # every CRC is checked
    assert len(found) == 25 and sum(16 + len(data) for _, data in found) == file.stat().st_size
    kinds = set()
    for number, (offset, data) in enumerate(found):
        assert read_record(file, number, offset) == data
        mine = by_us(data)
        assert same(mine, by_protobuf(data))
        kinds |= {kind for kind, _ in mine.values()}
    assert kinds == {"bytes_list", "float_list", "int64_list"}


# ---- clips

@pytest.fixture(scope="module")
def release(robot_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trajectories of `robot_data` as TFRecords. Read-only."""
    root = tmp_path_factory.mktemp("release")
    for split in ("train", "validate", "test"):
        folders = sorted((robot_data / split / "traj_0_to_255").iterdir())
        write(root / split / "traj_0_to_255.tfrecords", [example(converted(folder)) for folder in folders])
    return root


@pytest.mark.parametrize("split", ["train", "validate", "test"])
def test_clips_are_those_of_the_folders(split: str, robot_data: Path, release: Path) -> None:
    folders, records, main = opened(robot_data, split), opened(release, split), opened(release, split, camera="main")
    assert folders.lengths == records.lengths == main.lengths
    for index in range(len(folders.lengths)):
        for start, length in ((0, 9), (3, 4), (8, 1)):
            one, two, three = (part.read(index, start, length) for part in (folders, records, main))
            assert torch.equal(one.frames, two.frames) and torch.equal(one.conditions, two.conditions)
            assert torch.equal(three.frames, 255 - one.frames) and torch.equal(one.conditions, three.conditions)
            assert (two.frames.dtype, two.frames.is_contiguous(), two.conditions.dtype) == (torch.uint8, True, torch.float32)
        assert records.describe(index) == f"{release / split}/traj_0_to_255.tfrecords: record {index}"
    assert not list(records.problems(range(len(records.lengths))))


@pytest.mark.parametrize("conditions", [["actions"], ["positions"], ["positions", "actions"], []])
def test_conditions_are_chosen_and_only_they_are_needed(conditions: list[str], robot_data: Path, release: Path, tmp_path: Path) -> None:
    one, two = (opened(root, conditions=conditions).read(0, 1, 3) for root in (robot_data, release))
    assert torch.equal(one.conditions, two.conditions) and two.conditions.shape == (3, one.conditions.shape[1])
    names = {"actions": "action", "positions": "endeffector_pos"}
    few = {name: values for name, values in trajectory(3).items()
           if "aux1" in name or name.split("/")[1] in [names[condition] for condition in conditions]}
    write(tmp_path / "test" / "traj_0_to_255.tfrecords", [example(few)])
    assert not list(opened(tmp_path, conditions=conditions).problems([0]))


def test_the_release_is_found_in_its_own_folder_and_cut(tmp_path: Path) -> None:
    for first in (256, 0, 1024):
        write(tmp_path / f"softmotion30_44k/train/traj_{first}_to_{first + 255}.tfrecords", [example(trajectory(2 + k)) for k in range(4)])
    write(tmp_path / "softmotion30_44k/test/traj_0_to_255.tfrecords", [example(trajectory(2))])
    assert opened(tmp_path).lengths == [Lengths(2, 2)]
    parts = [opened(root, name, validate_share=0.25) for root in (tmp_path, tmp_path / "softmotion30_44k") for name in ("train", "validate")]
    assert [len(part.lengths) for part in parts] == [9, 3, 9, 3]
    names = [{part.describe(index) for index in range(len(part.lengths))} for part in parts]
    assert not names[0] & names[1] and len(names[0] | names[1]) == 12 and names[:2] == names[2:]
    order = [record.file.name.split("_")[1] for record in parts[0].records]
    assert order == sorted(order, key=int) and [record.number for record in parts[0].records][:2] != [0, 0]
    lengths = {part.describe(index): part.lengths[index].frames for part in parts for index in range(len(part.lengths))}
    assert all(frames == 2 + int(where[-1]) for where, frames in lengths.items())


def test_folders_may_be_called_like_files(robot_data: Path, tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    os.symlink(robot_data / "test" / "traj_0_to_255", tmp_path / "test" / "traj_0_to_255.tfrecords")
    assert torch.equal(opened(tmp_path).read(0, 0, 9).frames, opened(robot_data).read(0, 0, 9).frames)


def test_folders_have_one_camera(robot_data: Path) -> None:
    with pytest.raises(DataError, match=r"data\.camera: is main, but .*/test holds no TFRecords, and PNG folders have one camera only; leave"):
        opened(robot_data, camera="main")


def test_workers_read_the_same_batches(release: Path) -> None:
    split = opened(release, "train")
    windows = training_batches(split.lengths, 6, seed=1, epoch=0, batch_size=2, batches=None, start="random")
    alone, helped = (list(load(split, windows, lead=1, workers=workers, pin=False)) for workers in (0, 2))
    for one, two in zip(alone, helped, strict=True):
        assert one.picks == two.picks and torch.equal(one.frames, two.frames) and torch.equal(one.conditions, two.conditions)


# ---- bad data

def changed(t: int, name: str, values: Values | None) -> bytes:
    """A record of 3 frames with one feature changed, or left out."""
    content = trajectory(3)
    content.pop(f"{t}/{name}") if values is None else content.update({f"{t}/{name}": values})
    return example(content)


AUX = "image_aux1/encoded"
WRONG: dict[str, tuple[bytes, str]] = {         # the data of a record with good CRCs, and what is said of it
    "no image": (changed(1, AUX, None), ": the feature 1/image_aux1/encoded is missing; get the file again"),
    "no action": (changed(2, "action", None), ": the feature 2/action is missing; "),
    "no position": (changed(0, "endeffector_pos", None), ": the feature 0/endeffector_pos is missing; "),
    "a small image": (changed(1, AUX, b"12"), ", 1/image_aux1/encoded: holds 2 bytes, but a frame is 64x64 RGB, 12288 bytes; "),
    "no bytes": (changed(1, AUX, [b""]), ", 1/image_aux1/encoded: holds 0 bytes, but a frame"),
    "two images": (changed(1, AUX, [bytes(12288)] * 2), ", 1/image_aux1/encoded: holds 12288 + 12288 bytes, but a frame"),
    "numbers for pixels": (changed(1, AUX, [1.0]), ", 1/image_aux1/encoded: is float_list, but bytes_list is expected"),
    "bytes for numbers": (changed(1, "action", b"1234"), ", 1/action: is bytes_list, but float_list is expected"),
    "too few numbers": (changed(1, "action", [1.0, 2.0, 3.0]), ", 1/action: has 3 numbers, but 4 are expected"),
    "nan": (changed(1, "action", [1.0, float("nan"), 0.0, 0.0]), ", 1/action: number 2 is nan; it should be a finite number"),
    "infinite": (changed(1, "endeffector_pos", [1.0, 0.0, float("-inf")]), ", 1/endeffector_pos: number 3 is -inf; it should be"),
    "an empty feature": (changed(1, "action", None) + message(1, message(1, message(1, b"1/action"))), ", 1/action: is empty, but float_list is"),
    "cut floats": (changed(1, "action", None) + message(1, message(1, message(1, b"1/action") + message(2, message(2, message(1, b"123"))))),
                   ", 1/action: cannot be decoded: a list of floats is cut off"),
    "a gap": (example({name: values for name, values in trajectory(3).items() if name[0] != "1"}),
              ": the feature 1/image_aux1/encoded is missing, though the record goes on to 2; "),
    "no Example": (b"\x0a\xffnothing", " is no tf.train.Example: a field is longer than its message; "),
    "no frames": (example({"steps/reward": [1.0]}), " holds no frames (0/image_aux1/encoded, …), but steps/reward; is this the BAIR release? "),
    "nothing": (b"", " holds no frames (0/image_aux1/encoded, …), but nothing; is this"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_records_are_named(case: str, tmp_path: Path) -> None:
    data, said = WRONG[case]
    file = write(tmp_path / "test" / "traj_0_to_255.tfrecords", [example(trajectory(3)), data])
    with pytest.raises(DataError) as caught:
        opened(tmp_path).read(1, 0, 3)
    message = str(caught.value)
    assert message.startswith(f"{file}: record 1{said}") and "\n" not in message and "move it out of this folder" in message


def test_all_problems_of_a_record_are_listed_and_other_windows_can_be_read(tmp_path: Path) -> None:
    content = trajectory(4)
    content |= {"1/image_aux1/encoded": b"", "2/action": [1.0], "2/endeffector_pos": [float("inf")] * 3}
    del content["3/image_main/encoded"]
    file = write(tmp_path / "test" / "traj_0_to_255.tfrecords", [example(content)])
    split = opened(tmp_path)
    problems = list(split.problems([0]))
    assert [problem.split(": ")[1].split(", ")[1] for problem in problems] == ["1/image_aux1/encoded", "2/action", "2/endeffector_pos"]
    assert all(problem.startswith(f"{file}: record 0, ") for problem in problems)
    assert split.read(0, 3, 1).frames.shape == (1, 3, 64, 64)
    assert len(list(opened(tmp_path, camera="main", conditions=[]).problems([0]))) == 1


def test_bits_that_rot_after_indexing_are_found_at_reading(tmp_path: Path) -> None:
    file = write(tmp_path / "test" / "traj_0_to_255.tfrecords", [example(trajectory(2, seed)) for seed in range(2)])
    opened(tmp_path)
    kept, data = file.stat(), bytearray(file.read_bytes())
    data[-1000] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    split = opened(tmp_path)
    assert split.read(0, 0, 2).frames.shape[0] == 2
    with pytest.raises(DataError, match="record 1 is damaged: the CRC of its data is wrong"):
        split.read(1, 0, 1)
    assert [problem.split("; ")[0] for problem in split.problems([0, 1])] == [f"{file}: record 1 is damaged: the CRC of its data is wrong"]


def test_a_run_on_the_release(vidpred: Callable[..., Any], write_recipe: Callable[..., Path], release: Path, tmp_path: Path) -> None:
    recipe = write_recipe(data=tiny_recipe(release)["data"])
    arguments = ["run", recipe, "--out", tmp_path / "out", "--device", "cpu", "--set", "train.epochs=1",
                 "--set", "validate.metrics=[psnr]", "--set", "sequence.future=1"]
    assert vidpred(*arguments).code == 0
    bad = tmp_path / "bad" / "train"
    write(bad / "traj_0_to_255.tfrecords", [example(trajectory(9)), b"garbage"])
    outcome = vidpred(*arguments, "--set", f"data.root={bad.parent}")
    assert outcome.code == 2 and outcome.errors.count("\n") == 1
    assert outcome.errors.startswith(f"error: {bad}/traj_0_to_255.tfrecords: record 1 is no tf.train.Example: ")


# ---- the index

@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read to build an index."""
    names: list[str] = []

    def counting(path: Path) -> Iterator[tuple[int, bytes]]:
        names.append(path.name)
        return scan(path)
    monkeypatch.setattr(tfrecord_index, "scan", counting)
    return names


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """A root whose test split has two files, of 2 and 1 records."""
    write(tmp_path / "test" / "a_0.tfrecords", [example(trajectory(2)), example(trajectory(3))])
    write(tmp_path / "test" / "a_1.tfrecords", [example(trajectory(4))])
    return tmp_path


LENGTHS = [Lengths(2, 2), Lengths(3, 3), Lengths(4, 4)]


def test_the_index_is_built_once(shards: Path, scanned: list[str]) -> None:
    assert opened(shards).lengths == LENGTHS == opened(shards).lengths
    assert scanned == ["a_0.tfrecords", "a_1.tfrecords"]
    assert sorted(path.name for path in (shards / "test").iterdir()) == [tfrecord_index.NAME, *scanned]
    moved = shards.rename(shards.with_name(shards.name + "_moved"))
    assert opened(moved).read(2, 0, 4).frames.shape[0] == 4 and len(scanned) == 2


def test_a_file_that_changed_is_indexed_again(shards: Path, scanned: list[str]) -> None:
    opened(shards)
    write(shards / "test" / "a_1.tfrecords", [example(trajectory(5)), example(trajectory(1))])
    assert opened(shards).lengths == [*LENGTHS[:2], Lengths(5, 5), Lengths(1, 1)] and scanned[2:] == ["a_1.tfrecords"]
    os.utime(shards / "test" / "a_0.tfrecords", ns=(0, 0))
    opened(shards)
    assert scanned[3:] == ["a_0.tfrecords"]
    (shards / "test" / "a_0.tfrecords").unlink()
    assert opened(shards).lengths == [Lengths(5, 5), Lengths(1, 1)] and len(scanned) == 4


def test_a_damaged_index_is_built_again(shards: Path, scanned: list[str]) -> None:
    opened(shards)
    place = shards / "test" / tfrecord_index.NAME
    good = place.read_bytes()
    damaged = [good[:at] + bytes([good[at] ^ 1]) + good[at + 1:] for at in range(len(good))]
    for content in [*damaged, b"", good[:-1], good[:40], b"\x00" * 100, b"{}"]:
        place.write_bytes(content)
        scanned.clear()
        assert opened(shards).lengths == LENGTHS and len(scanned) == 2 and place.read_bytes() == good


def test_a_build_that_was_stopped_goes_on(shards: Path, scanned: list[str]) -> None:
    second = shards / "test" / "a_1.tfrecords"
    good = second.read_bytes()
    second.write_bytes(good[:-1])
    with pytest.raises(DataError, match=r"a_1\.tfrecords: record 0 is cut off"):
        opened(shards)
    second.write_bytes(good)
    assert opened(shards).lengths == LENGTHS and scanned == ["a_0.tfrecords", "a_1.tfrecords", "a_1.tfrecords"]


@pytest.fixture
def read_only(shards: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing can be written under the data; tests may run as root, whom permissions do not stop."""
    write_bytes = Path.write_bytes

    def refusing(path: Path, content: bytes) -> int:
        if path.is_relative_to(shards / "test"):
            raise PermissionError(13, "Permission denied", str(path))
        return write_bytes(path, content)
    monkeypatch.setattr(Path, "write_bytes", refusing)
    return shards


@pytest.mark.parametrize("home", [False, True])
def test_the_index_goes_to_the_users_cache_where_the_folder_is_read_only(
        home: bool, read_only: Path, scanned: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored" if home else str(tmp_path / "cache"))
    assert opened(read_only).lengths == LENGTHS == opened(read_only).lengths and len(scanned) == 2
    folder = (tmp_path / "home" / ".cache" if home else tmp_path / "cache") / "vidpred"
    assert len(list(folder.iterdir())) == 1 and not (read_only / "test" / tfrecord_index.NAME).exists()
    os.utime(read_only / "test" / "a_0.tfrecords", ns=(0, 0))
    assert opened(read_only).lengths == LENGTHS and scanned[2:] == ["a_0.tfrecords"]


def test_the_index_is_built_each_time_where_nothing_can_be_written(shards: Path, scanned: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> int:
        path.touch()
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setenv("XDG_CACHE_HOME", str(shards / "test" / "a_0.tfrecords"))        # no folder
    assert opened(shards).lengths == LENGTHS == opened(shards).lengths and len(scanned) == 4
    assert len(list((shards / "test").iterdir())) == 2


def build(root: Path, times: int) -> None:
    for _ in range(times):
        assert opened(root).lengths == LENGTHS
        (root / "test" / tfrecord_index.NAME).unlink(missing_ok=True)


def test_builders_do_not_harm_each_other(shards: Path) -> None:
    processes = [multiprocessing.get_context("fork").Process(target=build, args=(shards, 20)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert opened(shards).lengths == LENGTHS
    assert sorted(path.name for path in (shards / "test").iterdir()) == [tfrecord_index.NAME, "a_0.tfrecords", "a_1.tfrecords"]


def test_the_index_needs_no_parsing(shards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(shards)
    monkeypatch.setattr(tf_example, "features", lambda data: pytest.fail("parsed"))
    assert opened(shards).lengths == LENGTHS
