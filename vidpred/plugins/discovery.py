"""Finds plugins, and keeps a broken one from taking anything else down. No torch here.

Our own components come first and through the same hook; then installed packages (entry-point group `vidpred`), then
the files named by VIDPRED_PLUGINS and --plugin.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from traceback import extract_tb, walk_tb
from types import ModuleType
from typing import Any

import pluggy

from vidpred.errors import PluginError, VidpredError, did_you_mean
from vidpred.plugins import hooks
from vidpred.plugins.registry import Entry, Registry, collected

VARIABLE = "VIDPRED_PLUGINS"
BUILTIN = "vidpred.builtin"
_MODULE = "vidpred_plugin_"


@dataclass
class Plugin:
    """One plugin as it was found. `error` says why it is not in use."""

    name: str
    source: str  # an entry point's value, or a file
    version: str = ""
    file: Path | None = None
    requested: bool = False  # asked for by --plugin or VIDPRED_PLUGINS, not merely installed
    entries: list[Entry] = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True)
class DiscoveredPlugins:
    registry: Registry
    plugins: tuple[Plugin, ...]


def discover(files: Sequence[Path] = ()) -> DiscoveredPlugins:
    """Find and register all plugins. Never raises because of one: a broken plugin is left out and says why."""
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    from_environment = [Path(item) for item in os.environ.get(VARIABLE, "").split(os.pathsep) if item]
    candidates = [
        _builtin(),
        *_installed(),
        *(_single_file(path) for path in dict.fromkeys([*from_environment, *files])),
    ]
    registry, found = Registry(), []
    for plugin, load in candidates:
        try:
            plugin.entries = _registered(manager, plugin.name, load())
            registry.add(plugin.entries)
        except (Exception, SystemExit) as error:  # a plugin's own code: anything can come out of it
            plugin.error = _reason(error, plugin.file)
            registry.broken_plugins[plugin.name] = plugin.error
        found.append(plugin)
    return DiscoveredPlugins(registry, tuple(found))


def plugin_location(error: BaseException) -> str | None:
    """The file and line of a single-file plugin whose code raised this, or None where it was other code."""
    frame = next(reversed(list(walk_tb(error.__traceback__))), None)
    if frame is None or not str(frame[0].f_globals.get("__name__", "")).startswith(_MODULE):
        return None
    return f"{frame[0].f_code.co_filename}, line {frame[1]}"


def _reason(error: BaseException, file: Path | None) -> str:
    """What went wrong on one line and, as no traceback is shown, where in the plugin's file."""
    if isinstance(error, VidpredError):
        return str(error)
    lines = [
        frame.lineno
        for frame in extract_tb(error.__traceback__)
        if file and Path(frame.filename).resolve() == file.resolve()
    ]
    where = f" ({file.name}, line {lines[-1]})" if file and lines else ""
    return " ".join(f"{type(error).__name__}: {error}".split()) + where


def _registered(manager: pluggy.PluginManager, name: str, module: ModuleType) -> list[Entry]:
    """What the plugin registers. A plugin that fails on the way leaves nothing behind."""
    if manager.has_plugin(name):
        raise PluginError(f"another plugin is already called {name!r}")
    others = manager.get_plugins()
    try:
        manager.register(module, name)
        _no_misspelt_hook(module)
        entries, add = collected(name)
        manager.subset_hook_caller("vidpred_register", others)(add=add)
    except BaseException:
        if manager.has_plugin(name):
            manager.unregister(name=name)
        raise
    if not entries:
        raise PluginError("it registers nothing: define vidpred_register(add), marked with @vidpred.hookimpl")
    return entries


def _no_misspelt_hook(module: ModuleType) -> None:
    """pluggy passes over hook implementations that no specification knows."""
    known = [name for name in vars(hooks) if name.startswith("vidpred_")]
    for name, value in vars(module).items():
        if hasattr(value, f"{hooks.PROJECT}_impl") and name not in known:
            raise PluginError(
                f"unknown hook {name!r}{did_you_mean(name, known) or '; known hooks: ' + ', '.join(known)}"
            )


def _builtin() -> tuple[Plugin, Callable[[], Any]]:
    from vidpred import __version__

    return Plugin("vidpred", BUILTIN, __version__), lambda: importlib.import_module(f"{BUILTIN}.registration")


def _installed() -> list[tuple[Plugin, Callable[[], Any]]]:
    points = sorted(
        entry_points(group=hooks.PROJECT), key=lambda point: (point.dist.name if point.dist else "", point.name)
    )
    return [(Plugin(point.name, point.value, point.dist.version if point.dist else ""), point.load) for point in points]


def _single_file(path: Path) -> tuple[Plugin, Callable[[], Any]]:
    return Plugin(path.stem, str(path), file=path, requested=True), lambda: _module_of(path)


def _module_of(path: Path) -> ModuleType:
    if not path.is_file():
        raise PluginError("no such file" + did_you_mean(path.name, (near.name for near in path.parent.glob("*.py"))))
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    name = f"{_MODULE}{digest}_{path.stem}"  # known to sys.modules, so that its classes can be pickled
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError("not a Python file: its name should end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
