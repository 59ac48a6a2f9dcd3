"""Best of N in batches beside one sample at a time, in one run: seconds, and the ratio of the two.

    python benchmarks/best_of_n.py [--samples 100] [--clips 1] [--future 28] [--repeats 3] [--rows 32]
                                   [--recipe bair_small]
                                    [--device cpu] [--precision fp32]

Both ways predict the same futures of the same random clips with the same (fresh) weights in the same precision, and
measure psnr and ssim. One at a time is the published scripts' way: every sample is a rollout of its own, which
encodes the given frames again. The figures must agree; how far they do is printed. So is the rate of arithmetic
(convolutions and matrix products of a future predicted alone, over all the time that a way takes) beside that of one
large matrix product in the same run: the limit.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence

import torch
from torch.utils.flop_counter import FlopCounterMode

from vidpred import Model
from vidpred.assembly.model import build_model, build_runner
from vidpred.builtin.metrics.psnr import PSNR
from vidpred.builtin.metrics.ssim import SSIM
from vidpred.contracts.tensors import at_least_float32
from vidpred.data.loader import Batch
from vidpred.data.sampler import WindowIndex
from vidpred.engine.device import select_device
from vidpred.engine.randomness import KeyedNoise
from vidpred.engine.runner import RolloutRunner
from vidpred.evaluation.scoring import Measures, Sampling, clips_at_once, score
from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import load_recipe
from vidpred.recipe.validation import validate_recipe

Figures = Mapping[str, Sequence[torch.Tensor]]
METRICS = {"psnr": PSNR(PSNR.Config()), "ssim": SSIM(SSIM.Config())}


def clips(count: int, length: int, frame: tuple[int, ...], condition: tuple[int, ...]) -> list[Batch]:
    """Random clips, a batch each."""
    source = torch.Generator().manual_seed(0)
    return [
        Batch(
            (WindowIndex(clip, 0, length, clip),),
            torch.randint(0, 256, (1, length, *frame), generator=source, dtype=torch.uint8),
            torch.randn(1, length, *condition, generator=source),
        )
        for clip in range(count)
    ]


def joined(batches: list[Batch], size: int) -> list[Batch]:
    """The same clips in batches of `size`."""
    groups = [batches[i : i + size] for i in range(0, len(batches), size)]
    return [
        Batch(
            sum((batch.window_indices for batch in group), ()),
            torch.cat([batch.frames for batch in group]),
            torch.cat([batch.conditions for batch in group]),
        )
        for group in groups
    ]


def one_at_a_time(
    model: Model, batches: list[Batch], runner: RolloutRunner, samples: int
) -> dict[str, list[torch.Tensor]]:
    """The published scripts' way: [samples, frames] of each clip."""
    scores: dict[str, list[torch.Tensor]] = {name: [] for name in METRICS}
    for batch in batches:
        clip = batch.clip(runner.compute.device)
        rows: dict[str, list[torch.Tensor]] = {name: [] for name in METRICS}
        for number in range(samples):
            noise = KeyedNoise(
                [
                    (0, "evaluate", window_index.clip, window_index.start, number)
                    for window_index in batch.window_indices
                ]
            )
            frames = at_least_float32(torch.cat([stretch.frames for stretch in runner.predict(model, clip, noise)], 1))[
                0, runner.past - 1 :
            ].clamp(0, 1)
            pairs = [
                (frame[None], true[None]) for frame, true in zip(frames, clip.frames[0, runner.past :], strict=True)
            ]
            for name, metric in METRICS.items():
                rows[name].append(torch.cat([metric(frame, true) for frame, true in pairs]))
        for name, columns in rows.items():
            scores[name].append(torch.stack(columns).cpu())
    return scores


def arithmetic(way: Callable[[], Figures]) -> float:
    """GFLOP of convolutions and matrix products."""
    with FlopCounterMode(display=False) as counter:
        way()
    return float(counter.get_total_flops()) / 1e9


def matrix_product(device: torch.device, dtype: torch.dtype, size: int = 4096) -> float:
    """GFLOP/s of a large one: the best of four."""
    matrix = torch.randn(size, size, device=device, dtype=dtype)
    return 2 * size**3 / 1e9 / min(seconds(lambda: {"": [matrix @ matrix]}, device)[0] for _ in range(4))


def seconds(way: Callable[[], Figures], device: torch.device) -> tuple[float, Figures]:
    began = time.perf_counter()
    scores = way()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began, scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("samples", 100), ("clips", 1), ("future", 28), ("repeats", 3), ("rows", 32)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--recipe", default="bair_small")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", choices=("fp32", "bf16", "auto"), default="fp32")
    options = parser.parse_args()

    checked = validate_recipe(load_recipe(options.recipe), discover().registry)
    dataset = checked.chosen["data"].make()
    compute_device = select_device(options.device, options.precision, channels_last=checked.recipe.train.channels_last)
    model, runner = compute_device.move(build_model(checked, dataset)).eval(), build_runner(checked, compute_device)
    single = clips(options.clips, runner.past + options.future, dataset.frame.shape, dataset.condition.shape)
    size = clips_at_once(options.samples, options.rows, runner.past + options.future)
    ways: dict[str, Callable[[], Figures]] = {
        "one sample at a time": lambda: one_at_a_time(model, single, runner, options.samples),
        f"in batches of {options.rows}": lambda: (
            score(
                model, joined(single, size), runner, Measures(METRICS), Sampling(0, options.samples, options.rows)
            ).samples
        ),
    }
    print(
        f"{compute_device}, {torch.get_num_threads()} threads, torch {torch.__version__}; "
        f"{options.recipe}, {options.clips} clip(s), "
        f"{runner.past} -> {options.future}, best of {options.samples}; median of {options.repeats}"
    )
    times: dict[str, list[float]] = {way: [] for way in ways}
    scores: dict[str, Figures] = {}
    for _ in range(options.repeats):  # in turns: a busy neighbour slows both
        for way, step in ways.items():
            taken, scores[way] = seconds(step, compute_device.device)
            times[way].append(taken)
    medians = {way: sorted(taken)[len(taken) // 2] for way, taken in times.items()}
    slow = next(iter(medians.values()))
    for way, median in medians.items():
        print(
            f"  {way:<24} {median:8.2f} s   {1000 * median / options.samples / options.clips:8.1f} ms a future   "
            f"{slow / median:5.2f} x"
        )
    each, most = (
        arithmetic(lambda: one_at_a_time(model, single[:1], runner, 1)),
        matrix_product(compute_device.device, compute_device.dtype),
    )
    rates = ", ".join(f"{each * options.samples * options.clips / median:.0f} {way}" for way, median in medians.items())
    print(f"  {each:.1f} GFLOP a future; GFLOP/s: {rates}; {most:.0f} a matrix product")
    apart = max(
        (rows - other).abs().max().item()
        for name in METRICS
        for rows, other in zip(*(way[name] for way in scores.values()), strict=True)
    )
    print(f"  largest difference of a figure of a frame: {apart:.1e}")


if __name__ == "__main__":
    main()
