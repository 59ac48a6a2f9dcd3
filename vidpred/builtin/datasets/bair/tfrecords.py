"""BAIR robot pushing as originally released (`softmotion30_44k`): TFRecord files of 256 trajectories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from vidpred import CheckUnit, DataError, Lengths, Problem, Split, Window
from vidpred.builtin.datasets.bair.layout import CONDITIONS, SIZE, Camera, Condition, ConditionTable
from vidpred.builtin.datasets.bair.trajectory_record import TrajectoryRecord
from vidpred.io import REDOWNLOAD, describe_record, load_or_build_index, missing_numbers, natural_key, record_offsets


class IndexedRecord(NamedTuple):
    """The position of one trajectory, and its number of frames."""

    file: Path
    number: int
    offset: int
    frames: int


class RecordSplit(Split):
    """The trajectories of one split, each a record. Each read verifies the record's CRCs."""

    def __init__(self, records: Sequence[IndexedRecord], conditions: Sequence[Condition], camera: Camera) -> None:
        self.records = records
        self.image = _image_feature(camera)
        self.tables = [CONDITIONS[condition] for condition in conditions]
        self.lengths = [Lengths(record.frames, record.frames) for record in records]

    def read(self, index: int, start: int, length: int) -> Window:
        record = self._open(index)
        times = range(start, start + length)
        images = np.stack([record.frame(f"{t}/{self.image}") for t in times])
        frames = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
        if not self.tables:
            return Window(frames, torch.zeros(length, 0))
        tables = [
            np.stack([record.numbers(f"{t}/{table.feature}", table.columns) for t in times]) for table in self.tables
        ]
        return Window(frames, torch.from_numpy(np.concatenate(tables, 1)))

    def describe(self, index: int) -> str:
        return describe_record(self.records[index].file, self.records[index].number)

    def problems(self, indices: Sequence[int]) -> Iterator[Problem]:
        for index in indices:
            try:
                record = self._open(index)
            except DataError as error:
                yield Problem.from_error(error, self.records[index].file)
                continue
            for t in range(self.records[index].frames):
                for result in _read_step(record, t, self.image, self.tables):
                    if isinstance(result, Problem):
                        yield result

    def _open(self, index: int) -> TrajectoryRecord:
        record = self.records[index]
        return TrajectoryRecord.read(record.file, record.number, record.offset)


def list_shards(split: Path) -> list[Path]:
    """List the TFRecord files of a split by the numbers in their names. Folders with such names are ignored."""
    return sorted((path for path in split.glob("[!.]*.tfrecords") if path.is_file()), key=natural_key)


def list_records(files: Sequence[Path]) -> list[IndexedRecord]:
    """List all records of these files, from the index. Raises DataError if a file is damaged or holds no record."""
    return [
        IndexedRecord(file, number, offset, frames)
        for file, entries in zip(files, load_or_build_index(files, _count_frames), strict=True)
        for number, (offset, frames) in enumerate(entries)
    ]


class RecordLocation(NamedTuple):
    """The position of a record that may be damaged. `ends_file`: its length is damaged, so that the following records
    of its file cannot be located."""

    file: Path
    number: int
    offset: int
    ends_file: bool


def locate_records(files: Sequence[Path]) -> list[RecordLocation]:
    """Locate all records of these files, even of damaged files."""
    locations = []
    for file in files:
        offsets, is_intact = record_offsets(file)
        last = len(offsets) - 1
        for number, offset in enumerate(offsets):
            locations.append(RecordLocation(file, number, offset, not is_intact and number == last))
    return locations


def check_records(
    locations: Sequence[RecordLocation], conditions: Sequence[Condition], camera: Camera
) -> list[CheckUnit]:
    """Return a check unit for each record."""
    tables = [CONDITIONS[condition] for condition in conditions]
    return [
        CheckUnit(
            location.file, partial(_check_record, location, _image_feature(camera), tables), f"record {location.number}"
        )
        for location in locations
    ]


def _image_feature(camera: Camera) -> str:
    return f"image_{camera}/encoded"


def _count_frames(file: Path, number: int, data: bytes) -> int:
    """Count the frames of a record. Raises DataError unless its features are those of frames 0, 1, … without a gap."""
    record = TrajectoryRecord(file, number, data)
    times = record.times()
    missing = next((expected for expected, time in enumerate(times) if expected != time), None)
    if missing is not None:
        raise record.error(
            f": the feature {missing}/image_aux1/encoded is missing, though the record continues to {times[-1]}; "
            f"{REDOWNLOAD}"
        )
    return times[-1] + 1


def _check_record(location: RecordLocation, image: str, tables: Sequence[ConditionTable]) -> Iterator[Window | Problem]:
    """Yield everything in a record, and its problems."""
    try:
        record = TrajectoryRecord.read(location.file, location.number, location.offset)
        times = record.times()
    except DataError as error:
        problem = Problem.from_error(error, location.file)
        more = "; what follows in this file cannot be found" if location.ends_file else ""
        yield problem._replace(message=problem.message + more)
        return
    for name in (image, *(table.feature for table in tables)):
        yield from _find_missing_features(record, name, times)
    for t in times:
        present = [table for table in tables if f"{t}/{table.feature}" in record.features]
        yield from _read_step(record, t, image if f"{t}/{image}" in record.features else None, present)


def _find_missing_features(record: TrajectoryRecord, name: str, times: Sequence[int]) -> Iterator[Problem]:
    """Yield a problem for each range of times that lacks this feature."""
    last_time = times[-1]
    present = [t for t in times if f"{t}/{name}" in record.features]
    for first, last in missing_numbers([*present, last_time + 1], 0):
        if first == last:
            features = f"the feature {first}/{name} is"
        else:
            features = f"the features {first}/{name} to {last}/{name} are"
        error = record.error(f": {features} missing, though the record has frames 0 to {last_time}; {REDOWNLOAD}")
        yield Problem.from_error(error, record.file)


def _read_step(
    record: TrajectoryRecord, t: int, image: str | None, tables: Sequence[ConditionTable]
) -> Iterator[Window | Problem]:
    """Yield frame t and its conditions, and their problems."""
    frames, rows = torch.zeros(0, 3, *SIZE, dtype=torch.uint8), []
    if image is not None:
        try:
            frames = torch.from_numpy(record.frame(f"{t}/{image}").copy()).permute(2, 0, 1)[None]
        except DataError as error:
            yield Problem.from_error(error, record.file)
    for table in tables:
        try:
            rows.append(record.numbers(f"{t}/{table.feature}", table.columns))
        except DataError as error:
            yield Problem.from_error(error, record.file)
    yield Window(frames, torch.from_numpy(np.concatenate(rows))[None] if rows else torch.zeros(0, 0))
