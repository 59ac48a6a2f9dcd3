"""Save a run in its folder, and restore it from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from vidpred import __version__
from vidpred.errors import VidpredError
from vidpred.runs.checkpoints import save_checkpoint
from vidpred.runs.history import append_history
from vidpred.runs.layout import STATE, WEIGHTS, RunFolder, explain_write_errors, write_error
from vidpred.runs.lock import LockHolder
from vidpred.runs.position import Position, list_checkpoints
from vidpred.runs.provenance import Environment
from vidpred.runs.retention import Retention, delete_unneeded, update_links
from vidpred.runs.weights import encode_weights
from vidpred.training.restore import Restored, restore_checkpoint
from vidpred.training.run_state import RunState
from vidpred.training.state import encode_state
from vidpred.training.trainer import Trainer


@dataclass(kw_only=True)
class RunStore:
    """The run folder of a run that is trained.

    Attributes:
        folder: the run folder; for a new run its wanted name, to which `open` may append a number.
        recipe_yaml: the resolved recipe as it is written.
        recipe: the same as plain data.
        environment: the content of environment.json.
        retention: which checkpoints stay.
        resumes: whether the folder exists and the run in it is resumed.
        recorded_epochs: how many records the history file holds.
        saved: position of the newest checkpoint; None before the first.
    """

    folder: RunFolder
    recipe_yaml: str
    recipe: Mapping[str, Any]
    environment: Environment
    retention: Retention
    resumes: bool = False
    recorded_epochs: int = 0
    saved: Position | None = None

    def open(self) -> None:
        """Create the folder of a new run. Raises VidpredError."""
        if not self.resumes:
            self.folder = RunFolder.create(self.folder.path, self.recipe_yaml, self.environment)

    def discard_if_empty(self) -> None:
        """Delete the folder of a new run that ended before anything was saved."""
        if not self.resumes and not list_checkpoints(self.folder.checkpoints):
            self.folder.remove()

    def restore(self, model: nn.Module, trainer: Trainer, killed: LockHolder | None) -> Restored:
        """Restore the newest intact checkpoint. Raises VidpredError."""
        restored = restore_checkpoint(self.folder, self.retention, model, trainer, killed)
        self.recorded_epochs, self.saved = len(restored.history), restored.position
        return restored

    def describe(self) -> None:
        """Overwrite recipe and environment with those of the resumed run. Raises VidpredError."""
        with explain_write_errors(self.folder.path):
            self.folder.describe(self.recipe_yaml, self.environment)

    def save(self, state: RunState, model: nn.Module, trainer: Trainer) -> str | None:
        """Append the new records to the history and write a checkpoint. Return why the disk refused it, else None.

        The records come first, so that every checkpoint has its records. Raises VidpredError if the folder is missing.
        """
        position, checkpoints = state.position, self.folder.checkpoints
        try:
            append_history(self.folder.history_path, state.history[self.recorded_epochs :])
            self.recorded_epochs = len(state.history)
            files = {
                WEIGHTS: encode_weights(model, {"recipe": self.recipe_yaml, "version": __version__}),
                STATE: encode_state(trainer, state.stats),
            }
            newest = save_checkpoint(checkpoints, position, files, __version__)
            update_links(checkpoints, newest, state.history, self.retention)
            delete_unneeded(checkpoints, len(state.history), self.retention)
            self.saved = position
        except FileNotFoundError as error:
            raise VidpredError(
                f"{self.folder.path}: does not exist any more, so the run cannot continue; was it moved or deleted?"
            ) from error
        except OSError as error:
            return write_error(self.folder.path, error)
        return None
