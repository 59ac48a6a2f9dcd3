"""What `vidpred eval` writes, and what it never overwrites."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import vidpred as vp
from vidpred.evaluation.result_schema import read_result

FILES = {"result.json", "per_frame.csv", "per_clip.csv", "psnr_per_frame.png", "clips"}


def test_the_folder_holds_tables_and_pictures_that_agree(evaluate: Callable[..., Any], run: Path) -> None:
    record, folder = evaluate("--samples", 3, folder="past2_future4_samples3"), run / "eval" / "past2_future4_samples3"
    assert {path.name for path in folder.iterdir()} == FILES
    with (folder / "per_clip.csv").open() as file:
        clips = list(csv.DictReader(file))
    with (folder / "per_frame.csv").open() as file:
        frames = list(csv.DictReader(file))
    assert len(clips) == 4 * 2 and len(frames) == 4 * 4
    for metric, figures in record["metrics"].items():
        for column in ("best", "mean", "worst", "one", "copy_last", "copy_first"):
            for rows in (clips, frames):
                values = [float(row[column]) for row in rows if row["metric"] == metric]
                assert sum(values) / len(values) == pytest.approx(figures[column]["mean"], abs=1e-5), (metric, column)
    assert [row["frame"] for row in frames[:4]] == ["2", "3", "4", "5"] and clips[0]["where"].endswith(
        "validate/traj_0_to_255/0"
    )
    assert {path.name for path in (folder / "clips").iterdir()} == {"0.gif", "1.gif"}
    with Image.open(folder / "clips" / "0.gif") as gif, Image.open(folder / "psnr_per_frame.png") as plot:
        assert gif.n_frames == 6 and plot.size[0] > 500  # type: ignore[attr-defined]


def test_results_of_other_settings_are_kept_and_replacing_one_warns(vidpred: Callable[..., Any], run: Path) -> None:
    for options in (
        (),
        ("--checkpoint", "best_psnr"),
        ("--split", "test"),
        ("--seed", 1),
        ("--future", 2),
        ("--metrics", "ssim"),
    ):
        outcome = vidpred("eval", run, "--device", "cpu", *options)
        assert outcome.code == 0
    assert (
        "replaces an older eval/past2_future4_samples1: psnr_channel is not measured any more; "
        "mse is not measured any more" in outcome.errors
    )
    assert {path.name for path in (run / "eval").iterdir()} == {
        "past2_future4_samples1",
        "past2_future4_samples1_best_psnr",
        "past2_future4_samples1_test",
        "past2_future4_samples1_seed1",
        "past2_future2_samples1",
    }
    again = vidpred("eval", run, "--device", "cpu", "--metrics", "ssim")
    assert "replaces" not in again.errors
    result = read_result(run / "eval" / "past2_future4_samples1")
    assert result is not None and list(result["metrics"]) == ["psnr", "ssim"]


def test_a_failure_leaves_the_older_result_and_no_other_files(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = vp.load(run, device="cpu")
    evaluator = trained.evaluator()
    result = evaluator.evaluate()
    folder = trained.write_result(evaluator, result)
    before = (folder / "result.json").read_bytes()

    def broken(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device", "curves.png")

    monkeypatch.setattr("vidpred.plots.evaluation.draw_frame_curves", broken)
    with pytest.raises(vp.VidpredError, match=r"curves.png: cannot be written: No space left on device"):
        trained.write_result(evaluator, result)
    assert {path.name for path in folder.iterdir()} == FILES, "the older result is whole"
    assert (folder / "result.json").read_bytes() == before and [path.name for path in (run / "eval").iterdir()] == [
        folder.name
    ]


def test_nothing_is_written_outside_the_run(run: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (run / "eval").symlink_to(tmp_path / "elsewhere")
    trained = vp.load(run, device="cpu")
    evaluator = trained.evaluator(metrics=[])
    with pytest.raises(vp.VidpredError, match="leads out of the run's folder"):
        trained.write_result(evaluator, evaluator.evaluate())
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_damaged_result_is_an_error(tmp_path: Path) -> None:
    assert read_result(tmp_path) is None
    for content in ("{", "[]", '{"format": 99, "terms": {}}'):
        (tmp_path / "result.json").write_text(content)
        with pytest.raises(vp.VidpredError, match="is not a result of this version of vidpred"):
            read_result(tmp_path)
