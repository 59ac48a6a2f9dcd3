"""An epoch's figures, added up as it goes: what its record says in the end, and what a checkpoint in its middle holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from vidpred.training.trainer import TrainStep

_SCHEDULED = ("beta", "ratio", "forced_share", "lr")


@dataclass
class EpochStats:
    """Columns of numbers, one row a step. Sums are taken at the end, exactly rounded: they do not hang on interruptions.

    `steps` has the scheduled figures and clips of every attempted step, `figures` and `clips` of those that were not skipped.
    `unread`: what could not be read, and was left out.
    """

    steps: dict[str, list[float]] = field(
        default_factory=lambda: {name: [] for name in ("clips", *_SCHEDULED, "resets")}
    )
    figures: dict[str, list[float]] = field(default_factory=dict)
    clips: list[float] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    seconds: float = 0.0
    skipped_in_a_row: int = 0

    def add(self, step: TrainStep) -> None:
        for name, column in self.steps.items():
            column.append(float(getattr(step, name)))
        for name, value in step.figures.items():
            self.figures.setdefault(name, []).append(value)
        if step.figures:
            self.clips.append(float(step.clips))
        self.skipped_in_a_row = 0 if step.figures else self.skipped_in_a_row + 1

    @property
    def attempted(self) -> int:
        """Steps, skipped ones too."""
        return len(self.steps["clips"])

    @property
    def seen(self) -> float:
        """Clips of all steps."""
        return sum(self.steps["clips"])

    def record(self) -> dict[str, Any]:
        """The training part of a record: means over clips for what was computed, over steps for what was scheduled. Skipped
        steps are left out of the former."""
        clips, attempted = sum(self.clips), self.attempted
        mean = {name: math.fsum(map(_product, column, self.clips)) / clips for name, column in self.figures.items()}
        scheduled = {name: math.fsum(self.steps[name]) / attempted for name in _SCHEDULED}
        return {
            "train": mean,
            **scheduled,
            "resets": int(self.steps["resets"][-1]),
            "skipped": attempted - len(self.clips),
            "unread": list(self.unread),
        }

    def state(self) -> dict[str, Any]:
        """Tensors and plain values: what `of` makes these totals from again."""
        columns = {
            "clips": self.clips,
            **{f"steps {name}": column for name, column in self.steps.items()},
            **{f"figures {name}": column for name, column in self.figures.items()},
        }
        return {
            "columns": {name: torch.tensor(column, dtype=torch.float64) for name, column in columns.items()},
            "unread": list(self.unread),
            "seconds": self.seconds,
            "skipped_in_a_row": self.skipped_in_a_row,
        }

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> EpochStats:
        """Raises KeyError, TypeError or AttributeError where the state is none."""
        columns = {name: column.tolist() for name, column in state["columns"].items()}
        made = cls(
            clips=columns.pop("clips"),
            unread=[str(message) for message in state["unread"]],
            seconds=float(state["seconds"]),
            skipped_in_a_row=int(state["skipped_in_a_row"]),
        )
        made.steps = {name: columns.pop(f"steps {name}") for name in made.steps}
        made.figures = {name.removeprefix("figures "): column for name, column in columns.items()}
        return made


def _product(value: float, clips: float) -> float:
    return value * clips
