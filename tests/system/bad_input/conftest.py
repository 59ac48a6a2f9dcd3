"""Bad input ends in one clear message that names the file, the field or the frame and says what to do.

The exit code is 2, and there is no traceback and no partial run folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.system.bad_input.refusal import Refused


@pytest.fixture
def refused(vidpred: Callable[..., Any], tmp_path: Path) -> Refused:
    """refused("run", recipe, "--set", ...) runs the command and returns its only message."""

    def call(command: str, *arguments: object, out: Path = tmp_path / "out", finished: int = 0) -> str:
        defaults = ["--out", out, "--device", "cpu"] if command == "run" and "--device" not in arguments else []
        outcome = vidpred(command, *arguments, *defaults)
        message = re.sub(r"^plugin \S+ from .*\n", "", str(outcome.errors), flags=re.MULTILINE)
        assert outcome.code == 2, outcome
        assert message.startswith("error: ") and message.count("error: ") == 1 and "warning" not in message.lower(), (
            message
        )
        for noise in (
            "Traceback",
            "pydantic",
            "Input should",
            "instance of",
            "tuple",
            "<class",
            "NoneType",
            "yaml.org",
        ):
            assert noise not in message, message
        assert len(list(out.glob("*/*/metrics.jsonl"))) == len(list(out.glob("*/*"))) == finished
        return message

    return call
