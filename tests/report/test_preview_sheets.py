"""Storing the frames of a preview and their PSNR."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

from tests.report.run_folders import preview
from vidpred.evaluation.preview_types import PerFrame, Pictures, Preview
from vidpred.plots.canvas import to_pixels
from vidpred.report import preview_sheets
from vidpred.report.page import write_report_page
from vidpred.report.preview_sheets import write_preview_sheet
from vidpred.runs.layout import RunFolder

ROUNDING = 0.0051  # PSNR is stored with two decimals


def write_and_read(folder: Path, shown: Preview, epoch: int = 7) -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
    write_preview_sheet(RunFolder(folder), Pictures(epoch, shown, [], None))
    paths = RunFolder(folder).preview_paths(epoch)
    with Image.open(paths.sheet) as sheet:
        return json.loads(paths.description.read_text()), np.asarray(sheet.convert("RGB"))


def with_fourth_channel(shown: Preview) -> Preview:
    def extended(frames: torch.Tensor) -> torch.Tensor:
        return torch.cat([frames, frames[..., :1, :, :]], -3)

    return shown._replace(
        truth=extended(shown.truth), posterior=extended(shown.posterior), samples=extended(shown.samples)
    )


@pytest.mark.parametrize(("channels", "height", "width"), [(3, 64, 64), (1, 32, 64), (4, 24, 40)])
def test_every_frame_is_stored_exactly(tmp_path: Path, channels: int, height: int, width: int) -> None:
    shown = preview(3, channels=min(channels, 3), height=height, width=width, frames=5)
    shown = with_fourth_channel(shown) if channels == 4 else shown
    description, sheet = write_and_read(tmp_path, shown)
    expected = {"clips": 2, "samples": 3, "frames": 5, "past": 2, "height": height, "width": width, "shrunk": 1}
    assert {name: description[name] for name in expected} == expected
    truth = to_pixels(shown.truth)
    for clip in range(2):
        for row, predicted in enumerate([None, shown.posterior, *shown.samples.unbind(1)]):
            for t in range(5):
                frame = truth[clip, t] if predicted is None or t < 2 else to_pixels(predicted)[clip, t - 1]
                top = (clip * 5 + row) * height
                stored = sheet[top : top + height, t * width : (t + 1) * width]
                assert (stored == frame).all(), (clip, row, t)


def test_the_description_has_the_psnr_of_every_predicted_frame(tmp_path: Path) -> None:
    shown = preview(5)
    description, _ = write_and_read(tmp_path, shown)
    assert description["best"] == [int(row) for row in shown.psnr.mean(2).argmax(1)]
    assert np.allclose(description["psnr"]["samples"], shown.psnr, atol=ROUNDING)
    for clip in range(2):
        for t in range(2, 12):
            truth = shown.truth[clip, t].numpy()
            for name, frame in (("posterior", shown.posterior[clip, t - 1]), ("copy_last", shown.truth[clip, 1])):
                psnr = peak_signal_noise_ratio(truth, frame.numpy(), data_range=1)
                assert description["psnr"][name][clip][t - 2] == pytest.approx(psnr, abs=ROUNDING)


def test_values_that_are_not_finite_are_null(tmp_path: Path) -> None:
    shown = preview(0)
    shown.psnr[1, 2, 3] = float("nan")
    per_frame = PerFrame(3, 2, {"psnr": [float("inf"), 20.0]}, {})
    write_preview_sheet(RunFolder(tmp_path), Pictures(3, shown, [], per_frame))
    description = json.loads((tmp_path / "previews" / "epoch_0003.json").read_text())
    assert description["psnr"]["samples"][1][2][3] is None
    assert description["per_frame"]["predicted"]["psnr"] == [None, 20.0]
    assert write_report_page(tmp_path).is_file()


def test_frames_too_large_for_a_sheet_are_shrunk_by_an_integer_factor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = preview(0, frames=4, height=50, width=70, samples=1)
    description, full = write_and_read(tmp_path, shown)
    assert description["shrunk"] == 1 and full.shape == (2 * 3 * 50, 4 * 70, 3)
    monkeypatch.setattr(preview_sheets, "MAX_PIXELS", 2 * 3 * 4 * 50 * 70 - 1)
    description, half = write_and_read(tmp_path, shown)
    assert (description["shrunk"], description["height"], description["width"]) == (2, 25, 35)
    assert half.shape == (2 * 3 * 25, 4 * 35, 3)
    means = full.reshape(2 * 3 * 25, 2, 4 * 35, 2, 3).mean((1, 3))
    assert np.abs(half - means).max() <= 1
    # 6 rows of 50 // 4 pixels are 72 high, 4 frames of 70 // 4 pixels are 68 wide
    monkeypatch.setattr(preview_sheets, "MAX_SIDE", 4 * 23)
    assert write_and_read(tmp_path, shown)[0]["shrunk"] == 4
