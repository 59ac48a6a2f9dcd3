"""Statistics of a running epoch: collected step by step, kept in checkpoints, and summed up in the epoch's record."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from vidpred.training.trainer import TrainStep

_SCHEDULED = ("beta", "ratio", "forced_share", "lr")
_STEP_COLUMNS = ("clips", *_SCHEDULED, "resets")
_STEP_PREFIX, _METRIC_PREFIX = "steps ", "figures "  # of the columns in a checkpoint


@dataclass
class EpochStats:
    """Columns of numbers, one row an optimizer step.

    Sums are taken at the end and exactly rounded, so they do not depend on where a run was interrupted.

    Attributes:
        steps: scheduled values and number of clips of every attempted step.
        metrics: loss, its terms and metrics of the steps that were not skipped.
        clips: number of clips of the steps that were not skipped.
        unread: messages about windows that could not be read and were left out.
        seconds: duration of the epoch so far, over all processes that trained it.
        consecutive_skips: the number of skipped steps since the last that was not.
    """

    steps: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in _STEP_COLUMNS})
    metrics: dict[str, list[float]] = field(default_factory=dict)
    clips: list[float] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    seconds: float = 0.0
    consecutive_skips: int = 0

    def add(self, step: TrainStep) -> None:
        for name, column in self.steps.items():
            column.append(float(getattr(step, name)))
        for name, value in step.metrics.items():
            self.metrics.setdefault(name, []).append(value)
        if step.metrics:
            self.clips.append(float(step.clips))
        self.consecutive_skips = 0 if step.metrics else self.consecutive_skips + 1

    @property
    def attempted_steps(self) -> int:
        """Optimizer steps, including skipped ones."""
        return len(self.steps["clips"])

    @property
    def attempted_clips(self) -> float:
        """Clips of all steps, including skipped ones."""
        return sum(self.steps["clips"])

    def record(self) -> dict[str, Any]:
        """Return the training fields of the epoch's record.

        Metrics are means over clips, without skipped steps; scheduled values are means over steps.
        """
        clips, attempted = sum(self.clips), self.attempted_steps
        train = {name: math.fsum(map(_product, column, self.clips)) / clips for name, column in self.metrics.items()}
        scheduled = {name: math.fsum(self.steps[name]) / attempted for name in _SCHEDULED}
        return {
            "train": train,
            **scheduled,
            "resets": int(self.steps["resets"][-1]),
            "skipped": attempted - len(self.clips),
            "unread": list(self.unread),
        }

    def state_dict(self) -> dict[str, Any]:
        """Return tensors and plain values, from which `from_state_dict` restores these statistics."""
        columns = {"clips": self.clips}
        columns |= {f"{_STEP_PREFIX}{name}": column for name, column in self.steps.items()}
        columns |= {f"{_METRIC_PREFIX}{name}": column for name, column in self.metrics.items()}
        return {
            "columns": {name: torch.tensor(column, dtype=torch.float64) for name, column in columns.items()},
            "unread": list(self.unread),
            "seconds": self.seconds,
            "skipped_in_a_row": self.consecutive_skips,
        }

    @classmethod
    def from_state_dict(cls, state: Mapping[str, Any]) -> EpochStats:
        """Restore statistics. Raises KeyError, TypeError or AttributeError if it is not such a state."""
        columns = {name: column.tolist() for name, column in state["columns"].items()}
        clips = columns.pop("clips")
        steps = {name: columns.pop(f"{_STEP_PREFIX}{name}") for name in _STEP_COLUMNS}
        return cls(
            steps=steps,
            metrics={name.removeprefix(_METRIC_PREFIX): column for name, column in columns.items()},
            clips=clips,
            unread=[str(message) for message in state["unread"]],
            seconds=float(state["seconds"]),
            consecutive_skips=int(state["skipped_in_a_row"]),
        )


def _product(value: float, clips: float) -> float:
    return value * clips
