"""BatchNorm by the statistics of the batch."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from vidpred import VidpredError
from vidpred.engine.batch_norm import use_batch_statistics


def test_batch_statistics_are_the_batchs_and_the_running_ones_do_not_change() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).eval()
    frames = torch.rand(6, 3, 8, 8)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    running = network(frames)
    with use_batch_statistics(network):
        by_batch = network(frames)
        assert torch.allclose(by_batch.mean((0, 2, 3)), torch.zeros(4), atol=1e-5)
        assert not torch.allclose(network(frames[:2]), by_batch[:2], atol=1e-3), "it depends on the rest of the batch"
    assert torch.equal(network(frames), running)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    twin = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    twin.load_state_dict(before)
    assert torch.allclose(twin.train()(frames), by_batch, atol=1e-6)


def test_batch_statistics_need_two_values_per_channel() -> None:
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.BatchNorm2d(4)).eval()
    with pytest.raises(VidpredError, match="needs 2 clips"), use_batch_statistics(network):
        network(torch.rand(1, 4, 2, 2))
