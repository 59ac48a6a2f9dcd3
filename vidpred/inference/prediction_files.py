"""Where predictions are written: names of files, checks before predicting, one GIF for each clip of a split."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from vidpred.contracts.data import SplitName
from vidpred.errors import VidpredError
from vidpred.evaluation.protocols import suffixed_name
from vidpred.inference.prediction import Prediction, predict_split
from vidpred.inference.trained import Trained
from vidpred.plots.export import check_output, check_output_is_free, write_prediction

_NAME_LENGTH = 100  # characters of a clip's name
_FILE_SUFFIXES = (".gif", ".mp4", ".npz")


def default_output(
    folder: Path, source: Path | SplitName, *, steps: int | None, samples: int, checkpoint: str, seed: int
) -> Path:
    """Return a path in `folder` for the predictions of a split, or of frames at a path; settings other than the defaults
    are part of its name."""
    settings = {
        f"steps{steps}": steps is not None,
        f"samples{samples}": samples != 1,
        checkpoint: checkpoint != "last",
        f"seed{seed}": seed != 0,
    }
    if isinstance(source, Path):
        return folder / f"{suffixed_name(plain_name(source.resolve().stem) or 'frames', settings)}.gif"
    return folder / suffixed_name(source, settings)


def write_split_predictions(
    trained: Trained,
    folder: Path,
    split: SplitName = "test",
    *,
    steps: int | None = None,
    samples: int = 1,
    seed: int = 0,
    force: bool = False,
) -> Iterator[tuple[Path, Prediction]]:
    """Predict every clip of a split and write a GIF for each into `folder`, which may not have them unless `force`.

    Yields each path with its prediction. Raises VidpredError before anything is predicted if a file cannot be written
    or a clip is too short.
    """
    predictions = predict_split(trained, split, steps=steps, samples=samples, seed=seed)
    if folder.suffix.lower() in _FILE_SUFFIXES:
        raise VidpredError(f"--out {folder}: of a split, a GIF of each clip is written: give a folder")
    clips = trained.dataset.split(split)
    names = clip_names([clips.describe(index) for index in range(len(clips.lengths))])
    paths = [folder / f"{name}.gif" for name in names]
    check_output(paths[0], samples, force)
    for path in paths:
        check_output_is_free(path, force)
    return _write_each(paths, predictions, split)


def _write_each(
    paths: Sequence[Path], predictions: Iterator[Prediction], split: str
) -> Iterator[tuple[Path, Prediction]]:
    for path, prediction in zip(paths, predictions, strict=True):
        write_prediction_file(path, prediction, f"{split} {path.stem}")
        yield path, prediction


def write_prediction_file(path: Path, prediction: Prediction, title: str) -> None:
    """Write a prediction in the format of the path's suffix: .gif, .mp4, .npz, or a folder of PNG frames without one."""
    write_prediction(path, prediction.futures, prediction.past, title, prediction.references())


def clip_names(descriptions: Sequence[str]) -> list[str]:
    """Return a file name for each clip: the parts of their paths that not all share. Numbered if two would be equal."""
    parts = [re.split(r"[\\/]", re.sub(r" \([^()]*\)$", "", description)) for description in descriptions]
    levels = zip(*[part[:-1] for part in parts], strict=False)
    shared = len(list(takewhile(lambda level: len(set(level)) == 1, levels)))
    names = [plain_name("_".join(part[shared:])) for part in parts]
    unique = len({name.lower() for name in names}) == len(names)
    if unique and "" not in names:
        return names
    return [f"{index}_{name}".rstrip("_") for index, name in enumerate(names)]


def plain_name(name: str) -> str:
    """Replace what file names may not hold, and shorten the name to its end."""
    return re.sub(r"[^\w.-]+", "_", name).strip("._")[-_NAME_LENGTH:]
