"""Evaluation of clips of different lengths, each to its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from torch import Tensor

import vidpred as vp
from tests.tiny_pose import built, folder_of, pose_recipe, source, trained, write, write_pose_data
from vidpred.data.loader import LoaderSettings, load_batches
from vidpred.data.sampler import evaluation_batches
from vidpred.engine.randomness import KeyedNoise
from vidpred.evaluation.previews import mean_per_frame
from vidpred.evaluation.scoring import Measures, Sampling, score
from vidpred.runs.layout import RunFolder

MOVED = """
import vidpred
from vidpred.builtin.datasets.pose.dataset import PoseVideo
class Moved(PoseVideo):
    \"\"\"Validates on the test videos.\"\"\"
    name = "moved"
    def split(self, name):
        return super().split("test" if name == "validate" else name)
@vidpred.hookimpl
def vidpred_register(add):
    add("dataset", "moved", Moved)
"""


@pytest.fixture(scope="module")
def lengths(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Test videos of 4, 7, 7 and 5 frames."""
    return write_pose_data(
        tmp_path_factory.mktemp("lengths"), tests={"0": (4, 4), "1": (7, 7), "2": (7, 9), "3": (5, 5)}
    )


@pytest.fixture(scope="module")
def to_the_end(lengths: Path, tmp_path_factory: pytest.TempPathFactory) -> vp.Trained:
    fields = pose_recipe(lengths, validate={"metrics": ["psnr"], "future": "all", "preview_samples": 1})
    return vp.load(trained(fields, tmp_path_factory.mktemp("end")), device="cpu")


def literal(trained: vp.Trained, index: int, count: int, seed: int) -> Tensor:
    """PSNR of each predicted frame of a clip, predicted one clip at a time with the noise of `evaluate`, in dB."""
    clip = trained.clip("test", index, length=count)
    noise = KeyedNoise([(seed, "evaluate", index, 0, 0)])
    predicted = torch.cat([part.frames for part in trained.runner.predict(trained.model, clip, noise)], 1).clamp(0, 1)
    return -10 * (predicted - clip.frames[:, 1:]).square().flatten(2).mean(2)[0].log10()


def test_every_clip_is_evaluated_to_its_end(to_the_end: vp.Trained) -> None:
    scores = to_the_end.validate("test", future="all")
    assert (
        [len(row) for row in scores.predicted["psnr"]] == [len(row) for row in scores.copy_last["psnr"]] == [3, 6, 6, 4]
    )
    expected = [literal(to_the_end, index, count, 0) for index, count in enumerate([4, 7, 7, 5])]
    for measured, own in zip(scores.predicted["psnr"], expected, strict=True):
        assert torch.allclose(measured, own, atol=1e-4)
    means = [row.mean().item() for row in expected]
    assert scores.record()["psnr"] == pytest.approx(sum(means) / 4, abs=1e-4)
    frames = torch.cat(expected).mean().item()
    assert abs(sum(means) / 4 - frames) > 1e-3, "the mean over all frames would be another value"


def test_the_recipe_sets_the_predicted_frames_and_a_call_can_override_it(to_the_end: vp.Trained) -> None:
    assert [len(row) for row in to_the_end.validate("validate").predicted["psnr"]] == [5]
    assert [len(row) for row in to_the_end.validate("test", future=2).predicted["psnr"]] == [2] * 4
    assert to_the_end.clip("validate").frames.shape[1] == 6 and to_the_end.clip("test", 2).conditions.shape[1] == 9
    with pytest.raises(
        vp.DataError,
        match=r"test: evaluating past 1 \+ future 4 needs clips of 5 frames, but .*/test_img/0 has 4 frames; ",
    ):
        to_the_end.validate("test", future=4)


def test_two_evaluations_agree_exactly_and_seeds_differ(to_the_end: vp.Trained) -> None:
    first, second, other = (to_the_end.validate("test", future="all", seed=seed) for seed in (0, 0, 1))
    assert first.record() == second.record() != other.record()
    for row, again in zip(first.predicted["psnr"], second.predicted["psnr"], strict=True):
        assert torch.equal(row, again)


def test_values_per_frame_are_means_over_the_clips_that_have_the_frame(to_the_end: vp.Trained) -> None:
    scores = to_the_end.validate("test", future="all")
    summary = mean_per_frame(0, 1, scores)
    for own, rows in (
        (summary.predicted["psnr"], scores.predicted["psnr"]),
        (summary.copy_last["psnr"], scores.copy_last["psnr"]),
    ):
        expected = [[row[t].item() for row in rows if len(row) > t] for t in range(6)]
        assert [len(values) for values in expected] == [4, 4, 4, 3, 2, 2]
        assert own == pytest.approx([sum(values) / len(values) for values in expected])


def test_the_batch_size_changes_no_value(to_the_end: vp.Trained, lengths: Path, tmp_path: Path) -> None:
    recorded = to_the_end.validate("test", future="all").record()
    run = built(pose_recipe(lengths), tmp_path)
    run.model.load_state_dict(to_the_end.model.state_dict())
    split = to_the_end.dataset.split("test")
    for size in (1, 3):
        batches = evaluation_batches(4, [4, 7, 7, 5], size)
        loaded = load_batches(split, batches, LoaderSettings(lead=0))
        scores = score(run.model, loaded, run.runner, Measures.of_validation(run.validation.metrics), Sampling(seed=0))
        assert scores.record()["psnr"] == pytest.approx(recorded["psnr"], abs=1e-5)


def test_shuffled_conditions_have_the_length_of_the_clip(to_the_end: vp.Trained) -> None:
    """A clip may be longer than the one that its wrong conditions come from."""
    scores = to_the_end.validate("test", future="all", shuffle_conditions=True)
    assert [len(row) for row in scores.predicted["psnr"]] == [3, 6, 6, 4]
    assert scores.record() != to_the_end.validate("test", future="all").record()
    assert scores.record()["copy_last"] == to_the_end.validate("test", future="all").record()["copy_last"]


def test_a_run_validates_clips_of_different_lengths_and_draws_them(
    lengths: Path, vidpred: Callable[..., Any], tmp_path: Path
) -> None:
    plugin = tmp_path / "moved.py"
    plugin.write_text(MOVED)
    fields = pose_recipe(
        lengths,
        data=source(lengths, name="moved"),
        validate={"metrics": ["psnr"], "future": "all", "preview_samples": 2},
    )
    outcome = vidpred(
        "run", write(tmp_path / "r.yaml", fields), "--out", tmp_path / "out", "--device", "cpu", "--plugin", plugin
    )
    assert outcome.code == 0 and "could not be drawn" not in outcome.output + outcome.errors, outcome
    run = folder_of(tmp_path / "out")
    assert yaml.safe_load((run / "recipe.yaml").read_text())["validate"]["future"] == "all"
    assert (run / "previews/epoch_0000.gif").is_file() and (run / "plots/psnr_per_frame.png").is_file()
    model = vp.load(run, device="cpu", plugins=[plugin])
    recorded = RunFolder(run).read_history()[0]["validate"]
    scores = model.validate("validate")
    assert [len(row) for row in scores.predicted["psnr"]] == [3, 6, 6, 4]
    assert scores.record()["psnr"] == pytest.approx(recorded["psnr"], abs=1e-5)
    assert model.validate("test", future="all").record()["psnr"] == pytest.approx(recorded["psnr"], abs=1e-5)
