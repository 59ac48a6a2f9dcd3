"""Which clips and windows an epoch shows. Hangs on seed and epoch alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, count, groupby, islice, pairwise
from math import ceil
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from vidpred.contracts.data import Lengths, Split
from vidpred.engine.randomness import generator
from vidpred.errors import DataError, counted


class WindowIndex(NamedTuple):
    """One window of one clip. `epoch_index` is its position in the epoch, counted over all batches."""

    clip: int
    start: int
    length: int
    epoch_index: int


Batches = list[list[WindowIndex]]
Start = Literal["random"] | int
Place = tuple[int, int]  # a clip, and the first frame of a window
Shares = Sequence[tuple[int, float]]  # of each data set: its clips, and its share of what is shown


def windows(lengths: Sequence[Lengths], length: int, start: Start, stride: int | None = None) -> list[Place]:
    """(clip, first frame) of the windows of an epoch: one of each clip, from frame `start` on (random: 0), and with a
    `stride` one every so many frames, as often as they fit."""
    first = 0 if start == "random" else start
    return [
        (clip, begin)
        for clip, has in enumerate(lengths)
        for begin in range(first, has.frames - length + 1, stride or has.frames)
    ]


def training_batches(
    lengths: Sequence[Lengths],
    length: int,
    *,
    seed: int,
    epoch: int,
    batch_size: int,
    batches: int | None,
    start: Start,
    stride: int | None = None,
    shares: Shares = (),
    purpose: str = "train",
) -> Batches:
    """The windows of one training epoch: as many as there are, the last batch as large as what is left; or `batches` full
    batches. All windows of a data set are shown before one comes again. Where `start` is random, each is put anywhere in
    its clip. `shares`: the clips of each data set, in order, and how probable it is that a window is one of theirs."""
    places = windows(lengths, length, start, stride)
    wanted = len(places) if batches is None else batches * batch_size
    window_indices = []
    for place, (clip, first) in enumerate(islice(_order(places, shares, (seed, purpose, epoch)), wanted)):
        if start == "random":
            first = generator(seed, purpose, "window", epoch, place).randint(0, lengths[clip].frames - length)
        window_indices.append(WindowIndex(clip, first, length, place))
    return [window_indices[i : i + batch_size] for i in range(0, wanted, batch_size)]


def _order(places: Sequence[Place], shares: Shares, key: tuple[Any, ...]) -> Iterator[Place]:
    """Places without end, each from a data set drawn by the shares."""
    ends = list(accumulate(clips for clips, _ in shares)) or [1 + max(clip for clip, _ in places)]
    sets = [[place for place in places if begin <= place[0] < end] for begin, end in pairwise([0, *ends])]
    streams = [_shuffled(own, (*key, number)) for number, own in enumerate(sets)]
    draw = generator(*key, "data set")
    while True:
        yield next(draw.choices(streams, [share for _, share in shares] or None)[0])


def _shuffled(places: Sequence[Place], key: tuple[Any, ...]) -> Iterator[Place]:
    """All of these in a new order, again and again."""
    for again in count():
        order = list(places)
        generator(*key, "order", again).shuffle(order)
        yield from order


def evaluation_batches(clips: int, length: int | Sequence[int], batch_size: int) -> Batches:
    """Every clip from its first frame on, in order; the last batch is what is left. `length`: frames of every clip, or of
    each; a batch holds one length."""
    lengths = [length] * clips if isinstance(length, int) else length
    window_indices = [WindowIndex(clip, 0, frames, clip) for clip, frames in enumerate(lengths)]
    return [
        batch[i : i + batch_size]
        for batch in (list(alike) for _, alike in groupby(window_indices, attrgetter("length")))
        for i in range(0, len(batch), batch_size)
    ]


def steps_in_epoch(windows: int, batch_size: int, accumulate: int, steps_per_epoch: int | None) -> int:
    """Optimizer steps in an epoch."""
    return steps_per_epoch or ceil(ceil(windows / batch_size) / accumulate)


def long_enough(
    split: Split, name: str, needed: Lengths, why: str, fields: str, clips: Sequence[int] | None = None
) -> None:
    """Raises DataError, naming clips and the fields to lower, where some (of `clips`; None: of all) are shorter than needed."""
    lengths = [(i, split.lengths[i]) for i in (range(len(split.lengths)) if clips is None else clips)]
    short = [(i, has) for i, has in lengths if has.frames < needed.frames or has.conditions < needed.conditions]
    if short:
        both = needed.frames != needed.conditions
        shown = "; ".join(f"{split.describe(i)} has {_counted(has, both)}" for i, has in short[:3])
        more = f" (and {len(short) - 3} more)" if len(short) > 3 else ""
        raise DataError(
            f"{name}: {why} needs clips of {_counted(needed, both)}, but {shown}{more}; "
            f"lower {fields}, or leave these clips out"
        )


def evaluated_lengths(
    split: Split, name: str, past: int, future: Literal["all"] | int, why: str, fields: str
) -> list[int]:
    """Frames of each clip that are evaluated. Raises DataError where some are too short."""
    needed = past + (1 if future == "all" else future)
    long_enough(
        split,
        name,
        Lengths(needed, needed),
        f"{why} past {past} + future {'1 or more' if future == 'all' else future}",
        fields,
    )
    return [min(has) if future == "all" else needed for has in split.lengths]


def _counted(lengths: Lengths, both: bool) -> str:
    frames, conditions = (counted(count, what) for count, what in zip(lengths, ("frame", "condition"), strict=True))
    return frames if lengths.frames == lengths.conditions and not both else f"{frames} and {conditions}"
