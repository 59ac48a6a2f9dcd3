"""Which previews a page embeds, and how."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

from tests.report.page_contents import page_data, page_sheets
from tests.report.run_folders import write_run
from vidpred.report import preview_selection
from vidpred.report.page import write_report_page
from vidpred.report.preview_files import StoredPreview
from vidpred.report.preview_selection import MAX_EPOCHS, select_previews

MAX_BYTES = 20_000_000


def previews_every_ten_epochs(count: int) -> list[StoredPreview]:
    return [StoredPreview({"epoch": 10 * index + 9}, Path()) for index in range(count)]  # type: ignore[typeddict-item]


def test_without_previews_nothing_is_selected() -> None:
    assert select_previews([], [3]) == []


@pytest.mark.parametrize(
    ("count", "best"), [(1, [0]), (5, [2]), (16, [7]), (17, [3, 9]), (300, [41, 250]), (40, list(range(40)))]
)
def test_the_last_preview_comes_first_and_no_preview_twice(count: int, best: list[int]) -> None:
    previews = previews_every_ten_epochs(count)
    selected = select_previews(previews, [10 * index for index in best])
    epochs = [preview.epoch for preview in selected]
    assert len(epochs) == len(set(epochs)) == min(count, MAX_EPOCHS)
    assert selected[0] == previews[-1]


@pytest.mark.parametrize(("count", "best"), [(1, [0]), (5, [2]), (16, [7]), (17, [3, 9]), (300, [41, 250])])
def test_the_best_and_the_first_are_selected_and_the_gaps_are_even(count: int, best: list[int]) -> None:
    selected = select_previews(previews_every_ten_epochs(count), [10 * index for index in best])
    indices = sorted((preview.epoch - 9) // 10 for preview in selected)
    assert {0, *best} <= set(indices)  # the first preview after each best epoch
    assert np.diff(indices).max(initial=1) <= 2.5 * max(1, (count - 1) / (MAX_EPOCHS - 1))


def test_a_noisy_report_of_ten_previews_stays_under_20_mb(tmp_path: Path) -> None:
    path = write_report_page(write_run(tmp_path / "run", epochs=100, every=10, clips=4, noisy=True))
    assert 5_000_000 < path.stat().st_size < MAX_BYTES
    assert [preview["epoch"] for preview in page_data(path)["previews"]] == list(range(9, 100, 10))


def test_a_noisy_report_of_a_hundred_previews_stays_under_20_mb(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=100, every=100, clips=4, noisy=True)
    description, sheet = (folder / "previews" / f"epoch_0099.{suffix}" for suffix in ("json", "webp"))
    for epoch in range(99):  # as with preview_every: 1
        copy = description.read_bytes().replace(b'"epoch": 99', b'"epoch": %d' % epoch, 1)
        description.with_name(f"epoch_{epoch:04d}.json").write_bytes(copy)
        sheet.with_name(f"epoch_{epoch:04d}.webp").write_bytes(sheet.read_bytes())
    path = write_report_page(folder)
    data = page_data(path)
    epochs = [preview["epoch"] for preview in data["previews"]]
    assert path.stat().st_size < MAX_BYTES and data["stored_previews"] == 100
    assert {0, 80, 99} <= set(epochs) and len(epochs) > 10 and epochs == sorted(epochs)  # 80: the best PSNR


def test_lossy_frames_are_close_to_the_exact_ones_and_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_run(tmp_path / "run", epochs=4, every=2)
    size = sum(path.stat().st_size for path in folder.glob("previews/*.webp"))
    monkeypatch.setattr(preview_selection, "MAX_CHARACTERS", size)
    path = write_report_page(folder)
    assert [preview["quality"] for preview in page_data(path)["previews"]] == [90, 90]
    for (kind, image), epoch in zip(page_sheets(path), (1, 3), strict=True):
        with Image.open(folder / "previews" / f"epoch_{epoch:04d}.webp") as exact:
            psnr = peak_signal_noise_ratio(np.asarray(exact.convert("RGB")), np.asarray(image))
        assert kind == "jpeg" and psnr > 30


def test_with_little_room_the_last_epoch_is_embedded_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_run(tmp_path / "run", epochs=4, every=2)
    size = sum(path.stat().st_size for path in folder.glob("previews/*.webp"))
    monkeypatch.setattr(preview_selection, "MAX_CHARACTERS", size // 8)
    last = page_data(write_report_page(folder))["previews"][-1]
    assert last["epoch"] == 3 and last["quality"] < 90
