"""Where predictions are written: names of files, checks before predicting, one GIF for each clip of a split."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from vidpred.contracts.data import SplitName
from vidpred.errors import VidpredError
from vidpred.evaluation.protocols import suffixed_name
from vidpred.inference.prediction import Prediction, PredictionSettings, predict_split
from vidpred.inference.trained import Trained
from vidpred.plots.export import check_output, check_output_is_free, write_prediction

_NAME_LENGTH = 100  # characters of a clip's name
_FILE_SUFFIXES = (".gif", ".mp4", ".npz")
_DEFAULT = PredictionSettings()


def default_output(folder: Path, source: Path | SplitName, checkpoint: str, settings: PredictionSettings) -> Path:
    """Return a path in `folder` for the predictions of a split, or of frames at a path.

    Settings other than the defaults are part of its name.
    """
    changed = {
        f"steps{settings.steps}": settings.steps is not None,
        f"samples{settings.samples}": settings.samples != 1,
        checkpoint: checkpoint != "last",
        f"seed{settings.seed}": settings.seed != 0,
    }
    if isinstance(source, Path):
        return folder / f"{suffixed_name(plain_name(source.resolve().stem) or 'frames', changed)}.gif"
    return folder / suffixed_name(source, changed)


def write_split_predictions(
    trained: Trained,
    folder: Path,
    split: SplitName = "test",
    settings: PredictionSettings = _DEFAULT,
    *,
    force: bool = False,
) -> Iterator[tuple[Path, Prediction]]:
    """Predict every clip of a split and write a GIF for each into `folder`, which may not have them unless `force`.

    Yields each path with its prediction. Raises VidpredError before anything is predicted if a file cannot be written
    or a clip is too short.
    """
    predictions = predict_split(trained, split, settings)
    if folder.suffix.lower() in _FILE_SUFFIXES:
        raise VidpredError(f"--out {folder}: of a split, a GIF of each clip is written: give a folder")
    clips = trained.dataset.split(split)
    names = clip_names([clips.describe(index) for index in range(len(clips.lengths))])
    paths = [folder / f"{name}.gif" for name in names]
    check_output(paths[0], settings.samples, force)
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
    """Write a prediction in the format of the path's suffix: .gif, .mp4, .npz, or none for a folder of PNG frames."""
    write_prediction(path, prediction.futures, prediction.past, title, prediction.references())


def clip_names(descriptions: Sequence[str]) -> list[str]:
    """Return a file name for each clip: the parts of its path that not all clips share. Numbered if two are equal."""
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
