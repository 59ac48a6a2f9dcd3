"""One step of a rollout, as data. No torch here."""

from __future__ import annotations

from typing import Literal, NamedTuple

Feed = Literal["truth", "prediction"]
Latent = Literal["posterior", "posterior_mean", "prior"]


class RolloutStep(NamedTuple):
    """How frame `t` is made. A plan is a list of these for t = 1 .. length-1."""

    t: int
    feed: Feed  # where frame t-1 comes from
    latent: Latent  # what the latent is drawn from; posterior_mean: the posterior's mean, no noise
    refresh_skips: bool  # take frame t-1's skips, or keep the older ones
    scored: bool  # counts in the loss, or in the metrics
