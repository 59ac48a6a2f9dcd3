"""The networks of pose_base: their published sizes, and a literal re-computation of their blocks."""

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
from tests.tiny_pose import built, noise, pose_recipe, write_pose_data
from vidpred import FeatureSpec
from vidpred.assembly.model import check_fit
from vidpred.builtin.conditions.pose import PoseEncoder
from vidpred.builtin.cores.direct_fusion import DirectFusion
from vidpred.builtin.cores.gaussian_conv import GaussianConv
from vidpred.builtin.decoders.resnet import ResNetDecoder
from vidpred.builtin.decoders.vgg64 import VGG64Decoder
from vidpred.builtin.encoders.resnet import ResNetEncoder
from vidpred.builtin.encoders.resnet18 import ResNet18Encoder
from vidpred.builtin.layers.residual import Depth, Residual
from vidpred.data.loader import fail_on_unread
from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import load_recipe
from vidpred.recipe.validation import validate_recipe

FRAME = FeatureSpec(3, (32, 64))
SMALL, LARGE = FeatureSpec(3, (5, 9)), FeatureSpec(3, (64, 64))
FULL = {
    "frame": FeatureSpec(128, (32, 64)),
    "condition": FeatureSpec(32, (32, 64)),
    "latent": FeatureSpec(12, (32, 64)),
}
PUBLISHED = {
    "encoder": 193_568,
    "condition": 16_832,
    "posterior": 8_289,
    "prior": 0,
    "predictor": 617_768,
    "decoder": 749_163,
}


def sources(size: tuple[int, int] = (5, 9)) -> dict[Any, FeatureSpec]:
    return {"frame": FeatureSpec(8, size), "condition": FeatureSpec(4, size), "latent": FeatureSpec(4, size)}


