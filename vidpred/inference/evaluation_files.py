"""What an evaluation replaces on disk, and the report that shows it. Imports no torch."""

from __future__ import annotations

from pathlib import Path

from vidpred.comparison.recipe_diff import format_value
from vidpred.errors import VidpredError
from vidpred.evaluation.protocols import differences
from vidpred.evaluation.result_schema import ResultRecord, read_result
from vidpred.report.page import write_report_page
from vidpred.runs.layout import EVALUATIONS, RunFolder


def replacement_note(run: Path, label: str, result: ResultRecord) -> str | None:
    """Describe the run's existing result of this label, if it is of a different protocol or checkpoint."""
    try:
        existing = read_result(RunFolder(run).evaluations / label)
    except VidpredError as error:
        return f"replaced: {error}"
    if existing is None:
        return None
    before, after = existing["terms"], result["terms"]
    changes = [f"{setting} was {format_value(value)}" for setting, (value, _) in differences(before, after).items()]
    changes += [f"{name} is not measured any more" for name in before["metrics"] if name not in after["metrics"]]
    if before["checkpoint"] != after["checkpoint"]:
        changes.append(f"the checkpoint was {before['checkpoint']}")
    return f"this replaces an older {EVALUATIONS}/{label}: {'; '.join(changes)}" if changes else None


def update_report(run: Path) -> Path:
    """Write the run's report again, so that it shows its evaluations. Raises VidpredError."""
    try:
        return write_report_page(run)
    except OSError as error:
        raise VidpredError(f"{error.filename or run}: cannot be read or written: {error.strerror or error}") from error
