"""The pose family at window 1 is the lab CVAE's training script: the same loss, gradients, frames and weights; and a comparison
that finds each single wrong decision, made on either side."""
from __future__ import annotations

import gc
import inspect
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from itertools import cycle
from typing import Any, NamedTuple

import cvae_reference
import pytest
import torch
from cvae_reference import sample, train, train_epochs
from test_parity_rollout import MODES, Alive, assert_same
from tiny_cvae import BETA, COINS, HEIGHT, LATENT, LENGTH, PLACE, WIDTH, Case, Output, new_model, random_clip, recorded_noise, settled_model
from tiny_svg import Replay
from torch import Tensor

from vidpred import Clip, Model, Progress, Rollout, Step
from vidpred.build import _trainer, conduct_of
from vidpred.builtin.objectives import ELBO
from vidpred.contracts.trees import over, tensors
from vidpred.engine import conduct
from vidpred.engine.clips import Batch, Pick
from vidpred.engine.conduct import OUTSIDE_TRAINING
from vidpred.engine.plan import Mode, plan
from vidpred.engine.randomness import KeyedNoise, uniform
from vidpred.engine.rollout import rollout
from vidpred.engine.trainer import Trainer

Reference = Callable[..., Any]


class Trained(NamedTuple):
    """What one training step leaves. `statistics` are BatchNorm's."""

    loss: Tensor
    gradients: dict[str, Tensor | None]
    statistics: dict[str, Tensor]


def backward(model: Model, loss: Tensor) -> Trained:
    loss.backward()
    return Trained(loss.detach(), {name: weight.grad for name, weight in model.named_parameters()}, dict(model.named_buffers()))


def by_script(case: Case, step: Reference = train, model: Model | None = None) -> Trained:
    model, clip = model or case.model, case.clip
    return backward(model, step(model, clip.frames.unbind(1), clip.conditions.unbind(1),
                                over(lambda eps: eps.to(case.dtype), recorded_noise(LENGTH)), forced=case.forced, **case.how))


def by_engine(case: Case, *, model: Model | None = None, clip: Clip | None = None, noise: Mapping[int, Tensor] | None = None,
              window: int | None = 1) -> Trained:
    model, clip = model or case.model, clip or case.clip
    made = case.conduct(window).train(model, clip, case.forced, Replay(noise or recorded_noise(LENGTH)))
    return backward(model, ELBO(ELBO.Config())(made, clip, BETA).total)


def assert_parity(engine: Trained, script: Trained, *, loss: float = 1e-11, gradients: float = 1e-9) -> None:
    """Equal within these relative gaps; a gradient's is measured against the largest number of its tensor. BatchNorm takes away
    what the bias before it adds: that gradient is rounding alone."""
    torch.testing.assert_close(engine.loss, script.loss, rtol=loss, atol=0)
    rounding = 64 * torch.finfo(script.loss.dtype).eps
    for name, expected in script.gradients.items():
        found = engine.gradients[name]
        assert found is not None and expected is not None, name
        torch.testing.assert_close(found, expected, rtol=0, atol=max(gradients * expected.abs().max().item(), rounding), msg=name)
    torch.testing.assert_close(engine.statistics, script.statistics, rtol=loss, atol=loss)


@pytest.mark.parametrize("output", ["linear", "sigmoid"])
@pytest.mark.parametrize("past", [1, 2])
@pytest.mark.parametrize("clamp", [False, True], ids=["as made", "clamped"])
@pytest.mark.parametrize("detach", [False, True], ids=["through time", "detached"])
@pytest.mark.parametrize("coins", COINS)
def test_training_is_the_scripts_step(coins: str, detach: bool, clamp: bool, past: int, output: Output) -> None:
    case = Case(past, coins, detach, clamp, output)
    assert_parity(by_engine(case), by_script(case))


@pytest.mark.parametrize("output", ["linear", "sigmoid"])
def test_single_precision_agrees_as_far_as_it_goes(output: Output) -> None:
    case = Case(output=output, dtype=torch.float32)
    assert_parity(by_engine(case), by_script(case), loss=1e-5, gradients=1e-4)


@pytest.mark.parametrize("window", [1, 3, None])
@pytest.mark.parametrize("coins", COINS)
def test_with_fixed_statistics_every_window_is_the_scripts_step(coins: str, window: int | None) -> None:
    """What BatchNorm counts is all that a window changes."""
    case, clip = Case(coins=coins), random_clip(LENGTH)
    of_engine, of_script = deepcopy(settled_model()), deepcopy(settled_model())
    made = of_engine(clip, plan(LENGTH, case.past, "train", forced=case.forced), Replay(recorded_noise(LENGTH)), window=window,
                     feedback=case.conduct().feedback)
    engine = backward(of_engine, ELBO(ELBO.Config())(made, clip, BETA).total)
    assert_parity(engine, by_script(case, model=of_script), loss=1e-10)


