"""Measure the speed of a training step: the engine against a plain loop over time, in one process.

    python benchmarks/training_step.py [--width 1.0] [--batch 20] [--future 10] [--repeats 5] [--device cpu]

The reference is written like the published script: one rollout step at a time, fp32, default memory format. The engine
runs the same networks on the same batch in three ways: one step at a time in fp32 (the same work), as many steps as
possible at once in fp32, and the same with a recipe's defaults (bf16 if native, channels-last). Each is measured on
fully teacher-forced clips, and on clips that run freely after the given frames.
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median_high
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from vidpred import Clip
from vidpred.assembly.model import build_model
from vidpred.builtin.models.six_slots import SixSlots
from vidpred.builtin.objectives import ELBO
from vidpred.engine.device import ComputeDevice, select_device
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.runner import RolloutRunner
from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import load_recipe
from vidpred.recipe.validation import validate_recipe

PAST, BETA = 2, 1e-4


class Method(NamedTuple):
    """A way to compute the loss of a clip, with a set of forced steps, on a device."""

    compute_device: ComputeDevice
    loss: Callable[[SixSlots, Clip, frozenset[int]], Tensor]


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--future", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--device", default="auto")
    return parser.parse_args()


def plain_loss(model: SixSlots, clip: Clip, forced: frozenset[int]) -> Tensor:
    """Compute the loss like Denton & Fergus 2018, step by step: each frame is encoded as an input and as a target."""
    posterior_state = predictor_state = None
    mse, kl = torch.zeros((), device=clip.frames.device), torch.zeros((), device=clip.frames.device)
    frame, skips = clip.frames[:, 0], ()
    for t in range(1, clip.frames.shape[1]):
        fed = clip.frames[:, t - 1] if t <= PAST or t in forced else frame
        features = model.encoder(fed)
        if t < PAST or t == 1:
            skips = features.skips
        target = model.encoder(clip.frames[:, t]).value
        posterior, posterior_state = model.posterior(target[:, None], posterior_state)
        z = posterior.mean + torch.randn_like(posterior.mean) * (0.5 * posterior.logvar).exp()
        joined = torch.cat([features.value[:, None], z, clip.conditions[:, t, None]], 2)
        hidden, predictor_state = model.predictor(joined, predictor_state)
        frame = model.decoder(hidden[:, 0], skips).frames
        mse = mse + mse_loss(frame, clip.frames[:, t])
        kl = kl + 0.5 * (posterior.mean**2 + posterior.logvar.exp() - 1 - posterior.logvar).sum() / len(clip.frames)
    return mse + BETA * kl


def engine_loss(runner: RolloutRunner, model: SixSlots, clip: Clip, forced: frozenset[int]) -> Tensor:
    """Compute the same loss with vidpred's engine."""
    noise = KeyedNoise([(row,) for row in range(len(clip.frames))])
    rollout = runner.train(model, clip, forced, noise)
    return ELBO(ELBO.Config())(rollout, clip, BETA).total


def engine_method(compute_device: ComputeDevice, steps_per_call: int | None) -> Method:
    """Return the engine's method with at most `steps_per_call` rollout steps in one call; None: as many as possible."""
    return Method(
        compute_device, partial(engine_loss, RolloutRunner(PAST, compute_device, steps_per_call=steps_per_call))
    )


def time_step(method: Method, model: SixSlots, clip: Clip, forced: frozenset[int]) -> float:
    """Return the seconds of one step, with its backward pass and Adam's update."""
    optimizer = torch.optim.Adam(model.parameters(), 0.002)
    start = time.perf_counter()
    method.loss(model, clip, forced).backward()
    optimizer.step()
    if method.compute_device.device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def time_methods(
    methods: Mapping[str, Method], model: SixSlots, clip: Clip, forced: frozenset[int], repeats: int
) -> dict[str, float]:
    """Return the median seconds of a step by method, each with a copy of the model."""
    models = {name: method.compute_device.move(copy.deepcopy(model)).train() for name, method in methods.items()}
    times: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(repeats + 1):  # in turns: other load on the machine slows them all
        for name, method in methods.items():
            times[name].append(time_step(method, models[name], clip, forced))
    return {name: median_high(seconds[1:]) for name, seconds in times.items()}  # the first step is a warm-up


def build(width: float) -> SixSlots:
    """Build the network of `bair_base` with fresh weights."""
    changes = [f"model.encoder.width={width}", "model.condition=identity"]
    checked = validate_recipe(load_recipe("bair_base", changes), discover().registry)
    model = build_model(checked, checked.chosen["data"].make())
    assert isinstance(model, SixSlots)
    return model


def main() -> None:
    options = parse_options()
    best = select_device(options.device)
    plain = ComputeDevice(best.device)
    length = PAST + options.future
    clip = Clip(
        torch.rand(options.batch, length, 3, 64, 64).to(best.device),
        torch.randn(options.batch, length, 7).to(best.device),
    )
    model = build(options.width)
    methods = {
        "plain loop, fp32": Method(plain, plain_loss),
        "engine, one step per call, fp32": engine_method(plain, 1),
        "engine, auto, fp32": engine_method(plain, None),
        f"engine, auto, {str(best).split(', ', 1)[1]}": engine_method(best, None),
    }
    print(
        f"{best.device}, {torch.get_num_threads()} threads, torch {torch.__version__}; width {options.width:g}, "
        f"{options.batch} clips of {length} frames; median of {options.repeats} after one step to warm up"
    )
    for title, forced in (("all forced", frozenset(range(length))), ("free-running", frozenset[int]())):
        medians = time_methods(methods, model, clip, forced, options.repeats)
        reference = next(iter(medians.values()))
        print(title)
        for name, seconds in medians.items():
            print(f"  {name:<40} {seconds:8.3f} s   {reference / seconds:5.2f} x the plain loop's speed")


if __name__ == "__main__":
    main()
