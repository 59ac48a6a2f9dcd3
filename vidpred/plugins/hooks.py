"""The plugin hook: plugins register components, recipes select them. Imports no torch."""

from __future__ import annotations

from typing import Any, Protocol

import pluggy

PROJECT = "vidpred"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Add(Protocol):
    """Registers one component: add("annealer", "sawtooth", Sawtooth).

    A reference instead of the class defers its import until the component is used:
    add("annealer", "sawtooth", "my_package.annealers:Sawtooth", summary="one line for `vidpred list`").
    """

    def __call__(self, kind: str, name: str, target: str | type[Any], *, summary: str = "") -> None: ...


@hookspec
def vidpred_register(add: Add) -> None:
    """Register components. Called once for each plugin, when plugins are discovered."""
