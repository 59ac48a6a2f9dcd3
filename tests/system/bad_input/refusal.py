"""What these tests share: the one message, with its paths, and plugins that misbehave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Refused = Callable[..., str]


def filled(text: str, **paths: Path) -> str:
    """The text with paths for their {names}."""
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


def plugin(path: Path, kind: str, body: str) -> Path:
    path.write_text(PLUGIN.format(kind=kind, body=body))
    return path
