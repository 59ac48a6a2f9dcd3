"""Plans and stretches: what is decided before anything is computed."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given, strategies as st

from vidpred.engine.plan import batched, plan, stretches

clips = st.tuples(st.integers(2, 40), st.integers(1, 10)).filter(lambda clip: clip[1] < clip[0])
forced_sets = st.frozensets(st.integers(1, 40))


def test_the_training_plan_of_svg_step_by_step() -> None:
    steps = plan(6, 2, "train", forced={4})
    assert [step.t for step in steps] == [1, 2, 3, 4, 5]
    assert [step.feed for step in steps] == ["truth", "truth", "prediction", "truth", "prediction"]
    assert [step.refresh_skips for step in steps] == [True, False, False, False, False]
    assert all(step.latent == "posterior" and step.scored for step in steps)


def test_skip_maps_are_kept_from_the_last_but_one_given_frame() -> None:
    """Step t < past takes the skip maps of frame t-1, so with past 3 those of frame 1 are kept."""
    assert [step.refresh_skips for step in plan(6, 3, "sample")] == [True, True, False, False, False]
    assert [step.refresh_skips for step in plan(6, 1, "sample")] == [True, False, False, False, False]
    assert all(step.refresh_skips for step in plan(6, 2, "sample", last_frame_skip=True))


def test_sampling_uses_the_posterior_for_given_frames_and_the_prior_for_the_rest() -> None:
    steps = plan(5, 3, "sample")
    assert [step.latent for step in steps] == ["posterior", "posterior", "prior", "prior"]
    assert [step.scored for step in steps] == [False, False, True, True]
    assert [step.latent for step in plan(4, 2, "reconstruct")] == ["posterior_mean"] * 3


@given(clips, forced_sets)
def test_only_the_first_step_of_a_stretch_is_fed_with_a_prediction(
    clip: tuple[int, int], forced: frozenset[int]
) -> None:
    steps = plan(*clip, "train", forced=forced)
    runs = list(stretches(steps))
    assert [step for run in runs for step in run] == steps
    assert all(step.feed == "truth" for run in runs for step in run[1:])
    assert all(run[0].feed == "prediction" for run in runs[1:])


def test_a_fully_forced_clip_is_one_stretch_and_a_free_one_is_many() -> None:
    assert len(list(stretches(plan(12, 2, "train", forced=range(12))))) == 1
    assert [len(run) for run in stretches(plan(12, 2, "train"))] == [2, *[1] * 9]


@given(st.lists(st.integers()), st.one_of(st.none(), st.integers(1, 9)))
def test_batched_keeps_everything_in_order(items: list[int], size: int | None) -> None:
    pieces = list(batched(items, size))
    assert [item for piece in pieces for item in piece] == items
    assert all(0 < len(piece) <= (size or len(items)) for piece in pieces)


def test_plans_and_schedules_need_no_torch() -> None:
    modules = "vidpred.engine.plan, vidpred.engine.teacher_forcing, vidpred.builtin.annealers, vidpred.builtin.forcing"
    code = f"import {modules}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
