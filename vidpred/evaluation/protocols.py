"""Evaluation protocols as data, and in which points two results differ. No torch here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict  # pydantic takes typing's own from Python 3.12 on

from vidpred.errors import VidpredError, unknown

Future = int | Literal["all"]
BatchNorm = Literal["running", "batch"]
SELECTION = "best and worst for each metric by its own mean over a clip's predicted frames; one: the first sample; means over frames, then over clips"
RANGE = "frames clamped to [0, 1]"


@dataclass(frozen=True)
class Protocol:
    """How far and how often to predict: `past` frames are given (None: as many as the model was trained with), `future` are
    predicted (all: every clip to its end), `samples` times. `split` is measured on unless something else is asked for."""

    name: str
    future: Future
    samples: int = 1
    past: int | None = None
    split: str = "test"
    version: int | None = 1  # raised whenever a number of it changes; None: numbers by hand
    source: str = ""

    def __str__(self) -> str:
        return f"{self.name}/{self.version}" if self.version else "by hand"


@with_config(ConfigDict(extra="allow"))
class Terms(TypedDict):
    """All that a figure hangs on, in plain values: what `text` writes out, and `differences` compares. `data` names the data set and
    has a hash of the frames; `metrics` are their definitions."""

    protocol: str
    past: int
    future: int | Literal["all"]
    samples: int
    selection: str
    range: str
    metrics: dict[str, str]
    batch_norm: str
    split: str
    clips: int
    data: str
    seed: int
    precision: str
    changed: list[str]
    checkpoint: str
    vidpred: str


PROTOCOLS: Mapping[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol("lab_robot", past=2, future=10, source="the lab's task on BAIR: 2 frames given, 10 predicted"),
        Protocol(
            "svg",
            past=2,
            future=28,
            samples=100,
            source="Denton & Fergus 2018, arXiv:1802.07687: BAIR to frame 30, best of 100",
        ),
        Protocol(
            "bair_short",
            past=1,
            future=15,
            source="BAIR with 1 frame given and 15 predicted, as in Babaeizadeh et al. 2018 and FVD's tables",
        ),
        Protocol(
            "pose",
            past=1,
            future="all",
            split="validate",
            source="the lab's pose video: the whole video from its first frame",
        ),
    )
}


def protocol(
    name: str | None = None, *, past: int, future: Future | None = None, trained_on: Future, samples: int | None = None
) -> Protocol:
    """The protocol of this name, or one from numbers by hand: the model's `past`, and `future` (None: `trained_on`). `samples`
    changes either. Raises VidpredError."""
    for what, number in (("future", future), ("samples", samples)):
        if number not in (None, "all") and (not isinstance(number, int) or number < 1):
            raise VidpredError(
                f"{what}: should be a whole number of 1 or more{' or all' * (what == 'future')}, got {number!r}"
            )
    if name is None:
        future = trained_on if future is None else future
        return Protocol(
            f"past{past}_future{future}_samples{samples or 1}", future, samples or 1, past, "validate", None
        )
    if name not in PROTOCOLS:
        raise VidpredError(unknown("protocol", name, PROTOCOLS) + "; or give numbers: --future N|all, --samples N")
    if future is not None:
        raise VidpredError(
            f"protocol {name} says itself how many frames are predicted: leave out --protocol, or --future"
        )
    found = PROTOCOLS[name]
    return found if samples is None else replace(found, samples=samples)


def label(protocol: Protocol, *, split: str, checkpoint: str, seed: int, batch_norm: BatchNorm) -> str:
    """The folder of such a result: the protocol's name, then whatever of these was chosen otherwise than it is by default, so that
    such results do not take each other's places: `svg`, `svg_validate_best_psnr`, `past2_future10_samples1_seed3`."""
    known = PROTOCOLS.get(protocol.name, protocol)
    changed = {
        f"samples{protocol.samples}": protocol.samples != known.samples,
        split: split != known.split,
        checkpoint: checkpoint != "last",
        f"seed{seed}": seed != 0,
        "batch_norm": batch_norm != "running",
    }
    return named(protocol.name, changed)


def named(name: str, changed: Mapping[str, bool]) -> str:
    """A name of a file or folder, with those of these parts that are so."""
    return "_".join([name, *(part for part, is_so in changed.items() if is_so)])


def terms(
    protocol: Protocol,
    *,
    past: int,
    split: str,
    clips: int,
    data: str,
    metrics: Mapping[str, str],
    seed: int,
    batch_norm: str,
    changed: Sequence[str],
    checkpoint: str,
    version: str,
) -> Terms:
    """The terms of a result that was had under this protocol."""
    return {
        "protocol": str(protocol),
        "past": past,
        "future": protocol.future,
        "samples": protocol.samples,
        "selection": SELECTION,
        "range": RANGE,
        "metrics": dict(metrics),
        "batch_norm": batch_norm,
        "split": split,
        "clips": clips,
        "data": data,
        "seed": seed,
        "precision": "fp32",
        "changed": list(changed),
        "checkpoint": checkpoint,
        "vidpred": version,
    }


def text(terms: Mapping[str, Any]) -> str:
    """The terms as one line: the protocol string that every result carries."""
    flat = {
        **terms,
        "metrics": ", ".join(f"{name} ({how})" for name, how in terms["metrics"].items()),
        "changed": " ".join(terms["changed"]) or "nothing",
    }
    return "; ".join(f"{point} {value}" for point, value in flat.items())


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The points in which the terms of two results differ, each with both values: {} means that their figures can be put side
    by side, anything else is to be said beside them. The checkpoint is what is compared, and a protocol's name is nothing but
    its numbers, so neither counts. A metric that only one of them has is no difference: there is nothing to put beside it."""
    points = [point for point in dict.fromkeys([*one, *other]) if point not in ("checkpoint", "protocol", "metrics")]
    found = {point: (one.get(point), other.get(point)) for point in points if one.get(point) != other.get(point)}
    metrics = one.get("metrics", {}), other.get("metrics", {})
    shared = [name for name in metrics[0] if name in metrics[1]]
    return found | {
        f"metric {name}": (metrics[0][name], metrics[1][name])
        for name in shared
        if metrics[0][name] != metrics[1][name]
    }
