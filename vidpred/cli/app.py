"""The command line: one file a command in `commands/`. Imports no torch."""

from __future__ import annotations

import typer

from vidpred.cli.commands.check import check_command
from vidpred.cli.commands.compare import compare_command
from vidpred.cli.commands.data import app as data_app
from vidpred.cli.commands.evaluate import evaluate_command
from vidpred.cli.commands.list import list_command
from vidpred.cli.commands.plugins import app as plugins_app
from vidpred.cli.commands.predict import predict_command
from vidpred.cli.commands.report import report_command
from vidpred.cli.commands.run import run_command
from vidpred.cli.commands.runs import runs_command
from vidpred.cli.commands.schema import schema_command
from vidpred.cli.commands.show import show_command
from vidpred.cli.errors import exit_on_error

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
app.command("run")(run_command)
app.command("runs")(runs_command)
app.command("list")(list_command)
app.command("check")(check_command)
app.command("show")(show_command)
app.command("schema")(schema_command)
app.command("eval")(evaluate_command)
app.command("predict")(predict_command)
app.command("report")(report_command)
app.command("compare")(compare_command)
app.add_typer(data_app, name="data")
app.add_typer(plugins_app, name="plugins")


def main() -> None:
    """Run the console script: a VidpredError ends in one clear message and exit code 2."""
    exit_on_error(app)
