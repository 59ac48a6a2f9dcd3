"""The windows that training shows: drawn from all training data sets, read and augmented."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from vidpred.contracts.data import Augmentation, Split
from vidpred.data.loader import Batch, LoaderSettings, UnreadHandler, augment_window, load_batches
from vidpred.data.sampler import Batches, SamplerSettings, training_batches


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """All training data sets as one split, how it is cut into batches, and how these are read."""

    split: Split
    sampler: SamplerSettings
    loader: LoaderSettings
    augmentations: Sequence[Augmentation] = ()
    tolerated: Sequence[range] = ()  # clips that are left out if they cannot be read

    def batches(self, epoch: int, *, purpose: str = "train", count: int | None = None) -> Batches:
        """Return the windows of an epoch, or of `count` batches of it."""
        sampler = replace(self.sampler, batches=count or self.sampler.batches)
        return training_batches(self.split.lengths, sampler, epoch, purpose=purpose)

    def tolerates_errors(self, clip: int) -> bool:
        """Whether the run continues if this clip cannot be read."""
        return any(clip in clips for clips in self.tolerated)

    def read(
        self, batches: Batches, epoch: int, on_unread: UnreadHandler, *, purpose: str = "train"
    ) -> Iterator[Batch]:
        """Read and augment these batches.

        `on_unread` is called for windows that cannot be read; others replace them.
        """
        key = (self.sampler.seed, purpose, epoch)
        transform = partial(augment_window, self.augmentations, key) if self.augmentations else None
        return load_batches(self.split, batches, self.loader, transform=transform, on_unread=on_unread, fill=True)
