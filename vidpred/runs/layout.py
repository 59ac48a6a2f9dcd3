"""A run's folder: it appears whole, with the recipe in it, and is gone again where nothing came of the run. No torch here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from vidpred.errors import VidpredError, did_you_mean
from vidpred.io.atomic import replace_file, sync_folder, temporary_path

RECIPE, ENVIRONMENT, CHECKPOINTS = "recipe.yaml", "environment.json", "checkpoints"


def make(wanted: Path, recipe: str, environment: Mapping[str, Any]) -> Path:
    """Make a run's folder. Another run that started in the same second has the name: then it is numbered."""
    fresh = temporary_path(wanted)
    with writing(wanted):
        (fresh / CHECKPOINTS).mkdir(parents=True)
        try:
            describe(fresh, recipe, environment)
            return _named(fresh, wanted)
        except BaseException:
            remove(fresh)
            raise


def describe(folder: Path, recipe: str, environment: Mapping[str, Any]) -> None:
    """Write what is run, and on what."""
    replace_file(folder / RECIPE, recipe.encode())
    replace_file(folder / ENVIRONMENT, json.dumps(environment, indent=2).encode() + b"\n")


def not_a_run_folder(folder: Path, missing: str) -> VidpredError:
    """What to say of a folder that is none of a run, as it has no `missing`; with its newest run, where it is a folder of runs."""
    if not folder.is_dir():
        near = (path.name for path in folder.parent.iterdir()) if folder.parent.is_dir() else ()
        hint = did_you_mean(folder.name, near) or "; `vidpred runs` lists those that there are"
        return VidpredError(f"{folder} is not a run folder: there is no such folder{hint}")
    inside = [path for depth in range(1, 4) for path in folder.glob("/".join([*["[!.]*"] * depth, RECIPE]))]
    newest = max(inside, key=lambda path: path.stat().st_mtime, default=None)
    hint = f"did you mean {newest.parent}?" if newest else "`vidpred runs` lists those that there are"
    return VidpredError(f"{folder} is not a run folder: it has no {missing}; {hint}")


def computed_in(environment: Mapping[str, Any]) -> str | None:
    """The precision of a run (bf16, …), as its environment.json says with the device; None where it does not."""
    return next((part for part in str(environment.get("device")).split(", ") if part in ("fp32", "bf16", "fp16")), None)


def remove(folder: Path) -> None:
    """Delete a run's folder, and the one for all runs of its name where no other is in it."""
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()


def _named(fresh: Path, wanted: Path) -> Path:
    for number in range(1, 1000):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}_{number}")
        try:
            fresh.rename(folder)
        except OSError:
            if not folder.exists():
                raise
        else:
            sync_folder(folder.parent)
            return folder
    raise VidpredError(f"{wanted}: there are 1000 runs of this second already")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What the disk refuses, in the user's terms. Raises VidpredError."""
    try:
        yield
    except OSError as error:
        raise VidpredError(f"{refusal(path, error)}; make room, or give another --out") from error


def refusal(path: Path, error: OSError) -> str:
    """`…/weights.safetensors: cannot be written: No space left on device`."""
    return f"{error.filename or path}: cannot be written: {error.strerror or error}"
