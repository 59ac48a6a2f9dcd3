"""check_component detects components that break the rules of their kind."""

from __future__ import annotations

from typing import Any

import pytest
from torch import Tensor

import vidpred
from vidpred.testing import check_component


class Forgetful(vidpred.Annealer):
    """Depends on the number of calls."""

    name = "forgetful"
    calls = 0

    def weight(self, at: vidpred.Progress) -> float:
        self.calls += 1
        return min(1.0, self.calls / 100)


class Steep(vidpred.Annealer):
    """Leaves [0, 1]."""

    name = "steep"

    def weight(self, at: vidpred.Progress) -> float:
        return at.epoch / 2


class Pooled(vidpred.Metric):
    """One number for all frames."""

    name = "pooled"

    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor:
        return (frames - truth).square().mean().expand(len(frames))


@pytest.mark.parametrize(
    ("component", "rule"),
    [(Forgetful, "earlier calls"), (Steep, r"outside \[0, 1\]"), (Pooled, "depends on other frames")],
)
def test_check_component_detects_a_broken_rule(component: Any, rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        check_component(component)
