"""The hash of the frames that an evaluator reads, and what its result says beside the metrics."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import torch

import vidpred as vp
from tests.evaluation.walk import random_batches
from vidpred.data.loader import Batch
from vidpred.evaluation.evaluator import hash_frames
from vidpred.evaluation.formatting import result_notes


def digest(batches: Iterable[Batch]) -> str:
    sha256 = hashlib.sha256()
    list(hash_frames(batches, sha256))
    return sha256.hexdigest()


def test_the_hash_depends_on_the_frames_only() -> None:
    assert digest(random_batches(2)) == digest(random_batches(3))
    changed = [batch._replace(frames=batch.frames + (batch.window_indices[0].clip == 4)) for batch in random_batches(1)]
    assert digest(changed) != digest(random_batches(1))


def test_a_result_has_posterior_statistics(evaluate: Callable[..., Any], run: Path) -> None:
    posterior = evaluate()["posterior"]
    assert posterior["units"] == 4 and len(posterior["kl_per_dimension"]) == 4 and 0 <= posterior["active"] <= 4
    assert (
        posterior["kl"] == pytest.approx(sum(posterior["kl_per_dimension"]), abs=1e-6)
        and "Burda et al. 2016" in posterior["definition"]
    )
    model = vp.load(run, device="cpu")
    with torch.no_grad():
        for head in (model.model.posterior.mean, model.model.posterior.logvar):  # type: ignore[union-attr]
            head.weight.zero_()  # type: ignore[union-attr]
            head.bias.zero_()  # type: ignore[union-attr]
            head.bias[0] += 0.1  # type: ignore[index, operator, union-attr]
    collapsed = model.evaluator().evaluate()
    assert collapsed.posterior is not None and collapsed.posterior.active == 0
    assert any("0 of 4 units active: collapsed" in line for line in result_notes(collapsed.record()))


@pytest.mark.parametrize(
    "recorded", [{"precision": "bf16"}, {"precision": None, "device": "NVIDIA, a GPU, bf16, channels-last"}]
)
def test_a_note_says_that_validation_used_another_precision(recorded: dict[str, Any], run: Path) -> None:
    """As the run recorded it, in its own field or, if it is older, with the device."""
    model = vp.load(run, device="cpu")
    assert model.evaluator(metrics=[]).evaluate().notes == []
    environment = {**json.loads((run / "environment.json").read_text()), **recorded}
    environment = {name: value for name, value in environment.items() if value is not None}
    (run / "environment.json").write_text(json.dumps(environment))
    assert model.evaluator(metrics=[]).evaluate().notes == [
        "computed in fp32, validation in bf16: its figures may differ"
    ]
