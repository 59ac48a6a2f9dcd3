"""The pose family's parts: their published sizes, a literal re-computation of their blocks, and how they go with others'."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import resnet18

import vidpred as vp
from tests.tiny_pose import SIZE, built, pose_recipe, settings, write, write_pose_data
from vidpred import FeatureSpec, Misfit
from vidpred.build import check_fit
from vidpred.builtin.conditions.pose import PoseEncoder
from vidpred.builtin.cores.direct_fusion import DirectFusion
from vidpred.builtin.cores.gaussian_conv import GaussianConv
from vidpred.builtin.decoders.resnet import ResNetDecoder
from vidpred.builtin.decoders.vgg64 import VGG64Decoder
from vidpred.builtin.encoders.resnet import ResNetEncoder
from vidpred.builtin.encoders.resnet18 import ResNet18Encoder
from vidpred.builtin.layers.residual import Depth, Residual
from vidpred.engine import records
from vidpred.plugins import discover
from vidpred.recipe.check import check
from vidpred.recipe.document import load
from vidpred.testing import check_component

FRAME = FeatureSpec(3, (32, 64))
SMALL, LARGE = FeatureSpec(3, (5, 9)), FeatureSpec(3, (64, 64))
FULL = {"frame": FeatureSpec(128, (32, 64)), "condition": FeatureSpec(32, (32, 64)), "latent": FeatureSpec(12, (32, 64))}
PUBLISHED = {"encoder": 193_568, "condition": 16_832, "posterior": 8_289, "prior": 0, "predictor": 617_768, "decoder": 749_163}


def sources(size: tuple[int, int] = (5, 9)) -> dict[Any, FeatureSpec]:
    return {"frame": FeatureSpec(8, size), "condition": FeatureSpec(4, size), "latent": FeatureSpec(4, size)}


def weights(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# sizes and shapes

def test_default_widths_have_the_published_weights() -> None:
    encoder = ResNetEncoder(ResNetEncoder.Config(), FRAME)
    posterior = GaussianConv(GaussianConv.Config(), FULL)
    predictor = DirectFusion(DirectFusion.Config(), FULL)
    decoder = ResNetDecoder(ResNetDecoder.Config(), predictor.spec, encoder.spec.skips, FRAME)
    condition = PoseEncoder(PoseEncoder.Config(), FRAME)
    parts = {"encoder": encoder, "condition": condition, "posterior": posterior, "predictor": predictor, "decoder": decoder}
    assert {name: weights(part) for name, part in parts.items()} == {name: count for name, count in PUBLISHED.items() if count}
    assert (encoder.spec, posterior.spec, predictor.spec) == (FULL["frame"], FULL["latent"], FeatureSpec(192, (32, 64)))


def test_pose_base_is_made_of_them(vidpred: Callable[..., Any]) -> None:
    model = check_fit(check(load("pose_base"), discover().registry))
    assert {name: weights(part) for name, part in model.named_children()} == PUBLISHED
    assert weights(model) == sum(PUBLISHED.values()) == 1_585_620
    assert "valid; 1,585,620 parameters" in vidpred("check", "pose_base").output


@pytest.mark.parametrize(("component", "arguments", "given"), [
    (ResNetEncoder, (LARGE,), {"dim": 16}), (ResNet18Encoder, (LARGE,), {"dim": 5}), (PoseEncoder, (SMALL,), {"dim": 6, "slope": 0.2}),
    (GaussianConv, (sources(),), {}), (GaussianConv, (sources(), FeatureSpec(8, (5, 9))), {"slope": 0.1, "reads": ["condition"]}),
    (GaussianConv, (sources(),), {"latent": 5}), (DirectFusion, (sources(),), {"dim": 8}),
    (DirectFusion, (sources(),), {"dim": 13, "reads": ["frame"]}), (DirectFusion, ({**sources(), "condition": FeatureSpec(7)},), {"dim": 8}),
    (ResNetDecoder, (FeatureSpec(9, (5, 9)), (), SMALL), {"output": "sigmoid"}),
])
def test_they_keep_the_promises_of_their_kind(component: Any, arguments: Any, given: Any) -> None:
    check_component(component, *arguments, **given)


@pytest.mark.parametrize("size", [(5, 9), (32, 64), (64, 64), (17, 8)])
@pytest.mark.parametrize("channels", [1, 3])
def test_maps_keep_their_size(size: tuple[int, int], channels: int) -> None:
    spec = FeatureSpec(channels, size)
    encoder = ResNetEncoder(ResNetEncoder.Config(dim=8), spec)
    pose = PoseEncoder(PoseEncoder.Config(dim=4), spec)
    posterior = GaussianConv(GaussianConv.Config(latent=4), {"frame": encoder.spec, "condition": pose.spec})
    fusion = DirectFusion(DirectFusion.Config(dim=10), {"frame": encoder.spec, "condition": pose.spec, "latent": posterior.spec})
    decoder = ResNetDecoder(ResNetDecoder.Config(), fusion.spec, (), spec)
    features, condition = encoder(noise(2, *spec.shape)).value, pose(noise(2, *spec.shape))
    latent, _ = posterior(torch.cat([features, condition], 1)[:, None], None)
    hidden, state = fusion(torch.cat([features, condition, latent.mean[:, 0]], 1)[:, None], None)
    made = decoder(hidden[:, 0], ())
    shapes = [features, condition, latent.mean[:, 0], latent.logvar[:, 0], hidden[:, 0], made.frames]
    assert [tuple(map_.shape) for map_ in shapes] == [(2, count, *size) for count in (8, 4, 4, 4, 10, channels)]
    assert state is None and not made.extras and encoder.spec.skips == ()


# blocks, computed by hand

def conv(weights: dict[str, Tensor], name: str, x: Tensor, **options: Any) -> Tensor:
    return F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], **options)


def residual(weights: dict[str, Tensor], x: Tensor) -> Tensor:
    y = F.leaky_relu(conv(weights, "body.0", x, padding=1), 0.01)
    y = F.leaky_relu(conv(weights, "body.2", y, padding=1), 0.01)
    return y + (conv(weights, "skip", x) if "skip.weight" in weights else x)


def depth(weights: dict[str, Tensor], x: Tensor) -> Tensor:
    y = F.leaky_relu(conv(weights, "mix.0", x), 0.01)
    y = conv(weights, "mix.3", conv(weights, "mix.2", y, padding=1, groups=x.shape[1]))
    y = y + (conv(weights, "skip", x) if "skip.weight" in weights else x)
    wide = conv(weights, "widen", y)
    half = wide.shape[1] // 2
    return y + conv(weights, "narrow", wide[:, :half] * F.leaky_relu(wide[:, half:], 0.1))


@pytest.mark.parametrize(("channels", "out"), [(6, 6), (6, 10), (10, 3), (1, 1)])
@pytest.mark.parametrize(("block", "literal"), [(Residual, residual), (Depth, depth)])
def test_blocks_are_what_their_equations_say(block: Any, literal: Any, channels: int, out: int) -> None:
    torch.manual_seed(channels)
    made, x = block(channels, out).double(), noise(2, channels, 7, 5).double()
    own = made.state_dict()
    assert ("skip.weight" in own) == (channels != out)
    assert made(x).shape == (2, out, 7, 5) and torch.allclose(made(x), literal(own, x), atol=1e-12, rtol=0)


def test_blocks_are_local_and_deep_ones_mix_within_a_channel() -> None:
    """A pixel reaches 2 pixels far through a residual block, and 1 through a depth block."""
    for block, reach in ((Residual(4, 4), 2), (Depth(4, 4), 1)):
        x = noise(1, 4, 11, 11)
        moved = x.clone()
        moved[:, :, 5, 5] += 1
        changed = (block(x) - block(moved)).abs().amax((0, 1)).nonzero()
        assert changed.min(0).values.tolist() == [5 - reach] * 2 and changed.max(0).values.tolist() == [5 + reach] * 2


def below(weights: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


@pytest.mark.parametrize("slope", [1.0, 0.2, 0.0])
def test_a_slope_of_1_is_no_activation_at_all(slope: float) -> None:
    torch.manual_seed(0)
    x = noise(2, 3, 6, 8).double()
    pose = PoseEncoder(PoseEncoder.Config(dim=4, slope=slope), FeatureSpec(3, (6, 8))).double().eval()
    own = pose.state_dict()
    y = conv(own, "body.1", F.pad(x, (3, 3, 3, 3), mode="reflect"))
    y = F.batch_norm(y, own["body.2.running_mean"], own["body.2.running_var"], own["body.2.weight"], own["body.2.bias"])
    literal = residual(below(own, "body.4."), y if slope == 1 else F.leaky_relu(y, slope))
    assert torch.allclose(pose(x), literal, atol=1e-12)

    core = GaussianConv(GaussianConv.Config(latent=8, slope=slope, reads=("frame",)), {"frame": FeatureSpec(3, (6, 8))}).double()
    own, y = core.state_dict(), x
    for place, block in enumerate((residual, depth, residual, depth, residual)):
        y = block(below(own, f"body.{place}."), y)
    y = y if slope == 1 else F.leaky_relu(y, slope)
    made, _ = core(x[:, None], None)
    for gaussian, head in zip(made, ("mean", "logvar"), strict=True):
        assert torch.allclose(gaussian[:, 0], conv(own, head, y), atol=1e-12)


def test_the_published_slope_is_the_default() -> None:
    assert PoseEncoder.Config().slope == GaussianConv.Config().slope == 1.0


def test_the_decoder_may_end_in_a_sigmoid() -> None:
    hidden, wild = FeatureSpec(8, (5, 9)), 100 * noise(2, 8, 5, 9)
    torch.manual_seed(0)
    linear = ResNetDecoder(ResNetDecoder.Config(), hidden, (), SMALL)
    sigmoid = ResNetDecoder(ResNetDecoder.Config(output="sigmoid"), hidden, (), SMALL)
    sigmoid.load_state_dict(linear.state_dict())
    frames, bounded = linear(wild, ()).frames, sigmoid(wild, ()).frames
    assert frames.min() < 0 or frames.max() > 1
    assert bounded.min() >= 0 and bounded.max() <= 1 and torch.allclose(bounded, frames.sigmoid())


def test_means_and_log_variances_are_in_float32_under_autocast() -> None:
    core = GaussianConv(GaussianConv.Config(latent=4), sources())
    with torch.autocast("cpu", torch.bfloat16):
        made, _ = core(noise(1, 2, *core.inputs.shape), None)
    assert {value.dtype for value in made} == {torch.float32}


def test_every_weight_of_the_family_learns(tmp_path: Path) -> None:
    """One step leaves no weight without a gradient, free-running, with a learned prior."""
    recipe = pose_recipe(write_pose_data(tmp_path / "data"))
    run = built({**recipe, "model": {**recipe["model"], "prior": "gaussian_conv"}}, tmp_path)
    clip = next(run._shown("train", 0)).clip(torch.device("cpu"))
    made = run.conduct.train(run.model, clip, frozenset(), lambda t, like: torch.ones_like(like))
    run.trainer.objective(made, clip, 1.0).total.backward()
    assert [name for name, weight in run.model.named_parameters() if weight.grad is None or not weight.grad.abs().sum() > 0] == []


# resnet18

def test_resnet18_is_torchvisions_behind_its_stem() -> None:
    torch.manual_seed(0)
    encoder, original = ResNet18Encoder(ResNet18Encoder.Config(dim=8), LARGE).eval(), resnet18(weights=None).eval()
    stages = {f"layer{int(name[0]) + 1}{name[1:]}": value for name, value in encoder.stages.state_dict().items()}
    theirs = {name: value for name, value in original.state_dict().items() if name.startswith("layer")}
    assert {name: value.shape for name, value in stages.items()} == {name: value.shape for name, value in theirs.items()}
    assert not [name for name in encoder.state_dict() if "fc" in name]

    original.load_state_dict(stages, strict=False)
    x = encoder.stem(noise(1, 3, 64, 64))
    assert x.shape == (1, 64, 64, 64) and x.min() == 0
    skips = []
    for stage in (original.layer1, original.layer2, original.layer3, original.layer4):
        x = stage(x)
        skips.append(x)
    made = encoder(noise(1, 3, 64, 64))
    assert all(torch.equal(own, their) for own, their in zip(made.skips, skips, strict=True))
    assert made.value.shape == (1, 8) and made.value.abs().max() <= 1


def test_resnet18_fits_the_decoder_vgg64() -> None:
    encoder = ResNet18Encoder(ResNet18Encoder.Config(dim=8), LARGE)
    assert [skip.shape for skip in encoder.spec.skips] == [(64, 64, 64), (128, 32, 32), (256, 16, 16), (512, 8, 8)]
    decoder = VGG64Decoder(vp.Config(), encoder.spec, encoder.spec.skips, LARGE)
    features = encoder(noise(2, 3, 64, 64))
    assert decoder(features.value, features.skips).frames.shape == (2, 3, 64, 64)


# parts that do not fit

@pytest.fixture
def pose_file(tmp_path: Path) -> Path:
    return write(tmp_path / "pose.yaml", pose_recipe(tmp_path / "nowhere"))


@pytest.mark.parametrize(("changes", "telling"), [
    (["model.decoder=vgg64"], "model.decoder: vgg64 needs 4 skip maps of 64, 32, 16 and 8 pixels, but the encoder gives none"),
    (["model.predictor=lstm"], "model.decoder: resnet decodes maps as large as the frame, but it gets 8 for frames of 3x8x16; use a predictor and an "
                               "encoder that give such maps, as direct_fusion and resnet do"),
    (["model.encoder=resnet18"], "model.encoder: resnet18 encodes 64x64 frames, but these are 3x8x16"),
    (["model.condition=standardize"], "model.condition: standardize takes vectors, but these conditions are maps of 3x8x16"),
    (["model.prior={name: gaussian_conv, latent: 8}"], "model.prior: gives a latent of 8x8x16, but the posterior one of 4x8x16"),
    (["model.prior={name: gaussian_conv, reads: [latent]}"],
     "model.prior: gaussian_conv reads latent, which is not known there; readable: frame, condition"),
    (["model.posterior={name: gaussian_lstm, latent: 8}", "model.prior=gaussian_conv"],
     "model.prior: gives a latent of 8x8x16, but the posterior one of 8"),
    (["model.posterior={name: gaussian_lstm, latent: 2}", "model.prior=gaussian_conv"], "model.prior: "),
    (["model.predictor={name: direct_fusion, reads: [condition]}", "model.condition.dim=2"],
     "model.predictor: direct_fusion needs 4 channels or more to read, but it gets 2x8x16"),
    (["model.encoder.dim=4"], "model.encoder.dim: should be greater than or equal to 8, got 4"),
    (["model.posterior.latent=3"], "model.posterior.latent: should be greater than or equal to 4, got 3"),
    (["model.decoder.output=tanh"], "model.decoder.output: should be 'linear' or 'sigmoid', got 'tanh'"),
    (["model.condition.slope=2"], "model.condition.slope: should be less than or equal to 1, got 2"),
])
def test_misfits_of_the_pose_family(changes: list[str], telling: str, vidpred: Callable[..., Any], pose_file: Path) -> None:
    refused = vidpred("check", pose_file, *settings(*changes))
    assert refused.code == 2 and telling in refused.errors, refused


@pytest.mark.parametrize(("changes", "telling"), [
    (["model.condition=pose"], "model.condition: pose encodes maps, but these conditions are vectors of 7; use identity or standardize"),
    (["model.predictor=direct_fusion"], "model.predictor: direct_fusion reads maps of one size, but its inputs are vectors only"),
    (["model.posterior=gaussian_conv"], "model.posterior: gaussian_conv reads maps of one size, but its inputs are vectors only"),
    (["model.decoder=resnet"], "model.decoder: resnet decodes maps as large as the frame, but it gets 8 for frames of 3x64x64"),
    (["model.encoder=resnet"], "model.decoder: vgg64 needs 4 skip maps of 64, 32, 16 and 8 pixels, but the encoder gives none"),
])
def test_misfits_of_the_robot_family(changes: list[str], telling: str, vidpred: Callable[..., Any], write_recipe: Callable[..., Path]) -> None:
    refused = vidpred("check", write_recipe(), *settings(*changes))
    assert refused.code == 2 and telling in refused.errors, refused


def test_maps_are_asked_for_before_anything_is_built() -> None:
    for component, arguments in ((ResNetEncoder, (FeatureSpec(8),)), (PoseEncoder, (FeatureSpec(7),)), (PoseEncoder, (FeatureSpec(3, (3, 9)),)),
                                 (ResNetDecoder, (FeatureSpec(4, (5, 9)), (), SMALL)), (ResNetDecoder, (FeatureSpec(8, (4, 4)), (), SMALL))):
        with pytest.raises(Misfit):
            component(component.Config(), *arguments)


# the families mixed, as users would write it

@pytest.fixture(autouse=True)
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidpred.build.draw", lambda folder, _: folder)


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
model: {{encoder: {{dim: 8}}, condition: {{dim: 4}}, posterior: {{latent: 4}}, prior: gaussian_conv, predictor: {{dim: 8}}}}
"""


