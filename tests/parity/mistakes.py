"""Single wrong decisions, made on purpose: in a script's source, or in the engine's plan."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from vidpred import RolloutStep
from vidpred.engine import runner as runner


def rewritten(function: Callable[..., Any], right: str, wrong: str) -> Callable[..., Any]:
    """A script's function with something else in the one place where `right` stands."""
    source = inspect.getsource(function)
    assert source.count(right) == 1
    names: dict[str, Any] = dict(vars(inspect.getmodule(function)))
    exec(source.replace(right, wrong), names)
    made: Callable[..., Any] = names[function.__name__]
    return made


def change_step(monkeypatch: pytest.MonkeyPatch, t: int, change: Callable[[RolloutStep], RolloutStep]) -> None:
    """Let the engine's plan be wrong in the step that makes frame t."""
    plan = runner.plan
    monkeypatch.setattr(
        runner, "plan", lambda *where, **how: [change(step) if step.t == t else step for step in plan(*where, **how)]
    )


def other_feed(step: RolloutStep) -> RolloutStep:
    """A wrong coin."""
    return step._replace(feed="prediction" if step.feed == "truth" else "truth")
