"""Checks a data set: reads all of it, and reports everything that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from vidpred.contracts.data import Dataset
from vidpred.data.integrity.report import CheckReport, build_report
from vidpred.data.integrity.scan import ScanPlan, default_workers, plan_scan, scan_units


class CheckProgress(NamedTuple):
    """How much of a data set is checked: units that are done, all units, and problems so far."""

    done: int
    total: int
    problems: int


def check_data(
    dataset: Dataset,
    plan: ScanPlan | None = None,
    on_progress: Callable[[CheckProgress], None] = lambda _: None,
    workers: int | None = None,
) -> CheckReport:
    """Read a data set completely and return the report of everything that is wrong with it.

    `plan` is that of `plan_scan`, if it is known already. `on_progress` is called after each unit, and once before,
    when the worker processes are forked: threads can be started then. `workers` is by default one for each core.
    Raises VidpredError if no split can be opened or a worker process dies.
    """
    plan = plan or plan_scan(dataset)
    units = [unit for _, unit in plan.units]
    scanned, problems = [], 0
    with scan_units(units, workers or default_workers(len(units))) as results:
        on_progress(CheckProgress(0, len(units), 0))
        for result in results:
            scanned.append(result)
            problems += len(result.problems)
            on_progress(CheckProgress(len(scanned), len(units), problems))
    return build_report(dataset.config.root, plan, scanned)
