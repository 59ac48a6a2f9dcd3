"""BAIR robot pushing as it was released (`softmotion30_44k`): TFRecords of 256 trajectories, one tf.train.Example for each."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from vidpred import CheckUnit, DataError, Lengths, Problem, Split, Window
from vidpred.builtin.datasets.bair.layout import CONDITIONS, SIZE, Camera, Condition, Numbers
from vidpred.io import (
    REDOWNLOAD,
    FeatureKind,
    MalformedExample,
    decode_feature,
    describe_record,
    load_or_build_index,
    missing_numbers,
    natural_key,
    parse_features,
    read_record,
    record_offsets,
)

_SHAPE = (*SIZE, 3)
_FEATURE = re.compile(r"([0-9]{1,9})/(?:image_aux1/encoded|image_main/encoded|action|endeffector_pos)")


class Record(NamedTuple):
    """Where one trajectory is, and how many frames it has."""

    file: Path
    number: int
    offset: int
    frames: int


class Records(Split):
    """The trajectories of one split, each a record. Every reading checks the record's CRCs."""

    def __init__(self, records: Sequence[Record], conditions: Sequence[Condition], camera: Camera) -> None:
        self.records = records
        self.image = f"image_{camera}/encoded"
        self.numbers = [CONDITIONS[condition] for condition in conditions]
        self.lengths = [Lengths(record.frames, record.frames) for record in records]

    def read(self, index: int, start: int, length: int) -> Window:
        example = self._example(index)
        times = range(start, start + length)
        frames = (
            torch.from_numpy(np.stack([example.frame(f"{t}/{self.image}") for t in times]))
            .permute(0, 3, 1, 2)
            .contiguous()
        )
        tables = [
            np.stack([example.numbers(f"{t}/{feature}", columns) for t in times])
            for _, feature, columns in self.numbers
        ]
        return Window(frames, torch.from_numpy(np.concatenate(tables, 1)) if tables else torch.zeros(length, 0))

    def describe(self, index: int) -> str:
        return describe_record(self.records[index].file, self.records[index].number)

    def problems(self, indices: Sequence[int]) -> Iterator[Problem]:
        for index in indices:
            try:
                example = self._example(index)
            except DataError as error:
                yield Problem.from_error(error, self.records[index].file)
            else:
                for t in range(self.records[index].frames):
                    yield from (
                        found for found in _read(example, t, self.image, self.numbers) if isinstance(found, Problem)
                    )

    def _example(self, index: int) -> _Example:
        file, number, offset, _ = self.records[index]
        return _Example(file, number, read_record(file, number, offset))


class _Example:
    """One record, whose features are decoded as they are asked for."""

    def __init__(self, file: Path, number: int, data: bytes) -> None:
        self.file, self.number = file, number
        try:
            self.features = parse_features(data)
        except MalformedExample as error:
            raise self.error(f" is no tf.train.Example: {error}; {REDOWNLOAD}") from error

    def error(self, message: str) -> DataError:
        """An error of this record, whose number the message continues."""
        return DataError(f"record {self.number}{message}", self.file)

    def frame(self, name: str) -> NDArray[np.uint8]:
        """Raw RGB bytes as [H, W, 3]."""
        values: Sequence[memoryview] = self._values(name, "bytes_list")
        sizes = [len(value) for value in values]
        if sizes != [math.prod(_SHAPE)]:
            raise self.error(
                f", {name}: holds {' + '.join(map(str, sizes)) or 'no'} bytes, but a frame is {_SHAPE[0]}x{_SHAPE[1]} RGB, "
                f"{math.prod(_SHAPE)} bytes; {REDOWNLOAD}"
            )
        return np.frombuffer(values[0], np.uint8).reshape(_SHAPE)

    def numbers(self, name: str, columns: int) -> NDArray[np.float32]:
        values: NDArray[np.float32] = self._values(name, "float_list")
        if len(values) != columns:
            raise self.error(f", {name}: has {len(values)} numbers, but {columns} are expected; {REDOWNLOAD}")
        if not np.isfinite(values).all():
            wrong = int(np.flatnonzero(~np.isfinite(values))[0])
            raise self.error(
                f", {name}: number {wrong + 1} is {values[wrong]}; it should be a finite number; {REDOWNLOAD}"
            )
        return values

    def _values(self, name: str, kind: FeatureKind) -> Any:
        if name not in self.features:
            raise self.error(f": the feature {name} is missing; {REDOWNLOAD}")
        try:
            feature = decode_feature(self.features[name])
        except MalformedExample as error:
            raise self.error(f", {name}: cannot be decoded: {error}; {REDOWNLOAD}") from error
        if feature.kind != kind:
            raise self.error(f", {name}: is {feature.kind or 'empty'}, but {kind} is expected; {REDOWNLOAD}")
        return feature.values


