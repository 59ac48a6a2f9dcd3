"""A comparable group as a table of texts, which the terminal, Markdown and HTML show alike. No torch here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vidpred.comparison.captions import copy_label, group_title, run_label
from vidpred.comparison.groups import ComparableGroup, Comparison, MeanOverSeeds
from vidpred.comparison.measurements import CONDITION_GAP, ComparedMetric
from vidpred.comparison.setting_columns import NUMBER_COLUMNS, common_settings, setting_columns
from vidpred.contracts.metric_info import MAIN_METRIC

_FIRST_COLUMNS = (MAIN_METRIC, "ssim", "lpips", CONDITION_GAP)  # as in published tables; further metrics follow
_SAME_AS_PSNR = ("psnr_channel", "mse", "loss")  # they rank as PSNR does: shown only if nothing else was measured


@dataclass(frozen=True)
class TableColumn:
    """One column. `statistic` is the second line of a metric's heading, "best" or "mean of 10"; None if this is not a
    metric. `best` are the indices of the cells with the best value, which may be a copy's."""

    title: str
    cells: tuple[str, ...]
    is_number: bool = True
    statistic: str | None = None
    best: frozenset[int] = frozenset()

    @property
    def heading(self) -> str:
        return f"{self.title} {self.statistic or ''}".rstrip()


@dataclass(frozen=True)
class ComparisonTable:
    """Rows, best first, then `copies` rows with the scores of copying given frames. `common` describes what all runs
    have in common; `differs` says how the terms differ from those of the tables above."""

    title: str
    common: str
    differs: str
    columns: tuple[TableColumn, ...]
    copies: int

    @property
    def rows(self) -> list[list[str]]:
        return [list(cells) for cells in zip(*(column.cells for column in self.columns), strict=True)]

    def is_copy(self, row: int) -> bool:
        """Return whether this row has the scores of copying."""
        return row >= len(self.rows) - self.copies


def comparison_tables(comparison: Comparison) -> list[ComparisonTable]:
    """Return a table for each comparable group."""
    return [_table(group) for group in comparison.groups]


def _table(group: ComparableGroup) -> ComparisonTable:
    names = [*map(run_label, group.rows), *map(copy_label, group.copies)]
    no_cells = [""] * len(group.copies)
    columns = [TableColumn("run", tuple(names), is_number=False), *_metric_columns(group)]
    for title, cells in setting_columns(group):
        columns.append(TableColumn(title, (*cells, *no_cells), is_number=title in NUMBER_COLUMNS))
    return ComparisonTable(
        title=group_title(group),
        common=common_settings(group),
        differs=group.differs,
        columns=tuple(columns),
        copies=len(group.copies),
    )


def _metric_columns(group: ComparableGroup) -> Iterator[TableColumn]:
    shown = _shown_metrics(group)
    for name in sorted(shown, key=_column_order):
        metric = group.metrics[name]
        has_all_columns = name in (MAIN_METRIC, shown[0]) or not group.is_validation
        for column in metric.columns or (group.columns if has_all_columns else group.columns[:1]):
            yield _metric_column(group, name, metric, column)


def _shown_metrics(group: ComparableGroup) -> list[str]:
    shown = [name for name in group.metrics if name not in _SAME_AS_PSNR]
    if not shown and group.ranking:
        shown = [group.ranking[0]]
    return shown


def _column_order(name: str) -> int:
    return _FIRST_COLUMNS.index(name) if name in _FIRST_COLUMNS else len(_FIRST_COLUMNS)


def _metric_column(group: ComparableGroup, name: str, metric: ComparedMetric, column: str) -> TableColumn:
    values = [row.value(name, column) for row in group.rows]
    scores: list[Mapping[str, float]] = list(group.copies.values())
    copied = [MeanOverSeeds(score[name], None) if name in score else None for score in scores]
    unit = metric.info.unit
    cells = [_format_mean(unit, value) or "-" for value in values] + [_format_mean(unit, value) for value in copied]
    samples = "" if group.is_validation else f" of {group.terms.get('samples')}"
    best = _best_rows([*values, *copied], metric.info.higher_is_better) if len(values) > 1 else ()
    return TableColumn(
        f"{metric.info.title} {unit}".rstrip(),
        tuple(cells),
        statistic="" if column == "one" else column + samples,
        best=frozenset(best),
    )


def _best_rows(values: Sequence[MeanOverSeeds | None], higher_is_better: bool | None) -> list[int]:
    """Return the indices of the best value; none if the direction of the metric is not known."""
    known = [value.mean for value in values if value is not None]
    if higher_is_better is None or not known:
        return []
    best = (max if higher_is_better else min)(known)
    return [index for index, value in enumerate(values) if value is not None and value.mean == best]


def _format_mean(unit: str, value: MeanOverSeeds | None) -> str:
    """Return the mean and the standard deviation as text; empty without a value."""
    if value is None:
        return ""
    form = ".2f" if unit else ".3f" if abs(value.mean) >= 0.01 else ".2e"
    deviation = "" if value.sd is None else f" ± {value.sd:{form}}"
    return f"{value.mean:{form}}{deviation}"
