"""Training with one teacher-forcing draw per epoch equals the lab CVAE's script; more frequent draws are detected."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.parity.cases import LENGTH
from tests.parity.cvae_reference import train_epochs
from tests.parity.mistakes import rewritten
from tests.parity.tiny_cvae import CPU, HEIGHT, LATENT, WIDTH, Case, new_model, random_clip
from vidpred import Clip, Model, Progress
from vidpred.assembly.model import build_runner
from vidpred.assembly.run import build_trainer
from vidpred.data.loader import Batch
from vidpred.data.sampler import WindowIndex
from vidpred.engine.randomness import KeyedNoise, uniform
from vidpred.training.trainer import Trainer

Reference = Callable[..., Any]
EPOCHS, BATCHES, SEED = 3, 2, 1
DRAWS = [uniform(SEED, "coin", epoch) for epoch in range(EPOCHS)]
CLIPS = [random_clip(LENGTH, seed=k) for k in range(BATCHES)]
TrainingResult = tuple[
    list[float], dict[str, Tensor]
]  # the loss of each batch, and weights and statistics after the last


class Exact(Batch):
    """A batch whose frames are already floats."""

    def clip(self, device: torch.device) -> Clip:
        return Clip(self.frames, self.conditions)


def trainer_of(model: Model, past: int = 2, granularity: str = "epoch") -> Trainer:
    checked = Case(past=past).recipe(f"seed={SEED}", "forcing.ratio=0.5", f"forcing.granularity={granularity}")
    return build_trainer(checked, model, build_runner(checked, CPU), BATCHES)


def epochs_by_engine(granularity: str = "epoch") -> TrainingResult:
    model = new_model()
    trainer, losses = trainer_of(model, granularity=granularity), []
    batches = [
        Exact(tuple(WindowIndex(0, 0, LENGTH, index) for index in (2 * k, 2 * k + 1)), *clip)
        for k, clip in enumerate(CLIPS)
    ]
    for epoch in range(EPOCHS):
        reports = trainer.epoch(Progress(epoch, EPOCHS, epoch * BATCHES, BATCHES), iter(batches))
        losses += [report.metrics["loss"] for report in reports]
    return losses, model.state_dict()


def epochs_by_script(script: Reference = train_epochs) -> TrainingResult:
    model, like = new_model().train(), torch.empty(2, LATENT, HEIGHT, WIDTH, dtype=torch.float64)
    epochs = []
    for epoch in range(EPOCHS):
        noises = [
            KeyedNoise([(SEED, "noise", epoch, index, 0) for index in (2 * k, 2 * k + 1)]) for k in range(BATCHES)
        ]
        epochs.append(
            [
                (clip.frames.unbind(1), clip.conditions.unbind(1), {t: noise(t, like) for t in range(LENGTH)})
                for clip, noise in zip(CLIPS, noises, strict=True)
            ]
        )
    losses = script(model, epochs, cycle(DRAWS).__next__, ratio=0.5, lr=0.001, **Case().how)
    return losses, model.state_dict()


def assert_same_training(engine: TrainingResult, script: TrainingResult, gap: float = 1e-9) -> None:
    torch.testing.assert_close(engine, script, rtol=gap, atol=gap)


@pytest.fixture(scope="module")
def result_of_engine() -> TrainingResult:
    return epochs_by_engine()


def test_epochs_of_training_equal_those_of_the_script(result_of_engine: TrainingResult) -> None:
    assert {value < 0.5 for value in DRAWS} == {True, False}
    assert_same_training(result_of_engine, epochs_by_script())


@pytest.mark.parametrize("granularity", ["batch", "frame"])
def test_a_draw_of_the_engine_for_less_than_an_epoch_is_detected(
    granularity: str, result_of_engine: TrainingResult
) -> None:
    with pytest.raises(AssertionError):
        assert_same_training(epochs_by_engine(granularity), epochs_by_script(), gap=1e-5)


@pytest.mark.parametrize(
    "forced",
    ["range(len(x)) if draw() < ratio else ()", "[t for t in range(len(x)) if draw() < ratio]"],
    ids=["batch", "frame"],
)
def test_a_draw_of_the_script_for_less_than_an_epoch_is_detected(forced: str, result_of_engine: TrainingResult) -> None:
    script = rewritten(train_epochs, "range(len(x)) if teacher_forcing else ()", forced)
    with pytest.raises(AssertionError):
        assert_same_training(result_of_engine, epochs_by_script(script), gap=1e-5)


@pytest.mark.parametrize("past", [1, 2])
def test_a_draw_forces_all_or_nothing_for_a_complete_epoch(past: int) -> None:
    trainer = trainer_of(new_model(), past)
    epochs, steps = 200, 3
    masks = [
        {
            trainer.forced_frames(Progress(epoch, epochs, epoch * steps + step, steps), LENGTH, purpose="coin")
            for step in range(steps)
        }
        for epoch in range(epochs)
    ]
    assert all(len(mask) == 1 for mask in masks)
    everything = frozenset(range(past + 1, LENGTH))
    assert set.union(*masks) == {frozenset(), everything}
    assert 0.4 < masks.count({everything}) / epochs < 0.6
