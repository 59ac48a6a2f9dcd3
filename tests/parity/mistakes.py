"""Single wrong decisions, introduced on purpose: in a script's source, or in the engine's plan."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from vidpred import RolloutStep
from vidpred.engine import runner as runner


def rewritten(function: Callable[..., Any], right: str, wrong: str) -> Callable[..., Any]:
    """Return a script's function with its only occurrence of `right` replaced."""
    source = inspect.getsource(function)
    assert source.count(right) == 1
    names: dict[str, Any] = dict(vars(inspect.getmodule(function)))
    exec(source.replace(right, wrong), names)
    changed: Callable[..., Any] = names[function.__name__]
    return changed


def change_step(monkeypatch: pytest.MonkeyPatch, t: int, change: Callable[[RolloutStep], RolloutStep]) -> None:
    """Change the step that predicts frame t in the engine's plan."""
    plan = runner.plan
    monkeypatch.setattr(
        runner, "plan", lambda *where, **how: [change(step) if step.t == t else step for step in plan(*where, **how)]
    )


def other_feed(step: RolloutStep) -> RolloutStep:
    """A wrong teacher-forcing draw."""
    return step._replace(feed="prediction" if step.feed == "truth" else "truth")
