"""The built-in model: encoder, condition encoder, posterior, prior, predictor and decoder."""

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
from vidpred.toolbox import batched, join, map_tensors, per_frame, rollout, spread, stack, unstack

V = TypeVar("V")


class StepInputs(NamedTuple):
    """Inputs of the steps of one call that depend on no prediction, by frame, each [B, ...]."""

    features: dict[int, Features]  # of true frames, encoded once
    conditions: dict[int, Tensor]
    posteriors: dict[int, Gaussian]
    state: Any  # of the posterior

    def at(self, steps: Sequence[RolloutStep], samples: int) -> StepInputs:
        """Return the inputs of these steps, repeated for `samples` predicted futures of every clip."""
        times = {step.t for step in steps}
        return StepInputs(
            {t: spread(value, samples) for t, value in self.features.items() if t + 1 in times},
            {t: spread(value, samples) for t, value in self.conditions.items() if t in times},
            {t: spread(value, samples) for t, value in self.posteriors.items() if t in times},
            None,
        )


class State(NamedTuple):
    """The state after a stretch, with which the next one starts."""

    prior: Any = None
    predictor: Any = None
    skips: tuple[Tensor, ...] = ()


class SixSlots(Model):
    """Encoder, condition encoder, posterior, prior, predictor, decoder.

    Covers recurrent models, conditional VAEs and hybrids of both.
    """

    name = "six_slots"
    reference = "arXiv:1802.07687"

    class Config(vidpred.Config):
        encoder: EncoderNode = Field(description="frames -> features and skip maps")
        condition: ConditionNode = Field(description="conditions -> features")
        posterior: CoreNode = Field(description="infers the latent of frame t from frame t")
        prior: CoreNode = Field(description="predicts the latent of frame t without frame t")
        predictor: CoreNode = Field(description="features of frame t-1, latent and condition -> features of frame t")
        decoder: DecoderNode = Field(description="features and skip maps -> frame")

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
        sources: dict[Source, FeatureSpec] = {"frame": encoder.spec, "condition": conditions.spec}
        posterior = _require_gaussian("posterior", make("posterior", sources, None))
        prior = _require_gaussian("prior", make("prior", sources, posterior.spec))
        if prior.spec != posterior.spec:
            raise Misfit(f"gives a latent of {prior.spec}, but the posterior one of {posterior.spec}", slot="prior")
        predictor = make("predictor", {**sources, "latent": posterior.spec}, encoder.spec)
        if predictor.outputs_gaussian:
            raise Misfit(f"{predictor.name} gives a Gaussian, but this slot needs features", slot="predictor")
        decoder = make("decoder", predictor.spec, encoder.spec.skips, frame)
        return cls(config, encoder, conditions, posterior, prior, predictor, decoder)

    def forward(self, clip: Clip, steps: Sequence[RolloutStep], noise: Noise, **options: Any) -> Rollout:
        """Compute a complete rollout in one call, so that DDP can wrap the model. `options` are those of `rollout`."""
        return Rollout.join(rollout(self, clip, steps, noise, **options))

    def look_ahead(
        self, clip: Clip, steps: Sequence[RolloutStep], previous: StepInputs | None, steps_per_call: int | None
    ) -> StepInputs:
        """Encode the true frames and the conditions that these steps use, and infer their posteriors."""
        inferred = [step.t for step in steps if step.latent != "prior"]
        used = sorted({step.t - 1 for step in steps if step.feed == "truth"}.union(inferred))
        known = previous.features if previous else {}
        features = {t: _detached_from_call(known[t]) for t in used if t in known}
        for times in batched([t for t in used if t not in features], steps_per_call):
            features.update(zip(times, unstack(per_frame(self.encoder, _at(clip.frames, times))), strict=True))
        times = [step.t for step in steps]
        conditions = dict(zip(times, unstack(per_frame(self.condition, _at(clip.conditions, times))), strict=True))
        posteriors, state = self._infer(inferred, features, conditions, previous.state if previous else None)
        return StepInputs(features, conditions, posteriors, state)

    def _infer(
        self, times: Sequence[int], features: Mapping[int, Features], conditions: Mapping[int, Tensor], state: Any
    ) -> tuple[dict[int, Gaussian], Any]:
        """Return the posterior of the latent of each of these frames, and the state of the posterior after them."""
        if not times:
            return {}, state
        sources: dict[Source, Tensor] = {
            "frame": stack([features[t].value for t in times]),
            "condition": stack([conditions[t] for t in times]),
        }
        gaussian, state = self.posterior(_inputs_of(self.posterior, sources), state)
        return dict(zip(times, unstack(gaussian), strict=True)), state

    def predict(
        self, stretch: Sequence[RolloutStep], ahead: StepInputs, frame: Tensor | None, state: State | None, noise: Noise
    ) -> tuple[Rollout, State]:
        """Predict the frames of one stretch; `frame` [B, C, H, W] is the prediction that its first step is fed with."""
        state = state or State()
        fed = [self.encoder(frame) if step.feed == "prediction" else ahead.features[step.t - 1] for step in stretch]
        sources: dict[Source, Tensor] = {
            "frame": stack([features.value for features in fed]),
            "condition": stack([ahead.conditions[step.t] for step in stretch]),
        }
        prior, prior_state = self.prior(_inputs_of(self.prior, sources), state.prior)
        latent = _choose_latents(stretch, prior, ahead.posteriors)
        sources["latent"] = latent.sample(_noise_of(stretch, latent.mean, noise))
        hidden, predictor_state = self.predictor(_inputs_of(self.predictor, sources), state.predictor)
        skips = _choose_skips(stretch, fed, state.skips)
        decoded = per_frame(self.decoder, hidden, stack(skips))
        last_skips = skips[-1] if skips[-1] is state.skips else _detached_from_call(skips[-1])
        predicted = Rollout(tuple(stretch), decoded.frames, latent, prior, decoded.extras)
        return predicted, State(prior_state, predictor_state, last_skips)


