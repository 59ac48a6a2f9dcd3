"""One trajectory of the original BAIR release: a tf.train.Example with features such as `7/image_aux1/encoded`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidpred import DataError
from vidpred.builtin.datasets.bair.layout import SIZE
from vidpred.io import REDOWNLOAD, FeatureKind, MalformedExample, decode_feature, parse_features, read_record

_SHAPE = (*SIZE, 3)
_FEATURE = re.compile(r"([0-9]{1,9})/(?:image_aux1/encoded|image_main/encoded|action|endeffector_pos)")


class TrajectoryRecord:
    """Record `number` of a TFRecord file. Features are decoded when they are asked for."""

    def __init__(self, file: Path, number: int, data: bytes) -> None:
        """Raises DataError if the data are not an Example."""
        self.file, self.number = file, number
        try:
            self.features = parse_features(data)
        except MalformedExample as error:
            raise self.error(f" is no tf.train.Example: {error}; {REDOWNLOAD}") from error

    @classmethod
    def read(cls, file: Path, number: int, offset: int) -> TrajectoryRecord:
        """Read the record at this offset and verify its CRCs. Raises DataError."""
        return cls(file, number, read_record(file, number, offset))

    def error(self, message: str) -> DataError:
        """Return an error of this record; the message continues `record N`."""
        return DataError(f"record {self.number}{message}", self.file)

    def times(self) -> list[int]:
        """Return the times that the record has features of, in order. Raises DataError if it has none."""
        times = sorted({int(match[1]) for match in map(_FEATURE.fullmatch, self.features) if match})
        if not times:
            some = ", ".join(sorted(self.features)[:3])
            raise self.error(
                f" holds no frames (0/image_aux1/encoded, …), but {some or 'nothing'}; "
                f"is this the BAIR release? {REDOWNLOAD}"
            )
        return times

    def frame(self, name: str) -> NDArray[np.uint8]:
        """Decode a feature of raw RGB bytes, [H, W, 3]. Raises DataError."""
        values: Sequence[memoryview] = self._values(name, "bytes_list")
        sizes = [len(value) for value in values]
        if sizes != [math.prod(_SHAPE)]:
            held = " + ".join(map(str, sizes)) or "no"
            raise self.error(
                f", {name}: holds {held} bytes, but a frame is {_SHAPE[0]}x{_SHAPE[1]} RGB, "
                f"{math.prod(_SHAPE)} bytes; {REDOWNLOAD}"
            )
        return np.frombuffer(values[0], np.uint8).reshape(_SHAPE)

    def numbers(self, name: str, columns: int) -> NDArray[np.float32]:
        """Decode a feature of finite numbers, [columns]. Raises DataError."""
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
