"""vidpred predict"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vidpred.cli import console
from vidpred.cli.errors import INTERRUPTED
from vidpred.cli.options import CheckpointOption, DeviceOption, PluginOption, RunArgument, SetOption, check_split_name
from vidpred.errors import VidpredError

if TYPE_CHECKING:
    from vidpred.inference.prediction import Prediction, PredictionSettings
    from vidpred.inference.trained import Trained


FramesOption = Annotated[
    Path | None,
    typer.Option(
        "--frames",
        metavar="PATH",
        help="Predict from frames of your own: a folder of images, a GIF, an MP4 or AVI, or an .npz.",
    ),
]
ConditionsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--conditions",
        metavar="PATH",
        help="With --frames: a CSV or .npy, a row for each frame from the first given one on; or a folder of "
        "images. Repeatable: columns side by side.",
    ),
]
StepsOption = Annotated[
    int | None,
    typer.Option("--steps", min=1, help="How many frames to predict; default: as far as the conditions reach."),
]
SamplesOption = Annotated[int, typer.Option("--samples", min=1, max=100, help="How many futures to draw.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="The same seed predicts the same frames.")]
SplitOption = Annotated[
    str | None, typer.Option("--split", help="Without --frames: train, validate or test; default: test.")
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="PATH",
        help="With --frames: a .gif or .mp4 to look at, an .npz, or a folder for PNG frames; default: a GIF in "
        "RUN/predictions. Else a folder for the GIFs; default: RUN/predictions/<split>, …",
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite existing files.")]
SubmissionOption = Annotated[
    Path | None,
    typer.Option(
        "--submission",
        metavar="FILE.csv",
        help="With a split: write every frame's pixels too, in the scoring format: id,0,1,…",
    ),
]


def predict_command(
    run: RunArgument,
    frames: FramesOption = None,
    conditions: ConditionsOption = None,
    steps: StepsOption = None,
    samples: SamplesOption = 1,
    seed: SeedOption = 0,
    split: SplitOption = None,
    out: OutOption = None,
    force: ForceOption = False,
    submission: SubmissionOption = None,
    checkpoint: CheckpointOption = "last",
    overrides: SetOption = None,
    device: DeviceOption = "auto",
    plugin: PluginOption = None,
) -> None:
    """Predict what comes after frames of your own, or every clip of a split to the end of its conditions. Only the
    frames that the model is given need to exist."""
    _check_options(frames, conditions, split, submission, samples)
    check_split_name(split)
    with _explain_write_errors(out, submission):
        from vidpred.inference.prediction import PredictionSettings  # torch is imported only now
        from vidpred.inference.prediction_files import default_output, write_split_predictions
        from vidpred.inference.trained import load
        from vidpred.plots.export import check_output, check_output_is_free

        settings = PredictionSettings(steps, samples, seed)
        split_name: Any = split or "test"
        target = out or default_output(run / "predictions", frames or split_name, checkpoint, settings)
        if frames is not None:
            check_output(target, samples, force)
        elif submission is not None:
            check_output_is_free(submission, force)
        trained = load(run, checkpoint, device=device, plugins=plugin or [], overrides=overrides or [])
        if frames is not None:
            _predict_frames(trained, frames, conditions or [], settings, target)
        else:
            written = write_split_predictions(trained, target, split_name, settings, force=force)
            _print_split(written, submission)


def _check_options(
    frames: Path | None, conditions: Sequence[Path] | None, split: str | None, submission: Path | None, samples: int
) -> None:
    """Raise VidpredError for options that exclude each other."""
    if frames is not None and (split or submission):
        option = "--split" if split else "--submission"
        raise VidpredError(f"--frames does not go with {option}: predict from frames of your own, or a split")
    if frames is None and conditions:
        raise VidpredError("--conditions: goes with --frames; a split has conditions of its own")
    if submission is not None and samples > 1:
        raise VidpredError("--submission does not go with --samples: it holds one future of each clip")
    if submission is not None and not submission.parent.is_dir():
        raise VidpredError(f"--submission {submission}: there is no folder {submission.parent}")


@contextmanager
def _explain_write_errors(out: Path | None, submission: Path | None) -> Iterator[None]:
    """Turn what goes wrong while writing into errors of this command's options."""
    try:
        yield
    except KeyboardInterrupt:  # typer would exit without a message
        console.stderr.print("interrupted")
        raise typer.Exit(INTERRUPTED) from None
    except OSError as error:
        path = error.filename or out or submission or "the prediction"
        raise VidpredError(
            f"{path}: cannot be written: {error.strerror or error}; give another --out or --submission"
        ) from error


def _predict_frames(
    trained: Trained, frames: Path, conditions: Sequence[Path], settings: PredictionSettings, target: Path
) -> None:
    """Print the notes about the user's files, predict, write, and print the file."""
    from vidpred.inference.prediction import predict_user_frames
    from vidpred.inference.prediction_files import plain_name, write_prediction_file

    prediction = predict_user_frames(trained, frames, conditions, settings, console.print_text)
    write_prediction_file(target, prediction, plain_name(frames.resolve().name))
    _print_written(target, prediction)


def _print_split(written: Iterator[tuple[Path, Prediction]], submission: Path | None) -> None:
    """Predict and write everything, print each file, and write the scoring file too if one is named."""
    predictions = _print_each(written)
    if submission is not None:
        from vidpred.plots.submission import write_submission_csv

        rows = write_submission_csv(submission, (prediction.futures[0] for prediction in predictions))
        console.print_text(f"{submission}: {rows} rows")
    for _ in predictions:  # all of them, without a scoring file
        pass


def _print_each(written: Iterator[tuple[Path, Prediction]]) -> Iterator[Prediction]:
    for path, prediction in written:
        _print_written(path, prediction)
        yield prediction


def _print_written(path: Path, prediction: Prediction) -> None:
    samples = len(prediction.futures)
    futures = f" ({samples} futures)" if samples > 1 else ""
    console.print_text(f"{path}: {prediction.steps} frames predicted from {prediction.past}{futures}")
