"""Everything that is drawn into a run folder after an epoch."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.report.page_contents import page_data, page_sheets
from tests.report.run_folders import per_frame, preview, record, write_run
from vidpred.evaluation.preview_types import Pictures
from vidpred.report.epoch_artifacts import draw_epoch_artifacts
from vidpred.report.page import write_report_page

PLOTS = {"loss.png", "psnr.png", "kl.png", "schedules.png", "psnr_per_frame.png", "overview.png"}


def draw_epoch_7(folder: Path) -> Path:
    history = [record(epoch) for epoch in range(8)]
    return draw_epoch_artifacts(folder, Pictures(7, preview(7), history, per_frame(7)))


def test_an_epoch_leaves_its_preview_the_plots_and_the_report(tmp_path: Path) -> None:
    gif = draw_epoch_7(tmp_path)
    assert gif == tmp_path / "previews" / "epoch_0007.gif"
    assert {path.suffix for path in gif.parent.glob("epoch_0007.*")} == {".gif", ".png", ".webp", ".json"}
    assert {path.name for path in (tmp_path / "plots").iterdir()} == PLOTS
    assert (tmp_path / "report.html").is_file()


def test_the_run_folder_is_enough_to_write_the_report_again(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=8, every=4)
    draw_epoch_7(folder)
    path = folder / "report.html"
    before = page_data(path)
    path.unlink()
    assert write_report_page(folder) == path
    assert {**before, "written": ""} == {**page_data(path), "written": ""}
    for (kind, image), epoch in zip(page_sheets(path), (3, 7), strict=True):
        with Image.open(folder / "previews" / f"epoch_{epoch:04d}.webp") as stored:
            assert kind == "webp" and image.tobytes() == stored.tobytes()
