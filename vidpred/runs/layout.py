"""The run folder: the names of its files, how it is created, described and read. No torch here.

Every file name of a run folder is spelt in this module and nowhere else.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from vidpred.errors import DataError, VidpredError, did_you_mean
from vidpred.io.atomic import replace_file, sync_folder, temporary_path
from vidpred.io.json_file import read_json_object
from vidpred.recipe.loading import load_recipe
from vidpred.runs.history import Record, read_history
from vidpred.runs.provenance import Environment

RECIPE, ENVIRONMENT, HISTORY, REPORT = "recipe.yaml", "environment.json", "metrics.jsonl", "report.html"
CHECKPOINTS, PREVIEWS, PLOTS, EVALUATIONS = "checkpoints", "previews", "plots", "eval"
LOCK, LOCK_HOLDER = ".lock", "running.json"
WEIGHTS, STATE, MANIFEST = "weights.safetensors", "state.pt", "manifest.json"  # in each checkpoint
LAST, PREVIOUS, BEST = "last", "previous", "best_"  # links between the checkpoints; BEST precedes a metric's name
OVERVIEW_PLOT = "overview.png"
RESULT, RESULT_PER_FRAME, RESULT_PER_CLIP = "result.json", "per_frame.csv", "per_clip.csv"  # in each evaluation

_MAX_ENVIRONMENT_BYTES = 1 << 20
_MAX_SAME_SECOND = 1000  # runs of one name that start in the same second
_SEARCH_DEPTH = 3  # folders below a folder of runs in which a run is looked for


class PreviewPaths(NamedTuple):
    """The files of one epoch's preview."""

    gif: Path
    strip: Path  # the same frames side by side, as PNG
    sheet: Path  # the frames without loss, as WebP, for the report
    description: Path  # how to read the sheet, as JSON; written last


@dataclass(frozen=True)
class RunFolder:
    """One run's folder. Nothing is read or written until a method is called."""

    path: Path

    @classmethod
    def create(cls, wanted: Path, recipe_yaml: str, environment: Mapping[str, Any]) -> RunFolder:
        """Create a run folder atomically, with its recipe and environment in it.

        If another run has the name already, as it started in the same second, a number is appended. Raises
        VidpredError if the folder cannot be created.
        """
        temporary = cls(temporary_path(wanted))
        with explain_write_errors(wanted):
            temporary.checkpoints.mkdir(parents=True)
            try:
                temporary.describe(recipe_yaml, environment)
                return cls(_rename_to_free_name(temporary.path, wanted))
            except BaseException:
                temporary.remove()
                raise

    def describe(self, recipe_yaml: str, environment: Mapping[str, Any]) -> None:
        """Write the resolved recipe and the environment. Raises OSError."""
        replace_file(self.recipe_path, recipe_yaml.encode())
        replace_file(self.environment_path, json.dumps(environment, indent=2).encode() + b"\n")

    def remove(self) -> None:
        """Delete this folder, and the folder of all runs of its name if that is empty then."""
        shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            self.path.parent.rmdir()

    @property
    def recipe_path(self) -> Path:
        return self.path / RECIPE

    @property
    def environment_path(self) -> Path:
        return self.path / ENVIRONMENT

    @property
    def history_path(self) -> Path:
        return self.path / HISTORY

    @property
    def report_path(self) -> Path:
        return self.path / REPORT

    @property
    def checkpoints(self) -> Path:
        return self.path / CHECKPOINTS

    @property
    def previews(self) -> Path:
        return self.path / PREVIEWS

    @property
    def plots(self) -> Path:
        return self.path / PLOTS

    @property
    def overview_plot(self) -> Path:
        return self.plots / OVERVIEW_PLOT

    @property
    def evaluations(self) -> Path:
        return self.path / EVALUATIONS

    @property
    def lock(self) -> Path:
        return self.path / LOCK

    @property
    def lock_holder(self) -> Path:
        """The note that says which process holds the lock."""
        return self.path / LOCK_HOLDER

    def preview_paths(self, epoch: int) -> PreviewPaths:
        """Return the paths of an epoch's preview: previews/epoch_0007.gif, .png, .webp and .json."""
        stem = self.previews / f"epoch_{epoch:04d}"
        return PreviewPaths(*(stem.with_suffix(suffix) for suffix in (".gif", ".png", ".webp", ".json")))

    def existing_previews(self, suffix: str) -> list[Path]:
        """Return the previews of this kind (".gif", ".png", ".webp", ".json") that exist, oldest first."""
        return sorted(self.previews.glob(f"epoch_*{suffix}"))

    def results(self) -> list[Path]:
        """Return the folders of this run's evaluation results, sorted by name."""
        return sorted(path.parent for path in self.evaluations.glob(f"[!.]*/{RESULT}"))

    def read_recipe(self) -> dict[str, Any]:
        """Read the resolved recipe as plain data. Raises VidpredError if it is missing or not a recipe."""
        return load_recipe(self.recipe_path).fields

    def read_history(self, *, strict: bool = False) -> list[Record]:
        """Read the records of the finished epochs, oldest first; see `vidpred.runs.history.read_history`."""
        return read_history(self.history_path, strict=strict)

    def read_provenance(self, *, strict: bool = False) -> Environment:
        """Read environment.json; empty if it is missing. A damaged file is empty too, or with `strict` a DataError."""
        # A field of a damaged or foreign file may have any type: readers check the fields that they use.
        if not self.environment_path.exists():
            return {}
        try:
            return read_json_object(self.environment_path, _MAX_ENVIRONMENT_BYTES)  # type: ignore[return-value]
        except DataError as error:
            if strict:
                raise DataError(f"{error.message}; delete it", self.environment_path) from error
            return {}

    def require_recipe(self) -> None:
        """Raise VidpredError if this is not a run folder: it has no recipe, or what bears its name is not a file."""
        if not self.recipe_path.exists():
            raise not_a_run_folder(self.path, RECIPE)
        if not self.recipe_path.is_file():
            raise VidpredError(f"{self.recipe_path}: is not a regular file")

    def refuse_links(self) -> None:
        """Raise VidpredError if an entry is a link: in a run folder from elsewhere, writing would lead out of it."""
        names = (CHECKPOINTS, PREVIEWS, PLOTS, EVALUATIONS, HISTORY, RECIPE, ENVIRONMENT, LOCK_HOLDER, LOCK)
        for name in names:
            if (self.path / name).is_symlink():
                raise VidpredError(
                    f"{self.path / name}: is a link, which vidpred never creates here; put the files themselves there"
                )


