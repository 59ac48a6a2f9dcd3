"""A tiny lab CVAE, built from its shipped recipe as a run builds it, with random clips and recorded noise.

All in float64, so that equal computations agree to the last digits, and a real difference cannot hide in rounding.
"""

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
BETA = 0.001  # the recipe's: squared error and KL then have the same magnitude
CPU = select_device("cpu", "fp32")
SIZES = (
    f"data.size=[{HEIGHT}, {WIDTH}]",
    "model.encoder.dim=8",
    "model.condition.dim=4",
    f"model.posterior.latent={LATENT}",
    "model.predictor.dim=8",
    "train.precision=fp32",
    "train.metrics=[]",
    "validate.metrics=[]",
)  # their import would take longer than all the rest


@cache
def tiny_recipe(*settings: str) -> ValidatedRecipe:
    """Return a tiny pose_base with further settings `a.b=c`."""
    return validate_recipe(load_recipe("pose_base", (*SIZES, *settings)), discover().registry)


@cache
def _built(output: Output) -> Model:
    checked = tiny_recipe(f"model.decoder.output={output}")
    return livened(build_model(checked, checked.chosen["data"].make()).double())


@torch.no_grad()
def livened(model: Any) -> Model:
    """Scale the last layer of each part, so that each channel has mean 0 and variance 1 when all frames are true.

    With the initial weights a frame hardly depends on the previous one (a thousandth of it remains, and a millionth one
    step later), so that a mix-up would go unnoticed.
    """
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


def _standardised(layer: nn.Conv2d, inputs: object, outputs: Tensor) -> Tensor:
    std, mean = torch.std_mean(outputs, (0, 2, 3))
    layer.weight /= std[:, None, None, None]
    layer.bias.copy_((layer.bias - mean) / std)
    return (outputs - mean[:, None, None]) / std[:, None, None]


def new_model(output: Output = "linear") -> Model:
    """Return a fresh copy of the model with its initial weights."""
    return deepcopy(_built(output))


@cache
def settled_model() -> Model:
    """Return the model in eval mode, BatchNorm's statistics in the label encoder taken from labels.

    Shared: do not modify.
    """
    model = new_model()
    for layer in batch_norm_layers(model):
        layer.momentum = 1.0
    with torch.no_grad():
        model.condition(random_clip(8).conditions.flatten(0, 1))
    return model.eval()


def random_clip(length: int, clips: int = 2, seed: int = 0) -> Clip:
    """Return noise as frames and labels: all differ, so that a mix-up is noticed."""
    source = torch.Generator().manual_seed(seed)
    return Clip(*torch.rand(2, clips, length, 3, HEIGHT, WIDTH, generator=source, dtype=torch.float64))


def recorded_noise(length: int, rows: int = 2) -> dict[int, Tensor]:
    """Return noise [rows, LATENT, HEIGHT, WIDTH] by frame."""
    source = torch.Generator().manual_seed(length)
    return {t: torch.randn(rows, LATENT, HEIGHT, WIDTH, generator=source, dtype=torch.float64) for t in range(length)}


@dataclass(frozen=True, kw_only=True)
class Case(cases.Case):
    """One training configuration, its model and its clip."""

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
        """The options of the script."""
        return {"past": self.past, "detach": self.detach, "clamp": self.clamp, "beta": BETA}

    def recipe(self, *settings: str, steps_per_call: int | None = 1) -> ValidatedRecipe:
        """Return the same options as a recipe for the engine, with further settings."""
        return tiny_recipe(
            f"sequence={{past: {self.past}, window: {steps_per_call or 'auto'}}}",
            f"feedback.detach={self.detach}".lower(),
            f"feedback.clamp={self.clamp}".lower(),
            f"loss.beta_max={BETA}",
            *settings,
        )

    def runner(self, steps_per_call: int | None = 1) -> RolloutRunner:
        return build_runner(self.recipe(steps_per_call=steps_per_call), CPU)
