"""Errors that users can fix, and the wording of counts and suggestions. Only `cli/errors.py` prints errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path


class VidpredError(Exception):
    """Something is wrong that the user can fix. The message says where, what, and what to do."""


class DataError(VidpredError):
    """Data are missing, unreadable, or not what the recipe expects.

    `path` is the file or folder that is wrong, if there is one; the text of the error then begins with it.
    """

    def __init__(self, message: str, path: Path | None = None) -> None:
        super().__init__(message, path)  # both are needed to unpickle an error that a worker process raised
        self.message, self.path = message, path

    def __str__(self) -> str:
        return self.message if self.path is None else f"{self.path}: {self.message}"


class PluginError(VidpredError):
    """A plugin, or a class that it registered, cannot be used. The message names the plugin."""


class Misfit(VidpredError):
    """Parts of a model do not fit together. `slot` is the part that raised this, if the model knows it."""

    def __init__(self, message: str, slot: str = "") -> None:
        super().__init__(message)
        self.slot = slot


class RecipeError(VidpredError):
    """All problems of one recipe at once: `problems` are lines of the form `path.to.field: what is wrong`."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        self.source, self.problems = source, tuple(problems)
        heading = f"{source}: {counted(len(problems), 'problem')}"
        super().__init__("\n".join([heading, *(f"  {problem}" for problem in problems)]))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 clip`, `16,320 frames`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the choice most similar to `name`, or nothing if none is similar."""
    nearest = get_close_matches(name, list(choices), n=1, cutoff=0.6)
    return f"; did you mean '{nearest[0]}'?" if nearest else ""


def unknown(noun: str, name: str, choices: Iterable[str], plural: str = "") -> str:
    """Return a message that `name` is no known `noun`, with the most similar choice and the list of all choices."""
    known = sorted(choices)
    suggestion = did_you_mean(name, known) or ";"
    return f"unknown {noun} {name!r}{suggestion} known {plural or noun + 's'}: {', '.join(known) or 'none'}"
