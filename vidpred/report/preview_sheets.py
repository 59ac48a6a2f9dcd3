"""Store the frames of a preview, so that a report can be written again from the run folder alone.

previews/epoch_0007.webp is a lossless sheet: a row for each clip's truth, posterior and samples, a column for each
frame. previews/epoch_0007.json describes it and has the PSNR of its frames.
"""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from vidpred.evaluation.preview_types import PerFrame, Pictures, Preview
from vidpred.io.atomic import atomic_path
from vidpred.plots.canvas import Pixels, to_pixels
from vidpred.runs.layout import RunFolder
from vidpred.runs.preview_description import PreviewDescription, PreviewPsnr, StoredPerFrame

MAX_SIDE = 16_383  # WebP's limit
MAX_PIXELS = 16_000_000  # small enough for mobile browsers


def write_preview_sheet(run: RunFolder, pictures: Pictures) -> None:
    """Write the sheet, then its description: a sheet that has a description is complete."""
    paths = run.preview_paths(pictures.epoch)
    frames = _preview_rows(pictures.preview)
    factor = _shrink_factor(frames)
    if factor > 1:
        frames = _shrink_frames(frames, factor)
    run.previews.mkdir(parents=True, exist_ok=True)
    _write(paths.sheet, _encode_webp(Image.fromarray(_tile_frames(frames))))
    description = _describe(pictures, frames, factor)
    _write(paths.description, json.dumps(description, allow_nan=False).encode())


def _write(path: Path, content: bytes) -> None:
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def _preview_rows(preview: Preview) -> Pixels:
    """Return [B, 2 + N, T, H, W, 3]: truth, posterior and samples, each beginning with the given frames."""
    truth, past = to_pixels(preview.truth), preview.past
    rows = [truth]
    for predicted in (preview.posterior, *preview.samples.unbind(1)):
        rows.append(np.concatenate([truth[:, :past], to_pixels(predicted[:, past - 1 :])], 1))
    return np.stack(rows, 1)


def _tile_frames(frames: Pixels) -> Pixels:
    """Tile frames [B, R, T, H, W, 3] into one image [B*R*H, T*W, 3]."""
    clips, rows, length, height, width, _ = frames.shape
    return np.ascontiguousarray(frames.transpose(0, 1, 3, 2, 4, 5).reshape(clips * rows * height, length * width, 3))


def _shrink_factor(frames: Pixels) -> int:
    """Return the smallest integer factor that makes the sheet small enough; 1 nearly always."""
    clips, rows, length, height, width, _ = frames.shape
    factor = 1
    while True:
        sheet_height, sheet_width = clips * rows * (height // factor), length * (width // factor)
        if max(sheet_height, sheet_width) <= MAX_SIDE and sheet_height * sheet_width <= MAX_PIXELS:
            return factor
        factor += 1


def _shrink_frames(frames: Pixels, factor: int) -> Pixels:
    clips, rows, length = frames.shape[:3]
    small = np.stack([_shrink_frame(frame, factor) for frame in frames.reshape(-1, *frames.shape[3:])])
    return small.reshape(clips, rows, length, *small.shape[1:])


def _shrink_frame(frame: Pixels, factor: int) -> Pixels:
    """Average a frame [H, W, 3] over squares; incomplete squares at the right and at the bottom are cut off."""
    height, width = frame.shape[0] // factor * factor, frame.shape[1] // factor * factor
    return np.asarray(Image.fromarray(np.ascontiguousarray(frame[:height, :width])).reduce(factor))


def _encode_webp(image: Image.Image) -> bytes:
    """Encode without loss. Method 0 is 5 times as fast as the slowest, and its files are hardly larger."""
    file = io.BytesIO()
    image.save(file, "WEBP", lossless=True, method=0)
    return file.getvalue()


def _describe(pictures: Pictures, frames: Pixels, factor: int) -> PreviewDescription:
    """Describe a sheet of (possibly shrunk) frames [B, 2 + N, T, H, W, 3]."""
    preview = pictures.preview
    return {
        "epoch": pictures.epoch,
        "clips": len(frames),
        "samples": preview.samples.shape[1],
        "frames": frames.shape[2],
        "length": preview.length,
        "past": preview.past,
        "width": frames.shape[4],
        "height": frames.shape[3],
        "shrunk": factor,
        "best": preview.psnr.mean(2).argmax(1).tolist(),
        "psnr": _preview_psnr(preview),
        "per_frame": _stored_per_frame(pictures.per_frame),
    }


def _preview_psnr(preview: Preview) -> PreviewPsnr:
    posterior, copy_last = preview.references()
    return {
        "posterior": _round_tensor(posterior),
        "samples": _round_tensor(preview.psnr),
        "copy_last": _round_tensor(copy_last),
    }


def _stored_per_frame(per_frame: PerFrame | None) -> StoredPerFrame | None:
    if per_frame is None:
        return None
    return {
        "epoch": per_frame.epoch,
        "first": per_frame.first,
        "predicted": {name: _round_finite(list(values), 6) for name, values in per_frame.predicted.items()},
        "copy_last": {name: _round_finite(list(values), 6) for name, values in per_frame.copy_last.items()},
    }


def _round_tensor(values: Tensor) -> Any:
    return _round_finite(values.double().tolist(), 2)


def _round_finite(value: Any, digits: int) -> Any:
    """Round all numbers in nested lists; NaN and infinity, which JSON does not have, become null."""
    if isinstance(value, list):
        return [_round_finite(item, digits) for item in value]
    return round(value, digits) if math.isfinite(value) else None
