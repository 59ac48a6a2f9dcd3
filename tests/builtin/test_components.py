"""Every built-in component passes check_component. The registry is the list: a component without an example fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from vidpred import FeatureSpec
from vidpred.plugins.discovery import discover
from vidpred.plugins.registry import Entry
from vidpred.testing import CHECKED_KINDS, check_component


class Example(NamedTuple):
    """Arguments of a component's constructor after the config, and settings."""

    arguments: tuple[Any, ...] = ()
    settings: dict[str, Any] = {}


FRAME, SMALL = FeatureSpec(3, (64, 64)), FeatureSpec(3, (5, 9))
VECTORS: Any = {"frame": FeatureSpec(8), "latent": FeatureSpec(4), "condition": FeatureSpec(7)}
MAPS: Any = {name: FeatureSpec(spec.channels, (5, 9)) for name, spec in VECTORS.items()}
SKIPS = tuple(FeatureSpec(channels, (size, size)) for channels, size in ((2, 64), (3, 32), (4, 16), (5, 8)))
EXAMPLES: dict[tuple[str, str], list[Example]] = {
    ("encoder", "vgg64"): [Example((FRAME,), {"width": 0.05, "dim": 8})],
    ("encoder", "resnet"): [Example((FRAME,), {"dim": 16})],
    ("encoder", "resnet18"): [Example((FRAME,), {"dim": 5})],
    ("decoder", "vgg64"): [Example((FeatureSpec(8), SKIPS, FRAME))],
    ("decoder", "resnet"): [Example((FeatureSpec(9, (5, 9)), (), SMALL), {"output": "sigmoid"})],
    ("condition", "identity"): [Example((FeatureSpec(7),))],
    ("condition", "standardize"): [Example((FeatureSpec(7),))],
    ("condition", "pose"): [Example((SMALL,), {"dim": 6, "slope": 0.2})],
    ("core", "lstm"): [
        Example((VECTORS, FeatureSpec(8)), {"hidden": 8}),
        Example((VECTORS, FeatureSpec(8)), {"hidden": 8, "batch_norm": True, "dim": 5, "layers": 1}),
    ],
    ("core", "gaussian_lstm"): [
        Example((VECTORS,), {"hidden": 8, "latent": 4}),
        Example((VECTORS, FeatureSpec(5)), {"reads": ["condition", "frame"], "layers": 2}),
    ],
    ("core", "gaussian_conv"): [
        Example((MAPS,)),
        Example((MAPS, FeatureSpec(8, (5, 9))), {"slope": 0.1, "reads": ["condition"]}),
        Example((MAPS,), {"latent": 5}),
    ],
    ("core", "direct_fusion"): [
        Example((MAPS,), {"dim": 8}),
        Example((MAPS,), {"dim": 13, "reads": ["frame"]}),
        Example(({**MAPS, "condition": FeatureSpec(7)},), {"dim": 8}),
    ],
    ("core", "standard_normal"): [Example((VECTORS, FeatureSpec(4, (2, 3))))],
    ("dataset", "bair_robot"): [Example((), {"root": Path("missing")})],
    ("dataset", "pose_video"): [Example((), {"root": Path("missing")})],
    ("annealer", "cyclical"): [Example((), {"cycles": 3})],
    ("annealer", "monotonic"): [Example()],
    ("annealer", "none"): [Example((), {"value": 0.5})],
    ("forcing", "linear_decay"): [Example((), {"step": 0.1})],
    ("forcing", "convergence_reset"): [Example((), {"patience": 3, "step": 0.1})],
    ("forcing", "constant"): [Example()],
    ("augmentation", "crop"): [Example()],
    ("filter", "histogram"): [Example()],
    ("objective", "elbo"): [Example()],
    ("metric", "psnr"): [Example()],
    ("metric", "psnr_channel"): [Example()],
    ("metric", "ssim"): [Example()],
    ("metric", "mse"): [Example()],
}
TESTED_ELSEWHERE = {
    ("model", "six_slots"): "is built from parts: tests/assembly/test_mixed_families.py",
    ("metric", "lpips"): "needs weights: tests/builtin/test_metrics.py",
}
BUILTIN = [entry for entry in discover().registry.entries() if entry.plugin == "vidpred"]
CASES = [(entry, example) for entry in BUILTIN for example in EXAMPLES.get((entry.kind, entry.name), [])]


def test_every_built_in_component_has_an_example() -> None:
    assert {(entry.kind, entry.name) for entry in BUILTIN} == set(EXAMPLES) | set(TESTED_ELSEWHERE)


@pytest.mark.parametrize(("entry", "example"), CASES, ids=lambda value: getattr(value, "name", ""))
def test_components_follow_the_rules_of_all_kinds(entry: Entry, example: Example) -> None:
    """And those of their own kind, if it has a checker: see the next test."""
    check_component(entry.load(), *example.arguments, **example.settings)


def test_kinds_that_have_their_own_rules() -> None:
    """For all other kinds, check_component only checks what all kinds share: name, docstring and settings."""
    checked = {entry.kind for entry in BUILTIN if issubclass(entry.load(), CHECKED_KINDS)}
    assert checked == {"annealer", "forcing", "metric", "encoder", "core"}
