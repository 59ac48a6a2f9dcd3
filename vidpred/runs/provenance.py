"""What a run ran on, and with which plugins: written down beside it, and compared when it goes on."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from vidpred import __version__
from vidpred.errors import VidpredError
from vidpred.plugins.discovery import Plugin, Plugins

_VERSIONS = ("torchvision", "torchmetrics", "numpy", "pydantic", "pluggy", "safetensors", "pillow", "matplotlib")
_LARGEST = 1 << 20  # bytes of an environment.json


def environment(plugins: Iterable[Plugin], *, device: str, seed: int, command: Sequence[str]) -> dict[str, Any]:
    return {
        "versions": {
            "vidpred": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            **{name: version(name) for name in _VERSIONS},
        },
        "platform": platform.platform(),
        "device": device,
        "threads": torch.get_num_threads(),
        "seed": seed,
        "plugins": list(map(_described, plugins)),
        "command": list(command),
    }


def read(run: Path) -> dict[str, Any]:
    """The environment.json of a run; empty where there is none that can be read."""
    try:
        with (run / "environment.json").open("rb") as file:
            found = json.loads(file.read(_LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def need_plugins(run: Path, plugins: Plugins) -> list[str]:
    """What to say of the plugins that a run was made with and that are others by now. Raises VidpredError where one is missing,
    saying how to give it. None is loaded because a run names it: that would run a stranger's code."""
    here = {plugin.name: plugin for plugin in plugins.found if not plugin.error}
    recorded = [(str(one.get("name")), one) for one in _mappings(read(run).get("plugins"))]
    missing = [_how_to_give(name, one) for name, one in recorded if name not in here]
    if missing:
        raise VidpredError("\n  ".join([f"{run}: was made with a plugin that is not here", *missing]))
    return [
        f"plugin {name} is not the one that the run was made with: {difference}"
        for name, one in recorded
        if (difference := _difference(one, _described(here[name])))
    ]


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What may change the last digits of figures: another device, other versions of torch."""
    if before.get("device") != now["device"]:
        yield f"device: {before.get('device')} until now, {now['device']} from here on"
    old = before.get("versions")
    for name in ("vidpred", "torch", "torchvision", "numpy"):
        was = old.get(name) if isinstance(old, Mapping) else None
        if was != now["versions"][name]:
            yield f"{name}: {was} until now, {now['versions'][name]} from here on"


def _described(plugin: Plugin) -> dict[str, Any]:
    digest = hashlib.sha256(plugin.file.read_bytes()).hexdigest() if plugin.file else None
    return {"name": plugin.name, "version": plugin.version, "source": plugin.source, "sha256": digest}


def _how_to_give(name: str, one: Mapping[str, Any]) -> str:
    if one.get("sha256"):
        return f"{name}, the file {one.get('source')}: give it with --plugin FILE"
    return f"{name} {one.get('version')}, an installed package ({one.get('source')}): install it with pip"


def _difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    for key, what in (("version", "version"), ("sha256", "SHA-256 of its file")):
        if before.get(key) != now[key] and now["name"] != "vidpred":
            return f"{what} was {str(before.get(key))[:16]}, and is {str(now[key])[:16]}"
    return None


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
