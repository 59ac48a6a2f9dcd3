"""vidpred eval"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vidpred.cli import console
from vidpred.cli.options import (
    CheckpointOption,
    DeviceOption,
    JsonOption,
    PluginOption,
    RunArgument,
    SetOption,
    check_split_name,
)
from vidpred.cli.result_table import print_result_tables
from vidpred.errors import VidpredError, unknown
from vidpred.evaluation.formatting import result_notes
from vidpred.evaluation.protocols import PROTOCOLS, Future, select_protocol
from vidpred.evaluation.result_schema import ResultRecord

if TYPE_CHECKING:
    from vidpred.evaluation.evaluator import Evaluator
    from vidpred.inference.trained import Trained

_BATCH_NORM = ("running", "batch")
_PROTOCOLS = "; ".join(
    f"{protocol.name}: {protocol.past} -> {protocol.future}"
    + (f", best of {protocol.samples}" if protocol.samples > 1 else "")
    for protocol in PROTOCOLS.values()
)

SplitOption = Annotated[
    str | None, typer.Option("--split", help="train, validate or test; default: the protocol's, or validate.")
]
ProtocolOption = Annotated[
    str | None,
    typer.Option("--protocol", metavar="NAME", help=f"{_PROTOCOLS}. Default: the recipe's own numbers, once."),
]
FutureOption = Annotated[
    str | None, typer.Option("--future", metavar="N|all", help="Instead of a protocol: frames to predict.")
]
SamplesOption = Annotated[
    int | None, typer.Option("--samples", min=1, help="Futures of each clip: best, mean and worst of them.")
]
MetricsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--metrics",
        metavar="NAME,…",
        help="Default: psnr,psnr_channel,ssim,mse. Also lpips, and plugins' own; psnr always. Repeatable.",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="The same seed draws the same futures.")]
BatchNormOption = Annotated[
    str,
    typer.Option(
        "--batch-norm",
        help="running; or batch: normalise over the batch, as SVG's scripts do. Only for comparing with them.",
    ),
]
RowsOption = Annotated[
    int | None,
    typer.Option(
        "--rows",
        min=1,
        help="Futures that are predicted at once: fewer need less memory. Changes no result, except with "
        "--batch-norm batch.",
    ),
]


def evaluate_command(
    run: RunArgument,
    checkpoint: CheckpointOption = "last",
    split: SplitOption = None,
    protocol: ProtocolOption = None,
    future: FutureOption = None,
    samples: SamplesOption = None,
    metrics: MetricsOption = None,
    seed: SeedOption = 0,
    batch_norm: BatchNormOption = "running",
    rows: RowsOption = None,
    overrides: SetOption = None,
    device: DeviceOption = "auto",
    json: JsonOption = False,
    plugin: PluginOption = None,
) -> None:
    """Measure a trained model under a protocol: free-running predictions of every clip, beside copying given frames,
    and how much they depend on the conditions. Tables and pictures go to RUN/eval/, and into the run's report.html."""
    check_split_name(split)
    if batch_norm not in _BATCH_NORM:
        raise VidpredError(unknown("BatchNorm mode", batch_norm, _BATCH_NORM))
    frames = _parse_future(future)
    select_protocol(protocol, past=1, future=frames, trained_on=1, samples=samples)  # fail before anything is loaded
    from vidpred.inference.trained import METRICS, load  # torch is imported only now

    trained = load(run, checkpoint, device=device, plugins=plugin or [], overrides=overrides or [])
    evaluator = trained.evaluator(
        protocol,
        split=cast(Any, split),
        future=frames,
        samples=samples,
        metrics=_parse_metrics(metrics) or METRICS,
        seed=seed,
        batch_norm=cast(Any, batch_norm),
        rows=rows,
    )
    _evaluate_and_write(trained, evaluator, json)


def _evaluate_and_write(trained: Trained, evaluator: Evaluator, json: bool) -> None:
    """Evaluate, print the result, write it into the run folder, and update the run's report."""
    for reason in evaluator.measured.left_out.values():
        console.print_warning(reason)
    with _progress_bar(evaluator.progress_total) as on_progress:
        result = evaluator.evaluate(on_progress)
    record = result.record()
    _print_result(record, f"{trained.run}, {trained.checkpoint_name}, {evaluator.settings.split_name}", json)
    _warn_of_replacement(trained.run, result.label, record)
    folder = trained.write_result(evaluator, result)
    report = _update_report(trained.run)
    if not json:
        console.print_text(f"written: {folder}" + (f", and {report}" if report else ""))


def _warn_of_replacement(run: Path, label: str, record: ResultRecord) -> None:
    from vidpred.inference.evaluation_files import replacement_note

    note = replacement_note(run, label, record)
    if note:
        console.print_warning(note)


def _parse_future(value: str | None) -> Future | None:
    if value is None:
        return None
    if value == "all":
        return "all"
    if not value.isdecimal() or int(value) < 1:
        raise VidpredError(f"--future {value}: give a number of frames, 1 or more, or all")
    return int(value)


def _parse_metrics(options: list[str] | None) -> list[str]:
    """Split `--metrics psnr,ssim --metrics lpips` into names."""
    names = ",".join(options or []).split(",")
    return [name.strip() for name in names if name.strip()]


@contextmanager
def _progress_bar(total: int) -> Iterator[Callable[[int], None]]:
    bar = Progress(
        TextColumn("measuring"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("futures"),
        TimeRemainingColumn(),
        console=console.stderr,
        transient=True,
        disable=not console.stderr.is_terminal,
    )
    with bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.advance(task, done)


def _print_result(result: ResultRecord, title: str, json: bool) -> None:
    if json:
        console.print_json(result)
        return
    console.stdout.print(console.sanitize(title), style="bold")
    print_result_tables(result)
    for line in result_notes(result):
        console.print_wrapped(line, indent=2)


def _update_report(run: Path) -> Path | None:
    """Rewrite the run's report. If that fails, warn: the result is written nevertheless."""
    from vidpred.inference.evaluation_files import update_report

    try:
        return update_report(run)
    except VidpredError as error:
        console.print_warning(f"the report does not show this result yet: {error}; then: vidpred report {run}")
        return None
