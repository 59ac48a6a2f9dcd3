"""`vidpred eval`: its figures, and the same from Python."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import vidpred as vp
from tests.conftest import tiny_recipe
from tests.tiny_pose import pose_recipe, trained, write_pose_data
from vidpred.evaluation.protocols import differences
from vidpred.runs.layout import RunFolder


def test_evaluation_by_default_equals_the_recorded_validation(evaluate: Callable[..., Any], run: Path) -> None:
    record, recorded = evaluate(), RunFolder(run).read_history()[-1]["validate"]
    for metric in ("psnr", "ssim"):
        assert record["metrics"][metric]["one"]["mean"] == pytest.approx(recorded[metric], abs=1e-5)
        assert record["metrics"][metric]["copy_last"]["mean"] == pytest.approx(recorded["copy_last"][metric], abs=1e-5)
    assert list(record["metrics"]) == ["psnr", "psnr_channel", "ssim", "mse"]
    for figures in record["metrics"].values():
        assert figures["best"] == figures["mean"] == figures["worst"] == figures["one"]
        assert figures["one"]["low"] <= figures["one"]["mean"] <= figures["one"]["high"]


def test_every_result_records_its_settings(evaluate: Callable[..., Any], run: Path) -> None:
    terms = evaluate(
        "--samples", 2, "--seed", 7, "--set", "sequence.last_frame_skip=true", folder="past2_future4_samples2_seed7"
    )["terms"]
    weights = hashlib.sha256((run / "checkpoints" / "last" / "weights.safetensors").read_bytes()).hexdigest()
    assert (
        terms["checkpoint"] == weights[:12]
        and terms["vidpred"] == vp.__version__
        and terms["changed"] == ["sequence.last_frame_skip=true"]
    )
    wanted = {
        "protocol": "by hand",
        "past": 2,
        "future": 4,
        "samples": 2,
        "batch_norm": "running",
        "split": "validate",
        "clips": 2,
        "seed": 7,
    }
    assert {point: terms[point] for point in wanted} == wanted
    assert terms["data"].startswith("bair_robot 3x64x64 ") and set(terms["metrics"]) == {
        "psnr",
        "psnr_channel",
        "ssim",
        "mse",
    }


def test_several_samples_have_a_best_a_mean_and_a_worst_value(evaluate: Callable[..., Any], run: Path) -> None:
    record = evaluate("--samples", 5, folder="past2_future4_samples5")
    for metric, figures in record["metrics"].items():
        best, mean, worst = (figures[column]["mean"] for column in ("best", "mean", "worst"))
        assert (best > mean > worst) if figures["higher_is_better"] else (best < mean < worst), metric
    single = evaluate()
    for metric in single["metrics"]:
        assert record["metrics"][metric]["one"]["mean"] == pytest.approx(
            single["metrics"][metric]["one"]["mean"], abs=1e-5
        )
    assert record["condition_gap"]["mean"] == pytest.approx(single["condition_gap"]["mean"], abs=1e-5)
    assert set(differences(single["terms"], record["terms"])) == {"samples"}


def test_neither_rows_nor_batches_change_a_value(run: Path) -> None:
    model = vp.load(run, device="cpu")
    records = [model.evaluator(split="train", samples=7, rows=rows).evaluate().record() for rows in (1, 3, 8, 64)]
    for other in records[1:]:
        assert other["terms"] == records[0]["terms"]
        for metric, figures in records[0]["metrics"].items():
            for column in ("best", "mean", "worst", "one", "copy_last", "copy_first"):
                assert list(other["metrics"][metric][column].values()) == pytest.approx(
                    list(figures[column].values()), abs=1e-5
                )
        assert other["posterior"]["kl_per_dimension"] == pytest.approx(
            records[0]["posterior"]["kl_per_dimension"], abs=1e-5
        )
        assert other["condition_gap"]["mean"] == pytest.approx(records[0]["condition_gap"]["mean"], abs=1e-5)


def test_named_protocols_and_another_past(evaluate: Callable[..., Any], run: Path) -> None:
    """9 frames are too few for the published protocols, so a shorter one replaces bair_short."""
    import vidpred.evaluation.protocols as protocols

    short = protocols.Protocol("bair_short", past=1, future=5, samples=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(protocols.PROTOCOLS, "bair_short", short)  # type: ignore[arg-type]
        record = evaluate("--protocol", "bair_short", folder="bair_short")
    assert (
        record["terms"]["past"],
        record["terms"]["future"],
        record["terms"]["split"],
        record["terms"]["samples"],
    ) == (1, 5, "test", 2)
    assert record["notes"] == ["this protocol gives 1 frame, but the model was trained with 2 frames given"]
    assert record["metrics"]["psnr"]["copy_last"] == record["metrics"]["psnr"]["copy_first"]
    own = vp.load(run, device="cpu").clip("test", 0, length=6).frames
    expected = -10 * (own[:, 1:] - own[:, :1]).square().flatten(2).mean(2).log10()
    assert record["metrics"]["psnr"]["copy_last"]["mean"] == pytest.approx(expected.mean().item(), abs=1e-4)


def test_one_clip_has_reversed_conditions_and_no_intervals(evaluate: Callable[..., Any]) -> None:
    one_clip = evaluate("--split", "test", folder="past2_future4_samples1_test")
    assert (
        one_clip["condition_gap"]["how"] == "reversed"
        and one_clip["condition_gap"]["low"] is None
        and one_clip["condition_gap"]["mean"] != 0
    )
    assert one_clip["metrics"]["psnr"]["one"]["low"] is None
    two = evaluate()
    assert (
        two["condition_gap"]["how"] == "shuffled"
        and two["condition_gap"]["low"] <= two["condition_gap"]["mean"] <= two["condition_gap"]["high"]
    )
    assert two["condition_gap"]["wrong_conditions"]["mean"] == pytest.approx(
        two["metrics"]["psnr"]["one"]["mean"] - two["condition_gap"]["mean"], abs=1e-5
    )


def test_a_model_that_ignores_its_conditions_has_no_gap(robot_data: Path, tmp_path: Path) -> None:
    fields = tiny_recipe(robot_data)
    fields["model"]["predictor"]["reads"] = ["frame", "latent"]
    gap = vp.load(trained(fields, tmp_path), device="cpu").evaluator(samples=3).evaluate().gap
    assert gap is not None and gap.difference.mean == pytest.approx(0.0, abs=1e-6)
    assert (gap.difference.low, gap.difference.high) == pytest.approx((0.0, 0.0), abs=1e-5)


def test_batch_norm_can_use_batch_statistics(
    evaluate: Callable[..., Any], run: Path, vidpred: Callable[..., Any]
) -> None:
    running = evaluate("--split", "train", folder="past2_future4_samples1_train")
    batch = evaluate(
        "--split", "train", "--batch-norm", "batch", "--rows", 5, folder="past2_future4_samples1_train_batch_norm"
    )
    assert (
        set(differences(running["terms"], batch["terms"])) == {"batch_norm"}
        and batch["terms"]["batch_norm"] == "batch of 5"
    )
    assert abs(batch["metrics"]["psnr"]["one"]["mean"] - running["metrics"]["psnr"]["one"]["mean"]) > 1e-3
    assert evaluate("--split", "train", folder="past2_future4_samples1_train") == running
    single, two = (
        evaluate(
            "--batch-norm",
            "batch",
            "--rows",
            4,
            "--samples",
            samples,
            folder=f"past2_future4_samples{samples}_batch_norm",
        )
        for samples in (1, 2)
    )
    assert single["metrics"]["psnr"]["one"] == two["metrics"]["psnr"]["one"], (
        "samples are no batch mates: there is room for 4, of 2 clips"
    )
    refused = vidpred("eval", run, "--device", "cpu", "--split", "test", "--batch-norm", "batch")
    assert refused.code == 2 and "needs 2 clips in each batch" in refused.errors  # there is one test clip


def test_pose_to_the_end_and_a_split_without_frames(
    vidpred: Callable[..., Any], evaluate: Callable[..., Any], tmp_path: Path
) -> None:
    data = write_pose_data(tmp_path / "data")
    pose = trained(pose_recipe(data), tmp_path / "out")
    record = evaluate("--protocol", "pose", folder="pose", of=pose)
    assert (record["terms"]["future"], record["terms"]["split"], record["terms"]["clips"]) == ("all", "validate", 1)
    assert list(record["metrics"]) == ["psnr", "psnr_channel", "mse"]
    assert "11x11, but frames are 8x16" in record["left_out"]["ssim"]
    assert len((pose / "eval" / "pose" / "per_frame.csv").read_text().splitlines()) == 1 + 3 * 5
    refused = vidpred("eval", pose, "--device", "cpu", "--protocol", "pose", "--split", "test")
    assert refused.code == 2
    assert "test_img/0 has 1 frame and 5 conditions; " in refused.errors
    assert "; there is nothing to compare a prediction with" in refused.errors
    assert "--future" not in refused.errors and "or choose another --split" in refused.errors


def test_clips_of_different_lengths_are_evaluated_to_their_ends(tmp_path: Path) -> None:
    data = write_pose_data(tmp_path / "data", tests={"0": (4, 4), "1": (7, 7), "2": (7, 9), "3": (5, 5)})
    model = vp.load(trained(pose_recipe(data), tmp_path / "out"), device="cpu")
    result, validated = (
        model.evaluator(split="test", future="all", samples=2, metrics=[]).evaluate(),
        model.validate("test", future="all"),
    )
    for rows, own in zip(result.scores.samples["psnr"], validated.predicted["psnr"], strict=True):
        assert rows.shape == (2, len(own)) and torch.allclose(rows[0], own, atol=1e-4)
    assert result.gap is not None and result.gap.change == "shuffled"
    assert [row["clips"] for row in result.per_frame()] == [4, 4, 4, 3, 2, 2]


def test_evaluation_is_in_float32_whatever_the_precision_of_training(run: Path) -> None:
    model = vp.load(run, device="cpu", overrides=["train.precision=bf16"])
    assert model.runner.compute.dtype == torch.bfloat16 and model.evaluator().runner.compute.dtype == torch.float32
    own, full = (
        loaded.evaluator(metrics=[]).evaluate().intervals["psnr"]["one"].mean
        for loaded in (model, vp.load(run, device="cpu"))
    )
    assert own == full
