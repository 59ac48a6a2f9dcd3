"""Discovers and registers plugins; a broken one affects nothing else. Imports no torch.

The built-in components come first, through the same hook; then installed packages (entry-point group `vidpred`), then
the files named by VIDPRED_PLUGINS and --plugin.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from traceback import extract_tb, walk_tb
from types import ModuleType
from typing import Any

import pluggy

from vidpred.errors import PluginError, VidpredError, did_you_mean
from vidpred.plugins import hooks
from vidpred.plugins.registry import Entry, EntryCollector, Registry

VARIABLE = "VIDPRED_PLUGINS"
BUILTIN = "vidpred.builtin"
_MODULE_PREFIX = "vidpred_plugin_"  # of the modules of single-file plugins

Loader = Callable[[], Any]


@dataclass
class Plugin:
    """One discovered plugin. `error` is the reason why it is not used, if it is not."""

    name: str
    source: str  # an entry point's value, or a file
    version: str = ""
    file: Path | None = None
    requested: bool = False  # by --plugin or VIDPRED_PLUGINS, not merely installed
    entries: list[Entry] = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True)
class DiscoveredPlugins:
    """All plugins, broken ones included, and the registry of the components of those that work."""

    registry: Registry
    plugins: tuple[Plugin, ...]


def discover(files: Sequence[Path] = ()) -> DiscoveredPlugins:
    """Discover and register all plugins. A broken plugin never raises: it is left out, with the reason."""
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    registry, plugins = Registry(), []
    for plugin, load in _candidates(files):
        try:
            plugin.entries = _register(manager, plugin.name, load())
            registry.add(plugin.entries)
        except (Exception, SystemExit) as error:  # a plugin's own code may raise anything
            plugin.error = _describe(error, plugin.file)
            registry.broken_plugins[plugin.name] = plugin.error
        plugins.append(plugin)
    return DiscoveredPlugins(registry, tuple(plugins))


def plugin_location(error: BaseException) -> str | None:
    """Return the file and line of the single-file plugin whose code raised this error, or None for other code."""
    innermost = next(reversed(list(walk_tb(error.__traceback__))), None)
    if innermost is None:
        return None
    frame, line = innermost
    if not str(frame.f_globals.get("__name__", "")).startswith(_MODULE_PREFIX):
        return None
    return f"{frame.f_code.co_filename}, line {line}"


def _candidates(files: Sequence[Path]) -> Iterator[tuple[Plugin, Loader]]:
    """Yield every plugin with the function that imports it."""
    from vidpred import __version__

    yield Plugin("vidpred", BUILTIN, __version__), partial(importlib.import_module, f"{BUILTIN}.registration")
    for point in sorted(entry_points(group=hooks.PROJECT), key=lambda point: (_distribution(point), point.name)):
        yield Plugin(point.name, point.value, point.dist.version if point.dist else ""), point.load
    from_environment = [Path(item) for item in os.environ.get(VARIABLE, "").split(os.pathsep) if item]
    for path in dict.fromkeys([*from_environment, *files]):
        yield Plugin(path.stem, str(path), file=path, requested=True), partial(_import_file, path)


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else ""


def _register(manager: pluggy.PluginManager, name: str, module: ModuleType) -> list[Entry]:
    """Register a plugin and return its components. A plugin that fails leaves nothing behind."""
    if manager.has_plugin(name):
        raise PluginError(f"another plugin is already called {name!r}")
    registered_before = manager.get_plugins()
    add = EntryCollector(name)
    try:
        manager.register(module, name)
        _check_hook_names(module)
        manager.subset_hook_caller("vidpred_register", registered_before)(add=add)
    except BaseException:
        if manager.has_plugin(name):
            manager.unregister(name=name)
        raise
    if not add.entries:
        raise PluginError("it registers nothing: define vidpred_register(add), marked with @vidpred.hookimpl")
    return add.entries


def _check_hook_names(module: ModuleType) -> None:
    """Raise PluginError for a hook implementation that no hook exists for.

    pluggy ignores such functions. Its own check (`check_pending`) does not say which name is wrong, so no similar
    name could be suggested.
    """
    known = [name for name in vars(hooks) if name.startswith("vidpred_")]
    for name, value in vars(module).items():
        if hasattr(value, f"{hooks.PROJECT}_impl") and name not in known:
            suggestion = did_you_mean(name, known) or "; known hooks: " + ", ".join(known)
            raise PluginError(f"unknown hook {name!r}{suggestion}")


def _import_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise PluginError("no such file" + did_you_mean(path.name, (file.name for file in path.parent.glob("*.py"))))
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    name = f"{_MODULE_PREFIX}{digest}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError("not a Python file: its name should end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # so that its classes can be pickled
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _describe(error: BaseException, file: Path | None) -> str:
    """Describe an error on one line with the line of the plugin's file, as no traceback is shown."""
    if isinstance(error, VidpredError):
        return str(error)
    description = " ".join(f"{type(error).__name__}: {error}".split())
    if file is None:
        return description
    frames = extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).resolve() == file.resolve()]
    return f"{description} ({file.name}, line {lines[-1]})" if lines else description
