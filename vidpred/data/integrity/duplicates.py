"""Clips that are there twice. In two splits, they leak: what is measured was trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from vidpred.contracts.data import SplitName
from vidpred.data.integrity.scan import Digests

_ALIKE = 2  # different frames in common: one may be blank, or the first of a clip that is told apart by its conditions


class Content(NamedTuple):
    """What tells a clip from others: digests of its frames and conditions."""

    split: SplitName
    clip: str
    frames: Digests
    conditions: Digests

    @property
    def key(self) -> bytes:
        """The same for the same clip. Its frames say which it is; its conditions, where they go on after the frames."""
        return self.frames.tobytes() + (
            b"|" + self.conditions.tobytes() if len(self.conditions) > len(self.frames) else b""
        )


def duplicates(clips: Sequence[Content]) -> Iterator[tuple[Content, str]]:
    """Each clip that is there a second time, and what is wrong with that; also one that shares frames with another split.
    `clips` are in the order of their splits."""
    first: dict[bytes, Content] = {}
    before: list[_Frames] = []  # of the splits before this one
    for split in dict.fromkeys(clip.split for clip in clips):
        own = [clip for clip in clips if clip.split == split and len(clip.frames)]
        for clip in own:
            other = first.setdefault(clip.key, clip)
            if other is not clip:
                yield clip, f"{clip.clip}: is the same clip as {other.clip}{_where(other, split)}"
            else:
                yield from _overlap(clip, before)
        before.append(_frames(own))


def _where(other: Content, split: SplitName) -> str:
    if other.split == split:
        return "; leave one of them out"
    return f" in {other.split}, so that {split} tells nothing about new data; leave it out of one of them"


class _Frames(NamedTuple):
    """The frames of a split, sorted by their digests, and which clip each is of."""

    digests: Digests
    clips: Sequence[Content]
    owner: np.ndarray[tuple[int], np.dtype[np.int64]]


def _frames(clips: Sequence[Content]) -> _Frames:
    every = np.concatenate([clip.frames for clip in clips]) if clips else np.zeros(0, np.uint64)
    order = np.argsort(every, kind="stable")
    return _Frames(every[order], clips, np.repeat(np.arange(len(clips)), [len(clip.frames) for clip in clips])[order])


def _overlap(clip: Content, before: Sequence[_Frames]) -> Iterator[tuple[Content, str]]:
    for frames in before:
        if not len(frames.digests):
            continue
        place = np.minimum(np.searchsorted(frames.digests, clip.frames), len(frames.digests) - 1)
        shared = frames.digests[place] == clip.frames
        if len(np.unique(clip.frames[shared])) >= _ALIKE:
            other = frames.clips[int(np.bincount(frames.owner[place[shared]]).argmax())]
            yield (
                clip,
                f"{clip.clip}: {shared.sum()} of its {len(shared)} frames are also in {other.clip}{_where(other, clip.split)}",
            )
