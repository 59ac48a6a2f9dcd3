"""Which clips and windows an epoch shows, and how they get to the device. Hangs on seed and epoch alone."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset as TorchDataset

from vidpred.contracts.data import Lengths, Sample, Split
from vidpred.contracts.values import Clip
from vidpred.engine.randomness import generator
from vidpred.errors import DataError, VidpredError


class Pick(NamedTuple):
    """One window of one clip. `place` is its place in the epoch, counted over all batches."""

    clip: int
    start: int
    length: int
    place: int


class Batch(NamedTuple):
    """Windows of one length: uint8 frames [B, T, C, H, W], conditions [B, T, ...] as the model reads them."""

    picks: tuple[Pick, ...]
    frames: Tensor
    conditions: Tensor

    def clip(self, device: torch.device) -> Clip:
        """The batch on its device, frames as float in [0, 1]."""
        return Clip(self.frames.to(device, non_blocking=True).float() / 255, self.conditions.to(device, non_blocking=True))


Batches = list[list[Pick]]


def training_batches(lengths: Sequence[Lengths], length: int, *, seed: int, epoch: int, batch_size: int,
                     batches: int | None, start: Literal["random"] | int, purpose: str = "train") -> Batches:
    """The windows of one training epoch: all clips once, the last batch as large as what is left; or `batches` full
    batches, going through the clips in a new order each time, with fresh windows."""
    wanted = len(lengths) if batches is None else batches * batch_size
    order: list[int] = []
    while len(order) < wanted:
        again = list(range(len(lengths)))
        generator(seed, purpose, "order", epoch, len(order)).shuffle(again)
        order += again
    picks = []
    for place, clip in enumerate(order[:wanted]):
        last = lengths[clip].frames - length
        first = generator(seed, purpose, "window", epoch, place).randint(0, last) if start == "random" else start
        picks.append(Pick(clip, first, length, place))
    return [picks[i:i + batch_size] for i in range(0, wanted, batch_size)]


def evaluation_batches(clips: int, length: int, batch_size: int) -> Batches:
    """Every clip from its first frame on, in order; the last batch is what is left."""
    picks = [Pick(clip, 0, length, clip) for clip in range(clips)]
    return [picks[i:i + batch_size] for i in range(0, clips, batch_size)]


def steps_in_epoch(clips: int, batch_size: int, accumulate: int, steps_per_epoch: int | None) -> int:
    """Optimizer steps in an epoch."""
    return steps_per_epoch or ceil(ceil(clips / batch_size) / accumulate)


def long_enough(split: Split, name: str, frames: int, conditions: int, why: str, fields: str) -> None:
    """Raises DataError, naming clips and the fields to lower, where some are shorter than what they are needed for."""
    short = [(i, has) for i, has in enumerate(split.lengths) if has.frames < frames or has.conditions < conditions]
    if short:
        shown = "; ".join(f"{split.describe(i)} has {_counted(has)}" for i, has in short[:3])
        more = f" (and {len(short) - 3} more)" if len(short) > 3 else ""
        raise DataError(f"{name}: {why} needs clips of {frames} frames, but {shown}{more}; "
                        f"lower {fields}, or leave these clips out")


def _counted(lengths: Lengths) -> str:
    frames, conditions = lengths
    return f"{frames} frames" if frames == conditions else f"{frames} frames and {conditions} conditions"


def load(split: Split, batches: Batches, *, lead: int, workers: int, pin: bool) -> Iterator[Batch]:
    """Read these batches, in order, with `workers` processes. Raises DataError, naming the file."""
    loader: DataLoader[Any] = DataLoader(
        _Windows(split, lead), batch_sampler=batches, num_workers=workers, collate_fn=_collate, pin_memory=pin)
    for batch in loader:
        if isinstance(batch, str):
            raise DataError(batch)
        yield batch


class _Windows(TorchDataset[tuple[Pick, Sample] | str]):
    """Windows by pick. An error comes back as its message: an exception would lose it on the way out of a worker."""

    def __init__(self, split: Split, lead: int) -> None:
        self.split, self.lead = split, lead

    def __getitem__(self, pick: Pick) -> tuple[Pick, Sample] | str:
        try:
            sample = self.split.read(pick.clip, pick.start, pick.length)
        except VidpredError as error:
            return str(error)
        return pick, Sample(sample.frames, aligned(sample.conditions, self.lead))


def aligned(conditions: Tensor, lead: int) -> Tensor:
    """Recorded conditions [T, ...] moved so that row t is what is known when frame t is made; row 0 is never read."""
    if lead == 0:
        return conditions
    return torch.cat([torch.zeros_like(conditions[:lead]), conditions[:-lead]])


def _collate(items: Sequence[tuple[Pick, Sample] | str]) -> Batch | str:
    for item in items:
        if isinstance(item, str):
            return item
    picks, samples = zip(*items, strict=True)
    return Batch(tuple(picks), torch.stack([s.frames for s in samples]), torch.stack([s.conditions for s in samples]))
