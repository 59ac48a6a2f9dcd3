"""The provenance of a run (environment.json): versions, device, precision, plugins; compared when it is resumed."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypedDict

from vidpred import __version__
from vidpred.errors import VidpredError
from vidpred.plugins.discovery import DiscoveredPlugins, Plugin

_LIBRARIES = ("torchvision", "torchmetrics", "numpy", "pydantic", "pluggy", "safetensors", "pillow", "matplotlib")
_COMPARED_VERSIONS = ("vidpred", "torch", "torchvision", "numpy")
_PRECISIONS = ("fp32", "bf16", "fp16")


class PluginRecord(TypedDict):
    """A plugin that a run uses. `sha256` is that of a plugin that is a single file, else None."""

    name: str
    version: str
    source: str
    sha256: str | None


class Resumption(TypedDict):
    """One resumption of a run: when, after how many epochs, with which changes of the recipe, and on what."""

    at: str
    epoch: int
    changes: dict[str, Any]
    versions: dict[str, str]
    device: str
    precision: str
    plugins: list[PluginRecord]
    command: list[str]


class Environment(TypedDict, total=False):
    """The fields of environment.json. Folders of older versions lack `precision`, and other files may lack any."""

    versions: dict[str, str]
    platform: str
    device: str  # for people: "CPU, bf16, channels-last"
    precision: str  # fp32, bf16 or fp16
    threads: int
    seed: int
    plugins: list[PluginRecord]
    command: list[str]
    parameters: int
    clips: dict[str, int]
    metrics: dict[str, dict[str, Any]]  # of validation: unit, higher_is_better, title
    init_from: str | None
    resumed: list[Resumption]


def current_environment(
    plugins: Iterable[Plugin], *, device: str, precision: str, seed: int, command: Sequence[str]
) -> Environment:
    """Describe what this process runs on, and the plugins that the run uses."""
    import torch  # the rest of this module is for commands that load no torch

    return {
        "versions": {
            "vidpred": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            **{name: version(name) for name in _LIBRARIES},
        },
        "platform": platform.platform(),
        "device": device,
        "precision": precision,
        "threads": torch.get_num_threads(),
        "seed": seed,
        "plugins": [_describe_plugin(plugin) for plugin in plugins],
        "command": list(command),
    }


def recorded_precision(environment: Mapping[str, Any]) -> str | None:
    """Return the precision that a run was computed in: fp32, bf16, fp16; None if it is not recorded."""
    recorded = environment.get("precision")
    if recorded is None:  # written before the field existed: the precision is part of the device's description
        parts = str(environment.get("device")).split(", ")
        recorded = next((part for part in parts if part in _PRECISIONS), None)
    return recorded if recorded in _PRECISIONS else None


def check_plugins(run: Path, recorded: Mapping[str, Any], plugins: DiscoveredPlugins) -> list[str]:
    """Compare the plugins of a run, by its environment `recorded`, with those that are loaded.

    Return a warning for each that differs. Raises VidpredError if one is missing, saying how to load it: no plugin is
    loaded because a run names it, as that would execute untrusted code.
    """
    loaded = {plugin.name: plugin for plugin in plugins.plugins if not plugin.error}
    entries = [(str(entry.get("name")), entry) for entry in _mappings(recorded.get("plugins"))]
    missing = [_how_to_load(name, entry) for name, entry in entries if name not in loaded]
    if missing:
        raise VidpredError("\n  ".join([f"{run}: uses a plugin that is not loaded", *missing]))
    warnings = []
    for name, entry in entries:
        difference = _plugin_difference(entry, _describe_plugin(loaded[name]))
        if difference:
            warnings.append(f"plugin {name} differs from the one that the run used so far: {difference}")
    return warnings


def environment_changes(before: Mapping[str, Any], now: Environment) -> Iterator[str]:
    """Yield what may change the last digits of results: another device, other versions of torch."""
    if before.get("device") != now["device"]:
        yield f"device: {before.get('device')} until now, {now['device']} from now on"
    versions = before.get("versions")
    for name in _COMPARED_VERSIONS:
        old = versions.get(name) if isinstance(versions, Mapping) else None
        if old != now["versions"][name]:
            yield f"{name}: {old} until now, {now['versions'][name]} from now on"


def _describe_plugin(plugin: Plugin) -> PluginRecord:
    digest = hashlib.sha256(plugin.file.read_bytes()).hexdigest() if plugin.file else None
    return {"name": plugin.name, "version": plugin.version, "source": plugin.source, "sha256": digest}


def _how_to_load(name: str, entry: Mapping[str, Any]) -> str:
    if entry.get("sha256"):
        return f"{name}, the file {entry.get('source')}: load it with --plugin FILE"
    return f"{name} {entry.get('version')}, an installed package ({entry.get('source')}): install it with pip"


def _plugin_difference(before: Mapping[str, Any], now: PluginRecord) -> str | None:
    if now["name"] == "vidpred":  # environment_changes compares its version
        return None
    current: Mapping[str, Any] = now
    for key, label in (("version", "version"), ("sha256", "SHA-256 of its file")):
        if before.get(key) != current[key]:
            return f"{label} was {str(before.get(key))[:16]}, and is {str(current[key])[:16]}"
    return None


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
