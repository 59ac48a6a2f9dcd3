"""Measure the speed of best-of-N evaluation: samples in batches against one sample at a time, in one process.

    python benchmarks/best_of_n.py [--samples 100] [--clips 1] [--future 28] [--repeats 3] [--rows 32]
                                   [--recipe bair_small] [--device cpu] [--precision fp32]

Both methods predict the same samples of the same random clips with the same untrained weights in the same precision,
and measure PSNR and SSIM. Published scripts predict one sample at a time: each is a rollout of its own, which encodes
the given frames again. The metric values of both methods must agree; the largest difference is printed. For comparison
with the hardware's limit, the rate of arithmetic is printed beside that of one large matrix product: convolutions and
matrix products of a sample that is predicted alone, over the time that each method takes for it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median_high

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from vidpred import Clip, Model
from vidpred.assembly.model import build_model, build_runner
from vidpred.builtin.metrics.psnr import PSNR
from vidpred.builtin.metrics.ssim import SSIM
from vidpred.contracts.tensors import at_least_float32
from vidpred.data.loader import Batch
from vidpred.data.sampler import WindowIndex
from vidpred.engine.device import ComputeDevice, select_device
from vidpred.engine.runner import RolloutRunner
from vidpred.evaluation.scoring import Measures, Sampling, clips_at_once, score
from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import load_recipe
from vidpred.recipe.validation import validate_recipe

METRICS = {"psnr": PSNR(PSNR.Config()), "ssim": SSIM(SSIM.Config())}
MATRIX_SIZE = 4096

Values = Mapping[str, Sequence[Tensor]]  # by metric: [samples, frames] of each clip
Method = Callable[[], Values]


@dataclass(frozen=True)
class Setup:
    """The model, and random clips in batches of one."""

    model: Model
    runner: RolloutRunner
    compute_device: ComputeDevice
    clips: list[Batch]


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("samples", 100), ("clips", 1), ("future", 28), ("repeats", 3), ("rows", 32)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--recipe", default="bair_small")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", choices=("fp32", "bf16", "auto"), default="fp32")
    return parser.parse_args()


def build(options: argparse.Namespace) -> Setup:
    """Build the recipe's model with fresh weights."""
    checked = validate_recipe(load_recipe(options.recipe), discover().registry)
    dataset = checked.chosen["data"].make()
    channels_last = checked.recipe.train.channels_last
    compute_device = select_device(options.device, options.precision, channels_last=channels_last)
    model = compute_device.move(build_model(checked, dataset)).eval()
    runner = build_runner(checked, compute_device)
    length = runner.past + options.future
    clips = random_clips(options.clips, length, dataset.frame.shape, dataset.condition.shape)
    return Setup(model, runner, compute_device, clips)


def random_clips(count: int, length: int, frame: tuple[int, ...], condition: tuple[int, ...]) -> list[Batch]:
    """Return random clips of `length` frames, each in a batch of its own."""
    source = torch.Generator().manual_seed(0)
    return [
        Batch(
            (WindowIndex(clip, 0, length, clip),),
            torch.randint(0, 256, (1, length, *frame), generator=source, dtype=torch.uint8),
            torch.randn(1, length, *condition, generator=source),
        )
        for clip in range(count)
    ]


def join(batches: list[Batch], size: int) -> list[Batch]:
    """Return the same clips in batches of `size`."""
    groups = [batches[start : start + size] for start in range(0, len(batches), size)]
    return [
        Batch(
            sum((batch.window_indices for batch in group), ()),
            torch.cat([batch.frames for batch in group]),
            torch.cat([batch.conditions for batch in group]),
        )
        for group in groups
    ]


def measure_one_at_a_time(setup: Setup, clips: list[Batch], samples: int) -> Values:
    """Predict and measure as published scripts do: a rollout for each sample."""
    values: dict[str, list[Tensor]] = {name: [] for name in METRICS}
    for batch in clips:
        clip = batch.clip(setup.compute_device.device)
        rows = [measure_sample(setup, batch, clip, number) for number in range(samples)]
        for name in METRICS:
            values[name].append(torch.stack([row[name] for row in rows]).cpu())
    return values


