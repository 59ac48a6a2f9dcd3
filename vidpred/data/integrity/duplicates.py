"""Finds clips that occur twice. A clip in two splits leaks: what is measured was trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidpred.contracts.data import Problem, SplitName
from vidpred.data.integrity.scan import Digests

_MIN_SHARED = 2  # distinct frames; one may be blank, or be the first of clips that differ in their conditions only


class ClipDigest(NamedTuple):
    """Digests of a clip's frames and conditions. `path` and `item` are those of its check units."""

    split: SplitName
    path: Path
    item: str
    frames: Digests
    conditions: Digests

    @property
    def clip(self) -> str:
        """The clip, for messages."""
        return f"{self.path}: {self.item}" if self.item else str(self.path)

    @property
    def key(self) -> bytes:
        """Equal for equal clips. Frames identify a clip; conditions do, too, if they continue after the frames."""
        if len(self.conditions) <= len(self.frames):
            return self.frames.tobytes()
        return self.frames.tobytes() + b"|" + self.conditions.tobytes()

    def problem(self, message: str) -> Problem:
        """A problem of this clip."""
        return Problem(self.path, f"{self.item}: {message}" if self.item else message)


def find_duplicates(clips: Sequence[ClipDigest]) -> Iterator[tuple[ClipDigest, Problem]]:
    """Yield each clip that equals an earlier one, and each that shares frames with an earlier split, with that as a
    problem. `clips` are in the order of their splits."""
    first_clips: dict[bytes, ClipDigest] = {}
    earlier_splits: list[_FrameIndex] = []
    for split in dict.fromkeys(clip.split for clip in clips):
        own_clips = [clip for clip in clips if clip.split == split and len(clip.frames)]
        for clip in own_clips:
            first = first_clips.setdefault(clip.key, clip)
            if first is not clip:
                yield clip, clip.problem(f"is the same clip as {first.clip}{_advice(first, split)}")
            else:
                yield from _find_shared_frames(clip, earlier_splits)
        earlier_splits.append(_index_frames(own_clips))


def _advice(other: ClipDigest, split: SplitName) -> str:
    if other.split == split:
        return "; leave one of them out"
    return f" in {other.split}, so that {split} does not measure generalization; leave it out of one of them"


class _FrameIndex(NamedTuple):
    """The frames of a split, sorted by their digests; `owners` holds the index of each frame's clip."""

    digests: Digests
    clips: Sequence[ClipDigest]
    owners: NDArray[np.int64]


def _index_frames(clips: Sequence[ClipDigest]) -> _FrameIndex:
    digests = np.concatenate([clip.frames for clip in clips]) if clips else np.zeros(0, np.uint64)
    order = np.argsort(digests, kind="stable")
    owners = np.repeat(np.arange(len(clips)), [len(clip.frames) for clip in clips])
    return _FrameIndex(digests[order], clips, owners[order])


def _find_shared_frames(
    clip: ClipDigest, earlier_splits: Sequence[_FrameIndex]
) -> Iterator[tuple[ClipDigest, Problem]]:
    for index in earlier_splits:
        if not len(index.digests):
            continue
        positions = np.minimum(np.searchsorted(index.digests, clip.frames), len(index.digests) - 1)
        shared = index.digests[positions] == clip.frames
        if len(np.unique(clip.frames[shared])) >= _MIN_SHARED:
            other = index.clips[int(np.bincount(index.owners[positions[shared]]).argmax())]
            count = f"{shared.sum()} of its {len(shared)} frames"
            yield clip, clip.problem(f"{count} are also in {other.clip}{_advice(other, clip.split)}")
