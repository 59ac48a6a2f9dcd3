"""The wording of torch's errors, provoked with the installed torch."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from vidpred.engine.torch_errors import dead_worker, is_out_of_memory, is_output_too_small, is_single_value_per_channel


class DiesInTheWorker(Dataset[int]):
    """Ends its worker process, as the kernel does when memory runs out."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> int:
        import os

        os._exit(1)


@pytest.mark.parametrize("elements", [1 << 55, 1 << 62])
def test_the_cpu_runs_out_of_memory(elements: int) -> None:
    with pytest.raises(RuntimeError) as raised:
        torch.empty(elements)
    assert is_out_of_memory(raised.value)


def test_out_of_memory_errors_have_their_own_classes() -> None:
    assert is_out_of_memory(MemoryError()) and is_out_of_memory(torch.OutOfMemoryError())
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_batch_norm_refuses_one_value_per_channel() -> None:
    with pytest.raises(ValueError) as raised:
        nn.BatchNorm1d(3).train()(torch.zeros(1, 3))
    assert is_single_value_per_channel(raised.value)
    assert not is_single_value_per_channel(ValueError("expected 4D input (got 3D input)"))


def test_a_worker_dies() -> None:
    with pytest.raises(RuntimeError) as raised:
        list(DataLoader(DiesInTheWorker(), num_workers=1))
    reason = dead_worker(raised.value)
    assert reason and "\n" not in reason and not reason.endswith(".")
    assert dead_worker(RuntimeError("another error")) is None


def test_an_input_is_too_small_for_the_pooling() -> None:
    with pytest.raises(RuntimeError) as raised:
        nn.MaxPool2d(3)(torch.zeros(1, 1, 2, 2))
    assert is_output_too_small(raised.value)