@pytest.mark.parametrize("window", [1, 3, None])
@pytest.mark.parametrize("clamp", [False, True], ids=["as made", "clamped"])
@pytest.mark.parametrize("past", [1, 2])
def test_sampling_is_the_scripts_loop(past: int, clamp: bool, window: int | None) -> None:
    model, clip, noise = deepcopy(settled_model()), random_clip(LENGTH), recorded_noise(LENGTH)
    with torch.no_grad():
        expected = sample(model, clip.frames.unbind(1), clip.conditions.unbind(1), noise, past=past, clamp=clamp)
    given = clip._replace(frames=clip.frames[:, :past])
    made = torch.cat([part.frames for part in Case(past, clamp=clamp).conduct(window).predict(model, given, Replay(noise))], 1)
    torch.testing.assert_close(made[:, past - 1:], torch.stack(expected, 1), rtol=0, atol=1e-12)


# ---- windows, samples, length ----

def rolled_out(clip: Clip, steps: list[Step], noise: Mapping[int, Tensor], **options: Any) -> Rollout:
    with torch.no_grad():
        return Rollout.join(rollout(settled_model(), clip, steps, Replay(noise), feedback=Case().conduct().feedback, **options))


@pytest.mark.parametrize("forced", COINS)
@pytest.mark.parametrize("mode", MODES)
def test_the_window_changes_nothing(mode: Mode, forced: str) -> None:
    clip, noise, steps = random_clip(LENGTH), recorded_noise(LENGTH), plan(LENGTH, 1, mode, forced=COINS[forced](1))
    whole = rolled_out(clip, steps, noise, window=None)
    for window in (1, 3):
        assert_same(rolled_out(clip, steps, noise, window=window), whole)


@pytest.mark.parametrize("mode", MODES)
def test_samples_in_one_batch_are_separate_rollouts(mode: Mode) -> None:
    """Row b * samples + n is sample n of clip b."""
    samples = 3
    clip, noise, steps = random_clip(LENGTH), recorded_noise(LENGTH, rows=2 * samples), plan(LENGTH, 1, mode, forced={4})
    together = rolled_out(clip, steps, noise, window=3, samples=samples)
    for n in range(samples):
        alone = rolled_out(clip, steps, {t: rows[n::samples] for t, rows in noise.items()}, window=1)
        assert_same(over(lambda values, n=n: values[n::samples], together), alone)
    first, second = together.frames[:, -1][:2]
    assert first.allclose(second, rtol=0, atol=1e-11) == (mode == "reconstruct")        # other noise, another future


