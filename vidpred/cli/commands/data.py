"""vidpred data"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress as Bar, TextColumn, TimeRemainingColumn

from vidpred.cli import console
from vidpred.cli.options import PluginOption, load_plugins
from vidpred.contracts.base import DATA_ROOT
from vidpred.errors import RecipeError, VidpredError, counted, did_you_mean
from vidpred.recipe import safe_yaml as plain
from vidpred.recipe.messages import describe_errors

if TYPE_CHECKING:
    from vidpred.contracts.base import Component, Config
    from vidpred.data.integrity.report import CheckReport, SplitSummary
    from vidpred.data.integrity.scan import ScannedUnit, ScanPlan

app = typer.Typer(help="Data sets: check one, or render a sample of its own kind.", no_args_is_help=True)


@app.command("check")
def check_data_command(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Where the data are: what a recipe calls data.root.")],
    dataset: Annotated[
        str | None,
        typer.Option("--dataset", metavar="NAME", help="What reads them: vidpred list datasets.  \\[required]"),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="a=c", help="A setting of the data set, e.g. conditions=\\[actions]. Repeatable."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    plugin: PluginOption = None,
) -> None:
    """Read a data set whole, and list everything that is wrong with it. Exit code 1 where anything is."""
    registry = load_plugins(plugin).registry
    if dataset is None:
        raise VidpredError(
            f"--dataset: is missing: what reads {root}? known data sets: {', '.join(registry.names('dataset'))}"
        )
    component = registry.entry("dataset", dataset).load()
    if not root.exists():
        near = (path.name for path in root.parent.iterdir()) if root.parent.is_dir() else ()
        raise VidpredError(f"{root}: no such folder{did_you_mean(root.name, near)}")
    made = component(_config(component, root, overrides or []))
    from vidpred.data.integrity.report import build_report
    from vidpred.data.integrity.scan import plan_scan  # torch comes with the data sets

    began = monotonic()
    with console.stdout.status("looking for clips") if console.stdout.is_terminal and not json else nullcontext():
        plan = plan_scan(made)  # type: ignore[arg-type]
    found = build_report(root, plan, _followed(plan, silent=json))
    if json:
        console.print_json({"dataset": dataset, "root": str(root), **found.record()})
    else:
        _show(found, f"{dataset} in {root}", monotonic() - began)
    raise typer.Exit(1 if found.problems else 0)


@app.command("sample")
def sample_data_command(
    dataset: Annotated[str, typer.Argument(help="A data set's name: vidpred list datasets.")],
    root: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed renders the same data.")] = 0,
    plugin: PluginOption = None,
) -> None:
    """Render a small data set in its true layout on disk, to try things out without any data."""
    if root.exists():
        raise VidpredError(f"{root} is there already; name a folder that is not, so that nothing is written over")
    component = load_plugins(plugin).registry.entry("dataset", dataset).load()
    from vidpred.data.demo import render  # torch comes with the data sets

    made = component(component.Config.model_validate({DATA_ROOT: root}))
    render(made, root, seed)  # type: ignore[arg-type]
    console.print_text(f"{root}: rendered. Train on it: vidpred run RECIPE --set data.root={root}")


def _config(component: type[Component], root: Path, overrides: list[str]) -> Config:
    """The data set's settings. Raises VidpredError with every one that is wrong."""
    settings: dict[str, Any] = {DATA_ROOT: str(root)}
    for text in overrides:
        name, equals, value = text.partition("=")
        if not equals:
            raise VidpredError(f"--set {text}: write it as setting=value, for example --set 'conditions=[actions]'")
        try:
            settings[name.strip().removeprefix("data.")] = plain.parse_value(value)
        except ValueError as error:
            raise VidpredError(f"--set {text}: the value cannot be read: {error}") from error
    try:
        return component.Config.model_validate(settings)
    except ValidationError as error:
        raise RecipeError(
            f"data set {component.name}", describe_errors(error, component.Config, owner=component.name)
        ) from error


def _followed(plan: ScanPlan, silent: bool) -> list[ScannedUnit]:
    """Read it all; in a terminal, with a bar."""
    from vidpred.data.integrity.scan import default_workers, scan_units

    parts, found, wrong = [unit for _, unit in plan.units], [], 0
    bar = Bar(
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[status]}", markup=False),
        console=console.stdout,
        transient=True,
        disable=silent or not console.stdout.is_terminal,
    )
    with scan_units(parts, default_workers(len(parts))) as readings, bar:
        task = bar.add_task("", total=len(parts), status="")
        for one in readings:
            found.append(one)
            wrong += len(one.problems)
            bar.update(task, advance=1, status=f"{counted(wrong, 'problem')} so far" if wrong else "")
    return found


def _show(found: CheckReport, title: str, seconds: float) -> None:
    from vidpred.report.summary import format_duration

    for split, lines in found.lines():
        console.print_text(f"{split}: {counted(len(lines), 'problem')}")
        for line in lines:
            console.print_text(f"  {line}")
        console.print_text()
    console.print_table(
        title,
        ["split", "clips", "usable", "frames", "of a clip"],
        [
            [name, f"{split.clips:,}", f"{split.usable:,}", f"{split.frames:,}", _lengths(split)]
            for name, split in found.splits.items()
        ],
    )
    clips, usable, frames = (
        sum(getattr(split, what) for split in found.splits.values()) for what in ("clips", "usable", "frames")
    )
    said = (
        f"{counted(len(found.problems), 'problem')}; {usable:,} of {counted(clips, 'clip')} can be used"
        if found.problems
        else "all is well"
    )
    console.print_text(
        f"{counted(clips, 'clip')} with {counted(frames, 'frame')} read in {format_duration(seconds)}: {said}"
    )


def _lengths(split: SplitSummary) -> str:
    """How long its clips are, and where they differ, which is the shortest and which the longest."""
    if split.shortest is None or split.longest is None:
        return "-"
    ends = [
        counted(end.frames, "frame")
        + (f" and {counted(end.conditions, 'condition')}" if end.conditions > end.frames else "")
        for end in (split.shortest, split.longest)
    ]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} ({split.shortest.clip}) to {ends[1]} ({split.longest.clip})"
