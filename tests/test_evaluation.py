"""`vidpred eval`: figures, files, tables, refusals; and the same from Python."""
from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

import vidpred as vp
from tests.conftest import tiny_recipe
from tests.tiny_pose import pose_recipe, trained, write_pose_data
from vidpred.cli import scores
from vidpred.draw.scored import lines
from vidpred.engine import records
from vidpred.protocols import differences
from vidpred.result_file import read

FILES = {"result.json", "per_frame.csv", "per_clip.csv", "psnr_per_frame.png", "clips"}


@pytest.fixture(scope="module")
def made(robot_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return trained(tiny_recipe(robot_data), tmp_path_factory.mktemp("run"))


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """A finished run's folder, the test's own."""
    return Path(shutil.copytree(made, tmp_path / "run", symlinks=True))


@pytest.fixture
def evaluate(vidpred: Callable[..., Any], run: Path) -> Callable[..., Any]:
    """evaluate("--samples", 3): the JSON of `vidpred eval`, and the folder that it wrote, by its name."""
    def call(*options: object, folder: str = "past2_future4_samples1", of: Path = run) -> dict[str, Any]:
        outcome = vidpred("eval", of, "--device", "cpu", "--json", *options)
        assert outcome.code == 0, outcome.errors
        found: dict[str, Any] = json.loads(outcome.output)
        assert json.loads((of / "eval" / folder / "result.json").read_text()) == found
        return found
    return call


def test_the_recipes_own_numbers_are_the_recorded_ones(evaluate: Callable[..., Any], run: Path) -> None:
    found, recorded = evaluate(), records.read(run)[-1]["validate"]
    for metric in ("psnr", "ssim"):
        assert found["metrics"][metric]["one"]["mean"] == pytest.approx(recorded[metric], abs=1e-5)
        assert found["metrics"][metric]["copy_last"]["mean"] == pytest.approx(recorded["copy_last"][metric], abs=1e-5)
    assert list(found["metrics"]) == ["psnr", "psnr_channel", "ssim", "mse"]
    for figures in found["metrics"].values():
        assert figures["best"] == figures["mean"] == figures["worst"] == figures["one"]
        assert figures["one"]["low"] <= figures["one"]["mean"] <= figures["one"]["high"]


def test_every_result_says_its_terms(evaluate: Callable[..., Any], run: Path) -> None:
    terms = evaluate("--samples", 2, "--seed", 7, "--set", "sequence.last_frame_skip=true", folder="past2_future4_samples2_seed7")["terms"]
    weights = hashlib.sha256((run / "checkpoints" / "last" / "weights.safetensors").read_bytes()).hexdigest()
    assert terms["checkpoint"] == weights[:12] and terms["vidpred"] == vp.__version__ and terms["changed"] == ["sequence.last_frame_skip=true"]
    wanted = {"protocol": "by hand", "past": 2, "future": 4, "samples": 2, "batch_norm": "running", "split": "validate", "clips": 2, "seed": 7}
    assert {point: terms[point] for point in wanted} == wanted
    assert terms["data"].startswith("bair_robot 3x64x64 ") and set(terms["metrics"]) == {"psnr", "psnr_channel", "ssim", "mse"}


def test_best_mean_and_worst_of_several(evaluate: Callable[..., Any], run: Path) -> None:
    found = evaluate("--samples", 5, folder="past2_future4_samples5")
    for metric, figures in found["metrics"].items():
        best, mean, worst = (figures[column]["mean"] for column in ("best", "mean", "worst"))
        assert (best > mean > worst) if figures["higher_is_better"] else (best < mean < worst), metric
    one = evaluate()
    for metric in one["metrics"]:
        assert found["metrics"][metric]["one"]["mean"] == pytest.approx(one["metrics"][metric]["one"]["mean"], abs=1e-5)
    assert found["condition_gap"]["mean"] == pytest.approx(one["condition_gap"]["mean"], abs=1e-5)
    assert set(differences(one["terms"], found["terms"])) == {"samples"}


def test_neither_rows_nor_batches_change_a_figure(run: Path) -> None:
    model = vp.load(run, device="cpu")
    found = [model.evaluation(split="train", samples=7, rows=rows).measure().record() for rows in (1, 3, 8, 64)]
    for other in found[1:]:
        assert other["terms"] == found[0]["terms"]
        for metric, figures in found[0]["metrics"].items():
            for column in ("best", "mean", "worst", "one", "copy_last", "copy_first"):
                assert list(other["metrics"][metric][column].values()) == pytest.approx(list(figures[column].values()), abs=1e-5)
        assert other["posterior"]["kl_per_dimension"] == pytest.approx(found[0]["posterior"]["kl_per_dimension"], abs=1e-5)
        assert other["condition_gap"]["mean"] == pytest.approx(found[0]["condition_gap"]["mean"], abs=1e-5)


def test_the_folder_holds_tables_and_pictures_that_agree(evaluate: Callable[..., Any], run: Path) -> None:
    found, folder = evaluate("--samples", 3, folder="past2_future4_samples3"), run / "eval" / "past2_future4_samples3"
    assert {path.name for path in folder.iterdir()} == FILES
    with (folder / "per_clip.csv").open() as file:
        clips = list(csv.DictReader(file))
    with (folder / "per_frame.csv").open() as file:
        frames = list(csv.DictReader(file))
    assert len(clips) == 4 * 2 and len(frames) == 4 * 4
    for metric, figures in found["metrics"].items():
        for column in ("best", "mean", "worst", "one", "copy_last", "copy_first"):
            for rows in (clips, frames):
                values = [float(row[column]) for row in rows if row["metric"] == metric]
                assert sum(values) / len(values) == pytest.approx(figures[column]["mean"], abs=1e-5), (metric, column)
    assert [row["frame"] for row in frames[:4]] == ["2", "3", "4", "5"] and clips[0]["where"].endswith("validate/traj_0_to_255/0")
    assert {path.name for path in (folder / "clips").iterdir()} == {"0.gif", "1.gif"}
    with Image.open(folder / "clips" / "0.gif") as gif, Image.open(folder / "psnr_per_frame.png") as plot:
        assert gif.n_frames == 6 and plot.size[0] > 500     # type: ignore[attr-defined]


def test_named_protocols_and_another_past(evaluate: Callable[..., Any], run: Path) -> None:
    """9 frames are too few for the published protocols, so a shorter one stands in; the model was trained with 2 given."""
    import vidpred.protocols as protocols
    short = protocols.Protocol("bair_short", past=1, future=5, samples=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(protocols.PROTOCOLS, "bair_short", short)     # type: ignore[arg-type]
        found = evaluate("--protocol", "bair_short", folder="bair_short")
    assert (found["terms"]["past"], found["terms"]["future"], found["terms"]["split"], found["terms"]["samples"]) == (1, 5, "test", 2)
    assert found["notes"] == ["this protocol gives 1 frame, but the model was trained with 2 frames given"]
    assert found["metrics"]["psnr"]["copy_last"] == found["metrics"]["psnr"]["copy_first"]
    own = vp.load(run, device="cpu").clip("test", 0, length=6).frames
    expected = -10 * (own[:, 1:] - own[:, :1]).square().flatten(2).mean(2).log10()
    assert found["metrics"]["psnr"]["copy_last"]["mean"] == pytest.approx(expected.mean().item(), abs=1e-4)


def test_one_clip_has_reversed_conditions_and_no_intervals(evaluate: Callable[..., Any]) -> None:
    one = evaluate("--split", "test", folder="past2_future4_samples1_test")
    assert one["condition_gap"]["how"] == "reversed" and one["condition_gap"]["low"] is None and one["condition_gap"]["mean"] != 0
    assert one["metrics"]["psnr"]["one"]["low"] is None
    two = evaluate()
    assert two["condition_gap"]["how"] == "shuffled" and two["condition_gap"]["low"] <= two["condition_gap"]["mean"] <= two["condition_gap"]["high"]
    assert two["condition_gap"]["wrong_conditions"]["mean"] == pytest.approx(
        two["metrics"]["psnr"]["one"]["mean"] - two["condition_gap"]["mean"], abs=1e-5)


def test_a_model_that_ignores_its_conditions_has_no_gap(robot_data: Path, tmp_path: Path) -> None:
    fields = tiny_recipe(robot_data)
    fields["model"]["predictor"]["reads"] = ["frame", "latent"]
    gap = vp.load(trained(fields, tmp_path), device="cpu").evaluation(samples=3).measure().gap
    assert gap is not None and gap.difference.mean == pytest.approx(0.0, abs=1e-6)
    assert (gap.difference.low, gap.difference.high) == pytest.approx((0.0, 0.0), abs=1e-5)


def test_the_posteriors_health_is_told(evaluate: Callable[..., Any], run: Path) -> None:
    posterior = evaluate()["posterior"]
    assert posterior["units"] == 4 and len(posterior["kl_per_dimension"]) == 4 and 0 <= posterior["active"] <= 4
    assert posterior["kl"] == pytest.approx(sum(posterior["kl_per_dimension"]), abs=1e-6) and "Burda et al. 2016" in posterior["definition"]
    model = vp.load(run, device="cpu")
    with torch.no_grad():
        for head in (model.model.posterior.mean, model.model.posterior.logvar):     # type: ignore[union-attr]
            head.weight.zero_()     # type: ignore[union-attr]
            head.bias.zero_()       # type: ignore[union-attr]
            head.bias[0] += 0.1     # type: ignore[index, operator, union-attr]
    collapsed = model.evaluation().measure()
    assert collapsed.posterior is not None and collapsed.posterior.active == 0
    assert any("0 of 4 units active: collapsed" in line for line in lines(collapsed.record()))


def test_batch_norm_by_the_batch(evaluate: Callable[..., Any], run: Path, vidpred: Callable[..., Any]) -> None:
    running = evaluate("--split", "train", folder="past2_future4_samples1_train")
    batch = evaluate("--split", "train", "--batch-norm", "batch", "--rows", 5, folder="past2_future4_samples1_train_batch_norm")
    assert set(differences(running["terms"], batch["terms"])) == {"batch_norm"} and batch["terms"]["batch_norm"] == "batch of 5"
    assert abs(batch["metrics"]["psnr"]["one"]["mean"] - running["metrics"]["psnr"]["one"]["mean"]) > 1e-3
    assert evaluate("--split", "train", folder="past2_future4_samples1_train") == running
    one, two = (evaluate("--batch-norm", "batch", "--rows", 4, "--samples", samples, folder=f"past2_future4_samples{samples}_batch_norm")
                for samples in (1, 2))
    assert one["metrics"]["psnr"]["one"] == two["metrics"]["psnr"]["one"], "samples are no batch mates: there is room for 4, of 2 clips"
    refused = vidpred("eval", run, "--device", "cpu", "--split", "test", "--batch-norm", "batch")
    assert refused.code == 2 and "needs 2 clips in each batch" in refused.errors        # there is one test clip


def test_results_stand_beside_each_other_and_what_is_replaced_is_said(vidpred: Callable[..., Any], run: Path) -> None:
    for options in ((), ("--checkpoint", "best_psnr"), ("--split", "test"), ("--seed", 1), ("--future", 2), ("--metrics", "ssim")):
        outcome = vidpred("eval", run, "--device", "cpu", *options)
        assert outcome.code == 0
    assert "replaces an older eval/past2_future4_samples1: psnr_channel is not measured any more; mse is not measured any more" in outcome.errors
    assert {path.name for path in (run / "eval").iterdir()} == {
        "past2_future4_samples1", "past2_future4_samples1_best_psnr", "past2_future4_samples1_test", "past2_future4_samples1_seed1",
        "past2_future2_samples1"}
    again = vidpred("eval", run, "--device", "cpu", "--metrics", "ssim")
    assert "replaces" not in again.errors
    result = read(run / "eval" / "past2_future4_samples1")
    assert result is not None and list(result["metrics"]) == ["psnr", "ssim"]


def test_a_failure_leaves_the_older_result_and_no_rubbish(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation = vp.load(run, device="cpu").evaluation()
    result = evaluation.measure()
    folder = evaluation.write(result)
    before = (folder / "result.json").read_bytes()

    def broken(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device", "curves.png")
    monkeypatch.setattr("vidpred.evaluation.curves", broken)
    with pytest.raises(vp.VidpredError, match=r"curves.png: cannot be written: No space left on device"):
        evaluation.write(result)
    assert {path.name for path in folder.iterdir()} == FILES, "the older result is whole"
    assert (folder / "result.json").read_bytes() == before and [path.name for path in (run / "eval").iterdir()] == [folder.name]


def test_nothing_is_written_outside_the_run(run: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (run / "eval").symlink_to(tmp_path / "elsewhere")
    evaluation = vp.load(run, device="cpu").evaluation(metrics=[])
    with pytest.raises(vp.VidpredError, match="leads out of the run's folder"):
        evaluation.write(evaluation.measure())
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize(("options", "said"), [
    (("--split", "val"), "unknown split 'val'; did you mean 'validate'? known splits: train, validate, test"),
    (("--split", "tset"), "did you mean 'test'?"), (("--batch-norm", "both"), "unknown BatchNorm mode 'both'"),
    (("--protocol", "svgg"), "did you mean 'svg'?"), (("--protocol", "svg", "--future", "3"), "leave out --protocol, or --future"),
    (("--future", "0"), "--future 0: give a number of frames, 1 or more, or all"), (("--future", "some"), "--future some"),
    (("--metrics", "pnsr"), "unknown metric 'pnsr'; did you mean 'psnr'?"), (("--checkpoint", "best"), "it has: "),
    (("--future", "8"), "2 given and 8 predicted frames need clips of 10 frames, but 2 of 2 are shorter: "),
    (("--protocol", "svg", "--split", "validate"), "has 9 frames and 9 conditions; the shortest allows --future 7, or choose another --split")])
def test_what_cannot_be_measured_is_refused(options: tuple[str, ...], said: str, vidpred: Callable[..., Any], run: Path) -> None:
    refused = vidpred("eval", run, "--device", "cpu", *options)
    assert refused.code == 2 and said in refused.errors and not (run / "eval").exists(), refused.errors


def test_pose_to_the_end_and_a_split_without_frames(vidpred: Callable[..., Any], evaluate: Callable[..., Any], tmp_path: Path) -> None:
    data = write_pose_data(tmp_path / "data")
    pose = trained(pose_recipe(data), tmp_path / "out")
    found = evaluate("--protocol", "pose", folder="pose", of=pose)
    assert (found["terms"]["future"], found["terms"]["split"], found["terms"]["clips"]) == ("all", "validate", 1)
    assert list(found["metrics"]) == ["psnr", "psnr_channel", "mse"] and "11x11, but frames are 8x16" in found["left_out"]["ssim"]
    assert len((pose / "eval" / "pose" / "per_frame.csv").read_text().splitlines()) == 1 + 3 * 5
    refused = vidpred("eval", pose, "--device", "cpu", "--protocol", "pose", "--split", "test")
    assert refused.code == 2 and "test_img/0 has 1 frame and 5 conditions; there is nothing to compare a prediction with" in refused.errors
    assert "--future" not in refused.errors and "or choose another --split" in refused.errors


def test_clips_of_different_lengths_to_their_ends(tmp_path: Path) -> None:
    data = write_pose_data(tmp_path / "data", tests={"0": (4, 4), "1": (7, 7), "2": (7, 9), "3": (5, 5)})
    model = vp.load(trained(pose_recipe(data), tmp_path / "out"), device="cpu")
    found, validated = (model.evaluation(split="test", future="all", samples=2, metrics=[]).measure(), model.evaluate("test", future="all"))
    for rows, own in zip(found.measured.samples["psnr"], validated.predicted["psnr"], strict=True):
        assert rows.shape == (2, len(own)) and torch.allclose(rows[0], own, atol=1e-4)
    assert found.gap is not None and found.gap.how == "shuffled"
    assert [row["clips"] for row in found.per_frame()] == [4, 4, 4, 3, 2, 2]


# what people see

def test_the_table_marks_the_best_of_each_column(vidpred: Callable[..., Any], run: Path) -> None:
    shown = vidpred("eval", run, "--device", "cpu", "--samples", 3).output.splitlines()
    found = read(run / "eval" / "past2_future4_samples3")
    assert found is not None
    rows = {line[:11].strip(): line for line in shown if line.startswith(("best of", "mean of", "worst of", "one", "copy"))}
    assert list(rows) == ["best of 3", "mean of 3", "worst of 3", "one sample", "copy last", "copy first"]
    best = {metric: (max if figures["higher_is_better"] else min)(figures[column]["mean"] for column in ("best", "copy_last", "copy_first"))
            for metric, figures in found["metrics"].items()}
    names = {"best": "best of 3", "copy_last": "copy last", "copy_first": "copy first"}
    stars = [name for metric, figures in found["metrics"].items() for column, name in names.items() if figures[column]["mean"] == best[metric]]
    assert sum(row.count("*") for row in rows.values()) == len(stars) and all(rows[name].count("*") == stars.count(name) for name in set(stars))
    assert f"{found['metrics']['psnr']['best']['mean']:.2f} ± " in rows["best of 3"]
    assert any(line.startswith("condition gap: ") for line in shown) and any(line.startswith("posterior: KL ") for line in shown)
    assert shown[-1] == f"written: {run}/eval/past2_future4_samples3, and {run}/report.html"


@pytest.mark.parametrize(("width", "tables"), [(80, 1), (60, 2), (40, 4), (None, 1)])
def test_tables_fit_the_terminal(width: int | None, tables: int, run: Path) -> None:
    result = vp.load(run, device="cpu").evaluation(samples=3).measure()
    found = list(scores.blocks(result.record(), width))
    assert len(found) == tables
    assert all(len(line) <= (width or 200) for block in found for line in block.plain.splitlines())
    assert all(metric in "".join(block.plain for block in found) for metric in ("psnr", "psnr_channel", "ssim", "mse"))


def test_a_metric_that_cannot_be_had_is_one_line(vidpred: Callable[..., Any], run: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise OSError("no network here")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("torch.hub.urlopen", unreachable)
    outcome = vidpred("eval", run, "--device", "cpu", "--metrics", "mse,lpips")
    said = [line for line in outcome.errors.splitlines() if line.startswith("warning:")]
    assert outcome.code == 0 and len(said) == 1 and "lpips: the weights of alex cannot be had (no network here)" in said[0]
    found = read(run / "eval" / "past2_future4_samples1")
    assert found is not None and list(found["metrics"]) == ["psnr", "mse"] and list(found["left_out"]) == ["lpips"]


def test_a_broken_result_is_said_to_be_one(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    for content in ("{", "[]", '{"format": 99, "terms": {}}'):
        (tmp_path / "result.json").write_text(content)
        with pytest.raises(vp.VidpredError, match="is no result of this version of vidpred"):
            read(tmp_path)


def test_figures_are_of_float32_whatever_the_precision_of_training(run: Path) -> None:
    model = vp.load(run, device="cpu", overrides=["train.precision=bf16"])
    assert model.conduct.compute.dtype == torch.bfloat16 and model.evaluation().conduct.compute.dtype == torch.float32
    own, full = (loaded.evaluation(metrics=[]).measure().figures["psnr"]["one"].mean for loaded in (model, vp.load(run, device="cpu")))
    assert own == full


def test_a_note_says_where_validation_computed_otherwise(run: Path) -> None:
    """As the run has recorded it: this machine may choose another precision."""
    model = vp.load(run, device="cpu")
    assert model.evaluation(metrics=[]).measure().notes == []
    recorded = json.loads((run / "environment.json").read_text())
    (run / "environment.json").write_text(json.dumps({**recorded, "device": "NVIDIA, a GPU, bf16, channels-last"}))
    assert model.evaluation(metrics=[]).measure().notes == ["computed in fp32, validation in bf16: its figures may differ"]


def test_figures_that_are_not_finite_leave_the_report_whole(vidpred: Callable[..., Any], run: Path) -> None:
    weights = run / "checkpoints" / "last" / "weights.safetensors"
    state = load_file(weights)
    name = next(name for name in state if name.startswith("decoder") and name.endswith("weight"))
    save_file({**state, name: torch.full_like(state[name], float("nan"))}, weights)
    (weights.parent / "manifest.json").unlink()
    outcome = vidpred("eval", run, "--device", "cpu", "--samples", 2)
    assert outcome.code == 0 and not outcome.errors, outcome.errors
    rows = [line for line in outcome.output.splitlines() if line.startswith(("best of", "mean of", "one sample"))]
    assert len(rows) == 3 and all("–" in row and "nan" not in row for row in rows)
    found = read(run / "eval" / "past2_future4_samples2")
    assert found is not None and found["metrics"]["psnr"]["best"]["mean"] is None
    assert vidpred("report", run).code == 0