def shards(split: Path) -> list[Path]:
    """The TFRecord files of a split, by the numbers in their names. A folder may have such a name, too."""
    return sorted((path for path in split.glob("[!.]*.tfrecords") if path.is_file()), key=natural_key)


def records(files: Sequence[Path]) -> list[Record]:
    """All records of these files, from the index. Raises DataError where a file is damaged or holds no record."""
    return [
        Record(file, number, offset, frames)
        for file, entries in zip(files, load_or_build_index(files, _frames), strict=True)
        for number, (offset, frames) in enumerate(entries)
    ]


class Place(NamedTuple):
    """Where a record begins. `lost`: it is damaged in such a way that what follows it in its file cannot be found."""

    file: Path
    number: int
    offset: int
    lost: bool


def places(files: Sequence[Path]) -> list[Place]:
    """All records of these files, however damaged."""
    return [
        Place(file, number, offset, not whole and number + 1 == len(offsets))
        for file, (offsets, whole) in ((file, record_offsets(file)) for file in files)
        for number, offset in enumerate(offsets)
    ]


def parts(places: Sequence[Place], conditions: Sequence[Condition], camera: Camera) -> list[CheckUnit]:
    """Each record, for checking it."""
    numbers = [CONDITIONS[condition] for condition in conditions]
    return [
        CheckUnit(place.file, partial(_whole, place, f"image_{camera}/encoded", numbers), f"record {place.number}")
        for place in places
    ]


def _whole(place: Place, image: str, numbers: Sequence[Numbers]) -> Iterator[Window | Problem]:
    """All that is in a record, and what is wrong with it."""
    try:
        example = _Example(place.file, place.number, read_record(place.file, place.number, place.offset))
        times = _times(example)
    except DataError as error:
        problem = Problem.from_error(error, place.file)
        lost = "; what follows in this file cannot be found" if place.lost else ""
        yield problem._replace(message=problem.message + lost)
        return
    for name in (image, *(part.feature for part in numbers)):
        yield from _absent(example, name, times)
    for t in times:
        there = [part for part in numbers if f"{t}/{part.feature}" in example.features]
        yield from _read(example, t, image if f"{t}/{image}" in example.features else None, there)


def _absent(example: _Example, name: str, times: Sequence[int]) -> Iterator[Problem]:
    """A line for each stretch of time in which this feature is missing."""
    for first, last in missing_numbers([*(t for t in times if f"{t}/{name}" in example.features), times[-1] + 1], 0):
        what = (
            f"the feature {first}/{name} is" if first == last else f"the features {first}/{name} to {last}/{name} are"
        )
        yield Problem.from_error(
            example.error(f": {what} missing, though the record has frames 0 to {times[-1]}; {REDOWNLOAD}"),
            example.file,
        )


def _read(example: _Example, t: int, image: str | None, numbers: Sequence[Numbers]) -> Iterator[Window | Problem]:
    """Frame t and its conditions, or what is wrong with them."""
    frames, rows = torch.zeros(0, 3, *SIZE, dtype=torch.uint8), []
    if image is not None:
        try:
            frames = torch.from_numpy(example.frame(f"{t}/{image}").copy()).permute(2, 0, 1)[None]
        except DataError as error:
            yield Problem.from_error(error, example.file)
    for _, feature, columns in numbers:
        try:
            rows.append(example.numbers(f"{t}/{feature}", columns))
        except DataError as error:
            yield Problem.from_error(error, example.file)
    yield Window(frames, torch.from_numpy(np.concatenate(rows))[None] if rows else torch.zeros(0, 0))


def _frames(file: Path, number: int, data: bytes) -> int:
    """How many frames a record has: those of its features, from 0 on without a gap."""
    example = _Example(file, number, data)
    times = _times(example)
    missing = next((t for t, there in enumerate(times) if t != there), None)
    if missing is not None:
        raise example.error(
            f": the feature {missing}/image_aux1/encoded is missing, though the record goes on to {times[-1]}; {REDOWNLOAD}"
        )
    return times[-1] + 1


def _times(example: _Example) -> list[int]:
    """The times that a record has features of, in order."""
    times = sorted({int(match[1]) for match in map(_FEATURE.fullmatch, example.features) if match})
    if not times:
        some = ", ".join(sorted(example.features)[:3])
        raise example.error(
            f" holds no frames (0/image_aux1/encoded, …), but {some or 'nothing'}; is this the BAIR release? {REDOWNLOAD}"
        )
    return times
