"""One epoch of a run: skipped steps, re-estimation of BatchNorm's statistics, validation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from vidpred.data.loader import fail_on_unread
from vidpred.data.training_windows import TrainingData
from vidpred.engine.batch_norm import batch_norm_layers
from vidpred.training.run import Run


def snapshot(run: Run) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in run.model.state_dict().items()}


def test_skipped_steps_are_counted_and_left_out_of_the_averages(
    new_run_of: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run_of(train={"epochs": 1, "steps_per_epoch": 3})
    read = TrainingData.read

    def poisoned(data: TrainingData, *arguments: Any, purpose: str = "train") -> Any:
        for index, batch in enumerate(read(data, *arguments, purpose=purpose)):
            bad = index == 1 and purpose == "train"
            yield batch._replace(conditions=torch.full_like(batch.conditions, float("nan"))) if bad else batch

    monkeypatch.setattr(TrainingData, "read", poisoned)
    record = [event for event in run.events() if hasattr(event, "record")][-1].record
    assert record["skipped"] == 1 and record["train"]["loss"] > 0


def test_an_epoch_of_skipped_steps_only_has_no_metrics(new_run_of: Callable[..., Run]) -> None:
    run = new_run_of(train={"epochs": 1})
    for parameter in run.model.parameters():
        parameter.register_hook(lambda gradient: gradient * float("nan"))
    record = [event for event in run.events() if hasattr(event, "record")][-1].record
    assert record["skipped"] == 2 and record["train"] == {}


def test_reestimated_statistics_depend_on_weights_and_epoch_only(new_run_of: Callable[..., Run]) -> None:
    run = new_run_of()
    run.epoch_runner().reestimate_batch_norm(fail_on_unread)
    first = snapshot(run)
    for layer in batch_norm_layers(run.model):
        assert layer.running_mean is not None and layer.momentum == 0.1
        layer.running_mean.fill_(7.0)
    run.epoch_runner().reestimate_batch_norm(fail_on_unread)
    assert all(torch.equal(value, first[name]) for name, value in run.model.state_dict().items())
    run.history.append({})
    run.epoch_runner().reestimate_batch_norm(fail_on_unread)
    assert any(not torch.equal(value, first[name]) for name, value in run.model.state_dict().items())


def test_statistics_are_not_reestimated_at_window_one_or_if_disabled(new_run_of: Callable[..., Run]) -> None:
    for changes in ({"sequence": {"window": 1}}, {"train": {"reestimate_batches": 0}}):
        run = new_run_of(**changes)
        before = snapshot(run)
        run.epoch_runner().reestimate_batch_norm(fail_on_unread)
        assert all(torch.equal(value, before[name]) for name, value in run.model.state_dict().items())


def test_a_prediction_does_not_depend_on_the_other_clips_of_its_batch(
    new_run_of: Callable[..., Run], robot_data: Path
) -> None:
    psnr = []
    for size in (1, 2):
        run = new_run_of(train={"batch_size": size + 1})
        run.history.append({})
        scores = run.epoch_runner().validate(1)
        assert scores is not None
        psnr.append(scores["psnr"])
    assert psnr[0] == pytest.approx(psnr[1], abs=1e-5)
