"""vidpred's own components. They register as everybody's do, by reference: listing them loads nothing."""
from __future__ import annotations

import vidpred


@vidpred.hookimpl
def vidpred_register(add: vidpred.Add) -> None:
    here = "vidpred.builtin"
    add("encoder", "vgg64", f"{here}.encoders.vgg64:VGG64Encoder", summary="64x64 frames -> a vector and 4 skip maps (SVG)")
    add("decoder", "vgg64", f"{here}.decoders.vgg64:VGG64Decoder", summary="a vector and 4 skip maps -> 64x64 frames (SVG)")
    add("condition", "identity", f"{here}.conditions.identity:Identity", summary="conditions as they are")
    add("condition", "standardize", f"{here}.conditions.standardize:Standardize", summary="each channel with mean 0 and variance 1")
    add("core", "lstm", f"{here}.cores.lstm:LSTM", summary="embedding, LSTM layers, tanh: SVG's predictor")
    add("core", "gaussian_lstm", f"{here}.cores.gaussian_lstm:GaussianLSTM",
        summary="embedding, LSTM layers, mean and log-variance: SVG's posterior and learned prior")
    add("core", "standard_normal", f"{here}.cores.standard_normal:StandardNormal", summary="N(0, I): the fixed prior")
    add("model", "six_slots", "vidpred.engine.model:SixSlots", summary="encoder, condition, posterior, prior, predictor, decoder")
    add("dataset", "bair_robot", f"{here}.datasets.bair_robot:BairRobot",
        summary="BAIR robot pushing: PNG folders with CSVs, or the original TFRecords")
    add("annealer", "cyclical", f"{here}.annealers:Cyclical", summary="beta restarts from zero several times")
    add("annealer", "monotonic", f"{here}.annealers:Monotonic", summary="beta rises once, then stays")
    add("annealer", "none", f"{here}.annealers:NoAnnealing", summary="beta never changes")
    add("forcing", "linear_decay", f"{here}.forcing:LinearDecay", summary="the ratio falls by a step each epoch, down to a floor")
    add("forcing", "constant", f"{here}.forcing:Constant", summary="the ratio never changes")
    add("objective", "elbo", f"{here}.objectives:ELBO", summary="squared error + beta * KL, summed over time")
    add("metric", "psnr", f"{here}.metrics:PSNR", summary="peak signal-to-noise ratio of each frame, dB")
    add("metric", "ssim", f"{here}.metrics:SSIM", summary="structural similarity of each frame")
