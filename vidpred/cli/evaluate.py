"""vidpred eval"""
from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from vidpred.cli import output
from vidpred.cli.options import PluginOption, SetOption
from vidpred.errors import VidpredError, unknown

SPLITS = ("train", "validate", "test")


def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder: runs/<name>/<date-time>.")],
    checkpoint: Annotated[str, typer.Option("--checkpoint", help="last, best_psnr, best_loss, epoch_0009, …")] = "last",
    split: Annotated[str, typer.Option("--split", help="train, validate or test.")] = "validate",
    overrides: SetOption = None,
    device: Annotated[str, typer.Option("--device", help="auto (a GPU where there is one), cpu or cuda.")] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    plugin: PluginOption = None,
) -> None:
    """Measure a trained model: one free-running prediction of every clip, beside copying the last given frame, and beside
    the same prediction with wrong conditions (a model that ignores its conditions loses nothing by them)."""
    if split not in SPLITS:
        raise VidpredError(unknown("split", split, SPLITS))
    from vidpred.trained import load  # torch is loaded only now
    trained = load(run, checkpoint, device=device, plugins=plugin or [], overrides=overrides or [])
    found = trained.evaluate(cast(Any, split)).record()
    found["wrong_conditions"] = trained.evaluate(cast(Any, split), wrong_conditions=True).record()
    if json:
        output.as_json(found)
        return
    _show(found, f"{run}, {checkpoint}, {split}")


def _show(found: dict[str, Any], title: str) -> None:
    copied, wrong = found["copy_last"], found["wrong_conditions"]
    rows = [[name, f"{value:.4f}", f"{copied[name]:.4f}" if name in copied else "-", f"{wrong[name]:.4f}", f"{value - wrong[name]:+.4f}"]
            for name, value in found.items() if isinstance(value, float)]
    output.table(title, ["figure", "prediction", "copy-last", "wrong conditions", "difference"], rows)
