"""Registers the built-in components through the plugin hook, as references, so that listing imports none of them."""

from __future__ import annotations

import vidpred

COMPONENTS = [  # kind, name, reference below vidpred.builtin, summary
    ("encoder", "vgg64", "encoders.vgg64:VGG64Encoder", "64x64 frames -> a vector and 4 skip maps (SVG)"),
    ("encoder", "resnet", "encoders.resnet:ResNetEncoder", "frames of any size -> a map of full resolution (lab CVAE)"),
    (
        "encoder",
        "resnet18",
        "encoders.resnet18:ResNet18Encoder",
        "64x64 frames -> a vector and 4 skip maps (torchvision)",
    ),
    ("decoder", "vgg64", "decoders.vgg64:VGG64Decoder", "a vector and 4 skip maps -> 64x64 frames (SVG)"),
    ("decoder", "resnet", "decoders.resnet:ResNetDecoder", "a map of full resolution -> frames (lab CVAE)"),
    ("condition", "identity", "conditions.identity:Identity", "conditions as they are"),
    ("condition", "standardize", "conditions.standardize:Standardize", "each channel with mean 0 and variance 1"),
    ("condition", "pose", "conditions.pose:PoseEncoder", "drawn skeletons -> a map of full resolution (lab CVAE)"),
    ("core", "lstm", "cores.lstm:LSTM", "embedding, LSTM layers, tanh: SVG's predictor"),
    (
        "core",
        "gaussian_lstm",
        "cores.gaussian_lstm:GaussianLSTM",
        "embedding, LSTM layers, mean and log-variance: SVG's posterior and learned prior",
    ),
    (
        "core",
        "direct_fusion",
        "cores.direct_fusion:DirectFusion",
        "convolutions without recurrence: the lab CVAE's predictor",
    ),
    (
        "core",
        "gaussian_conv",
        "cores.gaussian_conv:GaussianConv",
        "convolutions, mean and log-variance: the lab CVAE's posterior",
    ),
    ("core", "standard_normal", "cores.standard_normal:StandardNormal", "N(0, I): the fixed prior"),
    ("model", "six_slots", "models.six_slots:SixSlots", "encoder, condition, posterior, prior, predictor, decoder"),
    (
        "dataset",
        "bair_robot",
        "datasets.bair.dataset:BairRobot",
        "BAIR robot pushing: PNG folders with CSVs, or the original TFRecords",
    ),
    ("dataset", "pose_video", "datasets.pose.dataset:PoseVideo", "a person with drawn skeletons, in the LAB4 layout"),
    ("annealer", "cyclical", "annealers:Cyclical", "beta restarts from zero several times"),
    ("annealer", "monotonic", "annealers:Monotonic", "beta rises once, then stays"),
    ("annealer", "none", "annealers:NoAnnealing", "beta never changes"),
    ("forcing", "linear_decay", "forcing:LinearDecay", "the ratio falls by a step each epoch, down to a floor"),
    (
        "forcing",
        "convergence_reset",
        "forcing:ConvergenceReset",
        "linear decay, restarted whenever validation has converged",
    ),
    ("forcing", "constant", "forcing:ConstantRatio", "the ratio never changes"),
    (
        "augmentation",
        "crop",
        "augmentations:Crop",
        "crops a random box out of a share of the windows and resizes it back",
    ),
    ("filter", "histogram", "filters:Histogram", "gives a predicted frame the histogram of the frame before it"),
    ("objective", "elbo", "objectives:ELBO", "squared error + beta * KL, summed over time"),
    ("metric", "psnr", "metrics.psnr:PSNR", "peak signal-to-noise ratio of each frame, dB"),
    (
        "metric",
        "psnr_channel",
        "metrics.psnr:PSNRChannel",
        "PSNR per channel, then averaged: what SVG, SRVP and SLAMP report, dB",
    ),
    ("metric", "ssim", "metrics.ssim:SSIM", "structural similarity of each frame"),
    ("metric", "mse", "metrics.mse:MSE", "squared error of each frame"),
    ("metric", "lpips", "metrics.lpips:LPIPS", "learned perceptual distance of each frame; downloads weights, once"),
]


@vidpred.hookimpl
def vidpred_register(add: vidpred.Add) -> None:
    for kind, name, reference, summary in COMPONENTS:
        add(kind, name, f"vidpred.builtin.{reference}", summary=summary)
