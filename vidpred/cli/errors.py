"""Turn errors into messages and exit codes. The only module that prints errors."""

from __future__ import annotations

import sys
from collections.abc import Callable

from vidpred.assembly.user_errors import user_message
from vidpred.cli import console

INTERRUPTED = 130  # exit code, as shells have it
_LONGEST = 10_000  # characters of a message: a longer one quotes a file's content


def exit_on_error(command: Callable[[], object]) -> None:
    """Run a command. Exit with 2 and a message for errors that users can fix, with 130 for Ctrl-C.

    Bugs of vidpred are raised, with their traceback.
    """
    try:
        command()
    except KeyboardInterrupt:
        console.stderr.print("interrupted")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # `vidpred list | head`
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        message = user_message(error)
        if message is None:
            raise
        _print_error(message)
        sys.exit(2)


def _print_error(message: str) -> None:
    hidden = len(message) - _LONGEST
    if hidden > 0:
        message = f"{message[:_LONGEST]}… ({hidden:,} more characters)"
    console.print_labelled(console.stderr, "error:", "bold red", message)
