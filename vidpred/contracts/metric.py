"""Metrics: what validation and evaluation report about predicted frames."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from torch import Tensor

from vidpred.contracts import base


class Metric(base.Component):
    """Compares frames [N, C, H, W] in [0, 1] with the true ones and returns one value per frame: [N], float32.

    Raises VidpredError if it cannot be computed (its weights could not be downloaded, the frames are too small);
    an evaluation then continues without it. `definition` says in one line what is computed, precisely enough that two
    values with the same definition can be compared. `title`, `unit` and `higher_is_better` are written into run folders
    and results, and every table and plot uses them; an empty `title` stands for the name.
    """

    title: ClassVar[str] = ""
    unit: ClassVar[str] = ""
    higher_is_better: ClassVar[bool] = True
    definition: ClassVar[str] = ""

    @property
    def terms(self) -> str:
        """The definition and the settings, as one line."""
        settings = ", ".join(f"{name} {value}" for name, value in self.config.model_dump(mode="json").items())
        return ", ".join(filter(None, (self.definition or self.name, settings)))

    @abstractmethod
    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor: ...
