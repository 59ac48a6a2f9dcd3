"""Reads batches of windows from disk, in worker processes if asked for."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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
from vidpred.engine.torch_errors import dead_worker
from vidpred.errors import DataError, VidpredError

_SHOWN = 5


@dataclass(frozen=True)
class LoaderSettings:
    """How windows are read. `lead`: of the data set; `pin`: into pinned memory, from which a GPU copies faster."""

    lead: int
    workers: int = 0
    pin: bool = False


class Batch(NamedTuple):
    """Windows of one length: uint8 frames [B, T, C, H, W], conditions [B, T, ...] as the model reads them."""

    window_indices: tuple[WindowIndex, ...]
    frames: Tensor
    conditions: Tensor

    def clip(self, device: torch.device) -> Clip:
        """Return the batch on this device, frames as float in [0, 1]."""
        return Clip(
            self.frames.to(device, non_blocking=True).float() / 255, self.conditions.to(device, non_blocking=True)
        )


class Unread(NamedTuple):
    """A window that could not be read, and the reason."""

    window_index: WindowIndex
    message: str


class LoadedBatch(NamedTuple):
    """What a worker returns for a batch: the windows that were read (None: not one), and those that were not."""

    batch: Batch | None
    unread: tuple[Unread, ...]


WindowTransform = Callable[[Window, WindowIndex], Window]  # applied to each window after reading: augmentation
UnreadHandler = Callable[[Unread], None]  # called for each window that could not be read; it may raise


def fail_on_unread(unread: Unread) -> None:
    """Raise DataError: the default handler."""
    raise DataError(unread.message)


def tolerate_unread(is_tolerated: Callable[[int], bool], messages: list[str], limit: int) -> UnreadHandler:
    """Return a handler that continues without windows of tolerated clips.

    It appends each distinct message to `messages`. It raises DataError for other clips, and after more than `limit`
    messages: a data set of which much is missing must not pass unnoticed.
    """

    def handle(unread: Unread) -> None:
        if not is_tolerated(unread.window_index.clip):
            raise DataError(unread.message)
        if unread.message not in messages:
            messages.append(unread.message)
        if len(messages) > limit:
            summary = (
                f"more than {limit} things could not be read in this epoch, which is too much to skip (data.on_error); "
                "vidpred data check finds all that is wrong; the first:"
            )
            raise DataError("\n  ".join([summary, *messages[:_SHOWN]]))

    return handle


def load_batches(
    split: Split,
    batches: Batches,
    settings: LoaderSettings,
    *,
    transform: WindowTransform | None = None,
    on_unread: UnreadHandler = fail_on_unread,
    fill: bool = False,
) -> Iterator[Batch]:
    """Read these batches, in order.

    `on_unread` is called for every window that could not be read. If it returns, the window is left out or, with
    `fill`, replaced by another window of the same batch. Raises DataError, naming the file.
    """
    loader: DataLoader[Any] = DataLoader(
        _Windows(split, settings.lead, transform),
        batch_sampler=batches,
        num_workers=settings.workers,
        collate_fn=partial(_collate, fill=fill),
        pin_memory=settings.pin,
        worker_init_fn=_ignore_signals,
    )
    with explain_dead_workers(DataError):
        for batch, unread in loader:
            for window in unread:
                on_unread(window)
            if batch is not None:
                yield batch
            elif fill:
                raise DataError(f"not one window of a batch could be read; the first: {unread[0].message}")


@contextmanager
def explain_dead_workers(kind: type[VidpredError] = VidpredError) -> Iterator[None]:
    """Raise an error of this kind if a worker process died.

    torch may notice at any moment, in the middle of a step too.
    """
    try:
        yield
    except RuntimeError as error:
        reason = dead_worker(error)
        if reason is None:
            raise
        raise kind(
            f"a process that reads data died ({reason}): most often memory, or shared memory (/dev/shm), ran out; "
            "lower train.workers (0: the run reads by itself)"
        ) from error


def augment_window(
    augmentations: Sequence[Augmentation], key: Key, window: Window, window_index: WindowIndex
) -> Window:
    """Apply each augmentation in turn."""
    for number, augment in enumerate(augmentations):
        window = augment(window, seed_of(*key, window_index.epoch_index, "augmentation", number))
    return window


def align_conditions(conditions: Tensor, lead: int) -> Tensor:
    """Shift recorded conditions [T, ...]: row t is what is known when frame t is predicted; row 0 is not read."""
    if lead == 0:
        return conditions
    return torch.cat([torch.zeros_like(conditions[:lead]), conditions[:-lead]])


class _Windows(TorchDataset[tuple[WindowIndex, Window] | Unread]):
    """Windows by index. An error is returned as a message: an exception would lose it on the way out of a worker."""

    def __init__(self, split: Split, lead: int, transform: WindowTransform | None) -> None:
        self.split, self.lead, self.transform = split, lead, transform

    def __getitem__(self, window_index: WindowIndex) -> tuple[WindowIndex, Window] | Unread:
        try:
            window = self.split.read(window_index.clip, window_index.start, window_index.length)
        except VidpredError as error:
            return Unread(window_index, str(error))
        if self.transform is not None:
            window = self.transform(window, window_index)
        return window_index, Window(window.frames, align_conditions(window.conditions, self.lead))


def _collate(items: Sequence[tuple[WindowIndex, Window] | Unread], fill: bool) -> LoadedBatch:
    read = [item for item in items if not isinstance(item, Unread)]
    unread = tuple(item for item in items if isinstance(item, Unread))
    if not read:
        return LoadedBatch(None, unread)
    if fill:
        replacements = cycle(read)
        read = [_replace(item, next(replacements)) if isinstance(item, Unread) else item for item in items]
    window_indices, windows = zip(*read, strict=True)
    frames = torch.stack([window.frames for window in windows])
    conditions = torch.stack([window.conditions for window in windows])
    return LoadedBatch(Batch(tuple(window_indices), frames, conditions), unread)


def _replace(unread: Unread, replacement: tuple[WindowIndex, Window]) -> tuple[WindowIndex, Window]:
    """Return the replacement of an unread window; it keeps that window's epoch index, hence the key of its noise."""
    window_index, window = replacement
    return window_index._replace(epoch_index=unread.window_index.epoch_index), window


def _ignore_signals(_: int) -> None:
    """Ctrl-C and a job scheduler's SIGTERM reach every process, but the run ends its workers itself, after its step."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
