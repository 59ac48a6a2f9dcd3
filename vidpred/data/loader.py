"""Windows on their way from disk to the device, read by processes of their own where asked."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset as TorchDataset

from vidpred.contracts.data import Augmentation, Split, Window
from vidpred.contracts.tensors import Clip
from vidpred.data.sampler import Batches, WindowIndex
from vidpred.engine.randomness import Key, seed_of
from vidpred.errors import DataError, VidpredError

_SHOWN = 5


class Batch(NamedTuple):
    """Windows of one length: uint8 frames [B, T, C, H, W], conditions [B, T, ...] as the model reads them."""

    window_indices: tuple[WindowIndex, ...]
    frames: Tensor
    conditions: Tensor

    def clip(self, device: torch.device) -> Clip:
        """The batch on its device, frames as float in [0, 1]."""
        return Clip(
            self.frames.to(device, non_blocking=True).float() / 255, self.conditions.to(device, non_blocking=True)
        )


class Unread(NamedTuple):
    """A window that could not be read, and why."""

    window_index: WindowIndex
    message: str


class Windows(NamedTuple):
    """A batch as it was read: what could be, and what could not."""

    batch: Batch | None
    unread: tuple[Unread, ...]


Change = Callable[[Window, WindowIndex], Window]  # of a window that was read: augmentation
Report = Callable[[Unread], None]  # what is done about a window that could not be read: it may raise


def stop(unread: Unread) -> None:
    """Raises DataError: the default."""
    raise DataError(unread.message)


def skip(skipped: Callable[[int], bool], messages: list[str], most: int) -> Report:
    """Go on without windows of clips that may be `skipped`, and note what is wrong, once; but raise DataError where it is more
    than `most` things: a data set that is lost is not to be skipped."""

    def report(unread: Unread) -> None:
        if not skipped(unread.window_index.clip):
            raise DataError(unread.message)
        if unread.message not in messages:
            messages.append(unread.message)
        if len(messages) > most:
            raise DataError(
                "\n  ".join(
                    [
                        f"more than {most} things could not be read in this epoch, which is too much to skip (data.on_error); "
                        "vidpred data check finds all that is wrong; the first:",
                        *messages[:_SHOWN],
                    ]
                )
            )

    return report


def load(
    split: Split,
    batches: Batches,
    *,
    lead: int,
    workers: int,
    pin: bool,
    change: Change | None = None,
    report: Report = stop,
    fill: bool = False,
) -> Iterator[Batch]:
    """Read these batches, in order, with `workers` processes; `change` what was read. `report` is told of every window that
    could not be read. Where it lets the run go on, the window is left out; with `fill`, one of the same batch takes its place.
    Raises DataError, naming the file."""
    loader: DataLoader[Any] = DataLoader(
        _Windows(split, lead, change),
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=partial(_collate, fill=fill),
        pin_memory=pin,
        worker_init_fn=_leave_signals_to_the_run,
    )
    with living_workers(DataError):
        for batch, unread in loader:
            for one in unread:
                report(one)
            if batch is not None:
                yield batch
            elif fill:
                raise DataError(f"not one window of a batch could be read; the first: {unread[0].message}")


@contextmanager
def living_workers(kind: type[VidpredError] = VidpredError) -> Iterator[None]:
    """Raises an error of this kind where a process that reads data died: torch may find out at any moment, in the middle of a
    step too."""
    try:
        yield
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        reason = str(error).splitlines()[0].rstrip(".")
        raise kind(
            f"a process that reads data died ({reason}): most often memory, or shared memory (/dev/shm), ran out; "
            "lower train.workers (0: the run reads by itself)"
        ) from error


def augmented(augmentations: Sequence[Augmentation], key: Key, sample: Window, window_index: WindowIndex) -> Window:
    """The window, changed by each of these in turn."""
    for number, augment in enumerate(augmentations):
        sample = augment(sample, seed_of(*key, window_index.epoch_index, "augmentation", number))
    return sample


def aligned(conditions: Tensor, lead: int) -> Tensor:
    """Recorded conditions [T, ...] moved so that row t is what is known when frame t is made; row 0 is never read."""
    if lead == 0:
        return conditions
    return torch.cat([torch.zeros_like(conditions[:lead]), conditions[:-lead]])


class _Windows(TorchDataset[tuple[WindowIndex, Window] | Unread]):
    """Windows by WindowIndex. An error comes back as its message: an exception would lose it on the way out of a worker."""

    def __init__(self, split: Split, lead: int, change: Change | None) -> None:
        self.split, self.lead, self.change = split, lead, change

    def __getitem__(self, window_index: WindowIndex) -> tuple[WindowIndex, Window] | Unread:
        try:
            sample = self.split.read(window_index.clip, window_index.start, window_index.length)
        except VidpredError as error:
            return Unread(window_index, str(error))
        if self.change is not None:
            sample = self.change(sample, window_index)
        return window_index, Window(sample.frames, aligned(sample.conditions, self.lead))


def _collate(items: Sequence[tuple[WindowIndex, Window] | Unread], fill: bool) -> Windows:
    read = [item for item in items if not isinstance(item, Unread)]
    unread = tuple(item for item in items if isinstance(item, Unread))
    if not read:
        return Windows(None, unread)
    if fill:
        others = cycle(read)
        read = [_instead(item, next(others)) if isinstance(item, Unread) else item for item in items]
    window_indices, samples = zip(*read, strict=True)
    return Windows(
        Batch(
            tuple(window_indices),
            torch.stack([s.frames for s in samples]),
            torch.stack([s.conditions for s in samples]),
        ),
        unread,
    )


def _instead(lost: Unread, other: tuple[WindowIndex, Window]) -> tuple[WindowIndex, Window]:
    """Another window in the place of one that was lost: its noise is the place's."""
    window_index, sample = other
    return window_index._replace(epoch_index=lost.window_index.epoch_index), sample


def _leave_signals_to_the_run(_: int) -> None:
    """Ctrl-C and a job scheduler's SIGTERM reach every process, but it is the run that ends them, after its step."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