def weights(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


# sizes and shapes


def test_default_widths_have_the_published_weights() -> None:
    encoder = ResNetEncoder(ResNetEncoder.Config(), FRAME)
    posterior = GaussianConv(GaussianConv.Config(), FULL)
    predictor = DirectFusion(DirectFusion.Config(), FULL)
    decoder = ResNetDecoder(ResNetDecoder.Config(), predictor.spec, encoder.spec.skips, FRAME)
    condition = PoseEncoder(PoseEncoder.Config(), FRAME)
    parts = {
        "encoder": encoder,
        "condition": condition,
        "posterior": posterior,
        "predictor": predictor,
        "decoder": decoder,
    }
    assert {name: weights(part) for name, part in parts.items()} == {
        name: count for name, count in PUBLISHED.items() if count
    }
    assert (encoder.spec, posterior.spec, predictor.spec) == (FULL["frame"], FULL["latent"], FeatureSpec(192, (32, 64)))


def test_pose_base_uses_these_networks(vidpred: Callable[..., Any]) -> None:
    model = check_fit(validate_recipe(load_recipe("pose_base"), discover().registry))
    assert {name: weights(part) for name, part in model.named_children()} == PUBLISHED
    assert weights(model) == sum(PUBLISHED.values()) == 1_585_620
    assert "valid; 1,585,620 parameters" in vidpred("check", "pose_base").output


@pytest.mark.parametrize("size", [(5, 9), (32, 64), (64, 64), (17, 8)])
@pytest.mark.parametrize("channels", [1, 3])
def test_maps_keep_their_size(size: tuple[int, int], channels: int) -> None:
    spec = FeatureSpec(channels, size)
    encoder = ResNetEncoder(ResNetEncoder.Config(dim=8), spec)
    pose = PoseEncoder(PoseEncoder.Config(dim=4), spec)
    posterior = GaussianConv(GaussianConv.Config(latent=4), {"frame": encoder.spec, "condition": pose.spec})
    fusion = DirectFusion(
        DirectFusion.Config(dim=10), {"frame": encoder.spec, "condition": pose.spec, "latent": posterior.spec}
    )
    decoder = ResNetDecoder(ResNetDecoder.Config(), fusion.spec, (), spec)
    features, condition = encoder(noise(2, *spec.shape)).value, pose(noise(2, *spec.shape))
    latent, _ = posterior(torch.cat([features, condition], 1)[:, None], None)
    hidden, state = fusion(torch.cat([features, condition, latent.mean[:, 0]], 1)[:, None], None)
    decoded = decoder(hidden[:, 0], ())
    shapes = [features, condition, latent.mean[:, 0], latent.logvar[:, 0], hidden[:, 0], decoded.frames]
    assert [tuple(map_.shape) for map_ in shapes] == [(2, count, *size) for count in (8, 4, 4, 4, 10, channels)]
    assert state is None and not decoded.extras and encoder.spec.skips == ()


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
def test_blocks_equal_their_equations(block: Any, literal: Any, channels: int, out: int) -> None:
    torch.manual_seed(channels)
    module, x = block(channels, out).double(), noise(2, channels, 7, 5).double()
    weights = module.state_dict()
    assert ("skip.weight" in weights) == (channels != out)
    assert module(x).shape == (2, out, 7, 5) and torch.allclose(module(x), literal(weights, x), atol=1e-12, rtol=0)


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
def test_a_slope_of_1_is_linear(slope: float) -> None:
    torch.manual_seed(0)
    x = noise(2, 3, 6, 8).double()
    pose = PoseEncoder(PoseEncoder.Config(dim=4, slope=slope), FeatureSpec(3, (6, 8))).double().eval()
    own = pose.state_dict()
    y = conv(own, "body.1", F.pad(x, (3, 3, 3, 3), mode="reflect"))
    y = F.batch_norm(y, own["body.2.running_mean"], own["body.2.running_var"], own["body.2.weight"], own["body.2.bias"])
    literal = residual(below(own, "body.4."), y if slope == 1 else F.leaky_relu(y, slope))
    assert torch.allclose(pose(x), literal, atol=1e-12)

    core = GaussianConv(
        GaussianConv.Config(latent=8, slope=slope, reads=("frame",)), {"frame": FeatureSpec(3, (6, 8))}
    ).double()
    own, y = core.state_dict(), x
    for number, block in enumerate((residual, depth, residual, depth, residual)):
        y = block(below(own, f"body.{number}."), y)
    y = y if slope == 1 else F.leaky_relu(y, slope)
    outputs, _ = core(x[:, None], None)
    for gaussian, head in zip(outputs, ("mean", "logvar"), strict=True):
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
        outputs, _ = core(noise(1, 2, *core.input_spec.shape), None)
    assert {value.dtype for value in outputs} == {torch.float32}


def test_every_weight_of_the_family_learns(tmp_path: Path) -> None:
    """One step leaves no weight without a gradient, free-running, with a learned prior."""
    recipe = pose_recipe(write_pose_data(tmp_path / "data"))
    run = built({**recipe, "model": {**recipe["model"], "prior": "gaussian_conv"}}, tmp_path)
    clip = next(run.data.read(run.data.batches(0), 0, fail_on_unread)).clip(torch.device("cpu"))
    rollout = run.runner.train(run.model, clip, frozenset(), lambda t, like: torch.ones_like(like))
    run.trainer.objective(rollout, clip, 1.0).total.backward()
    assert [
        name for name, weight in run.model.named_parameters() if weight.grad is None or not weight.grad.abs().sum() > 0
    ] == []


# resnet18


def test_resnet18_equals_torchvisions_after_its_stem() -> None:
    torch.manual_seed(0)
    encoder, original = ResNet18Encoder(ResNet18Encoder.Config(dim=8), LARGE).eval(), resnet18(weights=None).eval()
    stages = {f"layer{int(name[0]) + 1}{name[1:]}": value for name, value in encoder.stages.state_dict().items()}
    theirs = {name: value for name, value in original.state_dict().items() if name.startswith("layer")}
    assert {name: value.shape for name, value in stages.items()} == {
        name: value.shape for name, value in theirs.items()
    }
    assert not [name for name in encoder.state_dict() if "fc" in name]

    original.load_state_dict(stages, strict=False)
    x = encoder.stem(noise(1, 3, 64, 64))
    assert x.shape == (1, 64, 64, 64) and x.min() == 0
    skips = []
    for stage in (original.layer1, original.layer2, original.layer3, original.layer4):
        x = stage(x)
        skips.append(x)
    features = encoder(noise(1, 3, 64, 64))
    assert all(torch.equal(skip, expected) for skip, expected in zip(features.skips, skips, strict=True))
    assert features.value.shape == (1, 8) and features.value.abs().max() <= 1


def test_resnet18_fits_the_decoder_vgg64() -> None:
    encoder = ResNet18Encoder(ResNet18Encoder.Config(dim=8), LARGE)
    assert [skip.shape for skip in encoder.spec.skips] == [(64, 64, 64), (128, 32, 32), (256, 16, 16), (512, 8, 8)]
    decoder = VGG64Decoder(vp.Config(), encoder.spec, encoder.spec.skips, LARGE)
    features = encoder(noise(2, 3, 64, 64))
    assert decoder(features.value, features.skips).frames.shape == (2, 3, 64, 64)
