"""Parts of both families in one model: errors if they do not fit, training if they do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import vidpred as vp
from tests.tiny_pose import SIZE, folder_of, noise, pose_recipe, settings, write, write_pose_data
from vidpred import FeatureSpec, Misfit
from vidpred.builtin.conditions.pose import PoseEncoder
from vidpred.builtin.decoders.resnet import ResNetDecoder
from vidpred.builtin.encoders.resnet import ResNetEncoder
from vidpred.runs.layout import RunFolder

pytestmark = pytest.mark.usefixtures("without_pictures")

SHORT = """
train: {epochs: 1, batch_size: 2, steps_per_epoch: 1, precision: fp32, reestimate_batches: 1}
validate: {metrics: [psnr], future: 1}
save: {best: [psnr]}
annealer: none
"""
ROBOT_IN_POSE_PARTS = """
extends: bair_base
name: mixed
data: {{name: bair_robot, root: {robot}}}
sequence: {{past: 2, future: 2}}
model:
  encoder: {{name: resnet, dim: 8}}
  condition: {condition}
  posterior: {{name: gaussian_conv, latent: 4}}
  predictor: {{name: direct_fusion, dim: 8}}
  decoder: {{name: resnet, output: sigmoid}}
"""
POSE_IN_VECTORS = """
extends: pose_base
name: mixed
data: {{name: pose_video, root: {pose}, size: [64, 64]}}
sequence: {{past: 1, future: 3}}
model:
  encoder: {{name: vgg64, dim: 8, width: 0.03}}
  condition: {{name: pose, dim: 4}}
  posterior: {{name: gaussian_lstm, latent: 4, hidden: 8, reads: [frame, condition]}}
  predictor: {{name: lstm, hidden: 8, layers: 1}}
  decoder: vgg64
"""
RESNET18_IN_THE_ROBOT_FAMILY = """
extends: bair_base
name: mixed
data: {{name: bair_robot, root: {robot}, conditions: [actions]}}
sequence: {{past: 1, future: 1}}
model: {{encoder: {{name: resnet18, dim: 8}}, posterior: {{latent: 4, hidden: 8}}, predictor: {{hidden: 8, layers: 1}}}}
"""
LEARNED_PRIOR = """
extends: pose_base
name: mixed
data: {{name: pose_video, root: {pose}, size: [8, 16]}}
sequence: {{past: 1, future: 3}}
model:
  encoder: {{dim: 8}}
  condition: {{dim: 4}}
  posterior: {{latent: 4}}
  prior: gaussian_conv
  predictor: {{dim: 8}}
