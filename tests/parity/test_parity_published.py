"""With one step per call the engine equals the published loop, for every policy: loss, gradients and frames.

The comparison detects each single wrong decision, on either side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.parity.cases import FORCINGS, LENGTH, Replay
from tests.parity.comparing import SINGLE, Trained, assert_detected, assert_parity, backward
from tests.parity.mistakes import change_step, other_feed, rewritten
from tests.parity.svg_reference import sample, train
from tests.parity.tiny_svg import Case, random_clip, recorded_noise, settled_model
from vidpred import Clip, Model
from vidpred.builtin.objectives import ELBO
from vidpred.engine.device import select_device
from vidpred.engine.feedback import make_feedback
from vidpred.engine.runner import RolloutRunner

BETA = 0.1  # so that neither term hides the other
Reference = Callable[..., Tensor]


def by_script(case: Case, step: Reference = train) -> Trained:
    """Compare the decoder's statistics only.

    The engine encodes a true frame once where the script encodes it twice, so the encoder's statistics are averages
    of the same values with other weights.
    """
    model, clip = case.model, case.clip
    loss = step(
        model,
        clip.frames.unbind(1),
        clip.conditions.unbind(1),
        case.typed(recorded_noise(LENGTH)),
        n_past=case.past,
        last_frame_skip=case.last_frame_skip,
        forced=case.forced,
        detach=case.detach,
        learned_prior=case.prior == "learned",
        beta=BETA,
    )
    return backward(model, loss, model.decoder)


def by_engine(
    case: Case, *, model: Model | None = None, clip: Clip | None = None, noise: Mapping[int, Tensor] | None = None
) -> Trained:
    model, clip = model or case.model, clip or case.clip
    how = RolloutRunner(
        case.past,
        select_device("cpu", "fp32"),
        case.last_frame_skip,
        steps_per_call=1,
        feedback=make_feedback(detach=case.detach),
    )
    rollout = how.train(model, clip, case.forced, Replay(noise or recorded_noise(LENGTH)))
    return backward(model, ELBO(ELBO.Config())(rollout, clip, BETA).total, model.decoder)


@pytest.mark.parametrize("detach", [False, True], ids=["through time", "detached"])
@pytest.mark.parametrize("last_frame_skip", [False, True], ids=["given skips", "last skips"])
@pytest.mark.parametrize("prior", ["fixed", "learned"])
@pytest.mark.parametrize("forcing", FORCINGS)
def test_training_equals_the_published_step(forcing: str, prior: str, last_frame_skip: bool, detach: bool) -> None:
    case = Case(prior=prior, forcing=forcing, last_frame_skip=last_frame_skip, detach=detach)
    assert_parity(by_engine(case), by_script(case))


@pytest.mark.parametrize("past", [1, 3])
@pytest.mark.parametrize("forcing", FORCINGS)
def test_training_equals_the_published_step_with_fewer_and_more_given_frames(forcing: str, past: int) -> None:
    case = Case(past=past, forcing=forcing)
    assert_parity(by_engine(case), by_script(case))


@pytest.mark.parametrize("prior", ["fixed", "learned"])
def test_single_precision_agrees_within_its_rounding(prior: str) -> None:
    case = Case(prior=prior, dtype=torch.float32)
    assert_parity(by_engine(case), by_script(case), SINGLE)


@pytest.mark.parametrize("steps_per_call", [1, None])
@pytest.mark.parametrize("last_frame_skip", [False, True], ids=["given skips", "last skips"])
@pytest.mark.parametrize("prior", ["fixed", "learned"])
@pytest.mark.parametrize("past", [1, 2, 3])
def test_sampling_equals_the_published_loop(
    past: int, prior: str, last_frame_skip: bool, steps_per_call: int | None
) -> None:
    model, clip, noise = settled_model(prior), random_clip(LENGTH), recorded_noise(LENGTH)
    with torch.no_grad():
        expected = sample(
            model,
            clip.frames.unbind(1),
            clip.conditions.unbind(1),
            noise,
            n_past=past,
            last_frame_skip=last_frame_skip,
            learned_prior=prior == "learned",
        )
    how = RolloutRunner(past, select_device("cpu", "fp32"), last_frame_skip, steps_per_call)
    frames = torch.cat([part.frames for part in how.predict(model, clip, Replay(noise))], 1)
    torch.testing.assert_close(frames[:, past - 1 :], torch.stack(expected, 1), rtol=0, atol=1e-12)


# ---- each single wrong decision is detected ----

CASE = Case()


@pytest.mark.parametrize(
    ("published", "wrong"),
    [
        ("or i < n_past or", "or i <= n_past or"),
        ("or i < n_past or i == 1", "or i == 1"),
        ("last_frame_skip or", "i in forced or"),
        ("if i <= n_past or", "if i < n_past or"),
        ("i in forced else", "i + 1 in forced else"),
        ("i in forced else", "i not in forced else"),
        ("x_in = x[i - 1]", "x_in = x[i]"),
        ("net.encoder(x[i])", "net.encoder(x[i - 1])"),
        ("torch.cat([h, z_t", "torch.cat([h_target, z_t"),
        ("condition[i]", "condition[i - 1]"),
        ("eps[i]", "eps[i - 1]"),
        ("torch.exp(0.5 * logvar)", "torch.exp(logvar)"),
        ("gaussian_lstm(net.prior, h, prior", "gaussian_lstm(net.prior, h_target, prior"),
        ("kl_to_gaussian(mu, logvar, mu_p, logvar_p)", "kl_to_gaussian(mu_p, logvar_p, mu, logvar)"),
        ("mse_loss(x_pred, x[i])", "mse_loss(x_pred, x[i - 1])"),
        ("if detach:", "if not detach:"),
    ],
)
def test_a_wrong_line_of_the_script_is_detected(published: str, wrong: str, engine: Trained) -> None:
    # With 3 given frames, "i < n_past" matters for i = 2 as well; with 2, it is the same as "i == 1".
    case = Case(past=3) if wrong == "or i == 1" else CASE
    assert_detected(engine if case == CASE else by_engine(case), by_script(case, rewritten(train, published, wrong)))


@pytest.mark.parametrize("t", range(2, LENGTH))
def test_one_wrong_skip_of_the_engine_is_detected(t: int, script: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    change_step(monkeypatch, t, lambda step: step._replace(refresh_skips=not step.refresh_skips))
    assert_detected(by_engine(CASE), script)


@pytest.mark.parametrize("t", range(2, LENGTH))
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
def test_one_condition_off_by_one_in_the_engine_is_detected(t: int, script: Trained) -> None:
    clip = CASE.clip
    clip.conditions[:, t] = clip.conditions[:, t - 1].clone()
    assert_detected(by_engine(CASE, clip=clip), script)


@pytest.mark.parametrize("t", [t for t in range(1, LENGTH) if t <= CASE.past or t in CASE.forced])
def test_feeding_the_engine_a_wrong_true_frame_is_detected(t: int, script: Trained) -> None:
    class OffByOne(type(CASE.model)):  # type: ignore[misc]
        """Uses the features of frame t instead of those of frame t - 1 when it predicts frame t."""

        def predict(self, stretch: Any, ahead: Any, *rest: Any) -> Any:
            features = (
                {**ahead.features, t - 1: self.encoder(CASE.clip.frames[:, t])} if stretch[0].t == t else ahead.features
            )
            return super().predict(stretch, ahead._replace(features=features), *rest)

    model = CASE.model
    model.__class__ = OffByOne
    assert_detected(by_engine(CASE, model=model), script)
