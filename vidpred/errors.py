"""What a user can do something about. Only `cli/errors.py` prints these."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path


class VidpredError(Exception):
    """Something is wrong that the user can mend. The message says where, what, and what to do."""


class DataError(VidpredError):
    """Data that are missing, unreadable, or not what the recipe says.

    `path` is the file or folder that is wrong, if it is one; the text of the error then begins with it: `path: message`.
    """

    def __init__(self, message: str, path: Path | None = None) -> None:
        super().__init__(message, path)  # both are needed to unpickle an error that a worker process raised
        self.message, self.path = message, path

    def __str__(self) -> str:
        return self.message if self.path is None else f"{self.path}: {self.message}"


class PluginError(VidpredError):
    """A plugin, or a class that it registered, cannot be used. The message names the plugin."""


class Misfit(VidpredError):
    """Parts of a model that do not fit together. `slot` is the part that objects, where the model knows it."""

    def __init__(self, message: str, slot: str = "") -> None:
        super().__init__(message)
        self.slot = slot


class RecipeError(VidpredError):
    """Every problem of one recipe at once: `problems` are lines of the form `path.to.field: what is wrong`."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        self.source, self.problems = source, tuple(problems)
        super().__init__(
            "\n".join([f"{source}: {counted(len(problems), 'problem')}", *(f"  {problem}" for problem in problems)])
        )


def counted(number: int, what: str) -> str:
    """`1 clip`, `16,320 frames`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the nearest of `choices`, or nothing where none is near."""
    near = get_close_matches(name, list(choices), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def unknown(what: str, name: str, choices: Iterable[str], plural: str = "") -> str:
    """Say that `name` is no known `what`, the nearest that is, and all that are."""
    known = sorted(choices)
    return f"unknown {what} {name!r}{did_you_mean(name, known) or ';'} known {plural or what + 's'}: {', '.join(known) or 'none'}"
