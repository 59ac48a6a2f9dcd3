"""Where and in which precision a run computes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Literal, TypeVar

import torch
from torch import nn

from vidpred.errors import VidpredError

Precision = Literal["auto", "fp32", "bf16", "fp16"]
M = TypeVar("M", bound=nn.Module)
_TOO_LARGE = ("can't allocate memory", "not enough memory", "size calculation overflowed")
_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class ComputeDevice:
    """A device, the type that convolutions and matrix products run in, and the memory layout of maps."""

    device: torch.device
    dtype: torch.dtype = torch.float32  # float32: no autocast
    channels_last: bool = False

    def autocast(self) -> AbstractContextManager[object]:
        return nullcontext() if self.dtype == torch.float32 else torch.autocast(self.device.type, self.dtype)

    def scaler(self) -> torch.amp.GradScaler:
        """Scales losses so that float16 gradients do not vanish; does nothing in other precisions."""
        return torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)

    def place(self, model: M) -> M:
        """The model on the device, in the layout."""
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        return model.to(device=self.device, memory_format=layout)  # type: ignore[call-overload, no-any-return]

    def workers(self, wanted: int | None) -> int:
        """Processes that read data: on a CPU they would take what training needs."""
        if wanted is not None:
            return wanted
        return 0 if self.device.type == "cpu" else min(8, os.cpu_count() or 1)

    @property
    def precision(self) -> str:
        return next(key for key, value in _TYPES.items() if value == self.dtype)

    def __str__(self) -> str:
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "CPU"
        return f"{name}, {self.precision}{', channels-last' if self.channels_last else ''}"


def compute(device: str = "auto", precision: Precision = "auto", *, channels_last: bool = True) -> ComputeDevice:
    """The device (auto: a GPU where there is one) and the precision (auto: bf16 where it is native, else fp32)."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        place = torch.device(device)
    except RuntimeError as error:
        raise VidpredError(f"--device {device}: unknown device; use auto, cpu or cuda") from error
    if place.type not in ("cpu", "cuda"):
        raise VidpredError(f"--device {device}: not supported; use auto, cpu or cuda")
    if place.type == "cuda" and not torch.cuda.is_available():
        raise VidpredError(
            f"--device {device}: torch finds no usable GPU here; use --device cpu, or install a torch build that fits the driver"
        )
    if place.type == "cuda" and (place.index or 0) >= torch.cuda.device_count():
        raise VidpredError(f"--device {device}: there are {torch.cuda.device_count()} GPUs here, counted from cuda:0")
    if precision == "auto":
        precision = "bf16" if _native_bf16(place) else "fp32"
    return ComputeDevice(place, _TYPES[precision], channels_last)


@contextmanager
def explain_out_of_memory(what: str = "this") -> Iterator[None]:
    """Where memory does not suffice, say so in the recipe's terms. torch has an error of its own for GPUs only."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, torch.OutOfMemoryError | MemoryError) or any(words in str(error) for words in _TOO_LARGE):
            raise VidpredError(
                f"{what}: takes more memory than there is; lower train.batch_size (train.accumulate makes up for it), "
                "sequence.future or the sizes of the model's parts, or set train.precision: bf16"
            ) from error
        raise


def _native_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu" or not hasattr(torch.cpu, "get_capabilities"):  # older torch does not tell
        return False
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
