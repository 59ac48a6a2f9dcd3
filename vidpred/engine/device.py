"""The device and the precision in which a run computes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Literal, TypeVar

import torch
from torch import nn

from vidpred.engine.torch_errors import is_out_of_memory
from vidpred.errors import VidpredError

Precision = Literal["auto", "fp32", "bf16", "fp16"]
M = TypeVar("M", bound=nn.Module)
_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
_MOST_WORKERS = 8


@dataclass(frozen=True)
class ComputeDevice:
    """A device, the type in which convolutions and matrix products are computed, and the memory layout of maps."""

    device: torch.device
    dtype: torch.dtype = torch.float32  # float32: no autocast
    channels_last: bool = False

    def autocast(self) -> AbstractContextManager[object]:
        """Return the context in which the model is called."""
        return nullcontext() if self.dtype == torch.float32 else torch.autocast(self.device.type, self.dtype)

    def scaler(self) -> torch.amp.GradScaler:
        """Return a scaler that keeps float16 gradients from vanishing; in other precisions it does nothing."""
        return torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)

    def move(self, model: M) -> M:
        """Move a model to the device, in the memory layout, and return it."""
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        return model.to(device=self.device, memory_format=layout)  # type: ignore[call-overload, no-any-return]

    def workers(self, requested: int | None) -> int:
        """Return how many processes read data. Default on a CPU: 0, as they would compete with training."""
        if requested is not None:
            return requested
        return 0 if self.device.type == "cpu" else min(_MOST_WORKERS, os.cpu_count() or 1)

    @property
    def pins_memory(self) -> bool:
        """Whether batches are read into pinned memory, from which a GPU copies faster."""
        return self.device.type == "cuda"

    @property
    def precision(self) -> str:
        """fp32, bf16 or fp16."""
        return next(name for name, dtype in _DTYPES.items() if dtype == self.dtype)

    def __str__(self) -> str:
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "CPU"
        return f"{name}, {self.precision}{', channels-last' if self.channels_last else ''}"


def select_device(device: str = "auto", precision: Precision = "auto", *, channels_last: bool = True) -> ComputeDevice:
    """Return the device (auto: a GPU if there is one) and precision (auto: bf16 if the device supports it, else fp32).

    Raises VidpredError if the device is unknown or not available.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    selected = _available(device)
    if precision == "auto":
        precision = "bf16" if _supports_bf16(selected) else "fp32"
    return ComputeDevice(selected, _DTYPES[precision], channels_last)


def _available(name: str) -> torch.device:
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise VidpredError(f"--device {name}: unknown device; use auto, cpu or cuda") from error
    if device.type not in ("cpu", "cuda"):
        raise VidpredError(f"--device {name}: not supported; use auto, cpu or cuda")
    if device.type == "cuda" and not torch.cuda.is_available():
        raise VidpredError(
            f"--device {name}: torch finds no usable GPU; use --device cpu, or install a torch build that fits the "
            "driver"
        )
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise VidpredError(f"--device {name}: this machine has {torch.cuda.device_count()} GPUs, numbered from cuda:0")
    return device


@contextmanager
def explain_out_of_memory(subject: str = "this") -> Iterator[None]:
    """If memory runs out within this context, say so in the recipe's terms. Raises VidpredError."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise VidpredError(
            f"{subject}: needs more memory than is available; lower train.batch_size (train.accumulate makes up for "
            "it), sequence.future or the sizes of the model's parts, or set train.precision: bf16"
        ) from error


def _supports_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu" or not hasattr(torch.cpu, "get_capabilities"):  # older versions of torch do not know
        return False
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
