"""vidpred runs"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vidpred.cli import console
from vidpred.cli.options import JsonOption
from vidpred.runs.catalog import RunStatus, find_runs


def runs_command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to look.")] = Path("runs"),
    json: JsonOption = False,
) -> None:
    """List runs: running, finished, interrupted (resume: vidpred run --resume RUN), or broken."""
    runs = list(find_runs(folder))
    if json:
        console.print_json([_record(run) for run in runs])
    elif not runs:
        console.print_text(f"no runs in {folder}")
    else:
        rows = [[str(run.folder), run.state, _epoch(run), _best(run)] for run in runs]
        console.print_table(f"runs in {folder}", ["run", "state", "epoch", "best"], rows)


def _epoch(run: RunStatus) -> str:
    step = f" + {run.position.step} steps" if run.position.step else ""
    return f"{run.position.epoch}/{run.epochs}{step}" if run.epochs and run.state != "broken" else "-"


def _best(run: RunStatus) -> str:
    return run.problem or ", ".join(f"{best.metric} {best.value:.4g} at epoch_{best.epoch:04d}" for best in run.best)


def _record(run: RunStatus) -> dict[str, object]:
    return {
        "folder": str(run.folder),
        "name": run.name,
        "state": run.state,
        "epoch": run.position.epoch,
        "step": run.position.step,
        "epochs": run.epochs,
        "best": {best.metric: {"value": best.value, "epoch": best.epoch} for best in run.best},
        "why": run.problem,
    }
