"""The plan: which frame feeds which step, and where each latent comes from. No torch here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal, TypeVar

from vidpred.contracts.steps import Latent, RolloutStep

T = TypeVar("T")
Mode = Literal["train", "reconstruct", "sample"]

#              latent of given frames, of predicted frames, whether given frames are scored
_MODES: dict[Mode, tuple[Latent, Latent, bool]] = {
    "train": ("posterior", "posterior", True),
    "reconstruct": ("posterior_mean", "posterior_mean", False),
    "sample": ("posterior", "prior", False),
}


def plan(
    length: int, past: int, mode: Mode, *, forced: Collection[int] = (), last_frame_skip: bool = False
) -> list[RolloutStep]:
    """Return the steps t = 1 .. length-1 of a clip whose first `past` frames are given.

    Step t is fed with the truth if frame t-1 is given or t is in `forced`. It takes the skip maps of the frame it is
    fed with if t < past, t = 1 or `last_frame_skip`, as published (Denton & Fergus 2018); otherwise it keeps those of
    the previous step.
    """
    given_latent, latent, score_given = _MODES[mode]
    return [
        RolloutStep(
            t,
            feed="truth" if t <= past or t in forced else "prediction",
            latent=given_latent if t < past else latent,
            refresh_skips=last_frame_skip or t < past or t == 1,
            scored=score_given or t >= past,
        )
        for t in range(1, length)
    ]


def stretches(steps: Iterable[RolloutStep]) -> Iterator[list[RolloutStep]]:
    """Cut a plan into stretches, each of which can be computed in one call.

    Only the first step of a stretch may be fed with a prediction.
    """
    stretch: list[RolloutStep] = []
    for step in steps:
        if stretch and step.feed == "prediction":
            yield stretch
            stretch = []
        stretch.append(step)
    if stretch:
        yield stretch


def batched(items: Sequence[T], size: int | None) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces of at most `size` items; None: one piece. (itertools.batched needs Python 3.12.)"""
    size = size or max(len(items), 1)
    return (items[i : i + size] for i in range(0, len(items), size))
