"""Where a filter is on: in training, in evaluation, in both (`feedback.filter_in`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import vidpred as vp
from tests.tiny_pose import pose_recipe, trained, write, write_pose_data
from vidpred.builtin.filters import Histogram
from vidpred.engine.runner import RolloutRunner
from vidpred.runs.layout import RunFolder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pose_data(tmp_path_factory.mktemp("pose"))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How often the histogram filter was called: by `RolloutRunner.train`, or by anything else."""
    counted: Counter[str] = Counter()
    phase = ["evaluation"]
    whole, filtered = RolloutRunner.train, Histogram.__call__

    def train(self: RolloutRunner, *arguments: Any, **options: Any) -> Any:
        phase[0] = "training"
        try:
            return whole(self, *arguments, **options)
        finally:
            phase[0] = "evaluation"

    def called(self: Histogram, prediction: Tensor, previous: Tensor) -> Tensor:
        counted[phase[0]] += 1
        assert not torch.is_grad_enabled() and prediction.min() >= 0 and prediction.max() <= 1
        return filtered(self, prediction, previous)

    monkeypatch.setattr(RolloutRunner, "train", train)
    monkeypatch.setattr(Histogram, "__call__", called)
    yield counted


@pytest.mark.parametrize(
    ("where", "training", "evaluation"), [("both", True, True), ("training", True, False), ("evaluation", False, True)]
)
def test_a_filter_is_applied_only_where_the_recipe_says(
    where: str, training: bool, evaluation: bool, root: Path, calls: Counter[str], tmp_path: Path
) -> None:
    run = trained(pose_recipe(root, feedback={"filter": "histogram", "filter_in": where}), tmp_path)
    # Training: 2 batches, and 1 for BatchNorm's statistics. Evaluation: a validation, and a preview of 2 rollouts.
    # Each has 3 steps.
    assert calls == Counter({"training": 9 * training, "evaluation": 9 * evaluation}) + Counter()
    calls.clear()
    model = vp.load(run, device="cpu")
    model.predict(model.clip("test", 0, length=5))
    assert calls == Counter({"evaluation": 4 * evaluation}) + Counter()
    calls.clear()
    model.validate("validate")
    assert calls == Counter({"evaluation": 3 * evaluation}) + Counter()


def test_without_a_filter_nothing_is_filtered(root: Path, calls: Counter[str], tmp_path: Path) -> None:
    trained(pose_recipe(root), tmp_path)
    assert not calls


def test_a_filter_changes_only_where_it_is_applied(root: Path, tmp_path: Path) -> None:
    """One step of next to no learning rate: then weights are the same, and validation tells whether it was filtered."""
    figures = {}
    for where in ("none", "both", "training", "evaluation"):
        feedback = {"filter": "histogram", "filter_in": where} if where != "none" else {}
        fields = pose_recipe(root, feedback=feedback, optimizer={"name": "sgd", "lr": 1e-12, "momentum": 0.0})
        fields["train"]["reestimate_batches"] = 0
        record = RunFolder(trained(fields, tmp_path / where)).read_history()[0]
        figures[where] = (record["train"]["mse"], record["validate"]["psnr"])
    train, validate = ({where: pair[index] for where, pair in figures.items()} for index in range(2))
    assert train["both"] == train["training"] != train["none"] == train["evaluation"]
    assert (
        validate["both"] == pytest.approx(validate["evaluation"], abs=1e-6) != pytest.approx(validate["none"], abs=1e-4)
    )
    assert validate["training"] == pytest.approx(validate["none"], abs=1e-6)


@pytest.mark.parametrize(
    ("feedback", "message"),
    [
        (
            {"filter": "histogram", "filter_in": "validation"},
            "feedback.filter_in: should be 'both', 'training' or 'evaluation', got 'validation'",
        ),
        ({"filter": "histgram"}, "feedback.filter.name: unknown filter 'histgram'; did you mean 'histogram'?"),
    ],
)
def test_invalid_filters_are_refused(
    feedback: dict[str, Any], message: str, root: Path, vidpred: Callable[..., Any], tmp_path: Path
) -> None:
    refused = vidpred("check", write(tmp_path / "r.yaml", pose_recipe(root, feedback=feedback)))
    assert refused.code == 2 and message in refused.errors
