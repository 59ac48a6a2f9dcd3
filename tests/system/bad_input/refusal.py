"""Helpers of the tests of bad input: messages with paths in them, and plugins that misbehave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Refused = Callable[..., str]  # runs a command that must be refused, and returns the message


def fill_paths(text: str, **paths: Path) -> str:
    """Return the text with each {name} replaced by its path."""
    for name, path in paths.items():
        text = text.replace(f"{{{name}}}", str(path))
    return text


PLUGIN = """
from pathlib import Path
import vidpred
{body}
@vidpred.hookimpl
def vidpred_register(add):
    add({kind!r}, "mine", Mine)
"""


def write_plugin(path: Path, kind: str, body: str) -> Path:
    """Write a plugin file that registers the class `Mine` of this body as "mine"."""
    path.write_text(PLUGIN.format(kind=kind, body=body))
    return path
