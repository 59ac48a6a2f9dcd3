"""Evaluation protocols as data, and in which settings two results differ. No torch here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict  # pydantic accepts typing's own from Python 3.12 on

from vidpred.errors import VidpredError, unknown

Future = int | Literal["all"]
BatchNorm = Literal["running", "batch"]
SELECTION = (
    "best and worst for each metric by its own mean over a clip's predicted frames; one: the first sample; "
    "means over frames, then over clips"
)
RANGE = "frames clamped to [0, 1]"
_NOT_COMPARED = (
    "checkpoint",  # the very thing that two results compare
    "protocol",  # a name for the other terms
    "metrics",  # compared one by one
)


@dataclass(frozen=True)
class Protocol:
    """How far and how often to predict.

    `past` frames are given (None: as many as the model was trained with), `future` are predicted (all: every clip to
    its end), `samples` times. `split` is evaluated by default.
    """

    name: str
    future: Future
    samples: int = 1
    past: int | None = None
    split: str = "test"
    version: int | None = 1  # increased whenever one of its numbers changes; None: numbers given by hand
    source: str = ""

    def __str__(self) -> str:
        return f"{self.name}/{self.version}" if self.version else "by hand"


@with_config(ConfigDict(extra="allow"))
class Terms(TypedDict):
    """Every setting that affects the values of a result, in plain values.

    `data` names the data set and has a hash of the frames; `metrics` are their definitions.
    """

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


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a result depends on besides its protocol; the fields are those of `Terms`."""

    past: int
    split: str
    clips: int
    data: str
    metrics: Mapping[str, str]
    seed: int
    batch_norm: str
    changed: Sequence[str]
    checkpoint: str
    version: str  # of vidpred

    def terms(self, protocol: Protocol) -> Terms:
        """Return the terms of a result under this protocol."""
        return {
            "protocol": str(protocol),
            "past": self.past,
            "future": protocol.future,
            "samples": protocol.samples,
            "selection": SELECTION,
            "range": RANGE,
            "metrics": dict(self.metrics),
            "batch_norm": self.batch_norm,
            "split": self.split,
            "clips": self.clips,
            "data": self.data,
            "seed": self.seed,
            "precision": "fp32",
            "changed": list(self.changed),
            "checkpoint": self.checkpoint,
            "vidpred": self.version,
        }


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


def select_protocol(
    name: str | None = None, *, past: int, future: Future | None = None, trained_on: Future, samples: int | None = None
) -> Protocol:
    """Return the protocol of this name or, without a name, one with the given numbers.

    By default the latter has the model's `past` and the future it was `trained_on`. `samples` changes either. Raises
    VidpredError.
    """
    _check_number("future", future, " or all")
    _check_number("samples", samples)
    if name is None:
        future = trained_on if future is None else future
        samples = samples or 1
        return Protocol(f"past{past}_future{future}_samples{samples}", future, samples, past, "validate", None)
    if name not in PROTOCOLS:
        raise VidpredError(unknown("protocol", name, PROTOCOLS) + "; or give numbers: --future N|all, --samples N")
    if future is not None:
        raise VidpredError(
            f"protocol {name} says itself how many frames are predicted: leave out --protocol, or --future"
        )
    return PROTOCOLS[name] if samples is None else replace(PROTOCOLS[name], samples=samples)


def _check_number(field: str, value: Future | None, alternative: str = "") -> None:
    if value is None or (value == "all" and alternative):
        return
    if not isinstance(value, int) or value < 1:
        raise VidpredError(f"{field}: should be a whole number of 1 or more{alternative}, got {value!r}")


def result_label(protocol: Protocol, *, split: str, checkpoint: str, seed: int, batch_norm: BatchNorm) -> str:
    """Return the name of a result's folder: the protocol's, then each setting that differs from its default.

    Different results thus never replace each other: `svg`, `svg_validate_best_psnr`, `past2_future10_samples1_seed3`.
    """
    default = PROTOCOLS.get(protocol.name, protocol)
    changed = {
        f"samples{protocol.samples}": protocol.samples != default.samples,
        split: split != default.split,
        checkpoint: checkpoint != "last",
        f"seed{seed}": seed != 0,
        "batch_norm": batch_norm != "running",
    }
    return suffixed_name(protocol.name, changed)


def suffixed_name(name: str, suffixes: Mapping[str, bool]) -> str:
    """Return the name of a file or folder, followed by each suffix whose value is true."""
    return "_".join([name, *(suffix for suffix, applies in suffixes.items() if applies)])


def format_terms(terms: Mapping[str, Any]) -> str:
    """Return the terms as one line: the protocol string that every result carries."""
    flat = {
        **terms,
        "metrics": ", ".join(f"{name} ({definition})" for name, definition in terms["metrics"].items()),
        "changed": " ".join(terms["changed"]) or "nothing",
    }
    return "; ".join(f"{field} {value}" for field, value in flat.items())


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the settings in which the terms of two results differ, each with both values.

    Results without differences can be compared; others must not be, unless the differences are stated beside them.
    The checkpoint is what is compared, and a protocol's name only stands for other settings, so neither counts. A
    metric that only one of the results has is no difference.
    """
    fields = [field for field in dict.fromkeys([*first, *second]) if field not in _NOT_COMPARED]
    metrics, other_metrics = first.get("metrics", {}), second.get("metrics", {})
    shared = [name for name in metrics if name in other_metrics]
    return {
        **{field: (first.get(field), second.get(field)) for field in fields if first.get(field) != second.get(field)},
        **{
            f"metric {name}": (metrics[name], other_metrics[name])
            for name in shared
            if metrics[name] != other_metrics[name]
        },
    }