@pytest.fixture
def trained(vidpred: Callable[..., Any], tmp_path: Path, robot_data: Path) -> Callable[..., tuple[Path, vp.Trained]]:
    """trained(text, …): the run that this recipe leaves, and its model."""
    def run(text: str, **names: str) -> tuple[Path, vp.Trained]:
        recipe = tmp_path / "mixed.yaml"
        recipe.write_text(text.format(robot=robot_data, pose=write_pose_data(tmp_path / "data"), **names) + SHORT)
        outcome = vidpred("run", recipe, "--out", tmp_path / "out", "--device", "cpu")
        assert outcome.code == 0, outcome.errors
        folder = next((tmp_path / "out" / "mixed").iterdir())
        return folder, vp.load(folder, device="cpu")
    return run


def assert_predicts(folder: Path, trained: vp.Trained, length: int, *size: int) -> None:
    """Its one record is of finite figures; predicted frames are in [0, 1] and hang on the conditions."""
    record = records.read(folder)[0]
    assert record["skipped"] == 0 and all(abs(value) < 1e5 for value in (*record["train"].values(), record["validate"]["psnr"]))
    clip = trained.clip("test", 0, length=length)
    frames = trained.predict(clip)
    assert frames.shape == (1, length - 1, 3, *size) and frames.min() >= 0 and frames.max() <= 1
    other = 10 * clip.conditions + 10 * noise(*clip.conditions.shape)
    assert not torch.equal(frames, trained.predict(vp.Clip(clip.frames, other)))


