"""(kind, name) -> where the class is, and which plugin brought it. Nothing is imported until it is asked for."""

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
        """Import the class and hold it to its kind. Raises PluginError, naming the plugin."""
        where = f"{self.kind} {self.name!r} of plugin {self.plugin!r}"
        try:
            found = _imported(self.target) if isinstance(self.target, str) else self.target
        except Exception as error:
            raise PluginError(
                f"{where} cannot be loaded from {self.target}: {type(error).__name__}: {error}"
            ) from error
        base = _imported(KINDS[self.kind].base)
        if not (isinstance(found, type) and issubclass(found, base)):
            raise PluginError(f"{where} must be a subclass of vidpred.{base.__name__}")
        if getattr(found, "name", None) != self.name:
            raise PluginError(f"{where}: its class says name = {getattr(found, 'name', None)!r}; make them agree")
        assert issubclass(found, Component)
        wanted = base.Config
        if not (isinstance(found.Config, type) and issubclass(found.Config, wanted)):
            words = "vidpred.Config" if wanted is Config else f"vidpred.{base.__name__}.Config"
            raise PluginError(f"{where}: its nested Config must be a subclass of {words}")
        return found


@dataclass
class Registry:
    """Every component that is known, and why some plugins are not."""

    broken_plugins: dict[str, str] = field(default_factory=dict)  # plugin -> what is wrong with it
    _entries: dict[tuple[str, str], list[Entry]] = field(default_factory=dict)

    def add(self, entries: Iterable[Entry]) -> None:
        """Take over what one plugin registered. Two plugins with one name are found when that name is used."""
        for entry in entries:
            self._entries.setdefault((entry.kind, entry.name), []).append(entry)

    def names(self, kind: str) -> list[str]:
        return sorted(name for found, name in self._entries if found == kind)

    def entries(self, kind: str | None = None) -> list[Entry]:
        """All entries, by kind in the order of KINDS, then by name."""
        order = list(KINDS)
        keys = sorted(
            (key for key in self._entries if kind in (None, key[0])), key=lambda key: (order.index(key[0]), key[1])
        )
        return [entry for key in keys for entry in self._entries[key]]

    def entry(self, kind: str, name: str) -> Entry:
        """The one entry of this name. Raises VidpredError with the nearest name, or with both claimants."""
        found: Sequence[Entry] = self._entries.get((kind, name), ())
        if len(found) > 1:
            plugins = " and ".join(repr(entry.plugin) for entry in found)
            raise PluginError(f"{kind} {name!r} is registered by plugins {plugins}; uninstall or rename one of them")
        if not found:
            raise VidpredError(unknown(kind, name, self.names(kind), KINDS[kind].plural) + self._not_loaded())
        return found[0]

    def _not_loaded(self) -> str:
        reasons = "; ".join(f"{plugin}: {reason}" for plugin, reason in self.broken_plugins.items())
        return f" (it may belong to a plugin that could not be loaded: {reasons})" if reasons else ""


def collected(plugin: str) -> tuple[list[Entry], Any]:
    """An empty list of entries, and the `add` that fills it. Raises PluginError for what cannot be registered."""
    entries: list[Entry] = []

    def add(kind: str, name: str, target: str | type[Any], *, summary: str = "") -> None:
        find_kind(kind)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise PluginError(f"{kind} name {name!r}: use lower-case letters, digits and underscores")
        if not (isinstance(target, type) or (isinstance(target, str) and target.count(":") == 1)):
            raise PluginError(
                f"{kind} {name!r}: give a class, or a reference like 'package.module:Class', not {target!r}"
            )
        if any((entry.kind, entry.name) == (kind, name) for entry in entries):
            raise PluginError(f"{kind} {name!r} is registered twice by this plugin")
        first_line = (inspect.getdoc(target) or "").split("\n")[0] if isinstance(target, type) else ""
        entries.append(Entry(kind, name, target, plugin, summary or first_line))

    return entries, add


def find_kind(name: str) -> Kind:
    """The kind of this name, singular or plural. Raises VidpredError with the nearest."""
    for kind in KINDS.values():
        if name in (kind.name, kind.plural, kind.name + "s"):
            return kind
    raise VidpredError(unknown("kind", name, KINDS))


def _imported(reference: str) -> Any:
    module, _, attribute = reference.partition(":")
    return getattr(importlib.import_module(module), attribute)
