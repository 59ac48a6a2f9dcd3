"""Keep what a preview shows, frame by frame, so that a report can be made from the run folder alone.

previews/epoch_0007.webp is a sheet without loss: a row for each clip's truth, posterior and samples, a column for each frame.
previews/epoch_0007.json says how to read it, and has the figures.
"""

from __future__ import annotations

import io
import json
import math
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from vidpred.evaluation.preview_types import PerFrame, Pictures, Preview
from vidpred.io.atomic import atomic_path
from vidpred.plots.canvas import Pixels, pixels
from vidpred.runs.layout import RunFolder

LONGEST, LARGEST = 16_383, 16_000_000  # WebP's longest side; pixels that a telephone decodes without effort


def keep(run: RunFolder, pictures: Pictures) -> None:
    """Write the sheet, then its description: what has a description is whole."""
    preview, paths = pictures.preview, run.preview_paths(pictures.epoch)
    frames = _rows(preview)
    shrunk = _shrunk(frames)
    sheet = Image.fromarray(_sheet(frames))
    if shrunk > 1:
        sheet = Image.fromarray(
            _sheet(np.stack([[[_smaller(frame, shrunk) for frame in row] for row in clip] for clip in frames]))
        )
    run.previews.mkdir(parents=True, exist_ok=True)
    with atomic_path(paths.sheet) as temporary:
        temporary.write_bytes(_webp(sheet))
    described = {
        "epoch": pictures.epoch,
        "clips": len(frames),
        "samples": preview.samples.shape[1],
        "frames": frames.shape[2],
        "length": preview.length,
        "past": preview.past,
        "width": frames.shape[4] // shrunk,
        "height": frames.shape[3] // shrunk,
        "shrunk": shrunk,
        "best": preview.psnr.mean(2).argmax(1).tolist(),
        "psnr": _psnr(preview),
        "per_frame": _per_frame(pictures.per_frame),
    }
    with atomic_path(paths.description) as temporary:
        temporary.write_bytes(json.dumps(described, allow_nan=False).encode())


def _rows(preview: Preview) -> Pixels:
    """[B, 2 + N, T, H, W, 3]: truth, posterior, samples; given frames as they were given."""
    truth, past = pixels(preview.truth), preview.past
    made = [preview.posterior, *preview.samples.unbind(1)]
    return np.stack(
        [truth, *(np.concatenate([truth[:, :past], pixels(frames[:, past - 1 :])], 1) for frames in made)], 1
    )


def _sheet(frames: Pixels) -> Pixels:
    """Frames [B, R, T, H, W, 3] -> [B*R*H, T*W, 3]."""
    clips, rows, length, height, width, _ = frames.shape
    return np.ascontiguousarray(frames.transpose(0, 1, 3, 2, 4, 5).reshape(clips * rows * height, length * width, 3))


def _shrunk(frames: Pixels) -> int:
    """The smallest whole factor that makes the sheet small enough; 1 nearly always."""
    clips, rows, length, height, width, _ = frames.shape
    factor = 1
    while (
        max(clips * rows * (height // factor), length * (width // factor)) > LONGEST
        or clips * rows * length * (height // factor) * (width // factor) > LARGEST
    ):
        factor += 1
    return factor


def _smaller(frame: Pixels, factor: int) -> Pixels:
    """A frame [H, W, 3] as means over squares; what is left over at the right and below is cut off."""
    height, width = frame.shape[0] // factor * factor, frame.shape[1] // factor * factor
    return np.asarray(Image.fromarray(np.ascontiguousarray(frame[:height, :width])).reduce(factor))


def _webp(image: Image.Image) -> bytes:
    """Without loss; the fastest method is hardly larger than the slowest, and 5 times as fast."""
    file = io.BytesIO()
    image.save(file, "WEBP", lossless=True, method=0)
    return file.getvalue()


def _psnr(preview: Preview) -> dict[str, Any]:
    """dB, for each clip and predicted frame; of samples, for each."""
    posterior, copied = preview.references()
    return {"posterior": _rounded(posterior), "samples": _rounded(preview.psnr), "copy_last": _rounded(copied)}


def _rounded(figures: Tensor) -> Any:
    return _finite(figures.double().tolist(), 2)


def _finite(figures: Any, digits: int) -> Any:
    """Rounded; null for numbers that JSON cannot hold."""
    if isinstance(figures, list | tuple):
        return [_finite(figure, digits) for figure in figures]
    return round(figures, digits) if math.isfinite(figures) else None


def _per_frame(per_frame: PerFrame | None) -> dict[str, Any] | None:
    if per_frame is None:
        return None
    sides = {"predicted": per_frame.predicted, "copy_last": per_frame.copy_last}
    return {
        "epoch": per_frame.epoch,
        "first": per_frame.first,
        **{
            side: {name: _finite(tuple(values), 6) for name, values in figures.items()}
            for side, figures in sides.items()
        },
    }
