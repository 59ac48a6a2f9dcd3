"""Protocols as data, the string that a result carries, and when two results may be put side by side."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from vidpred.errors import VidpredError
from vidpred.evaluation.protocols import (
    PROTOCOLS,
    Circumstances,
    Protocol,
    Terms,
    differences,
    format_terms,
    result_label,
    select_protocol,
)

ABOUT: dict[str, Any] = {
    "past": 2,
    "split": "test",
    "clips": 256,
    "data": "bair_robot 3x64x64 0123456789ab",
    "metrics": {"psnr": "dB of a frame", "ssim": "11x11"},
    "seed": 0,
    "batch_norm": "running",
    "changed": [],
    "checkpoint": "aaaaaaaaaaaa",
    "version": "0.1.0",
}


def terms_under(protocol: Protocol, **circumstances: Any) -> Terms:
    return Circumstances(**circumstances).terms(protocol)


def test_named_protocols_have_the_published_numbers() -> None:
    numbers = {
        name: (protocol.past, protocol.future, protocol.samples, protocol.split) for name, protocol in PROTOCOLS.items()
    }
    assert numbers == {
        "lab_robot": (2, 10, 1, "test"),
        "svg": (2, 28, 100, "test"),
        "bair_short": (1, 15, 1, "test"),
        "pose": (1, "all", 1, "validate"),
    }
    assert [str(protocol) for protocol in PROTOCOLS.values()] == ["lab_robot/1", "svg/1", "bair_short/1", "pose/1"]


def test_numbers_can_be_given_and_can_change_a_protocol() -> None:
    assert (
        select_protocol("svg", past=1, trained_on=4).samples == 100
        and select_protocol("svg", past=1, trained_on=4, samples=3).samples == 3
    )
    recipe, mine = (
        select_protocol(past=2, trained_on=10),
        select_protocol(past=2, trained_on=10, future="all", samples=5),
    )
    assert (recipe.past, recipe.future, recipe.samples, recipe.split, str(recipe)) == (2, 10, 1, "validate", "by hand")
    assert (mine.future, mine.samples, mine.name) == ("all", 5, "past2_futureall_samples5")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"name": "svgg"},
            "unknown protocol 'svgg'; did you mean 'svg'? known protocols: bair_short, lab_robot, pose, svg; "
            "or give numbers",
        ),
        ({"name": "svg", "future": 3}, "protocol svg says itself how many frames are predicted"),
        ({"future": 0}, "future: should be a whole number of 1 or more or all, got 0"),
        ({"samples": 0}, "samples: should be a whole number of 1 or more, got 0"),
    ],
)
def test_invalid_protocols_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(VidpredError) as refused:
        select_protocol(**{"past": 2, "trained_on": 10, **options})
    assert message in str(refused.value)


def test_labels_are_unique() -> None:
    default: dict[str, Any] = {"split": "test", "checkpoint": "last", "seed": 0, "batch_norm": "running"}
    svg, few = (select_protocol("svg", past=2, trained_on=10, samples=samples) for samples in (None, 10))
    by_hand = select_protocol(past=2, trained_on=10)
    changes: list[dict[str, Any]] = [
        {"split": "validate"},
        {"checkpoint": "best_psnr"},
        {"seed": 3},
        {"batch_norm": "batch"},
    ]
    labels = [
        result_label(svg, **default),
        result_label(few, **default),
        *(result_label(svg, **{**default, **changed}) for changed in changes),
        result_label(by_hand, **default),
        result_label(by_hand, **{**default, "split": "validate"}),
    ]
    assert labels == [
        "svg",
        "svg_samples10",
        "svg_validate",
        "svg_best_psnr",
        "svg_seed3",
        "svg_batch_norm",
        "past2_future10_samples1_test",
        "past2_future10_samples1",
    ]


def test_the_protocol_string_names_every_setting() -> None:
    message = format_terms(terms_under(PROTOCOLS["svg"], **ABOUT))
    assert "\n" not in message
    for point in (
        "svg/1",
        "past 2",
        "future 28",
        "samples 100",
        "best and worst for each metric by its own mean",
        "psnr (dB of a frame), ssim (11x11)",
        "clamped to [0, 1]",
        "batch_norm running",
        "split test",
        "clips 256",
        "bair_robot 3x64x64 0123456789ab",
        "seed 0",
        "precision fp32",
        "changed nothing",
        "checkpoint aaaaaaaaaaaa",
        "vidpred 0.1.0",
    ):
        assert point in message, point


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"past": 1}, {"past": (2, 1)}),
        ({"split": "validate"}, {"split": ("test", "validate")}),
        ({"clips": 3}, {"clips": (256, 3)}),
        ({"seed": 1}, {"seed": (0, 1)}),
        ({"batch_norm": "batch of 20"}, {"batch_norm": ("running", "batch of 20")}),
        ({"version": "0.2.0"}, {"vidpred": ("0.1.0", "0.2.0")}),
        ({"data": "other"}, {"data": ("bair_robot 3x64x64 0123456789ab", "other")}),
        ({"changed": ["feedback.filter=histogram"]}, {"changed": ([], ["feedback.filter=histogram"])}),
        (
            {"metrics": {"psnr": "of each channel", "lpips": "alex"}},
            {"metric psnr": ("dB of a frame", "of each channel")},
        ),
        ({"checkpoint": "bbbbbbbbbbbb"}, {}),
        ({"metrics": {"psnr": "dB of a frame"}}, {}),
        ({}, {}),
    ],
)
def test_differences_between_two_results_are_named(changed: dict[str, Any], expected: dict[str, Any]) -> None:
    first, other = terms_under(PROTOCOLS["svg"], **ABOUT), terms_under(PROTOCOLS["svg"], **{**ABOUT, **changed})
    assert differences(first, other) == expected
    assert differences(other, first) == {point: (b, a) for point, (a, b) in expected.items()}


def test_a_protocol_given_by_its_numbers_equals_the_named_one() -> None:
    same, shorter = (select_protocol(past=2, trained_on=10, future=future, samples=100) for future in (28, 10))
    svg = terms_under(PROTOCOLS["svg"], **ABOUT)
    assert differences(svg, terms_under(same, **ABOUT)) == {} and differences(svg, terms_under(shorter, **ABOUT)) == {
        "future": (28, 10)
    }
    older = {point: value for point, value in svg.items() if point != "range"}
    assert set(differences(older, svg)) == {"range"}, "a point that one of them does not have"


def test_protocols_import_no_torch() -> None:
    code = "import vidpred.evaluation.protocols, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
