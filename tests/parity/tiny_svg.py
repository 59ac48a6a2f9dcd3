"""A tiny SVG, built from a recipe as a run builds it, with random clips and recorded noise.

All in float64, so that equal computations agree to the last digits, and a real difference cannot hide in rounding.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from tests.conftest import tiny_recipe
from tests.parity import cases
from tests.parity.cases import LENGTH
from vidpred import Clip, Model
from vidpred.assembly.model import build_model
from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import Document, merge_fields
from vidpred.recipe.validation import validate_recipe

LATENT, ACTIONS = 4, 7
PRIORS: dict[str, Any] = {"fixed": "standard_normal", "learned": {"name": "gaussian_lstm", "hidden": 8}}


@cache
def _built(prior: str) -> Model:
    fields = merge_fields(
        tiny_recipe(Path("no data needed")),
        {
            "model": {"encoder": {"width": 0.015}, "prior": PRIORS[prior]},
            "train": {"metrics": []},
            "validate": {"metrics": []},
        },
    )  # their import would take longer than all the rest
    checked = validate_recipe(Document("tiny", fields), discover().registry)
    return build_model(checked, checked.chosen["data"].make()).double()


def new_model(prior: str) -> Model:
    """Return a fresh copy of the model with its initial weights. `prior`: fixed or learned."""
    return deepcopy(_built(prior))


@cache
def settled_model(prior: str) -> Model:
    """Return the model in eval mode, BatchNorm's statistics taken from frames. Shared: do not modify.

    With the initial statistics all frames look alike.
    """
    model = new_model(prior)
    for layer in model.modules():
        if isinstance(layer, _BatchNorm):
            layer.momentum = 1.0
    with torch.no_grad():
        model.decoder(*model.encoder(random_clip(8).frames.flatten(0, 1)))
    return model.eval()


def random_clip(length: int, clips: int = 2, seed: int = 0) -> Clip:
    """Return noise as frames: all differ, so that a mix-up is noticed."""
    source = torch.Generator().manual_seed(seed)
    return Clip(
        torch.rand(clips, length, 3, 64, 64, generator=source, dtype=torch.float64),
        torch.randn(clips, length, ACTIONS, generator=source, dtype=torch.float64),
    )


def recorded_noise(length: int, rows: int = 2) -> dict[int, Tensor]:
    """Return noise [rows, LATENT] by frame."""
    source = torch.Generator().manual_seed(length)
    return {t: torch.randn(rows, LATENT, generator=source, dtype=torch.float64) for t in range(length)}


@dataclass(frozen=True, kw_only=True)
class Case(cases.Case):
    """One training configuration, its model and its clip."""

    prior: str = "learned"
    last_frame_skip: bool = False

    @property
    def clip(self) -> Clip:
        return self.typed(random_clip(LENGTH))

    @property
    def model(self) -> Model:
        return new_model(self.prior).to(self.dtype).train()