@pytest.mark.parametrize("condition", ["identity", "standardize"])
def test_actions_condition_the_pose_familys_parts(condition: str, trained: Callable[..., Any]) -> None:
    folder, model = trained(ROBOT_IN_POSE_PARTS, condition=condition)
    assert_predicts(folder, model, 4, 64, 64)
    assert model.model.predictor.inputs == FeatureSpec(8 + 7 + 4, (64, 64))


def test_poses_condition_vector_cores(trained: Callable[..., Any]) -> None:
    folder, model = trained(POSE_IN_VECTORS)
    assert_predicts(folder, model, 5, 64, 64)
    assert model.model.predictor.inputs == FeatureSpec(8 + 4 + 4) and model.model.posterior.inputs == FeatureSpec(8 + 4)


def test_resnet18_trains_in_the_place_of_vgg64(trained: Callable[..., Any]) -> None:
    folder, model = trained(RESNET18_IN_THE_ROBOT_FAMILY)
    assert_predicts(folder, model, 2, 64, 64)


def test_the_prior_can_be_learned(trained: Callable[..., Any]) -> None:
    folder, model = trained(LEARNED_PRIOR)
    assert_predicts(folder, model, 5, *SIZE)
    prior = model.model.prior
    assert prior.order == ("frame", "condition") and prior.spec == model.model.posterior.spec
    guess, _ = prior(noise(1, 1, *prior.inputs.shape), None)
    assert guess.mean.abs().max() > 0 and records.read(folder)[0]["train"]["kl"] > 0
