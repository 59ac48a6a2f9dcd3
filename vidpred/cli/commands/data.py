"""vidpred data"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vidpred.cli import console
from vidpred.cli.options import JsonOption, PluginOption, load_plugins
from vidpred.errors import VidpredError, counted, did_you_mean
from vidpred.recipe.safe_yaml import parse_value

if TYPE_CHECKING:
    from vidpred.data.integrity.check import CheckProgress
    from vidpred.data.integrity.report import CheckReport, ClipLength, SplitSummary

app = typer.Typer(help="Data sets: check one, or render demo data.", no_args_is_help=True)


@app.command("check")
def check_data_command(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Folder of the data: data.root in a recipe.")],
    dataset: Annotated[
        str | None,
        typer.Option(
            "--dataset", metavar="NAME", help="The data set that reads it: vidpred list datasets.  \\[required]"
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="a=c", help="A setting of the data set, e.g. conditions=\\[actions]. Repeatable."
        ),
    ] = None,
    json: JsonOption = False,
    plugin: PluginOption = None,
) -> None:
    """Read a data set completely, and list everything that is wrong with it. The exit code is 1 if anything is."""
    registry = load_plugins(plugin).registry
    if dataset is None:
        names = ", ".join(registry.names("dataset"))
        raise VidpredError(f"--dataset: is missing: what reads {root}? known data sets: {names}")
    _check_folder(root)
    settings = _parse_settings(overrides or [])
    from vidpred.assembly.data import build_dataset  # torch is imported only now
    from vidpred.data.integrity.check import check_data
    from vidpred.data.integrity.scan import plan_scan

    opened = build_dataset(registry, dataset, root, settings)
    began = monotonic()
    silent = json or not console.stdout.is_terminal
    with nullcontext() if silent else console.stdout.status("looking for clips"):
        plan = plan_scan(opened)
    with _ScanBar(silent) as bar:
        report = check_data(opened, plan, bar.show)
    if json:
        console.print_json({"dataset": dataset, "root": str(root), **report.record()})
    else:
        _print_report(report, f"{dataset} in {root}", monotonic() - began)
    raise typer.Exit(1 if report.problems else 0)


@app.command("sample")
def sample_data_command(
    dataset: Annotated[str, typer.Argument(help="A data set's name: vidpred list datasets.")],
    root: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that does not exist yet.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed renders the same data.")] = 0,
    plugin: PluginOption = None,
) -> None:
    """Render demo data: a small data set in its true layout on disk, to try things out without any data."""
    if root.exists():
        raise VidpredError(f"{root} exists already; name a new folder, so that nothing is overwritten")
    registry = load_plugins(plugin).registry
    from vidpred.assembly.data import build_dataset  # torch is imported only now
    from vidpred.data.demo import write_demo_data_folder

    write_demo_data_folder(build_dataset(registry, dataset, root), root, seed)
    console.print_text(f"{root}: rendered. Train on it: vidpred run RECIPE --set data.root={root}")


def _check_folder(root: Path) -> None:
    """Raise VidpredError if there is no such file or folder, with the most similar name beside it."""
    if not root.exists():
        siblings = [path.name for path in root.parent.iterdir()] if root.parent.is_dir() else []
        raise VidpredError(f"{root}: no such folder{did_you_mean(root.name, siblings)}")


def _parse_settings(overrides: list[str]) -> dict[str, Any]:
    """Parse `--set conditions=[actions]`. Raises VidpredError."""
    settings = {}
    for text in overrides:
        name, equals, value = text.partition("=")
        if not equals:
            raise VidpredError(f"--set {text}: write it as setting=value, for example --set 'conditions=[actions]'")
        try:
            settings[name.strip().removeprefix("data.")] = parse_value(value)
        except ValueError as error:
            raise VidpredError(f"--set {text}: the value cannot be read: {error}") from error
    return settings


class _ScanBar:
    """A progress bar. It starts with the first progress: its thread must not run when workers are forked."""

    def __init__(self, silent: bool) -> None:
        self.bar = Progress(
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[status]}", markup=False),
            console=console.stdout,
            transient=True,
            disable=silent,
        )

    def __enter__(self) -> _ScanBar:
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def show(self, progress: CheckProgress) -> None:
        """Draw this progress."""
        if not self.bar.tasks:
            self.bar.add_task("", total=progress.total, status="")
            self.bar.start()
        status = f"{counted(progress.problems, 'problem')} so far" if progress.problems else ""
        self.bar.update(self.bar.task_ids[0], completed=progress.done, status=status)


def _print_report(report: CheckReport, title: str, seconds: float) -> None:
    from vidpred.report.summary import format_duration

    for split, lines in report.lines():
        console.print_text(f"{split}: {counted(len(lines), 'problem')}")
        for line in lines:
            console.print_text(f"  {line}")
        console.print_text()
    summaries = report.splits.values()
    console.print_table(
        title,
        ["split", "clips", "usable", "frames", "of a clip"],
        [
            [name, f"{split.clips:,}", f"{split.usable:,}", f"{split.frames:,}", _describe_lengths(split)]
            for name, split in report.splits.items()
        ],
    )
    clips = counted(sum(split.clips for split in summaries), "clip")
    frames = counted(sum(split.frames for split in summaries), "frame")
    result = "no problems"
    if report.problems:
        usable = sum(split.usable for split in summaries)
        result = f"{counted(len(report.problems), 'problem')}; {usable:,} of {clips} can be used"
    console.print_text(f"{clips} with {frames} read in {format_duration(seconds)}: {result}")


def _describe_lengths(split: SplitSummary) -> str:
    """Describe the lengths of the clips; if they differ, name the shortest and the longest clip."""
    if split.shortest is None or split.longest is None:
        return "-"
    shortest, longest = _describe_length(split.shortest), _describe_length(split.longest)
    if shortest == longest:
        return shortest
    return f"{shortest} ({split.shortest.clip}) to {longest} ({split.longest.clip})"


def _describe_length(length: ClipLength) -> str:
    frames = counted(length.frames, "frame")
    return f"{frames} and {counted(length.conditions, 'condition')}" if length.conditions > length.frames else frames
