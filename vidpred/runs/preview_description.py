"""The description of a preview (previews/epoch_0007.json): how to read its sheet of frames. No torch here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict  # pydantic accepts typing's own from Python 3.12 on

from vidpred.errors import DataError
from vidpred.io.files import read_regular_file

_MAX_BYTES = 1 << 24


class StoredPerFrame(TypedDict):
    """Means over the validation clips for each predicted frame; `first` is the index of the first predicted frame."""

    epoch: int
    first: int
    predicted: dict[str, list[float | None]]
    copy_last: dict[str, list[float | None]]


class PreviewPsnr(TypedDict):
    """PSNR in dB of each predicted frame: posterior and copy_last by clip, samples by clip and sample."""

    posterior: list[list[float | None]]
    samples: list[list[list[float | None]]]
    copy_last: list[list[float | None]]


class PreviewDescription(TypedDict):
    """Contents of previews/epoch_0007.json. `width` and `height` are those of a frame in the sheet; `shrunk` is the
    factor by which it is smaller than the model's frame; `best` is the index of each clip's best sample."""

    epoch: int
    clips: int
    samples: int
    frames: int
    length: int
    past: int
    width: int
    height: int
    shrunk: int
    best: list[int]
    psnr: PreviewPsnr
    per_frame: StoredPerFrame | None


_ADAPTER: TypeAdapter[Any] = TypeAdapter(PreviewDescription)


def read_preview_description(path: Path) -> PreviewDescription:
    """Read the description of a preview. Raises DataError if it cannot be read, or is not one."""
    try:
        description: PreviewDescription = _ADAPTER.validate_json(read_regular_file(path, _MAX_BYTES), strict=True)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}; delete it", path) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        reason = f"{field}: {first['msg']}" if field else first["msg"]
        raise DataError(f"does not describe a preview: {reason}; delete it", path) from error
    return description
