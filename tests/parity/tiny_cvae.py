"""A tiny lab CVAE, built from its shipped recipe as a run builds it, with random clips and recorded noise: all in float64, so
that two ways of computing one thing agree to the last digits, and a real difference cannot hide in rounding."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import torch
from torch import Tensor, nn

from tests.parity import cases
from tests.parity.cases import LENGTH, Replay
from vidpred import Clip, Model
from vidpred.assembly.model import build_model, build_runner
from vidpred.engine.batch_norm import batch_norm_layers
from vidpred.engine.device import select_device
from vidpred.engine.plan import plan
from vidpred.engine.runner import RolloutRunner
from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import load_recipe
from vidpred.recipe.validation import ValidatedRecipe, validate_recipe

Output = Literal["linear", "sigmoid"]
LATENT, HEIGHT, WIDTH = 4, 8, 16
BETA = 0.001  # the recipe's: squared error and KL are then of one size
PLACE = select_device("cpu", "fp32")
SIZES = (
    f"data.size=[{HEIGHT}, {WIDTH}]",
    "model.encoder.dim=8",
    "model.condition.dim=4",
    f"model.posterior.latent={LATENT}",
    "model.predictor.dim=8",
    "train.precision=fp32",
    "train.metrics=[]",
    "validate.metrics=[]",
)  # they would take longer to import than all else


@cache
def tiny_recipe(*settings: str) -> ValidatedRecipe:
    """pose_base, tiny, with further settings `a.b=c`."""
    return validate_recipe(load_recipe("pose_base", (*SIZES, *settings)), discover().registry)


@cache
def _built(output: Output) -> Model:
    checked = tiny_recipe(f"model.decoder.output={output}")
    return livened(build_model(checked, checked.chosen["data"].make()).double())


@torch.no_grad()
def livened(model: Any) -> Model:
    """The model with the last layer of its parts scaled: each channel, of frames out of nothing but truth, has mean 0 and
    variance 1. With its first weights a frame hardly hangs on the one that it is made from (a thousandth of it is left, a
    millionth a step later), and one that stands in for another would go unnoticed."""
    last = (
        model.encoder.body[-1],
        model.posterior.mean,
        model.posterior.logvar,
        model.predictor.body[-1],
        model.decoder.body[-2],
    )
    hooks = [layer.register_forward_hook(_standardised) for layer in last]
    model(random_clip(8), plan(8, 1, "train", forced=range(8)), Replay(recorded_noise(8)))
    for hook in hooks:
        hook.remove()
    return model


def _standardised(layer: nn.Conv2d, inputs: object, made: Tensor) -> Tensor:
    std, mean = torch.std_mean(made, (0, 2, 3))
    layer.weight /= std[:, None, None, None]
    layer.bias.copy_((layer.bias - mean) / std)
    return (made - mean[:, None, None]) / std[:, None, None]


def new_model(output: Output = "linear") -> Model:
    """The model as it was built, whatever was done to those given before."""
    return deepcopy(_built(output))


@cache
def settled_model() -> Model:
    """The model in eval mode, the statistics of the label encoder's BatchNorm taken from labels. Shared: do not change it."""
    model = new_model()
    for layer in batch_norm_layers(model):
        layer.momentum = 1.0
    with torch.no_grad():
        model.condition(random_clip(8).conditions.flatten(0, 1))
    return model.eval()


def random_clip(length: int, clips: int = 2, seed: int = 0) -> Clip:
    """Noise as frames and labels: no two are alike, so that one that stands in for another is noticed."""
    source = torch.Generator().manual_seed(seed)
    return Clip(*torch.rand(2, clips, length, 3, HEIGHT, WIDTH, generator=source, dtype=torch.float64))


def recorded_noise(length: int, rows: int = 2) -> dict[int, Tensor]:
    """Noise [rows, LATENT, HEIGHT, WIDTH] by frame."""
    source = torch.Generator().manual_seed(length)
    return {t: torch.randn(rows, LATENT, HEIGHT, WIDTH, generator=source, dtype=torch.float64) for t in range(length)}


@dataclass(frozen=True, kw_only=True)
class Case(cases.Case):
    """One way of training, and on what."""

    clamp: bool = True
    output: Output = "linear"

    @property
    def clip(self) -> Clip:
        return self.typed(random_clip(LENGTH))

    @property
    def model(self) -> Model:
        return new_model(self.output).to(self.dtype).train()

    @property
    def how(self) -> dict[str, Any]:
        """For the script."""
        return {"past": self.past, "detach": self.detach, "clamp": self.clamp, "beta": BETA}

    def recipe(self, *settings: str, window: int | None = 1) -> ValidatedRecipe:
        """For the engine: the same, and further settings."""
        return tiny_recipe(
            f"sequence={{past: {self.past}, window: {window or 'auto'}}}",
            f"feedback.detach={self.detach}".lower(),
            f"feedback.clamp={self.clamp}".lower(),
            f"loss.beta_max={BETA}",
            *settings,
        )

    def runner(self, window: int | None = 1) -> RolloutRunner:
        return build_runner(self.recipe(window=window), PLACE)
