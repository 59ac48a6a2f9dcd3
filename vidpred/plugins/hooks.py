"""The one hook: a plugin registers components, a recipe selects them. No torch here."""

from __future__ import annotations

from typing import Any, Protocol

import pluggy

PROJECT = "vidpred"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Add(Protocol):
    """What a plugin registers with: add("annealer", "sawtooth", Sawtooth), or by reference, which loads nothing:
    add("annealer", "sawtooth", "my_package.annealers:Sawtooth", summary="one line for `vidpred list`")."""

    def __call__(self, kind: str, name: str, target: str | type[Any], *, summary: str = "") -> None: ...


@hookspec
def vidpred_register(add: Add) -> None:
    """Register components. Called once, when plugins are found."""
