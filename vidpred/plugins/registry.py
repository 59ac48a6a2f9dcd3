"""The registry of components: (kind, name) -> class and plugin. Classes are imported on first use."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from vidpred.contracts.base import KINDS, Component, Config, Kind
from vidpred.errors import PluginError, VidpredError, unknown

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Entry:
    """One registered component."""

    kind: str
    name: str
    target: str | type[Any]  # the class, or "package.module:Class"
    plugin: str
    summary: str = ""

    def load(self) -> type[Component]:
        """Import the class and check that it belongs to its kind. Raises PluginError, which names the plugin."""
        title = f"{self.kind} {self.name!r} of plugin {self.plugin!r}"
        try:
            component = _import(self.target) if isinstance(self.target, str) else self.target
        except Exception as error:
            raise PluginError(
                f"{title} cannot be loaded from {self.target}: {type(error).__name__}: {error}"
            ) from error
        base = _import(KINDS[self.kind].base)
        if not (isinstance(component, type) and issubclass(component, base)):
            raise PluginError(f"{title} must be a subclass of vidpred.{base.__name__}")
        if getattr(component, "name", None) != self.name:
            raise PluginError(f"{title}: its class says name = {getattr(component, 'name', None)!r}; make them agree")
        assert issubclass(component, Component)
        _check_config(title, component, base)
        return component


def _check_config(title: str, component: type[Component], base: type[Component]) -> None:
    if not (isinstance(component.Config, type) and issubclass(component.Config, base.Config)):
        expected = "vidpred.Config" if base.Config is Config else f"vidpred.{base.__name__}.Config"
        raise PluginError(f"{title}: its nested Config must be a subclass of {expected}")


@dataclass
class Registry:
    """All registered components, and the reasons why plugins could not be loaded."""

    broken_plugins: dict[str, str] = field(default_factory=dict)  # plugin -> reason
    _entries: dict[tuple[str, str], list[Entry]] = field(default_factory=dict)

    def add(self, entries: Iterable[Entry]) -> None:
        """Add the components of one plugin. A name that two plugins claim is an error only when it is used."""
        for entry in entries:
            self._entries.setdefault((entry.kind, entry.name), []).append(entry)

    def names(self, kind: str) -> list[str]:
        """Return the names of all components of a kind, sorted."""
        return sorted(name for entry_kind, name in self._entries if entry_kind == kind)

    def entries(self, kind: str | None = None) -> list[Entry]:
        """Return all entries, or those of one kind: by kind in the order of KINDS, then by name."""
        order = list(KINDS)
        keys = [key for key in self._entries if kind in (None, key[0])]
        keys.sort(key=lambda key: (order.index(key[0]), key[1]))
        return [entry for key in keys for entry in self._entries[key]]

    def entry(self, kind: str, name: str) -> Entry:
        """Return the entry of this name.

        Raises VidpredError with the most similar name if it is unknown, and PluginError with both plugins if two
        registered it.
        """
        candidates: Sequence[Entry] = self._entries.get((kind, name), ())
        if len(candidates) > 1:
            plugins = " and ".join(repr(entry.plugin) for entry in candidates)
            raise PluginError(f"{kind} {name!r} is registered by plugins {plugins}; uninstall or rename one of them")
        if not candidates:
            raise VidpredError(unknown(kind, name, self.names(kind), KINDS[kind].plural) + self._broken_plugins_note())
        return candidates[0]

    def _broken_plugins_note(self) -> str:
        reasons = "; ".join(f"{plugin}: {reason}" for plugin, reason in self.broken_plugins.items())
        return f" (it may belong to a plugin that could not be loaded: {reasons})" if reasons else ""


class EntryCollector:
    """The `add` that a plugin's hook is called with. Collects the entries of this plugin."""

    def __init__(self, plugin: str) -> None:
        self.plugin = plugin
        self.entries: list[Entry] = []

    def __call__(self, kind: str, name: str, target: str | type[Any], *, summary: str = "") -> None:
        """Collect one component. Raises PluginError or VidpredError if it cannot be registered."""
        find_kind(kind)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise PluginError(f"{kind} name {name!r}: use lower-case letters, digits and underscores")
        if not (isinstance(target, type) or (isinstance(target, str) and target.count(":") == 1)):
            raise PluginError(
                f"{kind} {name!r}: give a class, or a reference like 'package.module:Class', not {target!r}"
            )
        if any((entry.kind, entry.name) == (kind, name) for entry in self.entries):
            raise PluginError(f"{kind} {name!r} is registered twice by this plugin")
        docstring = inspect.getdoc(target) if isinstance(target, type) else None
        first_line = (docstring or "").split("\n")[0]
        self.entries.append(Entry(kind, name, target, self.plugin, summary or first_line))


def find_kind(name: str) -> Kind:
    """Return the kind of this name, singular or plural. Raises VidpredError with the most similar kind."""
    for kind in KINDS.values():
        if name in (kind.name, kind.plural, kind.name + "s"):
            return kind
    raise VidpredError(unknown("kind", name, KINDS))


def _import(reference: str) -> Any:
    module, _, attribute = reference.partition(":")
    return getattr(importlib.import_module(module), attribute)
