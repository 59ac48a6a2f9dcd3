"""The plots of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from PIL import Image

from tests.plots.previews import record
from vidpred.evaluation.preview_types import PerFrame
from vidpred.plots.training import draw_training_plots

PLOTS = {"loss.png", "psnr.png", "kl.png", "schedules.png", "overview.png"}
HISTORIES = {
    "one epoch": [record(0)],
    "many epochs": [record(epoch) for epoch in range(300)],
    "no validation": [record(epoch, validate=None) for epoch in range(3)],
    "gaps": [record(0), record(1, train={}, skipped=2), record(2, validate=None)],
    "missing values": [record(0, train={"loss": None}, validate={"loss": None, "ssim": 0.5})],
    "zeros": [record(0, train={"loss": 0.0, "mse": 0.0, "kl": 0.0}, beta=0.0, ratio=0.0, lr=0.0)],
}


def assert_is_drawn(path: Path) -> None:
    with Image.open(path) as image:
        assert image.format == "PNG" and image.width >= 900 and image.height >= 500
        assert len(image.convert("RGB").getcolors(1 << 20) or []) > 20


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
@pytest.mark.parametrize(
    "per_frame",
    [None, PerFrame(0, 2, {"psnr": [20.0, 19.0]}, {"psnr": [18.0, 15.0]}), PerFrame(0, 2, {"loss": [0.1]}, {})],
    ids=["no frames", "psnr", "no psnr"],
)
def test_every_plot_is_written(tmp_path: Path, history: list[dict[str, Any]], per_frame: PerFrame | None) -> None:
    draw_training_plots(tmp_path, history, per_frame)
    expected = PLOTS if per_frame is None else PLOTS | {"psnr_per_frame.png"}
    assert {path.name for path in tmp_path.iterdir()} == expected
    for path in tmp_path.iterdir():
        assert_is_drawn(path)


def test_matplotlib_settings_of_the_user_are_neither_used_nor_changed(tmp_path: Path) -> None:
    draw_training_plots(tmp_path / "a", [record(0)], None)
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "savefig.dpi": 20}):
        draw_training_plots(tmp_path / "b", [record(0)], None)
        assert mpl.rcParams["font.size"] == 30
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
