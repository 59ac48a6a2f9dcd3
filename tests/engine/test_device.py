"""Where and in which precision a run computes. What commands say about unknown devices is in tests/system/bad_input."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from vidpred import VidpredError
from vidpred.engine.device import ComputeDevice, Precision, explain_out_of_memory, select_device


@pytest.mark.parametrize(
    ("precision", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)]
)
def test_the_precision_is_that_of_convolutions_under_autocast(precision: Precision, dtype: torch.dtype) -> None:
    compute = select_device("cpu", precision)
    assert (compute.dtype, compute.precision) == (dtype, precision)
    with compute.autocast():
        assert nn.Conv2d(1, 1, 1)(torch.zeros(1, 1, 2, 2)).dtype is dtype


def test_the_automatic_precision_is_bf16_only_if_the_cpu_supports_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for supported, precision in ((True, "bf16"), (False, "fp32")):
        monkeypatch.setattr("vidpred.engine.device._supports_bf16", lambda device, supported=supported: supported)
        assert select_device("cpu").precision == precision


def test_only_float16_gradients_are_scaled() -> None:
    enabled = {name: select_device("cpu", name).scaler().is_enabled() for name in ("fp32", "bf16", "fp16")}
    assert enabled == {"fp32": False, "bf16": False, "fp16": True}


@pytest.mark.parametrize("channels_last", [True, False])
def test_a_model_is_moved_to_the_memory_layout(channels_last: bool) -> None:
    compute = select_device("cpu", "fp32", channels_last=channels_last)
    weight = compute.move(nn.Conv2d(3, 4, 3)).weight
    assert weight.is_contiguous(memory_format=torch.channels_last) == channels_last
    assert str(compute) == ("CPU, fp32, channels-last" if channels_last else "CPU, fp32")


def test_on_a_cpu_the_training_process_reads_data_itself_by_default() -> None:
    cpu, cuda = ComputeDevice(torch.device("cpu")), ComputeDevice(torch.device("cuda"))
    assert (cpu.workers(None), cpu.workers(3), cpu.pins_memory) == (0, 3, False)
    assert cuda.workers(None) >= 1 and cuda.workers(0) == 0 and cuda.pins_memory


def test_the_automatic_device_is_a_gpu_only_if_one_is_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert select_device("auto", "fp32").device.type == "cpu"


def test_a_gpu_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(VidpredError, match="this machine has 2 GPUs, numbered from cuda:0"):
        select_device("cuda:2", "fp32")


def test_running_out_of_memory_is_explained_and_other_errors_pass() -> None:
    message = r"this step: needs more memory than is available; lower train\.batch_size"
    with pytest.raises(VidpredError, match=message), explain_out_of_memory("this step"):
        raise torch.cuda.OutOfMemoryError
    with pytest.raises(RuntimeError, match="another error"), explain_out_of_memory():
        raise RuntimeError("another error")
