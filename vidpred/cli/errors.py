"""The only place that shows errors."""
from __future__ import annotations

import sys
from collections.abc import Callable

from vidpred.cli.output import error_console
from vidpred.errors import VidpredError
from vidpred.plugins import place_in_plugin

INTERRUPTED = 130


def guarded(command: Callable[[], object]) -> None:
    """Run a command; show what goes wrong in the user's terms, without a traceback."""
    try:
        command()
    except VidpredError as error:
        error_console.print("[bold red]error:[/] ", end="")
        error_console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
    except Exception as error:
        where = place_in_plugin(error)
        if where is None:
            raise               # a mistake of ours: whoever mends it wants the traceback
        error_console.print("[bold red]error:[/] ", end="")
        error_console.print(f"{where}: {type(error).__name__}: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        error_console.print("interrupted", markup=False)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:         # `vidpred list | head`
        sys.stderr.close()
        sys.exit(1)
