"""With one step per call the pose family equals the lab CVAE's training script: loss, gradients, frames and weights.

The comparison detects each single wrong decision, on either side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.parity.cases import FORCINGS, LENGTH, Replay
from tests.parity.comparing import EXACT, SINGLE, Trained, assert_detected, assert_parity, backward
from tests.parity.cvae_reference import sample, train
from tests.parity.mistakes import change_step, other_feed, rewritten
from tests.parity.tiny_cvae import BETA, Case, Output, random_clip, recorded_noise, settled_model
from vidpred import Clip, Model
from vidpred.builtin.objectives import ELBO
from vidpred.engine.plan import plan

Reference = Callable[..., Any]


def by_script(case: Case, step: Reference = train, model: Model | None = None) -> Trained:
    model, clip = model or case.model, case.clip
    loss = step(
        model,
        clip.frames.unbind(1),
        clip.conditions.unbind(1),
        case.typed(recorded_noise(LENGTH)),
        forced=case.forced,
        **case.how,
    )
    return backward(model, loss, model)


def by_engine(
    case: Case,
    *,
    model: Model | None = None,
    clip: Clip | None = None,
    noise: Mapping[int, Tensor] | None = None,
    steps_per_call: int | None = 1,
) -> Trained:
    model, clip = model or case.model, clip or case.clip
    rollout = case.runner(steps_per_call).train(model, clip, case.forced, Replay(noise or recorded_noise(LENGTH)))
    return backward(model, ELBO(ELBO.Config())(rollout, clip, BETA).total, model)


@pytest.mark.parametrize("output", ["linear", "sigmoid"])
@pytest.mark.parametrize("past", [1, 2])
@pytest.mark.parametrize("clamp", [False, True], ids=["as made", "clamped"])
@pytest.mark.parametrize("detach", [False, True], ids=["through time", "detached"])
@pytest.mark.parametrize("forcing", FORCINGS)
def test_training_equals_the_step_of_the_script(
    forcing: str, detach: bool, clamp: bool, past: int, output: Output
) -> None:
    case = Case(past=past, forcing=forcing, detach=detach, clamp=clamp, output=output)
    assert_parity(by_engine(case), by_script(case))


@pytest.mark.parametrize("output", ["linear", "sigmoid"])
def test_single_precision_agrees_within_its_rounding(output: Output) -> None:
    case = Case(output=output, dtype=torch.float32)
    # The bias before the label encoder's BatchNorm has a gradient of rounding alone, up to 3e-7.
    assert_parity(by_engine(case), by_script(case), SINGLE._replace(rounding=64 * torch.finfo(torch.float32).eps))


@pytest.mark.parametrize("steps_per_call", [1, 3, None])
@pytest.mark.parametrize("forcing", FORCINGS)
def test_with_fixed_statistics_any_number_of_steps_per_call_is_the_scripts_step(
    forcing: str, steps_per_call: int | None
) -> None:
    """The number of steps per call changes nothing but the statistics of BatchNorm."""
    case, clip = Case(forcing=forcing), random_clip(LENGTH)
    of_engine, of_script = deepcopy(settled_model()), deepcopy(settled_model())
    rollout = of_engine(
        clip,
        plan(LENGTH, case.past, "train", forced=case.forced),
        Replay(recorded_noise(LENGTH)),
        steps_per_call=steps_per_call,
        feedback=case.runner().feedback,
    )
    engine = backward(of_engine, ELBO(ELBO.Config())(rollout, clip, BETA).total, of_engine)
    assert_parity(engine, by_script(case, model=of_script), EXACT._replace(loss=1e-10))


@pytest.mark.parametrize("steps_per_call", [1, 3, None])
@pytest.mark.parametrize("clamp", [False, True], ids=["as made", "clamped"])
@pytest.mark.parametrize("past", [1, 2])
def test_sampling_equals_the_loop_of_the_script(past: int, clamp: bool, steps_per_call: int | None) -> None:
    model, clip, noise = deepcopy(settled_model()), random_clip(LENGTH), recorded_noise(LENGTH)
    with torch.no_grad():
        expected = sample(model, clip.frames.unbind(1), clip.conditions.unbind(1), noise, past=past, clamp=clamp)
    given = clip._replace(frames=clip.frames[:, :past])
    frames = torch.cat(
        [
            part.frames
            for part in Case(past=past, clamp=clamp).runner(steps_per_call).predict(model, given, Replay(noise))
        ],
        1,
    )
    torch.testing.assert_close(frames[:, past - 1 :], torch.stack(expected, 1), rtol=0, atol=1e-12)


# ---- each single wrong decision is detected ----

CASE = Case()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
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
    ],
)
def test_a_wrong_line_of_the_script_is_detected(right: str, wrong: str, engine: Trained) -> None:
    assert_detected(engine, by_script(CASE, rewritten(train, right, wrong)))


def test_a_window_whose_labels_are_normalised_together_is_detected(script: Trained) -> None:
    assert_detected(by_engine(CASE, steps_per_call=None), script)


@pytest.mark.parametrize("t", range(CASE.past + 1, LENGTH))
def test_one_wrong_forcing_draw_of_the_engine_is_detected(
    t: int, script: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_step(monkeypatch, t, other_feed)
    assert_detected(by_engine(CASE), script)


@pytest.mark.parametrize("t", range(1, LENGTH))
def test_one_wrong_noise_of_the_engine_is_detected(t: int, script: Trained) -> None:
    noise = recorded_noise(LENGTH)
    assert_detected(by_engine(CASE, noise={**noise, t: noise[t - 1]}), script)


@pytest.mark.parametrize("t", range(1, LENGTH))
def test_one_label_off_by_one_in_the_engine_is_detected(t: int, script: Trained) -> None:
    clip = CASE.clip
    clip.conditions[:, t] = clip.conditions[:, t - 1].clone()
    assert_detected(by_engine(CASE, clip=clip), script)
