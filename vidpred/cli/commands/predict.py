"""vidpred predict"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from vidpred.cli import console
from vidpred.cli.commands.evaluate import known_split
from vidpred.cli.errors import INTERRUPTED
from vidpred.cli.options import PluginOption, SetOption
from vidpred.errors import VidpredError
from vidpred.evaluation.protocols import named

if TYPE_CHECKING:
    from torch import Tensor

    from vidpred.contracts.tensors import Clip
    from vidpred.inference import Trained

_LONGEST = 100  # characters of a clip's name


def predict_command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder: runs/<name>/<date-time>.")],
    frames: Annotated[
        Path | None,
        typer.Option(
            "--frames",
            metavar="PATH",
            help="Predict from frames of your own: a folder of images, a GIF, an MP4 or AVI, or an .npz.",
        ),
    ] = None,
    conditions: Annotated[
        list[Path] | None,
        typer.Option(
            "--conditions",
            metavar="PATH",
            help="With --frames: a CSV or .npy, a row for each frame from the first given one on; or a folder of images. "
            "Repeatable: columns side by side.",
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option("--steps", min=1, help="How many frames to predict; default: as far as the conditions reach."),
    ] = None,
    samples: Annotated[int, typer.Option("--samples", min=1, max=100, help="How many futures to draw.")] = 1,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed predicts the same frames.")] = 0,
    split: Annotated[
        str | None, typer.Option("--split", help="Without --frames: train, validate or test; default: test.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="PATH",
            help="With --frames: a .gif or .mp4 to look at, an .npz, or a folder for PNG frames; default: a GIF in "
            "RUN/predictions. Else a folder for the GIFs; default: RUN/predictions/<split>, …",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    submission: Annotated[
        Path | None,
        typer.Option(
            "--submission",
            metavar="FILE.csv",
            help="With a split: write every frame's pixels too, in the scoring format: id,0,1,…",
        ),
    ] = None,
    checkpoint: Annotated[str, typer.Option("--checkpoint", help="last, best_psnr, best_loss, epoch_0009, …")] = "last",
    overrides: SetOption = None,
    device: Annotated[str, typer.Option("--device", help="auto (a GPU where there is one), cpu or cuda.")] = "auto",
    plugin: PluginOption = None,
) -> None:
    """Predict what comes after frames of your own, or every clip of a split to the end of its conditions. Only the frames that
    the model is given need be there."""
    _agreeing(frames, conditions, split, submission, samples)
    known_split(split)
    with _told(out, submission):
        from vidpred.inference import load
        from vidpred.plots.export import check_output, check_output_is_free  # torch is loaded only now

        chosen = {
            f"steps{steps}": steps is not None,
            f"samples{samples}": samples != 1,
            checkpoint: checkpoint != "last",
            f"seed{seed}": seed != 0,
        }
        target = out or _target(run / "predictions", frames, split or "test", chosen)
        if frames is not None:
            check_output(target, samples, force)
        elif submission is not None:
            check_output_is_free(submission, force)
        trained = load(run, checkpoint, device=device, plugins=plugin or [], overrides=overrides or [])
        if frames is not None:
            _from_frames(trained, frames, conditions or [], target, steps=steps, samples=samples, seed=seed)
            return
        _submit(
            submission,
            _from_split(trained, split or "test", target, steps=steps, samples=samples, seed=seed, force=force),
        )


def _target(folder: Path, frames: Path | None, split: str, chosen: Mapping[str, bool]) -> Path:
    """Where predictions go by default: beside those that were chosen otherwise."""
    return folder / (
        named(split, chosen) if frames is None else f"{named(_plain(frames.resolve().stem) or 'frames', chosen)}.gif"
    )


def _agreeing(
    frames: Path | None, conditions: list[Path] | None, split: str | None, submission: Path | None, samples: int
) -> None:
    """Raises VidpredError for options that do not go together."""
    if frames is not None and (split or submission):
        raise VidpredError(
            f"--frames does not go with {'--split' if split else '--submission'}: predict from frames of your own, or a split"
        )
    if frames is None and conditions:
        raise VidpredError("--conditions: goes with --frames; a split has conditions of its own")
    if submission is not None and samples > 1:
        raise VidpredError("--submission does not go with --samples: it holds one future of each clip")
    if submission is not None and not submission.parent.is_dir():
        raise VidpredError(f"--submission {submission}: there is no folder {submission.parent}")


@contextmanager
def _told(out: Path | None, submission: Path | None) -> Iterator[None]:
    """What goes wrong, in terms of this command."""
    try:
        yield
    except KeyboardInterrupt:  # which typer would end without a word
        console.stderr.print("interrupted")
        raise typer.Exit(INTERRUPTED) from None
    except OSError as error:
        raise VidpredError(
            f"{error.filename or out or submission or 'the prediction'}: cannot be written: {error.strerror or error}; "
            "give another --out or --submission"
        ) from error


def _from_frames(
    trained: Trained, frames: Path, conditions: Sequence[Path], out: Path, *, steps: int | None, samples: int, seed: int
) -> None:
    from vidpred.data.user_clip import read_user_clip
    from vidpred.plots.export import write_prediction

    past = trained.runner.past
    clip, notes = read_user_clip(frames, conditions, trained.dataset, past=past, steps=steps, samples=samples)
    for note in notes:
        console.print_text(note)
    write_prediction(
        out, _futures(trained, clip, 0, seed, samples), past, _plain(frames.resolve().name), _conditions(clip)
    )
    console.print_text(_written(out, clip, past, samples))


def _from_split(
    trained: Trained, split: str, folder: Path, *, steps: int | None, samples: int, seed: int, force: bool
) -> Iterator[Tensor]:
    """Each clip's first future as frames [T, C, H, W], the given ones first; on the way, its GIF is written."""
    from vidpred.contracts.data import Lengths
    from vidpred.data.lengths import require_lengths
    from vidpred.plots.export import check_output, check_output_is_free, write_prediction

    past, clips = trained.runner.past, trained.dataset.split(cast(Any, split))
    after = f"predicting {'' if steps is None else f'{steps} frames '}from {past} given"
    require_lengths(
        clips,
        split,
        Lengths(past, past + (steps or 1)),
        after,
        f"lower {'sequence.past' if steps is None else '--steps'}, or leave these clips out",
    )
    paths = [folder / f"{name}.gif" for name in names([clips.describe(index) for index in range(len(clips.lengths))])]
    if folder.suffix.lower() in (".gif", ".mp4", ".npz"):
        raise VidpredError(f"--out {folder}: of a split, a GIF of each clip is written: give a folder")
    check_output(paths[0], samples, force)
    for path in paths:
        check_output_is_free(path, force)
    for index, (path, has) in enumerate(zip(paths, clips.lengths, strict=True)):
        clip = trained.clip(cast(Any, split), index, length=has.conditions if steps is None else past + steps)
        futures = _futures(trained, clip, index, seed, samples)
        shown = {"truth": clip.frames[0].cpu()} if clip.frames.shape[1] == futures.shape[1] else {}
        write_prediction(path, futures, past, f"{split} {path.stem}", {**shown, **_conditions(clip)})
        console.print_text(_written(path, clip, past, samples))
        yield futures[0]


