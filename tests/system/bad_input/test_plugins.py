"""Plugins that cannot be loaded, or do not fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.system.bad_input.refusal import PLUGIN, Refused, write_plugin

BROKEN = {  # a plugin file, and the message about it
    "syntax": ("x = 1\ndef (\n", "SyntaxError: invalid syntax (broken.py, line 2)"),
    "registers nothing": (
        "x = 1\n",
        "it registers nothing: define vidpred_register(add), marked with @vidpred.hookimpl",
    ),
    "misspelt hook": (
        "import vidpred\n@vidpred.hookimpl\ndef vidpred_regster(add): pass\n",
        "unknown hook 'vidpred_regster'; did you mean 'vidpred_register'?",
    ),
    "wrong argument": (
        "import vidpred\n@vidpred.hookimpl\ndef vidpred_register(ad): pass\n",
        "Argument(s) {'ad'} are declared",
    ),
    "raises": ("1 / 0\n", "ZeroDivisionError: division by zero (broken.py, line 1)"),
    "hook raises": (
        PLUGIN.format(body="class Mine: pass\n1", kind="annealer").replace('"mine"', "nonsense"),
        "NameError: name 'nonsense' is not defined (broken.py, line 8)",
    ),
    "unknown kind": (
        PLUGIN.format(body="class Mine: pass", kind="aneler"),
        "unknown kind 'aneler'; did you mean 'annealer'? known kinds: ",
    ),
    "no import": (
        "import nonsense_package\n",
        "ModuleNotFoundError: No module named 'nonsense_package' (broken.py, line 1)",
    ),
    "null bytes": ("x\x00", "SyntaxError: "),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_plugins(case: str, refused: Refused, write_recipe: Callable[..., Path], tmp_path: Path) -> None:
    text, expected = BROKEN[case]
    broken = tmp_path / "broken.py"
    broken.write_text(text)
    message = refused("run", write_recipe(), "--plugin", broken)
    assert message.startswith(f"error: --plugin {broken}: ") and expected in message and message.count("\n") == 1


def test_files_that_are_not_plugins(refused: Refused, write_recipe: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("")
    (tmp_path / "mine.txt").write_text("")
    message = refused("run", write_recipe(), "--plugin", tmp_path / "mime.py", "--plugin", tmp_path / "mine.txt")
    assert f"--plugin {tmp_path}/mime.py: no such file; did you mean 'mine.py'?" in message
    assert f"--plugin {tmp_path}/mine.txt: not a Python file: its name should end in .py" in message


def test_a_broken_plugin_of_the_environment_is_left_out_with_a_warning(
    vidpred: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDPRED_PLUGINS", str(tmp_path / "gone.py"))
    outcome = vidpred("check", "bair_base")
    assert outcome.code == 0 and outcome.errors == f"warning: plugin {tmp_path}/gone.py is left out: no such file\n"


def test_a_class_of_another_kind(refused: Refused, write_recipe: Callable[..., Path], tmp_path: Path) -> None:
    file = write_plugin(tmp_path / "wrong.py", "annealer", "class Mine(vidpred.Forcing):\n    name = 'mine'")
    message = refused("run", write_recipe(annealer="mine"), "--plugin", file)
    assert "annealer.name: annealer 'mine' of plugin 'wrong' must be a subclass of vidpred.Annealer" in message
    file = write_plugin(tmp_path / "misnamed.py", "annealer", "class Mine(vidpred.Annealer):\n    name = 'yours'")
    assert "its class says name = 'yours'; make them agree" in refused(
        "run", write_recipe(annealer="mine"), "--plugin", file
    )


@pytest.mark.parametrize(
    ("weight", "message", "finished"),
    [
        ("2", "annealer mine gives a weight of 2 in epoch 0, step 0; it must be a number in [0, 1]", 0),
        ("float('nan')", "gives a weight of nan in epoch 0", 0),
        ("None", "gives a weight of None in epoch 0", 0),
        ("-at.epoch", "gives a weight of -1 in epoch 1, step 2", 1),
    ],
)
def test_a_schedule_that_leaves_its_range(
    weight: str, message: str, finished: int, refused: Refused, write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    body = f"class Mine(vidpred.Annealer):\n    name = 'mine'\n    def weight(self, at):\n        return {weight}"
    file = write_plugin(tmp_path / "far.py", "annealer", body)
    assert message in refused("run", write_recipe(annealer="mine"), "--plugin", file, finished=finished)


def test_parts_of_plugins_that_do_not_fit(
    refused: Refused, write_recipe: Callable[..., Path], robot_data: Path, tmp_path: Path
) -> None:
    small = write_plugin(
        tmp_path / "small.py",
        "dataset",
        """
class Mine(vidpred.Dataset):
    name = "mine"
    frame, condition = vidpred.FeatureSpec(3, (32, 32)), vidpred.FeatureSpec(4)
""",
    )
    assert "model.encoder: vgg64 encodes 64x64 frames, but these are 3x32x32" in refused(
        "run", write_recipe(data={"name": "mine", "root": str(robot_data)}), "--plugin", small
    )
    flat = write_plugin(
        tmp_path / "flat.py",
        "encoder",
        """
class Mine(vidpred.Encoder):
    name, spec = "mine", vidpred.FeatureSpec(8)
""",
    )
    message = refused("run", write_recipe(), "--set", "model.encoder=mine", "--plugin", flat)
    assert "model.decoder: vgg64 needs 4 skip maps of 64, 32, 16 and 8 pixels, but the encoder gives none" in message
