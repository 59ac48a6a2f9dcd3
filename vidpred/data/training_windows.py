"""What training is shown: windows of the training data sets, read and augmented."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from vidpred.contracts.data import Augmentation, Split
from vidpred.data.loader import Batch, Report, augmented, load
from vidpred.data.sampler import Batches, Shares, Start, training_batches


@dataclass(frozen=True)
class TrainingData:
    """All training data sets, joined, and how their clips are cut into windows and batches."""

    split: Split
    shares: Shares
    lead: int
    length: int  # frames of a window
    start: Start
    stride: int | None
    batch_size: int
    batches: int | None  # of an epoch, where so many were asked for: clips are repeated
    seed: int
    workers: int
    pin: bool
    augmentations: Sequence[Augmentation] = ()
    unread: Sequence[range] = ()  # clips that are left out where they cannot be read

    def windows(self, epoch: int, *, purpose: str = "train", batches: int | None = None) -> Batches:
        """The windows of an epoch, or so many `batches` of them."""
        return training_batches(
            self.split.lengths,
            self.length,
            seed=self.seed,
            epoch=epoch,
            batch_size=self.batch_size,
            batches=batches or self.batches,
            start=self.start,
            stride=self.stride,
            shares=self.shares,
            purpose=purpose,
        )

    def skips(self, clip: int) -> bool:
        """Whether the run goes on where this clip cannot be read."""
        return any(clip in clips for clips in self.unread)

    def read(self, windows: Batches, epoch: int, report: Report, *, purpose: str = "train") -> Iterator[Batch]:
        """Read and augment these windows. `report` is told of those that cannot be read; others take their places."""
        change = partial(augmented, self.augmentations, (self.seed, purpose, epoch)) if self.augmentations else None
        return load(
            self.split,
            windows,
            lead=self.lead,
            workers=self.workers,
            pin=self.pin,
            change=change,
            report=report,
            fill=True,
        )
