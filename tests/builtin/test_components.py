"""Our own networks keep the contracts of their kinds and have the published shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import Tensor, nn

import vidpred
from vidpred import FeatureSpec, Misfit
from vidpred.builtin.annealers import Cyclical, Monotonic, NoAnnealing
from vidpred.builtin.cores.gaussian_lstm import GaussianLSTM
from vidpred.builtin.cores.lstm import LSTM
from vidpred.builtin.cores.standard_normal import StandardNormal
from vidpred.builtin.decoders.vgg64 import VGG64Decoder
from vidpred.builtin.encoders.vgg64 import VGG64Encoder
from vidpred.builtin.forcing import ConstantRatio, LinearDecay
from vidpred.builtin.metrics.psnr import PSNR
from vidpred.builtin.metrics.ssim import SSIM
from vidpred.testing import check_component, tiny_clip

FRAME = FeatureSpec(3, (64, 64))
SOURCES = {"frame": FeatureSpec(8), "latent": FeatureSpec(4), "condition": FeatureSpec(7)}


def weights(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("component", "arguments", "settings"),
    [
        (Cyclical, (), {"cycles": 3}),
        (Monotonic, (), {}),
        (NoAnnealing, (), {"value": 0.5}),
        (LinearDecay, (), {"step": 0.1}),
        (ConstantRatio, (), {}),
        (PSNR, (), {}),
        (SSIM, (), {}),
        (VGG64Encoder, (FRAME,), {"width": 0.05, "dim": 8}),
        (LSTM, (SOURCES, FeatureSpec(8)), {"hidden": 8}),
        (LSTM, (SOURCES, FeatureSpec(8)), {"hidden": 8, "batch_norm": True, "dim": 5, "layers": 1}),
        (GaussianLSTM, (SOURCES,), {"hidden": 8, "latent": 4}),
        (GaussianLSTM, (SOURCES, FeatureSpec(5)), {"reads": ["condition", "frame"], "layers": 2}),
        (StandardNormal, (SOURCES, FeatureSpec(4, (2, 3))), {}),
    ],
)
def test_ours_keep_the_promises_of_their_kind(component: Any, arguments: Any, settings: Any) -> None:
    check_component(component, *arguments, **settings)


class Forgetful(vidpred.Annealer):
    """Counts its calls, which an annealer must not."""

    name = "forgetful"
    calls = 0

    def weight(self, at: vidpred.Progress) -> float:
        self.calls += 1
        return min(1.0, self.calls / 100)


class Steep(vidpred.Annealer):
    """Leaves [0, 1]."""

    name = "steep"

    def weight(self, at: vidpred.Progress) -> float:
        return at.epoch / 2


class Pooled(vidpred.Metric):
    """One number for all frames."""

    name = "pooled"

    def __call__(self, frames: Tensor, truth: Tensor) -> Tensor:
        return (frames - truth).square().mean().expand(len(frames))


@pytest.mark.parametrize(
    ("component", "promise"),
    [(Forgetful, "earlier calls"), (Steep, r"outside \[0, 1\]"), (Pooled, "depends on other frames")],
)
def test_check_component_finds_broken_promises(component: Any, promise: str) -> None:
    with pytest.raises(AssertionError, match=promise):
        check_component(component)


def svg_weights() -> tuple[int, int]:
    """SVG's vgg_64 encoder and decoder (g_dim 128, 3 channels), counted by hand: conv + bias + BatchNorm's two."""

    def block(before: int, after: int) -> int:
        return before * after * 9 + after + 2 * after

    encoder = (
        sum(
            block(a, b)
            for a, b in (
                (3, 64),
                (64, 64),
                (64, 128),
                (128, 128),
                (128, 256),
                (256, 256),
                (256, 256),
                (256, 512),
                (512, 512),
                (512, 512),
            )
        )
        + 512 * 128 * 16
        + 3 * 128
    )
    decoder = (
        128 * 512 * 16
        + 3 * 512
        + sum(
            block(a, b)
            for a, b in (
                (1024, 512),
                (512, 512),
                (512, 256),
                (512, 256),
                (256, 256),
                (256, 128),
                (256, 128),
                (128, 64),
                (128, 64),
            )
        )
        + 64 * 3 * 9
        + 3
    )
    return encoder, decoder


def test_vgg64_has_svgs_layers() -> None:
    encoder = VGG64Encoder(VGG64Encoder.Config(), FRAME)
    decoder = VGG64Decoder(vidpred.Config(), FeatureSpec(128), encoder.spec.skips, FRAME)
    assert (weights(encoder), weights(decoder)) == svg_weights()
    assert [skip.shape for skip in encoder.spec.skips] == [(64, 64, 64), (128, 32, 32), (256, 16, 16), (512, 8, 8)]
    features = encoder(tiny_clip().frames[0])
    assert features.value.abs().max() <= 1
    frames = decoder(features.value, features.skips).frames
    assert frames.shape == (4, 3, 64, 64) and frames.min() >= 0 and frames.max() <= 1


def test_first_weights_are_dcgans() -> None:
    torch.manual_seed(0)
    encoder = VGG64Encoder(VGG64Encoder.Config(), FRAME)
    convolution, norm = encoder.stages[3][3], encoder.stages[3][4]
    assert isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
    assert (
        convolution.weight.std().item() == pytest.approx(0.02, rel=0.02)
        and convolution.bias is not None
        and not convolution.bias.any()
    )
    assert norm.weight.mean().item() == pytest.approx(1.0, abs=0.01) and norm.weight.std().item() == pytest.approx(
        0.02, rel=0.2
    )
    core = LSTM(LSTM.Config(), SOURCES, FeatureSpec(128))
    assert core.out.weight.std().item() == pytest.approx(0.02, rel=0.05) and not core.out.bias.any()


def test_parts_that_do_not_fit_say_so() -> None:
    with pytest.raises(Misfit, match="encodes 64x64 frames, but these are 3x32x64"):
        VGG64Encoder(VGG64Encoder.Config(), FeatureSpec(3, (32, 64)))
    with pytest.raises(Misfit, match="but the encoder gives none"):
        VGG64Decoder(vidpred.Config(), FeatureSpec(128), (), FRAME)
    with pytest.raises(Misfit, match="lstm reads latent, which this slot does not have; it has: frame"):
        LSTM(LSTM.Config(), {"frame": FeatureSpec(8)})


def test_psnr_is_db_of_each_frame_never_of_a_pooled_error() -> None:
    truth = torch.zeros(3, 3, 16, 16)
    frames = torch.stack([torch.full((3, 16, 16), value) for value in (0.1, 0.01, 0.0)])
    assert PSNR(PSNR.Config())(frames, truth).tolist() == pytest.approx([20.0, 40.0, 100.0], abs=1e-4)


@pytest.mark.parametrize("noise", [0.02, 0.2])
def test_psnr_and_ssim_agree_with_scikit_image(noise: float) -> None:
    truth = tiny_clip(frames=3).frames.flatten(0, 1)
    frames = (truth + noise * torch.randn(truth.shape, generator=torch.Generator().manual_seed(1))).clamp(0, 1)
    pairs = [
        (a.permute(1, 2, 0).double().numpy(), b.permute(1, 2, 0).double().numpy())
        for a, b in zip(frames, truth, strict=True)
    ]
    psnr = [peak_signal_noise_ratio(b, a, data_range=1) for a, b in pairs]
    ssim = [
        structural_similarity(
            a, b, data_range=1, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        for a, b in pairs
    ]
    assert PSNR(PSNR.Config())(frames, truth).tolist() == pytest.approx(psnr, abs=1e-3)
    assert np.allclose(SSIM(SSIM.Config())(frames, truth), ssim, atol=1e-4)
