"""Observers: see what a run records, and change nothing. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidpred.contracts import base


class Observer(base.Component):
    """ProgressCallback about a run as it goes. When an observer fails, a warning is shown and the run goes on without it."""

    def run_start(self, folder: Path, recipe: Mapping[str, Any]) -> None:
        """Before the first step: the run's folder and its resolved recipe."""

    def epoch_end(self, record: Mapping[str, Any]) -> None:
        """After each epoch: its record, as written to metrics.jsonl."""

    def run_end(self, history: tuple[Mapping[str, Any], ...]) -> None:
        """At the end: all records."""
