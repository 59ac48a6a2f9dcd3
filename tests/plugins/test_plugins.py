"""Plugins: single files, installed packages, broken ones, and names that two of them claim."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vidpred.contracts.base import KINDS
from vidpred.errors import PluginError
from vidpred.plugins.discovery import discover
from vidpred.plugins.registry import find_kind

SAWTOOTH = Path(__file__).resolve().parents[2] / "plugins" / "single_file" / "sawtooth.py"

ANNEALER = """
import vidpred

class {cls}(vidpred.Annealer):
    \"\"\"A test's annealer.\"\"\"
    name = "{name}"
    def weight(self, at):
        return 0.25

@vidpred.hookimpl
def vidpred_register(add):
    add("annealer", "{name}", {cls})
"""


def plugin_file(path: Path, name: str = "quarter", cls: str = "Quarter") -> Path:
    path.write_text(ANNEALER.format(name=name, cls=cls))
    return path


def test_the_example_plugin_runs_through_the_cli(vidpred: Callable[..., Any], robot_data: Path, tmp_path: Path) -> None:
    recipe = SAWTOOTH.with_suffix(".yaml")
    tiny = [
        "train.epochs=1",
        "train.steps_per_epoch=4",
        "train.batch_size=2",
        "sequence.future=3",
        "model.encoder.width=0.03",
        "train.precision=fp32",
        "model.encoder.dim=8",
        "model.posterior.hidden=8",
        "model.predictor.hidden=8",
        f"data.root={robot_data}",
    ]
    options = [part for setting in tiny for part in ("--set", setting)]
    outcome = vidpred("run", recipe, "--plugin", SAWTOOTH, "--out", tmp_path, *options)
    assert outcome.code == 0, outcome.errors
    folder = next((tmp_path / "sawtooth").iterdir())
    record = json.loads((folder / "metrics.jsonl").read_text())
    assert record["beta"] == pytest.approx(0.001 * (0 + 0.75 + 0.5 + 0.25) / 4)
    used = {plugin["name"]: plugin for plugin in json.loads((folder / "environment.json").read_text())["plugins"]}
    assert len(used["sawtooth"]["sha256"]) == 64 and used["vidpred"]["version"]

    without = vidpred("run", recipe, "--out", tmp_path / "other")
    assert without.code == 2 and "unknown annealer 'sawtooth'" in without.errors


def test_a_plugin_comes_from_the_environment_too(vidpred: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDPRED_PLUGINS", str(SAWTOOTH))
    listed = vidpred("list", "annealers")
    assert "sawtooth" in listed.output and "rises in a straight line" in listed.output


def test_an_installed_package_announces_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin_file(tmp_path / "vidpred_quarter.py")
    info = tmp_path / "vidpred_quarter-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: vidpred-quarter\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[vidpred]\nquarter = vidpred_quarter\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    discovered = discover()
    assert discovered.registry.entry("annealer", "quarter").plugin == "quarter"
    assert next(plugin for plugin in discovered.plugins if plugin.name == "quarter").version == "1.2"
    sys.modules.pop("vidpred_quarter")


BROKEN = {
    "raises.py": ("raise RuntimeError('no luck')", "RuntimeError: no luck"),
    "syntax.py": ("def (", "SyntaxError"),
    "exits.py": ("import sys; sys.exit(3)", "SystemExit"),
    "nothing.py": ("x = 1", "registers nothing"),
    "misspelt.py": (
        "import vidpred\n@vidpred.hookimpl\ndef vidpred_regster(add): pass",
        "unknown hook 'vidpred_regster'; did you mean 'vidpred_register'?",
    ),
    "argument.py": ("import vidpred\n@vidpred.hookimpl\ndef vidpred_register(ad): pass", "vidpred_register"),
    "kind.py": (
        "import vidpred\n@vidpred.hookimpl\ndef vidpred_register(add): add('aneler', 'x', 'a:B')",
        "unknown kind 'aneler'",
    ),
    "half.py": (
        "import vidpred\n@vidpred.hookimpl\ndef vidpred_register(add):\n    add('annealer', 'half', 'a:B')\n    1 / 0",
        "ZeroDivisionError",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_takes_nothing_else_down(name: str, tmp_path: Path, vidpred: Callable[..., Any]) -> None:
    text, reason = BROKEN[name]
    broken = tmp_path / name
    broken.write_text(text)
    good = plugin_file(tmp_path / "good.py")
    discovered = discover([broken, good])
    assert reason in discovered.registry.broken_plugins[broken.stem]
    assert "quarter" in discovered.registry.names("annealer") and "half" not in discovered.registry.names("annealer")

    listed = vidpred("plugins", "list", "--json", "--plugin", broken, "--plugin", good)
    by_name = {plugin["name"]: plugin for plugin in json.loads(listed.output)}
    assert listed.code == 0 and reason in by_name[broken.stem]["error"] and by_name["good"]["error"] is None
    wanted = vidpred("list", "annealer", "half", "--plugin", broken)
    assert wanted.code == 2 and reason in wanted.errors


def test_two_plugins_with_one_name_are_both_named(tmp_path: Path) -> None:
    files = [plugin_file(tmp_path / f"{name}.py") for name in ("first", "second")]
    registry = discover(files).registry
    with pytest.raises(PluginError, match="'first' and 'second'"):
        registry.entry("annealer", "quarter")
    assert registry.entry("annealer", "cyclical").plugin == "vidpred"


def test_a_class_is_held_to_its_kind(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import vidpred\nclass X:\n    name = 'x'\n@vidpred.hookimpl\ndef vidpred_register(add):\n"
        "    add('annealer', 'x', X)\n    add('annealer', 'gone', 'no.such.module:Y')\n    add('forcing', 'y', Other)\n"
        "class Other(vidpred.Forcing):\n    name = 'z'\n"
    )
    registry = discover([wrong]).registry
    for kind, name, reason in (
        ("annealer", "x", "must be a subclass of vidpred.Annealer"),
        ("annealer", "gone", "ModuleNotFoundError"),
        ("forcing", "y", "its class says name = 'z'"),
    ):
        with pytest.raises(PluginError, match=reason):
            registry.entry(kind, name).load()


def test_kinds_have_singular_and_plural_names() -> None:
    for kind in KINDS.values():
        assert find_kind(kind.name) == find_kind(kind.plural) == kind


def test_every_component_of_ours_can_be_listed_and_described(vidpred: Callable[..., Any]) -> None:
    for entry in discover().registry.entries():
        assert entry.summary
        described = vidpred("list", entry.kind, entry.name)
        assert described.code == 0 and entry.name in described.output
        as_json = json.loads(vidpred("list", entry.kind, entry.name, "--json").output)
        assert all(setting["description"] for setting in as_json["settings"])


WATCHING = """
import vidpred
from pydantic import Field

