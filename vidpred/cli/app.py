"""The command line: one file a command. Only `errors` and `output` print."""

from __future__ import annotations

import typer

from vidpred.cli.commands import (
    check,
    compare,
    data,
    evaluate,
    list as listing,
    plugins,
    predict,
    report,
    run,
    runs,
    schema,
    show,
)
from vidpred.cli.errors import guarded

app = typer.Typer(
    name="vidpred",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Conditional video prediction: recipes compose encoders, recurrent cores, data sets, KL annealers and "
    "teacher-forcing policies.",
)
app.command("run")(run.run)
app.command("runs")(runs.list_runs)
app.command("list")(listing.list_components)
app.command("check")(check.check_recipe)
app.command("show")(show.show)
app.command("schema")(schema.schema)
app.command("eval")(evaluate.evaluate)
app.command("predict")(predict.predict)
app.command("report")(report.report)
app.command("compare")(compare.compare)
app.add_typer(data.app, name="data")
app.add_typer(plugins.app, name="plugins")


def main() -> None:
    """The console script: every VidpredError ends in one clear message and exit code 2."""
    guarded(app)
