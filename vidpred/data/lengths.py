"""Whether clips are long enough, and how many of their frames an evaluation counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from vidpred.contracts.data import Lengths, Split
from vidpred.errors import DataError, counted

_SHOWN = 3


def require_lengths(
    split: Split, name: str, needed: Lengths, purpose: str, remedy: str, clips: Sequence[int] | None = None
) -> None:
    """Check that clips (None: all of them) have at least `needed` frames and conditions.

    Raises DataError, which names the split, what the clips are needed for, the first clips that are too short, and the
    remedy.
    """
    checked = range(len(split.lengths)) if clips is None else clips
    short = [clip for clip in checked if not _suffices(split.lengths[clip], needed)]
    if not short:
        return
    both = needed.frames != needed.conditions
    shown = "; ".join(f"{split.describe(clip)} has {_counted(split.lengths[clip], both)}" for clip in short[:_SHOWN])
    more = f" (and {len(short) - _SHOWN} more)" if len(short) > _SHOWN else ""
    raise DataError(f"{name}: {purpose} needs clips of {_counted(needed, both)}, but {shown}{more}; {remedy}")


def evaluated_lengths(
    split: Split, name: str, past: int, future: Literal["all"] | int, purpose: str, remedy: str
) -> list[int]:
    """Return how many frames of each clip are evaluated, given ones included.

    Raises DataError if a clip is too short.
    """
    needed = past + (1 if future == "all" else future)
    steps = f"past {past} + future {'1 or more' if future == 'all' else future}"
    require_lengths(split, name, Lengths(needed, needed), f"{purpose} {steps}", remedy)
    return [min(clip) if future == "all" else needed for clip in split.lengths]


def _suffices(length: Lengths, needed: Lengths) -> bool:
    return length.frames >= needed.frames and length.conditions >= needed.conditions


def _counted(length: Lengths, both: bool) -> str:
    frames, conditions = counted(length.frames, "frame"), counted(length.conditions, "condition")
    return f"{frames} and {conditions}" if both or length.frames != length.conditions else frames