def measure_sample(setup: Setup, batch: Batch, clip: Clip, number: int) -> dict[str, Tensor]:
    """Return the metrics of one sample of one clip: [frames] each."""
    noise = Sampling(seed=0).noise(batch, [number])
    past = setup.runner.past
    frames = torch.cat([stretch.frames for stretch in setup.runner.predict(setup.model, clip, noise)], 1)
    predicted = at_least_float32(frames)[0, past - 1 :].clamp(0, 1)
    pairs = list(zip(predicted.split(1), clip.frames[0, past:].split(1), strict=True))
    return {name: torch.cat([metric(frame, truth) for frame, truth in pairs]) for name, metric in METRICS.items()}


def measure_in_batches(setup: Setup, samples: int, rows: int) -> Values:
    """Predict and measure as `vidpred eval` does."""
    clips = join(setup.clips, clips_at_once(samples, rows, setup.clips[0].frames.shape[1]))
    return score(setup.model, clips, setup.runner, Measures(METRICS), Sampling(0, samples, rows)).samples


def timed(method: Method, device: torch.device) -> tuple[float, Values]:
    """Return the seconds that a method takes, and its values."""
    start = time.perf_counter()
    values = method()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start, values


def count_gflop(method: Method) -> float:
    """Return the arithmetic of convolutions and matrix products, in GFLOP."""
    with FlopCounterMode(display=False) as counter:
        method()
    return float(counter.get_total_flops()) / 1e9


def matrix_product_rate(compute_device: ComputeDevice) -> float:
    """Return the GFLOP/s of a large matrix product, the best of four."""
    matrix = torch.randn(MATRIX_SIZE, MATRIX_SIZE, device=compute_device.device, dtype=compute_device.dtype)
    seconds = min(timed(lambda: {"": [matrix @ matrix]}, compute_device.device)[0] for _ in range(4))
    return 2 * MATRIX_SIZE**3 / 1e9 / seconds


def largest_difference(left: Values, right: Values) -> float:
    pairs = [pair for name in METRICS for pair in zip(left[name], right[name], strict=True)]
    return max((rows - other_rows).abs().max().item() for rows, other_rows in pairs)


def print_speed(medians: Mapping[str, float], samples: int) -> None:
    """Print the seconds of each method, and its speed in multiples of the first method's."""
    reference = next(iter(medians.values()))
    for name, seconds in medians.items():
        milliseconds, speed = 1000 * seconds / samples, reference / seconds
        print(f"  {name:<24} {seconds:8.2f} s   {milliseconds:8.1f} ms a sample   {speed:5.2f} x")


def print_arithmetic(setup: Setup, medians: Mapping[str, float], samples: int) -> None:
    gflop = count_gflop(partial(measure_one_at_a_time, setup, setup.clips[:1], 1))
    limit = matrix_product_rate(setup.compute_device)
    rates = ", ".join(f"{gflop * samples / seconds:.0f} {name}" for name, seconds in medians.items())
    print(f"  {gflop:.1f} GFLOP a sample; GFLOP/s: {rates}; {limit:.0f} a matrix product")


def main() -> None:
    options = parse_options()
    setup = build(options)
    methods: dict[str, Method] = {
        "one sample at a time": partial(measure_one_at_a_time, setup, setup.clips, options.samples),
        f"in batches of {options.rows}": partial(measure_in_batches, setup, options.samples, options.rows),
    }
    print(
        f"{setup.compute_device}, {torch.get_num_threads()} threads, torch {torch.__version__}; "
        f"{options.recipe}, {options.clips} clip(s), {setup.runner.past} -> {options.future}, "
        f"best of {options.samples}; median of {options.repeats}"
    )
    times: dict[str, list[float]] = {name: [] for name in methods}
    values: dict[str, Values] = {}
    for _ in range(options.repeats):  # in turns: other load on the machine slows both
        for name, method in methods.items():
            seconds, values[name] = timed(method, setup.compute_device.device)
            times[name].append(seconds)
    medians = {name: median_high(seconds) for name, seconds in times.items()}
    print_speed(medians, options.samples * options.clips)
    print_arithmetic(setup, medians, options.samples * options.clips)
    print(f"  largest difference of a metric value of a frame: {largest_difference(*values.values()):.1e}")


if __name__ == "__main__":
    main()