class Diary(vidpred.Observer):
    \"\"\"Records its notifications; fails if its setting says so.\"\"\"
    name = "diary"
    class Config(vidpred.Config):
        fail: bool = Field(False, description="fail at the end of an epoch")
    def run_start(self, folder, recipe):
        self.file = folder / "diary.txt"
        self.file.write_text(recipe["name"])
    def epoch_end(self, record):
        if self.config.fail:
            raise OSError("no ink")
        self.file.write_text(self.file.read_text() + f" {record['epoch']}")
    def run_end(self, history):
        self.file.write_text(self.file.read_text() + f" end of {len(history)}")

class Dark(vidpred.Filter):
    \"\"\"Feeds back black frames.\"\"\"
    name = "dark"
    def __call__(self, prediction, previous):
        assert prediction.shape == previous.shape
        return prediction * 0

@vidpred.hookimpl
def vidpred_register(add):
    add("observer", "diary", Diary)
    add("filter", "dark", Dark)
"""


def test_observers_are_notified_and_filters_change_what_is_fed_back(
    tmp_path: Path, vidpred: Callable[..., Any], write_recipe: Callable[..., Path]
) -> None:
    plugin = tmp_path / "watching.py"
    plugin.write_text(WATCHING)
    losses = []
    runs = {
        "plain": [],
        "observed": ["observers=[diary]", "feedback.filter=dark"],
        "failing": ["observers=[{name: diary, fail: true}]"],
    }
    for name, settings in runs.items():
        out = tmp_path / name
        recipe = write_recipe(forcing={"name": "constant", "ratio": 0})
        outcome = vidpred(
            "run",
            recipe,
            "--plugin",
            plugin,
            "--out",
            out,
            *(part for setting in settings for part in ("--set", setting)),
        )
        assert outcome.code == 0, outcome.errors
        folder = next((out / "tiny").iterdir())
        losses.append(json.loads((folder / "metrics.jsonl").read_text().splitlines()[0])["train"]["loss"])
        if name == "observed":
            assert (folder / "diary.txt").read_text() == "tiny 0 1 end of 2"
        if name == "failing":
            assert "observer diary failed and is left out from now on: OSError: no ink" in outcome.errors
            assert (folder / "diary.txt").read_text() == "tiny"
    assert losses[0] == losses[2] != losses[1]
