"""vidpred eval"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vidpred.cli import console
from vidpred.cli.options import PluginOption, SetOption, check_split_name
from vidpred.cli.result_table import print_result_tables
from vidpred.comparison import recipe_diff as settings
from vidpred.errors import VidpredError, unknown
from vidpred.evaluation.formatting import result_notes
from vidpred.evaluation.protocols import PROTOCOLS, Future, differences, select_protocol
from vidpred.evaluation.result_schema import ResultRecord, read_result
from vidpred.runs.layout import EVALUATIONS, RunFolder

_BATCH_NORM = ("running", "batch")
_PROTOCOLS = "; ".join(
    f"{one.name}: {one.past} -> {one.future}" + f", best of {one.samples}" * (one.samples > 1)
    for one in PROTOCOLS.values()
)


def evaluate_command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder: runs/<name>/<date-time>.")],
    checkpoint: Annotated[str, typer.Option("--checkpoint", help="last, best_psnr, best_loss, epoch_0009, …")] = "last",
    split: Annotated[
        str | None, typer.Option("--split", help="train, validate or test; default: the protocol's, or validate.")
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option("--protocol", metavar="NAME", help=f"{_PROTOCOLS}. Default: the recipe's own numbers, once."),
    ] = None,
    future: Annotated[
        str | None, typer.Option("--future", metavar="N|all", help="Instead of a protocol: frames to predict.")
    ] = None,
    samples: Annotated[
        int | None, typer.Option("--samples", min=1, help="Futures of each clip: best, mean and worst of them.")
    ] = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            "--metrics",
            metavar="NAME,…",
            help="Default: psnr,psnr_channel,ssim,mse. Also lpips, and plugins' own; psnr always. Repeatable.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed draws the same futures.")] = 0,
    batch_norm: Annotated[
        str,
        typer.Option(
            "--batch-norm",
            help="running; or batch: normalise over the batch, as SVG's scripts do. Only for comparing with them.",
        ),
    ] = "running",
    rows: Annotated[
        int | None,
        typer.Option(
            "--rows",
            min=1,
            help="Futures that are predicted at once: fewer need less memory. Changes no figure, but with --batch-norm batch.",
        ),
    ] = None,
    overrides: SetOption = None,
    device: Annotated[str, typer.Option("--device", help="auto (a GPU where there is one), cpu or cuda.")] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    plugin: PluginOption = None,
) -> None:
    """Measure a trained model under a protocol: free-running predictions of every clip, beside copying given frames, and how
    much they hang on the conditions. Tables and pictures go to RUN/eval/, and into the run's report.html."""
    check_split_name(split)
    if batch_norm not in _BATCH_NORM:
        raise VidpredError(unknown("BatchNorm mode", batch_norm, _BATCH_NORM))
    frames = _future(future)
    select_protocol(
        protocol, past=1, future=frames, trained_on=1, samples=samples
    )  # what is wrong with it is said before anything is loaded
    from vidpred.inference.trained import METRICS, load  # torch is loaded only now

    trained = load(run, checkpoint, device=device, plugins=plugin or [], overrides=overrides or [])
    evaluator = trained.evaluator(
        protocol,
        split=cast(Any, split),
        future=frames,
        samples=samples,
        metrics=_names(metrics) or METRICS,
        seed=seed,
        batch_norm=cast(Any, batch_norm),
        rows=rows,
    )
    for reason in evaluator.measured.left_out.values():
        console.print_warning(reason)
    with _progress(evaluator.progress_total) as told:
        result = evaluator.evaluate(told)
    record = result.record()
    if json:
        console.print_json(record)
    else:
        _show(record, f"{run}, {checkpoint}, {evaluator.settings.split_name}")
    _replaced(RunFolder(run).evaluations / result.label, record)
    folder = trained.write_result(evaluator, result)
    page = _report(run)
    if not json:
        console.print_text(f"written: {folder}" + (f", and {page}" if page else ""))


def _future(value: str | None) -> Future | None:
    if value is None:
        return None
    if value == "all":
        return "all"
    if not value.isdecimal() or int(value) < 1:
        raise VidpredError(f"--future {value}: give a number of frames, 1 or more, or all")
    return int(value)


def _names(metrics: list[str] | None) -> list[str]:
    return [name.strip() for names in metrics or [] for name in names.split(",") if name.strip()]


@contextmanager
def _progress(total: int) -> Iterator[Any]:
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


def _show(result: ResultRecord, title: str) -> None:
    console.stdout.print(console.sanitize(title), style="bold")
    print_result_tables(result)
    for line in result_notes(result):
        console.print_wrapped(line, indent=2)


def _report(run: Path) -> Path | None:
    """The run's report written anew, as it shows its evaluations; where that cannot be, the result stands nevertheless."""
    from vidpred.report.page import write_report_page

    try:
        return write_report_page(run)
    except (VidpredError, OSError) as error:
        console.print_warning(f"the report shows this result not yet: {error}; then: vidpred report {run}")
        return None


def _replaced(folder: Path, result: ResultRecord) -> None:
    """Say where the result that this one takes the place of was had on other terms."""
    try:
        before = read_result(folder)
    except VidpredError as error:
        console.print_warning(f"replaced: {error}")
        return
    if before is None:
        return
    was, now = before["terms"], result["terms"]
    other = [f"{point} was {settings.told(value)}" for point, (value, _) in differences(was, now).items()]
    other += [f"{name} is not measured any more" for name in was["metrics"] if name not in now["metrics"]]
    other += [f"the checkpoint was {was['checkpoint']}"] if was["checkpoint"] != now["checkpoint"] else []
    if other:
        console.print_warning(f"this replaces an older {EVALUATIONS}/{folder.name}: {'; '.join(other)}")