def _submit(submission: Path | None, predicted: Iterator[Tensor]) -> None:
    """Have all of it predicted, and written into the scoring format, where a file is named."""
    if submission is not None:
        from vidpred.plots.submission import write_submission_csv

        console.print_text(f"{submission}: {write_submission_csv(submission, predicted)} rows")
    for _ in predicted:  # what the submission has not drawn already
        pass


def _futures(trained: Trained, clip: Clip, place: int, seed: int, samples: int) -> Tensor:
    """[samples, T, C, H, W] on the CPU: the given frames, then what is predicted."""
    import torch

    past = trained.runner.past
    made = trained.predict(clip, seed=seed, samples=samples, first=place).cpu()
    return torch.cat([clip.frames[:, :past].cpu().expand(samples, -1, -1, -1, -1), made[:, past - 1 :]], 1)


def _conditions(clip: Clip) -> dict[str, Tensor]:
    """Conditions that can be looked at."""
    return {"condition": clip.conditions[0].cpu()} if clip.conditions.shape[2:] == clip.frames.shape[2:] else {}


def _written(path: Path, clip: Clip, past: int, samples: int) -> str:
    futures = f" ({samples} futures)" if samples > 1 else ""
    return f"{path}: {clip.conditions.shape[1] - past} frames predicted from {past}{futures}"


def names(places: Sequence[str]) -> list[str]:
    """What clips are called in names of files: of their places on disk, the parts that not all have in common."""
    parts = [re.split(r"[\\/]", re.sub(r" \([^()]*\)$", "", place)) for place in places]
    shared = len(list(takewhile(lambda level: len(set(level)) == 1, zip(*[part[:-1] for part in parts], strict=False))))
    found = [_plain("_".join(part[shared:])) for part in parts]
    twice = len({name.lower() for name in found}) < len(found) or "" in found
    return [f"{index}_{name}".rstrip("_") for index, name in enumerate(found)] if twice else found


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name).strip("._")[-_LONGEST:]