def _require_gaussian(slot: str, core: Core) -> Core:
    if not core.outputs_gaussian:
        raise Misfit(f"{core.name} gives features, but this slot needs a core that gives a Gaussian", slot=slot)
    return core


def _at(values: Tensor, times: Sequence[int]) -> Tensor:
    """Return values[:, times]: a slice, which copies nothing, if the times are consecutive."""
    first, end = times[0], times[-1] + 1
    if end - first == len(times):
        return values[:, first:end]
    return values[:, torch.as_tensor(times, device=values.device)]


def _inputs_of(core: Core, sources: Mapping[Source, Tensor]) -> Tensor:
    """Return the inputs of a core, [B, S, ...]: [B, S, 0] for a core that reads nothing, which still needs B and S."""
    if not core.reads:
        batch, steps = sources["frame"].shape[:2]
        return sources["frame"].new_empty((batch, steps, 0))
    return join([sources[source] for source in core.reads], spatial=core.spatial)


def _choose_latents(stretch: Sequence[RolloutStep], prior: Gaussian, posteriors: Mapping[int, Gaussian]) -> Gaussian:
    """Return the Gaussians [B, S, ...] that the latents of these steps are drawn from."""
    return stack(
        [
            prior_at_step if step.latent == "prior" else posteriors[step.t]
            for step, prior_at_step in zip(stretch, unstack(prior), strict=True)
        ]
    )


def _noise_of(stretch: Sequence[RolloutStep], like: Tensor, noise: Noise) -> Tensor:
    """Return noise [B, S, ...] for these steps; zero for steps that use the mean of the posterior."""
    rows = unstack(like.detach())
    return stack(
        [
            torch.zeros_like(row) if step.latent == "posterior_mean" else noise(step.t, row)
            for step, row in zip(stretch, rows, strict=True)
        ]
    )


def _choose_skips(
    stretch: Sequence[RolloutStep], fed: Sequence[Features], skips: tuple[Tensor, ...]
) -> list[tuple[Tensor, ...]]:
    """Return the skip maps of each step: those of the frame that it is fed with, or the previous ones."""
    chosen = []
    for step, features in zip(stretch, fed, strict=True):
        skips = features.skips if step.refresh_skips else skips
        chosen.append(skips)
    return chosen


def _detached_from_call(value: V) -> V:
    """Return a copy, which does not keep the memory alive of the call's tensor that the value is a view of.

    If gradients are recorded, the graph keeps that memory anyway, and the value itself is returned.
    """
    return value if torch.is_grad_enabled() else map_tensors(torch.clone, value)
