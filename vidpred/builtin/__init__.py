"""vidpred's own components. They register as everybody's do, by reference: listing them loads nothing."""

from __future__ import annotations

import vidpred


@vidpred.hookimpl
def vidpred_register(add: vidpred.Add) -> None:
    here = "vidpred.builtin"
    add(
        "encoder",
        "vgg64",
        f"{here}.encoders.vgg64:VGG64Encoder",
        summary="64x64 frames -> a vector and 4 skip maps (SVG)",
    )
    add(
        "encoder",
        "resnet",
        f"{here}.encoders.resnet:ResNetEncoder",
        summary="frames of any size -> a map of full resolution (lab CVAE)",
    )
    add(
        "encoder",
        "resnet18",
        f"{here}.encoders.resnet18:ResNet18Encoder",
        summary="64x64 frames -> a vector and 4 skip maps (torchvision)",
    )
    add(
        "decoder",
        "vgg64",
        f"{here}.decoders.vgg64:VGG64Decoder",
        summary="a vector and 4 skip maps -> 64x64 frames (SVG)",
    )
    add(
        "decoder",
        "resnet",
        f"{here}.decoders.resnet:ResNetDecoder",
        summary="a map of full resolution -> frames (lab CVAE)",
    )
    add("condition", "identity", f"{here}.conditions.identity:Identity", summary="conditions as they are")
    add(
        "condition",
        "standardize",
        f"{here}.conditions.standardize:Standardize",
        summary="each channel with mean 0 and variance 1",
    )
    add(
        "condition",
        "pose",
        f"{here}.conditions.pose:PoseEncoder",
        summary="drawn skeletons -> a map of full resolution (lab CVAE)",
    )
    add("core", "lstm", f"{here}.cores.lstm:LSTM", summary="embedding, LSTM layers, tanh: SVG's predictor")
    add(
        "core",
        "gaussian_lstm",
        f"{here}.cores.gaussian_lstm:GaussianLSTM",
        summary="embedding, LSTM layers, mean and log-variance: SVG's posterior and learned prior",
    )
    add(
        "core",
        "direct_fusion",
        f"{here}.cores.direct_fusion:DirectFusion",
        summary="convolutions without recurrence: the lab CVAE's predictor",
    )
    add(
        "core",
        "gaussian_conv",
        f"{here}.cores.gaussian_conv:GaussianConv",
        summary="convolutions, mean and log-variance: the lab CVAE's posterior",
    )
    add("core", "standard_normal", f"{here}.cores.standard_normal:StandardNormal", summary="N(0, I): the fixed prior")
    add(
        "model",
        "six_slots",
        "vidpred.builtin.models.six_slots:SixSlots",
        summary="encoder, condition, posterior, prior, predictor, decoder",
    )
    add(
        "dataset",
        "bair_robot",
        f"{here}.datasets.bair.dataset:BairRobot",
        summary="BAIR robot pushing: PNG folders with CSVs, or the original TFRecords",
    )
    add(
        "dataset",
        "pose_video",
        f"{here}.datasets.pose.dataset:PoseVideo",
        summary="a person with drawn skeletons, in the LAB4 layout",
    )
    add("annealer", "cyclical", f"{here}.annealers:Cyclical", summary="beta restarts from zero several times")
    add("annealer", "monotonic", f"{here}.annealers:Monotonic", summary="beta rises once, then stays")
    add("annealer", "none", f"{here}.annealers:NoAnnealing", summary="beta never changes")
    add(
        "forcing",
        "linear_decay",
        f"{here}.forcing:LinearDecay",
        summary="the ratio falls by a step each epoch, down to a floor",
    )
    add(
        "forcing",
        "convergence_reset",
        f"{here}.forcing:ConvergenceReset",
        summary="linear decay that starts again whenever validation has converged",
    )
    add("forcing", "constant", f"{here}.forcing:Constant", summary="the ratio never changes")
    add(
        "augmentation",
        "crop",
        f"{here}.augmentations:Crop",
        summary="a random box for a share of the windows, resized to the size that was",
    )
    add(
        "filter",
        "histogram",
        f"{here}.filters:Histogram",
        summary="a predicted frame gets the histogram of the one before it",
    )
    add("objective", "elbo", f"{here}.objectives:ELBO", summary="squared error + beta * KL, summed over time")
    add("metric", "psnr", f"{here}.metrics.psnr:PSNR", summary="peak signal-to-noise ratio of each frame, dB")
    add(
        "metric",
        "psnr_channel",
        f"{here}.metrics.psnr:PSNRChannel",
        summary="the same, per channel first: what SVG, SRVP and SLAMP report, dB",
    )
    add("metric", "ssim", f"{here}.metrics.ssim:SSIM", summary="structural similarity of each frame")
    add("metric", "mse", f"{here}.metrics.mse:MSE", summary="squared error of each frame")
    add(
        "metric",
        "lpips",
        f"{here}.metrics.lpips:LPIPS",
        summary="learned perceptual distance of each frame; downloads weights, once",
    )
