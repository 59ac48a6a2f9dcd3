"""The only place that shows errors."""

from __future__ import annotations

import sys
from collections.abc import Callable

from vidpred.cli.console import error_console, said
from vidpred.errors import VidpredError
from vidpred.plugins.discovery import plugin_location

INTERRUPTED = 130
_LONGEST = 10_000  # characters of a message: more is a file's content, not words about it


def guarded(command: Callable[[], object]) -> None:
    """Run a command; show what goes wrong in the user's terms, without a traceback."""
    try:
        command()
    except KeyboardInterrupt:
        error_console.print("interrupted")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # `vidpred list | head`
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        told = explained(error)
        if told is None:
            raise  # a mistake of ours: whoever mends it wants the traceback
        _show(told)
        sys.exit(2)


def explained(error: Exception) -> str | None:
    """What went wrong in the user's terms; None where it is a mistake of ours."""
    return str(error) if isinstance(error, VidpredError) else _by_plugin(error) or _by_system(error)


def _by_plugin(error: Exception) -> str | None:
    where = plugin_location(error)
    return where and f"{where}: {type(error).__name__}: {error}"


def _by_system(error: Exception) -> str | None:
    """A file or folder that the system refuses, where nothing closer to it said so: not ours to read, a name that no file can
    have, a disk that is gone."""
    if not (isinstance(error, OSError) and error.filename is not None):
        return None
    return f"{error.filename}: {error.strerror}; mend that, or give another file or folder"


def _show(message: str) -> None:
    more = len(message) - _LONGEST
    said(
        error_console,
        "error:",
        "bold red",
        message if more <= 0 else f"{message[:_LONGEST]}… ({more:,} more characters)",
    )