def not_a_run_folder(folder: Path, missing: str) -> VidpredError:
    """Return the error for a folder that is not a run folder, as it has no `missing`; it suggests a run nearby."""
    if not folder.is_dir():
        siblings = (path.name for path in folder.parent.iterdir()) if folder.parent.is_dir() else ()
        hint = did_you_mean(folder.name, siblings) or "; `vidpred runs` lists the existing ones"
        return VidpredError(f"{folder} is not a run folder: there is no such folder{hint}")
    newest = max(_recipes_below(folder), key=lambda path: path.stat().st_mtime, default=None)
    hint = f"did you mean {newest.parent}?" if newest else "`vidpred runs` lists the existing ones"
    return VidpredError(f"{folder} is not a run folder: it has no {missing}; {hint}")


@contextmanager
def explain_write_errors(path: Path) -> Iterator[None]:
    """Turn an OSError of writing into a VidpredError that says what to do."""
    try:
        yield
    except OSError as error:
        raise VidpredError(f"{write_error(path, error)}; make room, or give another --out") from error


def write_error(path: Path, error: OSError) -> str:
    """Return `…/weights.safetensors: cannot be written: No space left on device`."""
    return f"{error.filename or path}: cannot be written: {error.strerror or error}"


def _recipes_below(folder: Path) -> Iterator[Path]:
    for depth in range(1, _SEARCH_DEPTH + 1):
        yield from folder.glob("/".join([*["[!.]*"] * depth, RECIPE]))


def _rename_to_free_name(temporary: Path, wanted: Path) -> Path:
    for number in range(1, _MAX_SAME_SECOND):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}_{number}")
        try:
            temporary.rename(folder)
        except OSError:
            if not folder.exists():
                raise
        else:
            sync_folder(folder.parent)
            return folder
    raise VidpredError(f"{wanted}: {_MAX_SAME_SECOND} runs of this second exist already")
