"""Discovery of plugins: files, the environment, installed packages, broken ones."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vidpred.plugins.discovery import discover

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


SAWTOOTH = Path(__file__).resolve().parents[2] / "plugins" / "single_file" / "sawtooth.py"


def test_a_plugin_comes_from_the_environment_too(vidpred: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDPRED_PLUGINS", str(SAWTOOTH))
    listed = vidpred("list", "annealers")
    assert "sawtooth" in listed.output and "rises in a straight line" in listed.output


def test_an_installed_package_is_discovered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_a_broken_plugin_affects_nothing_else(name: str, tmp_path: Path, vidpred: Callable[..., Any]) -> None:
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
