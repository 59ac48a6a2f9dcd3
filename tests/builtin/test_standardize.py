"""The condition encoder `standardize`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import vidpred as vp
from vidpred.builtin.conditions.standardize import Standardize


def test_standardized_conditions_have_unit_variance() -> None:
    encoder = Standardize(vp.Config(), vp.FeatureSpec(4))
    conditions = encoder(torch.randn(500, 4) * torch.tensor([0.01, 1, 10, 100.0]))
    assert torch.allclose(conditions.var(0), torch.ones(4), atol=0.15)


def test_maps_are_refused() -> None:
    with pytest.raises(vp.Misfit, match="takes vectors"):
        Standardize(vp.Config(), vp.FeatureSpec(3, (4, 4)))


def test_a_robot_model_with_standardized_conditions_trains(
    vidpred: Callable[..., Any], write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    options = ("--set", "model.condition=standardize", "--set", "train.epochs=1", "--out", tmp_path / "out")
    assert vidpred("run", write_recipe(), *options).code == 0
