"""What is kept of a preview, frame by frame, and which previews a page shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

from tests.report.page_contents import data_of, sheets_of
from tests.report.run_folders import preview, write_run
from vidpred.errors import DataError
from vidpred.evaluation.preview_types import PerFrame, Pictures, Preview
from vidpred.plots.canvas import to_pixels
from vidpred.report import page, preview_files, preview_selection as clips, preview_sheets as store
from vidpred.runs.layout import RunFolder

MEGABYTES = 20_000_000


def kept(folder: Path, shown: Preview, epoch: int = 7) -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
    store.write_preview_sheet(RunFolder(folder), Pictures(epoch, shown, [], None))
    paths = RunFolder(folder).preview_paths(epoch)
    with Image.open(paths.sheet) as sheet:
        return json.loads(paths.description.read_text()), np.asarray(sheet.convert("RGB"))


@pytest.mark.parametrize(("channels", "height", "width"), [(3, 64, 64), (1, 32, 64), (4, 24, 40)])
def test_every_frame_is_kept_as_it_is(tmp_path: Path, channels: int, height: int, width: int) -> None:
    shown = preview(3, channels=min(channels, 3), height=height, width=width, frames=5)
    if channels == 4:
        shown = shown._replace(
            **{
                name: torch.cat([part, part[..., :1, :, :]], -3)
                for name, part in shown._asdict().items()
                if name in ("truth", "posterior", "samples")
            }
        )
    about, sheet = kept(tmp_path, shown)
    assert (
        about["clips"],
        about["samples"],
        about["frames"],
        about["past"],
        about["height"],
        about["width"],
        about["shrunk"],
    ) == (2, 3, 5, 2, height, width, 1)
    truth = to_pixels(shown.truth)
    for clip in range(2):
        for row, made in enumerate([None, shown.posterior, *shown.samples.unbind(1)]):
            for t in range(5):
                wanted = truth[clip, t] if made is None or t < 2 else to_pixels(made)[clip, t - 1]
                top = (clip * 5 + row) * height
                assert (sheet[top : top + height, t * width : (t + 1) * width] == wanted).all(), (clip, row, t)


def test_figures_are_kept_beside_the_frames(tmp_path: Path) -> None:
    shown = preview(5)
    about, _ = kept(tmp_path, shown)
    assert about["best"] == [int(row) for row in shown.psnr.mean(2).argmax(1)]
    assert np.allclose(about["psnr"]["samples"], shown.psnr, atol=0.0051)
    for clip in range(2):
        for t in range(2, 12):
            truth = shown.truth[clip, t].numpy()
            for name, other in (("posterior", shown.posterior[clip, t - 1]), ("copy_last", shown.truth[clip, 1])):
                assert about["psnr"][name][clip][t - 2] == pytest.approx(
                    peak_signal_noise_ratio(truth, other.numpy(), data_range=1), abs=0.0051
                )


def test_figures_that_are_no_numbers_are_null(tmp_path: Path) -> None:
    shown = preview(0)
    shown.psnr[1, 2, 3] = float("nan")
    store.write_preview_sheet(
        tmp_path / "previews", Pictures(3, shown, [], PerFrame(3, 2, {"psnr": [float("inf"), 20.0]}, {}))
    )
    about = json.loads((tmp_path / "previews" / "epoch_0003.json").read_text())
    assert about["psnr"]["samples"][1][2][3] is None and about["per_frame"]["predicted"]["psnr"] == [None, 20.0]
    page.write_report_page(tmp_path)


def test_frames_too_large_for_a_sheet_are_shrunk_by_a_whole_factor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = preview(0, frames=4, height=50, width=70, samples=1)
    about, whole = kept(tmp_path, shown)
    assert about["shrunk"] == 1 and whole.shape == (2 * 3 * 50, 4 * 70, 3)
    monkeypatch.setattr(store, "MAX_PIXELS", 2 * 3 * 4 * 50 * 70 - 1)
    about, half = kept(tmp_path, shown)
    assert (about["shrunk"], about["height"], about["width"]) == (2, 25, 35) and half.shape == (2 * 3 * 25, 4 * 35, 3)
    means = whole.reshape(2 * 3 * 25, 2, 4 * 35, 2, 3).mean((1, 3))
    assert np.abs(half - means).max() <= 1
    monkeypatch.setattr(store, "MAX_SIDE", 4 * 23)
    assert (
        kept(tmp_path, shown)[0]["shrunk"] == 4
    )  # 6 clips' rows of 50 / 4 are 72 high, 4 frames of 70 / 4 are 68 wide


def test_a_noisy_report_of_a_hundred_epochs_stays_under_20_mb(tmp_path: Path) -> None:
    every_tenth = page.write_report_page(write_run(tmp_path / "ten", epochs=100, every=10, clips=4, noisy=True))
    assert 5_000_000 < every_tenth.stat().st_size < MEGABYTES
    assert [one["epoch"] for one in data_of(every_tenth)["previews"]] == list(range(9, 100, 10))
    for epoch in range(100):  # as with preview_every: 1
        for ending in ("webp", "json"):
            path = tmp_path / "ten" / "previews" / f"epoch_{epoch:04d}.{ending}"
            if not path.exists():
                old = (path.parent / f"epoch_0009.{ending}").read_bytes()
                path.write_bytes(old.replace(b'"epoch": 9', b'"epoch": %d' % epoch, 1) if ending == "json" else old)
    every = data_of(page.write_report_page(tmp_path / "ten"))
    epochs = [one["epoch"] for one in every["previews"]]
    assert (tmp_path / "ten" / "report.html").stat().st_size < MEGABYTES and every["stored_previews"] == 100
    assert {0, 80, 99} <= set(epochs) and len(epochs) > 10 and epochs == sorted(epochs)  # 80: the best PSNR


def test_lossy_frames_are_near_the_true_ones_and_said_to_be_lossy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_run(tmp_path / "run", epochs=4, every=2)
    size = sum(path.stat().st_size for path in folder.glob("previews/*.webp"))
    monkeypatch.setattr(clips, "MAX_CHARACTERS", size)
    made = page.write_report_page(folder)
    assert [one["quality"] for one in data_of(made)["previews"]] == [90, 90]
    for (kind, image), epoch in zip(sheets_of(made), (1, 3), strict=True):
        with Image.open(folder / "previews" / f"epoch_{epoch:04d}.webp") as there:
            assert kind == "jpeg" and peak_signal_noise_ratio(np.asarray(there.convert("RGB")), np.asarray(image)) > 30
    monkeypatch.setattr(clips, "MAX_CHARACTERS", size // 8)
    worse = data_of(page.write_report_page(folder))["previews"]
    assert worse[-1]["epoch"] == 3 and worse[-1]["quality"] < 90  # the last epoch, before all others


@pytest.mark.parametrize(
    ("count", "best"), [(0, []), (1, [0]), (5, [2]), (16, [7]), (17, [3, 9]), (300, [41, 250]), (40, list(range(40)))]
)
def test_the_previews_shown_are_the_most_telling(count: int, best: list[int]) -> None:
    previews = [preview_files.StoredPreview({"epoch": 10 * place + 9}, Path()) for place in range(count)]
    chosen = [one.epoch for one in clips.select_previews(previews, [10 * place for place in best])]
    assert len(chosen) == len(set(chosen)) == min(count, clips.MAX_EPOCHS)
    if count:
        assert chosen[0] == previews[-1].epoch
    if len(best) <= 2:
        assert {10 * place + 9 for place in (*best, 0)} <= set(chosen) or not count  # the preview after the best epoch
        gaps = np.diff(sorted(chosen)) / 10
        assert not count or gaps.max(initial=1) <= 2.5 * max(1, (count - 1) / (clips.MAX_EPOCHS - 1))


@pytest.mark.parametrize("torn", ["half", "frames", "clips", "text"])
def test_a_sheet_that_is_torn_or_another_is_said_to_be_one(tmp_path: Path, torn: str) -> None:
    folder = write_run(tmp_path / "run", epochs=2, every=2)
    sheet = next(folder.glob("previews/*.webp"))
    about = json.loads(sheet.with_suffix(".json").read_text())
    if torn == "half":
        sheet.write_bytes(sheet.read_bytes()[:-100])
    else:
        about |= {"frames": {"frames": 99999}, "clips": {"clips": -1}, "text": {"width": "64"}}[torn]
        sheet.with_suffix(".json").write_text(json.dumps(about))
    with pytest.raises(DataError, match="delete"):
        page.write_report_page(folder)
