"""vidpred predict"""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from vidpred.cli import output
from vidpred.cli.evaluate import SPLITS
from vidpred.cli.options import PluginOption, SetOption
from vidpred.errors import VidpredError, unknown

if TYPE_CHECKING:
    from torch import Tensor

    from vidpred.trained import Trained


def predict(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder: runs/<name>/<date-time>.")],
    checkpoint: Annotated[str, typer.Option("--checkpoint", help="last, best_psnr, best_loss, epoch_0009, …")] = "last",
    split: Annotated[str, typer.Option("--split", help="train, validate or test.")] = "test",
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed predicts the same frames.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where the GIFs go; default: RUN/predictions/<split>.")] = None,
    submission: Annotated[Path | None, typer.Option(
        "--submission", metavar="FILE.csv", help="Write every frame's pixels too, in the scoring format: id,0,1,…")] = None,
    overrides: SetOption = None,
    device: Annotated[str, typer.Option("--device", help="auto (a GPU where there is one), cpu or cuda.")] = "auto",
    plugin: PluginOption = None,
) -> None:
    """Predict every clip of a split to the end of its conditions: a GIF for each. Of its frames, only those that the model
    is given need be there."""
    if split not in SPLITS:
        raise VidpredError(unknown("split", split, SPLITS))
    if submission is not None and not submission.parent.is_dir():
        raise VidpredError(f"--submission {submission}: there is no folder {submission.parent}")
    from vidpred.trained import load  # torch is loaded only now
    trained = load(run, checkpoint, device=device, plugins=plugin or [], overrides=overrides or [])
    folder = out or run / "predictions" / split
    predicted = _predicted(trained, split, seed, folder)
    try:
        if submission is not None:
            from vidpred.draw.submission import submission as write
            rows = write(submission, predicted)
            output.text(f"{submission}: {rows} rows")
        for _ in predicted:             # what the submission has not drawn already
            pass
    except OSError as error:
        raise VidpredError(f"{error.filename or folder}: cannot be written: {error.strerror or error}; give another --out or --submission") from error


def _predicted(trained: Trained, split: str, seed: int, folder: Path) -> Iterator[Tensor]:
    """Each clip as frames [T, C, H, W], the given ones first; on the way, its GIF is written."""
    import torch

    from vidpred.contracts.data import Lengths
    from vidpred.draw.gifs import sequence
    from vidpred.engine.clips import long_enough
    past, clips = trained.conduct.past, trained.dataset.split(cast(Any, split))
    long_enough(clips, split, Lengths(past, past + 1), f"predicting from {past} given", "sequence.past")
    for index, has in enumerate(clips.lengths):
        clip = trained.clip(cast(Any, split), index, length=has.conditions)
        made = trained.predict(clip, seed=seed, first=index).cpu()[0]
        frames = torch.cat([clip.frames[0, :past].cpu(), made[past - 1:]])
        shown = {"truth": clip.frames[0].cpu()} if clip.frames.shape[1] == len(frames) else {}
        if clip.conditions.shape[2:] == clip.frames.shape[2:]:      # conditions that can be looked at
            shown["condition"] = clip.conditions[0].cpu()
        path = folder / f"{index}.gif"
        sequence(path, {**shown, "prediction": frames}, past, f"{split} {index}")
        output.text(f"{path}: {len(frames) - past} frames predicted from {past}")
        yield frames
