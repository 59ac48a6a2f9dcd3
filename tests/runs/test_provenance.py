"""The provenance of a run: what is recorded, and what a resumed run is warned about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vidpred.errors import VidpredError
from vidpred.plugins.discovery import DiscoveredPlugins, Plugin
from vidpred.plugins.registry import Registry
from vidpred.runs.provenance import (
    Environment,
    check_plugins,
    current_environment,
    environment_changes,
    recorded_precision,
)


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    (file := tmp_path / "mine.py").write_text("")
    return Plugin("mine", str(file), "1.0", file)


def environment(*plugins: Plugin) -> Environment:
    return current_environment(plugins, device="CPU", precision="fp32", seed=1, command=["vidpred", "run"])


def discovered(*plugins: Plugin) -> DiscoveredPlugins:
    return DiscoveredPlugins(Registry(), plugins)


def test_the_same_environment_and_plugins_change_nothing(plugin: Plugin, tmp_path: Path) -> None:
    recorded = json.loads(json.dumps(environment(plugin)))
    assert check_plugins(tmp_path, recorded, discovered(plugin)) == []
    assert list(environment_changes(recorded, environment(plugin))) == []


def test_another_device_and_another_torch_are_reported() -> None:
    now = environment()
    before = {"device": "TPU", "versions": {**now["versions"], "torch": "1.0"}}
    assert list(environment_changes(before, now)) == [
        "device: TPU until now, CPU from now on",
        f"torch: 1.0 until now, {now['versions']['torch']} from now on",
    ]
    assert len(list(environment_changes({"versions": 3}, now))) == 5  # a damaged file


def test_a_changed_plugin_is_a_warning(plugin: Plugin, tmp_path: Path) -> None:
    recorded = environment(plugin)
    assert plugin.file is not None
    plugin.file.write_text("changed")
    (warning,) = check_plugins(tmp_path, recorded, discovered(plugin))
    assert warning.startswith("plugin mine differs from the one that the run used so far: SHA-256 of its file was")


def test_a_missing_plugin_is_named_with_the_way_to_load_it(plugin: Plugin, tmp_path: Path) -> None:
    package = Plugin("theirs", "their.package", "2.0")
    with pytest.raises(VidpredError, match="uses a plugin that is not loaded") as raised:
        check_plugins(tmp_path, environment(plugin, package), discovered())
    assert str(raised.value).splitlines()[1:] == [
        f"  mine, the file {plugin.file}: load it with --plugin FILE",
        "  theirs 2.0, an installed package (their.package): install it with pip",
    ]


@pytest.mark.parametrize("plugins", [None, 3, "x", [3, None], {}])
def test_damaged_records_of_plugins_are_ignored(plugins: object, tmp_path: Path) -> None:
    assert check_plugins(tmp_path, {"plugins": plugins}, discovered()) == []


def test_precision_is_a_field_and_part_of_the_device_in_older_folders() -> None:
    assert recorded_precision(json.loads('{"precision": "bf16", "device": "CPU, fp32"}')) == "bf16"
    assert recorded_precision({"device": "NVIDIA, a GPU, bf16, channels-last"}) == "bf16"
    assert recorded_precision({"device": "CPU"}) is None and recorded_precision({"precision": 3}) is None
