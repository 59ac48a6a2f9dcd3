"""Observers: are notified of what a run records, and change nothing. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidpred.contracts import base


class Observer(base.Component):
    """Notified of the progress of a run. An observer that fails is dropped with a warning; the run continues."""

    def run_start(self, folder: Path, recipe: Mapping[str, Any]) -> None:
        """Called before the first step, with the run folder and the resolved recipe."""

    def epoch_end(self, record: Mapping[str, Any]) -> None:
        """Called after each epoch, with its record as written to metrics.jsonl."""

    def run_end(self, history: tuple[Mapping[str, Any], ...]) -> None:
        """Called at the end of a complete run, with all records."""
