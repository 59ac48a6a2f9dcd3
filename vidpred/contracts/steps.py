"""One step of a rollout, as data. Imports no torch."""

from __future__ import annotations

from typing import Literal, NamedTuple

Feed = Literal["truth", "prediction"]
Latent = Literal["posterior", "posterior_mean", "prior"]


class RolloutStep(NamedTuple):
    """How frame `t` is predicted. A plan is a list of these steps for t = 1 .. length-1."""

    t: int
    feed: Feed  # where frame t-1 comes from
    latent: Latent  # what the latent is drawn from; posterior_mean: the mean of the posterior, without noise
    refresh_skips: bool  # use the skip maps of frame t-1, or keep the previous ones
    scored: bool  # counts in the loss, or in the metrics