def over_a_long_clip(length: int, mode: Mode = "sample", *, keep: bool = False) -> tuple[list[int], list[int]]:
    """Free-running from frame 0 on: the most memory alive in each window of steps, and how many tensors there are after every
    fourth one. `keep`: the consumer keeps what it is given."""
    model, clip = deepcopy(settled_model()), random_clip(length, clips=1)
    alive, kept, counts = Alive(model), [], []
    peaks = [0] * (length // OUTSIDE_TRAINING + 1)
    t = 0
    for made in Case(past=1).conduct(window=None).predict(model, clip, KeyedNoise([(0,)]), mode=mode):
        assert not any(values.requires_grad for values in tensors(tuple(made[1:])))
        t = made.steps[-1].t
        place = (t - 1) // OUTSIDE_TRAINING
        peaks[place] = max(peaks[place], alive.bytes)
        kept += [made] if keep else []
        if t % (4 * OUTSIDE_TRAINING) == 0:
            counts.append(sum(issubclass(type(thing), Tensor) for thing in gc.get_objects()))
    assert t == length - 1
    return peaks, counts


@pytest.fixture
def nothing_older() -> Iterator[None]:
    """The garbage collector knows nothing but what is made from here on: counting that is quick, and hangs on no other test."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("nothing_older")
@pytest.mark.parametrize(("mode", "length"), [("sample", 630), ("reconstruct", 300)])
def test_memory_is_flat_over_a_long_clip(mode: Mode, length: int) -> None:
    assert all(weight.requires_grad for weight in settled_model().parameters())
    peaks, counts = over_a_long_clip(length, mode)
    assert max(peaks[3:]) <= max(peaks[:3])
    assert len(counts) >= 2 and len(set(counts)) == 1


@pytest.mark.usefixtures("nothing_older")
def test_the_measure_of_memory_sees_what_is_kept() -> None:
    peaks, counts = over_a_long_clip(260, keep=True)
    assert peaks[2] > 2 * peaks[0] > 0
    assert counts[1] >= counts[0] + 4 * OUTSIDE_TRAINING


# ---- one coin an epoch ----

EPOCHS, BATCHES, SEED = 3, 2, 1
TOSSES = [uniform(SEED, "coin", epoch) for epoch in range(EPOCHS)]
CLIPS = [random_clip(LENGTH, seed=k) for k in range(BATCHES)]
Course = tuple[list[float], dict[str, Tensor]]      # the loss of each batch, and weights and statistics after the last


class Exact(Batch):
    """A batch whose frames are floats already."""

    def clip(self, device: torch.device) -> Clip:
        return Clip(self.frames, self.conditions)


def trainer_of(model: Model, past: int = 2, granularity: str = "epoch") -> Trainer:
    checked = Case(past).recipe(f"seed={SEED}", "forcing.ratio=0.5", f"forcing.granularity={granularity}")
    return _trainer(checked, model, conduct_of(checked, PLACE), BATCHES)


def epochs_by_engine(granularity: str = "epoch") -> Course:
    model = new_model()
    trainer, losses = trainer_of(model, granularity=granularity), []
    batches = [Exact(tuple(Pick(0, 0, LENGTH, place) for place in (2 * k, 2 * k + 1)), *clip) for k, clip in enumerate(CLIPS)]
    for epoch in range(EPOCHS):
        reports = trainer.epoch(Progress(epoch, EPOCHS, epoch * BATCHES, BATCHES), iter(batches))
        losses += [report.figures["loss"] for report in reports]
    return losses, model.state_dict()


def epochs_by_script(script: Reference = train_epochs) -> Course:
    model, like = new_model().train(), torch.empty(2, LATENT, HEIGHT, WIDTH, dtype=torch.float64)
    epochs = []
    for epoch in range(EPOCHS):
        noises = [KeyedNoise([(SEED, "noise", epoch, place, 0) for place in (2 * k, 2 * k + 1)]) for k in range(BATCHES)]
        epochs.append([(clip.frames.unbind(1), clip.conditions.unbind(1), {t: noise(t, like) for t in range(LENGTH)})
                       for clip, noise in zip(CLIPS, noises, strict=True)])
    losses = script(model, epochs, cycle(TOSSES).__next__, ratio=0.5, lr=0.001, **Case().how)
    return losses, model.state_dict()


def assert_same_course(engine: Course, script: Course, gap: float = 1e-9) -> None:
    torch.testing.assert_close(engine, script, rtol=gap, atol=gap)


@pytest.fixture(scope="module")
def course() -> Course:
    return epochs_by_engine()


def test_epochs_of_training_are_the_scripts(course: Course) -> None:
    assert {toss < 0.5 for toss in TOSSES} == {True, False}
    assert_same_course(course, epochs_by_script())


@pytest.mark.parametrize("granularity", ["batch", "frame"])
def test_a_coin_of_the_engine_for_less_than_an_epoch_is_found(granularity: str, course: Course) -> None:
    with pytest.raises(AssertionError):
        assert_same_course(epochs_by_engine(granularity), epochs_by_script(), gap=1e-5)


@pytest.mark.parametrize("forced", ["range(len(x)) if coin() < ratio else ()", "[t for t in range(len(x)) if coin() < ratio]"],
                         ids=["batch", "frame"])
def test_a_coin_of_the_script_for_less_than_an_epoch_is_found(forced: str, course: Course) -> None:
    script = rewritten(train_epochs, "range(len(x)) if teacher_forcing else ()", forced)
    with pytest.raises(AssertionError):
        assert_same_course(course, epochs_by_script(script), gap=1e-5)


@pytest.mark.parametrize("past", [1, 2])
def test_a_coin_forces_all_or_nothing_for_a_whole_epoch(past: int) -> None:
    trainer = trainer_of(new_model(), past)
    epochs, steps = 200, 3
    tossed = [{trainer.forced(Progress(epoch, epochs, epoch * steps + step, steps), LENGTH, purpose="coin") for step in range(steps)}
              for epoch in range(epochs)]
    assert all(len(coins) == 1 for coins in tossed)
    everything = frozenset(range(past + 1, LENGTH))
    assert set.union(*tossed) == {frozenset(), everything}
    assert 0.4 < tossed.count({everything}) / epochs < 0.6


# ---- each single wrong decision is found ----

CASE = Case()


@pytest.fixture(scope="module")
def script() -> Trained:
    return by_script(CASE)


@pytest.fixture(scope="module")
def engine() -> Trained:
    return by_engine(CASE)


def assert_found(engine: Trained, script: Trained) -> None:
    """The comparison fails, and would fail with the loosest bounds that a test here uses."""
    with pytest.raises(AssertionError):
        assert_parity(engine, script, loss=1e-5, gradients=1e-4)


def rewritten(function: Reference, right: str, wrong: str) -> Reference:
    """The script's function with something else in the one place where `right` stands."""
    source = inspect.getsource(function)
    assert source.count(right) == 1
    names: dict[str, Any] = dict(vars(cvae_reference))
    exec(source.replace(right, wrong), names)
    made: Reference = names[function.__name__]
    return made


@pytest.mark.parametrize(("right", "wrong"), [
    ("t <= past or", "t < past or"),
    ("t <= past or", "t <= past + 1 or"),
    ("t in forced else", "t + 1 in forced else"),
    ("t in forced else", "t not in forced else"),
    ("x_in = x[t - 1]", "x_in = x[t]"),
    ("label[t]", "label[t - 1]"),
    ("net.condition.body(label[t])", "[net.condition.body(label[t]) for _ in range(2)][1]"),
    ("gaussian(net.posterior, net.encoder.body(x[t])", "gaussian(net.posterior, net.encoder.body(x_in)"),
    ("gaussian(net.posterior, net.encoder.body(x[t])", "gaussian(net.posterior, net.encoder.body(x[t - 1])"),
    ("net.encoder.body(x[t]), h_label)", "net.encoder.body(x[t]), net.condition.body(label[t - 1]))"),
    ("net.encoder.body(x_in), h_label, z", "net.encoder.body(x[t]), h_label, z"),
    ("net.encoder.body(x_in), h_label, z", "net.encoder.body(x[t - 1]), h_label, z"),
    ("net.encoder.body(x_in), h_label, z", "net.encoder.body(x_in), z, h_label"),
    ("net.encoder.body(x_in), h_label, z", "net.encoder.body(x_in), h_label, mu"),
    ("eps[t]", "eps[t - 1]"),
    ("torch.exp(0.5 * logvar)", "torch.exp(logvar)"),
    ("mse_loss(out, x[t])", "mse_loss(out, x[t - 1])"),
    ("mse_loss(out, x[t])", "mse_loss(out.clamp(0, 1), x[t])"),
    ("mse_loss(out, x[t])", "mse_loss(out, x[t], reduction='sum') / len(out)"),
    ("mse = mse + mse_loss(out, x[t])", "mse = mse_loss(out, x[t])"),
    ("kl_to_standard_normal(mu, logvar)", "kl_to_standard_normal(mu, logvar) / mu[0, 0].numel()"),
    ("kl_to_standard_normal(mu, logvar)", "kl_to_standard_normal(mu, logvar) / mu[0].numel()"),
    ("kl_to_standard_normal(mu, logvar)", "kl_to_standard_normal(mu, 2 * logvar)"),
    ("if clamp:", "if not clamp:"),
    ("if detach:", "if not detach:"),
])
def test_a_wrong_line_of_the_script_is_found(right: str, wrong: str, engine: Trained) -> None:
    assert_found(engine, by_script(CASE, rewritten(train, right, wrong)))


def test_a_window_whose_labels_are_normalised_together_is_found(script: Trained) -> None:
    assert_found(by_engine(CASE, window=None), script)


@pytest.mark.parametrize("t", range(CASE.past + 1, LENGTH))
def test_one_wrong_coin_of_the_engine_is_found(t: int, script: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    right = conduct.plan

    def wrong(*where: Any, **how: Any) -> list[Step]:
        return [step._replace(feed="prediction" if step.feed == "truth" else "truth") if step.t == t else step for step in right(*where, **how)]
    monkeypatch.setattr(conduct, "plan", wrong)
    assert_found(by_engine(CASE), script)


@pytest.mark.parametrize("t", range(1, LENGTH))
def test_one_wrong_noise_of_the_engine_is_found(t: int, script: Trained) -> None:
    noise = recorded_noise(LENGTH)
    assert_found(by_engine(CASE, noise={**noise, t: noise[t - 1]}), script)


@pytest.mark.parametrize("t", range(1, LENGTH))
def test_one_label_off_by_one_in_the_engine_is_found(t: int, script: Trained) -> None:
    clip = CASE.clip
    clip.conditions[:, t] = clip.conditions[:, t - 1].clone()
    assert_found(by_engine(CASE, clip=clip), script)
