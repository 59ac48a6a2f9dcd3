"""The engine's training step beside a literal loop over time, in one run: seconds, and the ratio of the two.

    python benchmarks/training_step.py [--width 1.0] [--batch 20] [--repeats 5] [--device cpu]

The reference is the published script's way: one step at a time, fp32, default memory format. The engine runs the same
networks on the same batch in three ways: window 1 in fp32 (the same work), auto in fp32, and auto as a recipe has it
by default (bf16 where it is native, channels-last). For a fully forced clip, and for one that runs freely after the
given frames.
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Callable
from functools import partial

import torch
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


def literal_step(model: SixSlots, clip: Clip, forced: frozenset[int]) -> torch.Tensor:
    """Denton & Fergus 2018, one step at a time: every frame encoded as input and as target."""
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


def engine_step(
    model: SixSlots, clip: Clip, forced: frozenset[int], compute_device: ComputeDevice, window: int | None
) -> torch.Tensor:
    noise = KeyedNoise([(row,) for row in range(len(clip.frames))])
    result = RolloutRunner(PAST, compute_device, window=window).train(model, clip, forced, noise)
    return ELBO(ELBO.Config())(result, clip, BETA).total


def seconds(step: Callable[[], torch.Tensor], model: SixSlots, device: torch.device) -> float:
    """One step with its backward pass and Adam's update."""
    optimizer = torch.optim.Adam(model.parameters(), 0.002)
    began = time.perf_counter()
    step().backward()
    optimizer.step()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--future", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()

    checked = validate_recipe(
        load_recipe("bair_base", [f"model.encoder.width={options.width}", "model.condition=identity"]),
        discover().registry,
    )
    best = select_device(options.device)
    plain = ComputeDevice(best.device)
    length = PAST + options.future
    clip = Clip(
        torch.rand(options.batch, length, 3, 64, 64).to(best.device),
        torch.randn(options.batch, length, 7).to(best.device),
    )
    base = build_model(checked, checked.chosen["data"].make())
    assert isinstance(base, SixSlots)
    ways: dict[str, tuple[ComputeDevice, Callable[[SixSlots, frozenset[int]], torch.Tensor]]] = {
        "literal loop, fp32": (plain, lambda model, forced: literal_step(model, clip, forced)),
        "engine, window 1, fp32": (plain, lambda model, forced: engine_step(model, clip, forced, plain, 1)),
        "engine, auto, fp32": (plain, lambda model, forced: engine_step(model, clip, forced, plain, None)),
        f"engine, auto, {str(best).split(', ', 1)[1]}": (
            best,
            lambda model, forced: engine_step(model, clip, forced, best, None),
        ),
    }
    print(
        f"{best.device}, {torch.get_num_threads()} threads, torch {torch.__version__}; width {options.width:g}, "
        f"{options.batch} clips of {length} frames; median of {options.repeats} after one step to warm up"
    )
    for name, forced in (("all forced", frozenset(range(length))), ("free-running", frozenset[int]())):
        models = {way: compute_device.move(copy.deepcopy(base)).train() for way, (compute_device, _) in ways.items()}
        times: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(options.repeats + 1):  # in turns: a busy neighbour slows them all
            for way, (_, step) in ways.items():
                times[way].append(seconds(partial(step, models[way], forced), models[way], best.device))
        medians = {way: sorted(seconds[1:])[options.repeats // 2] for way, seconds in times.items()}
        reference = next(iter(medians.values()))
        print(name)
        for way, median in medians.items():
            print(f"  {way:<40} {median:8.3f} s   {reference / median:5.2f} x the literal loop's speed")


if __name__ == "__main__":
    main()