"""


# parts that do not fit


@pytest.fixture
def pose_file(tmp_path: Path) -> Path:
    return write(tmp_path / "pose.yaml", pose_recipe(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            ["model.decoder=vgg64"],
            "model.decoder: vgg64 needs 4 skip maps of 64, 32, 16 and 8 pixels, but the encoder gives none",
        ),
        (
            ["model.predictor=lstm"],
            "model.decoder: resnet decodes maps as large as the frame, but it gets 8 for frames of 3x8x16; use a "
            "predictor and an encoder that give such maps, as direct_fusion and resnet do",
        ),
        (["model.encoder=resnet18"], "model.encoder: resnet18 encodes 64x64 frames, but these are 3x8x16"),
        (
            ["model.condition=standardize"],
            "model.condition: standardize takes vectors, but these conditions are maps of 3x8x16",
        ),
        (
            ["model.prior={name: gaussian_conv, latent: 8}"],
            "model.prior: gives a latent of 8x8x16, but the posterior one of 4x8x16",
        ),
        (
            ["model.prior={name: gaussian_conv, reads: [latent]}"],
            "model.prior: gaussian_conv reads latent, which this slot does not have; it has: frame, condition",
        ),
        (
            ["model.posterior={name: gaussian_lstm, latent: 8}", "model.prior=gaussian_conv"],
            "model.prior: gives a latent of 8x8x16, but the posterior one of 8",
        ),
        (["model.posterior={name: gaussian_lstm, latent: 2}", "model.prior=gaussian_conv"], "model.prior: "),
        (
            ["model.predictor={name: direct_fusion, reads: [condition]}", "model.condition.dim=2"],
            "model.predictor: direct_fusion needs 4 input channels or more, but it gets 2x8x16",
        ),
        (["model.encoder.dim=4"], "model.encoder.dim: should be greater than or equal to 8, got 4"),
        (["model.posterior.latent=3"], "model.posterior.latent: should be greater than or equal to 4, got 3"),
        (["model.decoder.output=tanh"], "model.decoder.output: should be 'linear' or 'sigmoid', got 'tanh'"),
        (["model.condition.slope=2"], "model.condition.slope: should be less than or equal to 1, got 2"),
    ],
)
def test_parts_that_do_not_fit_the_pose_family_are_refused(
    changes: list[str], message: str, vidpred: Callable[..., Any], pose_file: Path
) -> None:
    refused = vidpred("check", pose_file, *settings(*changes))
    assert refused.code == 2 and message in refused.errors, refused


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            ["model.condition=pose"],
            "model.condition: pose encodes maps, but these conditions are vectors of 7; use identity or standardize",
        ),
        (
            ["model.predictor=direct_fusion"],
            "model.predictor: direct_fusion reads maps of one size, but its inputs are vectors only",
        ),
        (
            ["model.posterior=gaussian_conv"],
            "model.posterior: gaussian_conv reads maps of one size, but its inputs are vectors only",
        ),
        (
            ["model.decoder=resnet"],
            "model.decoder: resnet decodes maps as large as the frame, but it gets 8 for frames of 3x64x64",
        ),
        (
            ["model.encoder=resnet"],
            "model.decoder: vgg64 needs 4 skip maps of 64, 32, 16 and 8 pixels, but the encoder gives none",
        ),
    ],
)
def test_parts_that_do_not_fit_the_robot_family_are_refused(
    changes: list[str], message: str, vidpred: Callable[..., Any], write_recipe: Callable[..., Path]
) -> None:
    refused = vidpred("check", write_recipe(), *settings(*changes))
    assert refused.code == 2 and message in refused.errors, refused


def test_parts_that_need_maps_refuse_other_inputs() -> None:
    small = FeatureSpec(3, (5, 9))
    for component, arguments in (
        (ResNetEncoder, (FeatureSpec(8),)),
        (PoseEncoder, (FeatureSpec(7),)),
        (PoseEncoder, (FeatureSpec(3, (3, 9)),)),
        (ResNetDecoder, (FeatureSpec(4, (5, 9)), (), small)),
        (ResNetDecoder, (FeatureSpec(8, (4, 4)), (), small)),
    ):
        with pytest.raises(Misfit):
            component(component.Config(), *arguments)


# parts of both families, as users write it


@pytest.fixture
def trained(vidpred: Callable[..., Any], tmp_path: Path, robot_data: Path) -> Callable[..., tuple[Path, vp.Trained]]:
    """trained(text, …): the run folder of this recipe, and its model."""

    def run(text: str, **names: str) -> tuple[Path, vp.Trained]:
        recipe = tmp_path / "mixed.yaml"
        recipe.write_text(text.format(robot=robot_data, pose=write_pose_data(tmp_path / "data"), **names) + SHORT)
        outcome = vidpred("run", recipe, "--out", tmp_path / "out", "--device", "cpu")
        assert outcome.code == 0, outcome.errors
        folder = folder_of(tmp_path / "out", "mixed")
        return folder, vp.load(folder, device="cpu")

    return run


def assert_predicts(folder: Path, trained: vp.Trained, length: int, *size: int) -> None:
    """Assert that its record is finite, and that predicted frames are in [0, 1] and depend on the conditions."""
    record = RunFolder(folder).read_history()[0]
    assert record["skipped"] == 0 and all(
        abs(value) < 1e5 for value in (*record["train"].values(), record["validate"]["psnr"])
    )
    clip = trained.clip("test", 0, length=length)
    frames = trained.predict(clip)
    assert frames.shape == (1, length - 1, 3, *size) and frames.min() >= 0 and frames.max() <= 1
    other = 10 * clip.conditions + 10 * noise(*clip.conditions.shape)
    assert not torch.equal(frames, trained.predict(vp.Clip(clip.frames, other)))


@pytest.mark.parametrize("condition", ["identity", "standardize"])
def test_actions_condition_pose_parts(condition: str, trained: Callable[..., Any]) -> None:
    folder, model = trained(ROBOT_IN_POSE_PARTS, condition=condition)
    assert_predicts(folder, model, 4, 64, 64)
    assert model.model.predictor.input_spec == FeatureSpec(8 + 7 + 4, (64, 64))


def test_poses_condition_vector_cores(trained: Callable[..., Any]) -> None:
    folder, model = trained(POSE_IN_VECTORS)
    assert_predicts(folder, model, 5, 64, 64)
    assert model.model.predictor.input_spec == FeatureSpec(
        8 + 4 + 4
    ) and model.model.posterior.input_spec == FeatureSpec(8 + 4)


def test_resnet18_replaces_vgg64(trained: Callable[..., Any]) -> None:
    folder, model = trained(RESNET18_IN_THE_ROBOT_FAMILY)
    assert_predicts(folder, model, 2, 64, 64)


def test_the_prior_can_be_learned(trained: Callable[..., Any]) -> None:
    folder, model = trained(LEARNED_PRIOR)
    assert_predicts(folder, model, 5, *SIZE)
    prior = model.model.prior
    assert prior.reads == ("frame", "condition") and prior.spec == model.model.posterior.spec
    guess, _ = prior(noise(1, 1, *prior.input_spec.shape), None)
    assert guess.mean.abs().max() > 0 and RunFolder(folder).read_history()[0]["train"]["kl"] > 0
