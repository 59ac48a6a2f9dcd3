"""The networks of the robot family: the published layers and initial weights, and parts that do not fit."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import vidpred
from vidpred import FeatureSpec, Misfit
from vidpred.builtin.cores.lstm import LSTM
from vidpred.builtin.decoders.vgg64 import VGG64Decoder
from vidpred.builtin.encoders.vgg64 import VGG64Encoder
from vidpred.testing import tiny_clip

FRAME = FeatureSpec(3, (64, 64))
SOURCES = {"frame": FeatureSpec(8), "latent": FeatureSpec(4), "condition": FeatureSpec(7)}


def weights(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


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


def test_vgg64_has_the_layers_of_svg() -> None:
    encoder = VGG64Encoder(VGG64Encoder.Config(), FRAME)
    decoder = VGG64Decoder(vidpred.Config(), FeatureSpec(128), encoder.spec.skips, FRAME)
    assert (weights(encoder), weights(decoder)) == svg_weights()
    assert [skip.shape for skip in encoder.spec.skips] == [(64, 64, 64), (128, 32, 32), (256, 16, 16), (512, 8, 8)]
    features = encoder(tiny_clip().frames[0])
    assert features.value.abs().max() <= 1
    frames = decoder(features.value, features.skips).frames
    assert frames.shape == (4, 3, 64, 64) and frames.min() >= 0 and frames.max() <= 1


def test_initial_weights_are_those_of_dcgan() -> None:
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


def test_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(Misfit, match="encodes 64x64 frames, but these are 3x32x64"):
        VGG64Encoder(VGG64Encoder.Config(), FeatureSpec(3, (32, 64)))
    with pytest.raises(Misfit, match="but the encoder gives none"):
        VGG64Decoder(vidpred.Config(), FeatureSpec(128), (), FRAME)
    with pytest.raises(Misfit, match="lstm reads latent, which this slot does not have; it has: frame"):
        LSTM(LSTM.Config(), {"frame": FeatureSpec(8)})
