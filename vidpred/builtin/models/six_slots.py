"""The six slots, and the two things they do: look ahead at the truth, and predict a stretch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self, TypeVar

import torch
from pydantic import Field
from torch import Tensor

import vidpred
from vidpred import (
    Clip,
    ConditionEncoder,
    ConditionNode,
    Core,
    CoreNode,
    Decoder,
    DecoderNode,
    Encoder,
    EncoderNode,
    Features,
    FeatureSpec,
    Gaussian,
    Make,
    Misfit,
    Model,
    Noise,
    Rollout,
    RolloutStep,
    Source,
)
from vidpred.toolbox import batched, join, over, per_frame, rollout, spread, stack, unstack

V = TypeVar("V")


class LookAhead(NamedTuple):
    """All that a window of steps needs and that hangs on no prediction, by frame, each [B, ...]."""

    features: dict[int, Features]  # true frames, encoded once
    conditions: dict[int, Tensor]
    posteriors: dict[int, Gaussian]
    state: Any  # the posterior's

    def at(self, steps: Sequence[RolloutStep], samples: int) -> LookAhead:
        """The part that these steps use, for `samples` futures of every clip."""
        here = {step.t for step in steps}
        return LookAhead(
            {t: spread(value, samples) for t, value in self.features.items() if t + 1 in here},
            {t: spread(value, samples) for t, value in self.conditions.items() if t in here},
            {t: spread(value, samples) for t, value in self.posteriors.items() if t in here},
            None,
        )


class State(NamedTuple):
    """What one stretch leaves to the next."""

    prior: Any = None
    predictor: Any = None
    skips: tuple[Tensor, ...] = ()


class SixSlots(Model):
    """Encoder, condition encoder, posterior, prior, predictor, decoder: recurrent models, conditional VAEs and what lies between."""

    name = "six_slots"
    reference = "arXiv:1802.07687"

    class Config(vidpred.Config):
        encoder: EncoderNode = Field(description="frames -> features and skips")
        condition: ConditionNode = Field(description="conditions -> features")
        posterior: CoreNode = Field(description="infers the latent of frame t from frame t")
        prior: CoreNode = Field(description="guesses the latent of frame t without seeing it")
        predictor: CoreNode = Field(description="features of frame t-1, latent and condition -> features of frame t")
        decoder: DecoderNode = Field(description="features and skips -> frame")

    config: Config

    def __init__(
        self,
        config: Config,
        encoder: Encoder,
        condition: ConditionEncoder,
        posterior: Core,
        prior: Core,
        predictor: Core,
        decoder: Decoder,
    ) -> None:
        super().__init__(config)
        self.encoder, self.condition, self.decoder = encoder, condition, decoder
        self.posterior, self.prior, self.predictor = posterior, prior, predictor

    @classmethod
    def build(cls, config: Any, make: Make, frame: FeatureSpec, condition: FeatureSpec) -> Self:
        encoder = make("encoder", frame)
        conditions = make("condition", condition)
        known: dict[Source, FeatureSpec] = {"frame": encoder.spec, "condition": conditions.spec}
        posterior = _gives_gaussian("posterior", make("posterior", known, None))
        prior = _gives_gaussian("prior", make("prior", known, posterior.spec))
        if prior.spec != posterior.spec:
            raise Misfit(f"gives a latent of {prior.spec}, but the posterior one of {posterior.spec}", slot="prior")
        predictor = make("predictor", {**known, "latent": posterior.spec}, encoder.spec)
        if predictor.outputs_gaussian:
            raise Misfit(f"{predictor.name} gives a Gaussian, but this slot needs features", slot="predictor")
        decoder = make("decoder", predictor.spec, encoder.spec.skips, frame)
        return cls(config, encoder, conditions, posterior, prior, predictor, decoder)

    def forward(self, clip: Clip, steps: Sequence[RolloutStep], noise: Noise, **options: Any) -> Rollout:
        """A whole rollout in one call: what DDP wraps. `options` are those of `rollout`."""
        return Rollout.join(rollout(self, clip, steps, noise, **options))

    def look_ahead(
        self, clip: Clip, steps: Sequence[RolloutStep], before: LookAhead | None, window: int | None
    ) -> LookAhead:
        """Encode the true frames that these steps use, and run the posterior over all of them."""
        inferred = [step.t for step in steps if step.latent != "prior"]
        used = sorted({step.t - 1 for step in steps if step.feed == "truth"}.union(inferred))
        features = {t: _apart(before.features[t]) for t in used if t in before.features} if before else {}
        for times in batched([t for t in used if t not in features], window):
            features.update(zip(times, unstack(per_frame(self.encoder, _at(clip.frames, times))), strict=True))
        times = [step.t for step in steps]
        conditions = dict(zip(times, unstack(per_frame(self.condition, _at(clip.conditions, times))), strict=True))
        posteriors: dict[int, Gaussian] = {}
        state = before.state if before else None
        if inferred:
            gaussian, state = self.posterior(
                _joined(
                    self.posterior,
                    {
                        "frame": stack([features[t].value for t in inferred]),
                        "condition": stack([conditions[t] for t in inferred]),
                    },
                ),
                state,
            )
            posteriors = dict(zip(inferred, unstack(gaussian), strict=True))
        return LookAhead(features, conditions, posteriors, state)

    def predict(
        self, stretch: Sequence[RolloutStep], ahead: LookAhead, frame: Tensor | None, state: State | None, noise: Noise
    ) -> tuple[Rollout, State]:
        """Make the frames of one stretch; `frame` [B, C, H, W] is the prediction that feeds its first step, if any."""
        state = state or State()
        fed = [self.encoder(frame) if step.feed == "prediction" else ahead.features[step.t - 1] for step in stretch]
        known: dict[Source, Tensor] = {
            "frame": stack([features.value for features in fed]),
            "condition": stack([ahead.conditions[step.t] for step in stretch]),
        }
        prior, prior_state = self.prior(_joined(self.prior, known), state.prior)
        latent = stack(
            [
                own if step.latent == "prior" else ahead.posteriors[step.t]
                for step, own in zip(stretch, unstack(prior), strict=True)
            ]
        )
        z = latent.sample(_noise(stretch, latent.mean, noise))
        hidden, predictor_state = self.predictor(_joined(self.predictor, {**known, "latent": z}), state.predictor)
        skips = _kept_skips(stretch, fed, state.skips)
        decoded = per_frame(self.decoder, hidden, stack(skips))
        made = Rollout(tuple(stretch), decoded.frames, latent, prior, decoded.extras)
        held = skips[-1] if skips[-1] is state.skips else _apart(skips[-1])
        return made, State(prior_state, predictor_state, held)


def _gives_gaussian(slot: str, core: Core) -> Core:
    if not core.outputs_gaussian:
        raise Misfit(f"{core.name} gives features, but this slot needs a core that gives a Gaussian", slot=slot)
    return core


def _at(values: Tensor, times: Sequence[int]) -> Tensor:
    """values[:, times]; a slice where the times follow each other, which copies nothing."""
    first, last = times[0], times[-1] + 1
    return (
        values[:, first:last] if last - first == len(times) else values[:, torch.as_tensor(times, device=values.device)]
    )


def _joined(core: Core, known: Mapping[Source, Tensor]) -> Tensor:
    """What this core reads, [B, S, ...]. One that reads nothing gets zero channels, which still tell B and S."""
    if not core.reads:
        return known["frame"].new_empty((*known["frame"].shape[:2], 0))
    return join([known[source] for source in core.reads], spatial=core.spatial)


def _noise(stretch: Sequence[RolloutStep], like: Tensor, noise: Noise) -> Tensor:
    """Noise [B, S, ...] for these steps; zero where the mean itself is wanted."""
    rows = unstack(like.detach())
    return stack(
        [
            torch.zeros_like(row) if step.latent == "posterior_mean" else noise(step.t, row)
            for step, row in zip(stretch, rows, strict=True)
        ]
    )


def _apart(value: V) -> V:
    """A copy, which does not keep the whole window alive that it was cut from. Where a gradient is recorded, the graph
    keeps that anyway."""
    return value if torch.is_grad_enabled() else over(torch.clone, value)


def _kept_skips(
    stretch: Sequence[RolloutStep], fed: Sequence[Features], held: tuple[Tensor, ...]
) -> list[tuple[Tensor, ...]]:
    kept = []
    for step, features in zip(stretch, fed, strict=True):
        held = features.skips if step.refresh_skips else held
        kept.append(held)
    return kept
