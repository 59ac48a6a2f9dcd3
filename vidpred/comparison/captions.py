"""The texts around a comparison's tables and plots: titles, legend labels, what the columns mean. No torch here."""

from __future__ import annotations

from collections.abc import Iterator

from vidpred.comparison.groups import ComparableGroup, Comparison, GroupRow
from vidpred.comparison.measurements import CONDITION_GAP
from vidpred.comparison.recipe_diff import format_value
from vidpred.contracts.metric_info import MAIN_METRIC, recorded_metric_info
from vidpred.errors import counted


def group_title(group: ComparableGroup) -> str:
    """Return how a group was measured, in one line."""
    terms = group.terms
    if group.is_validation:
        return f"validation: {frame_counts(group)}"
    clips, samples = (counted(terms[f"{noun}s"], noun) for noun in ("clip", "sample"))
    changed = f"; changed: {format_value(terms['changed'])}" if terms.get("changed") else ""
    return (
        f"evaluation {terms.get('protocol')}: {frame_counts(group)}, {samples}; "
        f"{terms.get('split')}, {clips} of {terms.get('data')}; "
        f"seed {terms.get('seed')}; BatchNorm {terms.get('batch_norm')}; vidpred {terms.get('vidpred')}{changed}"
    )


def frame_counts(group: ComparableGroup) -> str:
    """Return how many frames were given and predicted."""
    return f"{group.terms.get('past')} given, {group.terms.get('future')} predicted frames"


def row_label(group: ComparableGroup, row: GroupRow) -> str:
    """Return the label of a row in a legend: the settings in which it differs from others."""
    labels = [_setting_label(path, value) for path, value in row.varying.items()]
    if has_several_results(group):
        labels.append(row.label)
    if not row.first_run.is_finished:
        labels.append(run_label(row))
    return "; ".join(labels) or row.name


def run_label(row: GroupRow) -> str:
    """Return the name of a row, with its state if it is not finished."""
    return row.name if row.first_run.is_finished else f"{row.name} ({row.first_run.state})"


def copy_label(copy: str) -> str:
    """Return the label of the scores of copying a given frame: `copy last`."""
    return copy.replace("_", " ")


def has_several_results(group: ComparableGroup) -> bool:
    """Return whether the rows come from results with different names, such as those of several checkpoints."""
    return len({row.label for row in group.rows}) > 1


def column_notes(comparison: Comparison) -> str:
    """Return what the columns mean, in one line."""
    return "; ".join([*_column_notes(comparison), "time: training and validation, h:mm:ss"])


def _column_notes(comparison: Comparison) -> Iterator[str]:
    validations = [group for group in comparison.groups if group.is_validation]
    evaluations = [group for group in comparison.groups if not group.is_validation]
    if validations:
        yield f"best: the epoch with the best {_ranking_title(validations)}, with its other values"
        yield "last: the last epoch that was validated"
    if any("best" in group.columns for group in evaluations):
        yield "best of N: each metric's own best sample of each clip"
    if any(CONDITION_GAP in group.metrics for group in comparison.groups):
        yield "condition gap: PSNR of one sample, less that with wrong conditions; 0: the conditions are ignored"
    if any(len(row.runs) > 1 for group in comparison.groups for row in group.rows):
        yield "±: standard deviation over seeds"


def _ranking_title(validations: list[ComparableGroup]) -> str:
    """Return the title of the metric that ranks the first of these groups in which anything was measured."""
    for group in validations:
        if group.ranking:
            return group.metrics[group.ranking[0]].info.title
    return recorded_metric_info(None, MAIN_METRIC).title


def _setting_label(path: str, value: str) -> str:
    return value if path in ("annealer", "forcing") else f"{path.rpartition('.')[2]} {value}"
