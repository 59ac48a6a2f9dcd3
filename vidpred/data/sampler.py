"""Which windows of which clips an epoch shows, and in which order. Depends on the seed and the epoch only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count, groupby, islice, pairwise
from math import ceil
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from vidpred.contracts.data import Lengths
from vidpred.engine.randomness import generator


class WindowIndex(NamedTuple):
    """One window of one clip. `epoch_index` is its position in the epoch, counted over all batches."""

    clip: int
    start: int
    length: int
    epoch_index: int


Batches = list[list[WindowIndex]]
Start = Literal["random"] | int
WindowStart = tuple[int, int]  # clip, first frame
Shares = Sequence[tuple[int, float]]  # of each data set: number of clips, weight


@dataclass(frozen=True, kw_only=True)
class SamplerSettings:
    """How training clips are cut into windows and batches.

    `start`: the first frame of the only window of each clip, or "random"; with a `stride`, the first of one window
    every `stride` frames, as long as they fit. `batches`: batches of an epoch, which are all full (clips are
    repeated); None: every window once, and the last batch has the rest. `shares`: for each data set, in order, its
    number of clips and the weight with which a window is drawn from it.
    """

    length: int  # frames of a window
    batch_size: int
    seed: int
    start: Start = "random"
    stride: int | None = None
    batches: int | None = None
    shares: Shares = ()


def window_starts(
    lengths: Sequence[Lengths], length: int, start: Start, stride: int | None = None
) -> list[WindowStart]:
    """Return (clip, first frame) of every window of an epoch; a random start stands as 0."""
    first = 0 if start == "random" else start
    return [
        (clip, frame)
        for clip, clip_length in enumerate(lengths)
        for frame in range(first, clip_length.frames - length + 1, stride or clip_length.frames)
    ]


def training_batches(
    lengths: Sequence[Lengths], settings: SamplerSettings, epoch: int, *, purpose: str = "train"
) -> Batches:
    """Return the windows of one training epoch, shuffled.

    All windows of a data set are shown before one is repeated. `purpose` keys the random numbers, so that other uses
    than training see other windows.
    """
    length, seed = settings.length, settings.seed
    starts = window_starts(lengths, length, settings.start, settings.stride)
    total = len(starts) if settings.batches is None else settings.batches * settings.batch_size
    shuffled = islice(_shuffle_by_share(starts, settings.shares, (seed, purpose, epoch)), total)
    window_indices = []
    for index, (clip, first) in enumerate(shuffled):
        if settings.start == "random":
            first = generator(seed, purpose, "window", epoch, index).randint(0, lengths[clip].frames - length)
        window_indices.append(WindowIndex(clip, first, length, index))
    return [window_indices[i : i + settings.batch_size] for i in range(0, total, settings.batch_size)]


def _shuffle_by_share(starts: Sequence[WindowStart], shares: Shares, key: tuple[Any, ...]) -> Iterator[WindowStart]:
    """Yield windows endlessly, each from a data set drawn by the shares."""
    ends = list(accumulate(clips for clips, _ in shares)) or [1 + max(clip for clip, _ in starts)]
    by_data_set = [[start for start in starts if begin <= start[0] < end] for begin, end in pairwise([0, *ends])]
    streams = [_shuffle_endlessly(own, (*key, number)) for number, own in enumerate(by_data_set)]
    weights = [share for _, share in shares] or None
    draw = generator(*key, "data set")
    while True:
        yield next(draw.choices(streams, weights)[0])


def _shuffle_endlessly(starts: Sequence[WindowStart], key: tuple[Any, ...]) -> Iterator[WindowStart]:
    """Yield all of these, then all of them in another order, endlessly."""
    for repetition in count():
        order = list(starts)
        generator(*key, "order", repetition).shuffle(order)
        yield from order


def evaluation_batches(clips: int, length: int | Sequence[int], batch_size: int) -> Batches:
    """Return every clip from its first frame on, in order; the last batch has the rest.

    `length`: frames of every clip, or of each; all clips of a batch have the same.
    """
    lengths = [length] * clips if isinstance(length, int) else length
    window_indices = [WindowIndex(clip, 0, frames, clip) for clip, frames in enumerate(lengths)]
    batches = []
    for _, group in groupby(window_indices, attrgetter("length")):
        same_length = list(group)
        batches += [same_length[i : i + batch_size] for i in range(0, len(same_length), batch_size)]
    return batches


def steps_in_epoch(windows: int, batch_size: int, accumulate: int, steps_per_epoch: int | None) -> int:
    """Return the number of optimizer steps in an epoch."""
    return steps_per_epoch or ceil(ceil(windows / batch_size) / accumulate)
