"""What a run folder holds of its run, as plain data for the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from vidpred.contracts.metric_info import MetricInfo, recorded_metric_info
from vidpred.plots.chart_spec import Series, best_point
from vidpred.plots.run_charts import history_column, history_epochs
from vidpred.runs.history import Record
from vidpred.runs.layout import RunFolder
from vidpred.runs.provenance import Environment


class RunData(NamedTuple):
    """The contents of a run folder; files that are missing are empty."""

    folder: Path
    recipe_yaml: str
    recipe: dict[str, Any]
    environment: Environment
    history: list[Record]  # a record for each epoch, oldest first

    @property
    def validated_names(self) -> list[str]:
        """The names of the validated metrics, in the order of the records: loss, psnr, ssim, …"""
        validated = [record.get("validate") or {} for record in self.history]
        names = [name for values in validated for name, value in values.items() if not isinstance(value, dict)]
        return list(dict.fromkeys(names))

    def metric_info(self, name: str) -> MetricInfo:
        return recorded_metric_info(self.environment.get("metrics"), name)

    def best_epoch(self, name: str) -> int | None:
        """Return the epoch with the best validated value, the first of equals; None if no direction is known."""
        values = Series(label="", role="validation", values=history_column(self.history, "validate", name))
        best = best_point(values, history_epochs(self.history), self.metric_info(name).higher_is_better)
        return None if best is None else best.x

    def best_epochs(self) -> dict[str, int]:
        """Return the best epoch of each validated metric whose direction is known; the loss is the last."""
        names = sorted(self.validated_names, key=lambda name: name == "loss")
        epochs = {name: self.best_epoch(name) for name in names}
        return {name: epoch for name, epoch in epochs.items() if epoch is not None}


def read_run_data(folder: Path) -> RunData:
    """Read a run folder. Raise VidpredError if its recipe, its environment or its history is damaged."""
    run = RunFolder(folder)
    recipe_yaml, recipe = "", {}
    if run.recipe_path.is_file():
        recipe = run.read_recipe()  # first, as it checks size and encoding
        recipe_yaml = run.recipe_path.read_text(encoding="utf-8")
    return RunData(folder, recipe_yaml, recipe, run.read_provenance(strict=True), run.read_history(strict=True))
