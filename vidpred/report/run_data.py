"""What a run folder says about its run, as plain data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from vidpred.runs.history import Record
from vidpred.runs.layout import RunFolder
from vidpred.runs.provenance import Environment

_BEST: dict[str, Callable[..., Any]] = {
    "psnr": max,
    "psnr_channel": max,
    "ssim": max,
    "loss": min,
    "mse": min,
    "lpips": min,
}


class Source(NamedTuple):
    """A run folder's files; those that are missing are empty."""

    folder: Path
    recipe_yaml: str
    recipe: dict[str, Any]
    environment: Environment
    records: list[Record]  # one of each epoch, oldest first

    @property
    def figures(self) -> list[str]:
        """What was validated, in the order of the records: loss, psnr, ssim, …"""
        return list(
            dict.fromkeys(
                name
                for record in self.records
                for name, value in (record.get("validate") or {}).items()
                if not isinstance(value, dict)
            )
        )

    def best(self, figure: str) -> int | None:
        """The epoch with the best validation figure, the first of equals; None where nothing says whether more is better."""
        known = {
            record["epoch"]: value
            for record in self.records
            if isinstance(value := (record.get("validate") or {}).get(figure), int | float)
        }
        return _BEST[figure](known, key=known.__getitem__) if figure in _BEST and known else None


def read(folder: Path) -> Source:
    """Read a run folder; a file that is missing is empty. Raises VidpredError if the recipe cannot be read."""
    run = RunFolder(folder)
    has_recipe = run.recipe_path.is_file()
    return Source(
        folder,
        run.recipe_path.read_text(encoding="utf-8") if has_recipe else "",
        run.read_recipe() if has_recipe else {},
        run.read_provenance(),
        run.read_history(),
    )
