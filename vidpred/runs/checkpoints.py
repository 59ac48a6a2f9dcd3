"""Write and look up checkpoints: one immutable folder for each saved position. No torch here.

Which of them stay is decided in `vidpred.runs.retention`, whether one is damaged in `vidpred.runs.manifest`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from vidpred.contracts.metric_info import MAIN_METRIC
from vidpred.errors import VidpredError, did_you_mean
from vidpred.io.atomic import atomic_folder, link_target, sync_folder, write_file
from vidpred.runs.layout import BEST, CHECKPOINTS, LAST, MANIFEST, WEIGHTS, RunFolder, not_a_run_folder
from vidpred.runs.manifest import encode_manifest
from vidpred.runs.position import Position, parse_position

_PREFERRED = f"{BEST}{MAIN_METRIC}"  # the weights that another run starts from


def save_checkpoint(folder: Path, position: Position, files: Mapping[str, bytes], version: str) -> Path:
    """Write a checkpoint with these files and their manifest into `folder`; return its path.

    Atomic: the checkpoint is written under a temporary name, flushed to the disk, then renamed; it replaces one of this
    name that is left from before the run was rewound. Raises OSError if the disk does not take it.
    """
    final = folder / position.name
    with atomic_folder(final) as temporary:
        for name, data in {**files, MANIFEST: encode_manifest(position, files, version)}.items():
            write_file(temporary / name, data)
        sync_folder(temporary)
    sync_folder(folder)
    return final


def find_checkpoint(run: Path, name: str = LAST) -> Path:
    """Return a run's checkpoint by the name of its folder (epoch_0007) or of a link to it (last, best_psnr).

    Raises VidpredError, listing the existing names.
    """
    folder = RunFolder(run).checkpoints
    if not folder.is_dir():
        raise not_a_run_folder(run, f"{CHECKPOINTS} folder")
    known = dict(sorted(_named_checkpoints(folder)))
    if name not in known:
        hint = did_you_mean(name, known) or ";"
        raise VidpredError(f"{run} has no checkpoint {name!r}{hint} it has: {', '.join(known) or 'none'}")
    return known[name]


def find_weights(path: str | Path) -> Path:
    """Return the checkpoint that `init_from` names.

    It is a checkpoint's folder itself, a run's best_psnr (if missing, its last), or the same of the newest run in a
    folder of runs. Raises VidpredError.
    """
    folder = Path(path)
    if (folder / WEIGHTS).is_file():
        return folder
    if not folder.is_dir():
        raise VidpredError(f"no folder {folder}; start the run that creates it first, or give a run or a checkpoint")
    lasts = folder.glob(f"*/{CHECKPOINTS}/{LAST}")
    runs = sorted((last.parents[1] for last in lasts), key=lambda run: _start_order(run.name))
    run = folder if RunFolder(folder).checkpoints.is_dir() or not runs else runs[-1]
    has_preferred = link_target(RunFolder(run).checkpoints / _PREFERRED)
    return find_checkpoint(run, _PREFERRED if has_preferred else LAST)


def _named_checkpoints(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.iterdir():
        target = None if path.name.startswith(".") else link_target(path)
        if target or (parse_position(path.name) and path.is_dir()):
            yield path.name, path if path.is_dir() else target or path


def _start_order(name: str) -> tuple[str, int]:
    """Return a sorting key for names of runs: date and time, then the number of those that start in the same second."""
    started, _, number = name.rpartition("_") if name.count("_") > 1 else (name, "", "")
    return (started, int(number)) if number.isdecimal() else (name, 1)
