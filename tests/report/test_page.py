"""report.html is made from the run folder alone, asks for nothing, and nothing in it can act."""

from __future__ import annotations

import json
import re
from pathlib import Path

from PIL import Image

from tests.report.page_contents import data_of, sheets_of
from tests.report.run_folders import ENVIRONMENT, RECIPE, per_frame, preview, record, write_run
from vidpred.evaluation.preview_types import Pictures
from vidpred.report import page
from vidpred.report.epoch_artifacts import draw_epoch_artifacts


def test_a_run_folder_is_enough_to_write_the_report_again(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", epochs=8, every=4)
    drawn = draw_epoch_artifacts(folder, Pictures(7, preview(7), [record(epoch) for epoch in range(8)], per_frame(7)))
    assert drawn == folder / "previews" / "epoch_0007.gif"
    first = data_of(folder / "report.html")
    (folder / "report.html").unlink()
    assert page.write_report_page(folder) == folder / "report.html"
    again = data_of(folder / "report.html")
    assert {**first, "written": ""} == {**again, "written": ""}
    assert [one["epoch"] for one in again["previews"]] == [3, 7] and again["frames_epoch"] == 7
    assert (
        again["frames"][0]["series"][0]["values"] == per_frame(7).predicted["psnr"] and again["frames"][0]["x"][0] == 2
    )
    for (kind, image), epoch in zip(sheets_of(folder / "report.html"), (3, 7), strict=True):
        with Image.open(folder / "previews" / f"epoch_{epoch:04d}.webp") as there:
            assert kind == "webp" and image.tobytes() == there.tobytes()


def test_a_report_asks_for_nothing_outside_it(tmp_path: Path) -> None:
    text = page.write_report_page(write_run(tmp_path / "run", epochs=4, every=4)).read_text(encoding="utf-8")
    without_sheets = re.sub(r'class="sheet">[^<]*', "", text)
    assert re.findall(r"https?://[^\"'\s]*", without_sheets) == ["http://www.w3.org/2000/svg"]  # a name, not an address
    assert not re.search(r"@import|url\(|<link[^>]*href=\"(?!data:,)|\ssrc=", without_sheets)
    assert "default-src 'none'" in text and "unsafe-inline" not in text


HOSTILE = "</script><img src=x onerror=hacked()><!--<script>\u2028\u2029&amp;'\"`$data ${1}\ud800"


def test_embedded_data_cannot_end_the_script_they_are_in() -> None:
    text = page.embeddable_json({HOSTILE: [HOSTILE]})
    assert text.isascii() and not set("<>&") & set(text)
    assert json.loads(text) == {HOSTILE: [HOSTILE]}


def test_names_that_are_markup_stay_text(tmp_path: Path) -> None:
    hostile = HOSTILE[:-1]  # YAML cannot hold half a character
    recipe = {
        **RECIPE,
        "name": hostile,
        "data": {"name": hostile, "root": hostile},
        "annealer": hostile,
        hostile: {hostile: hostile},
    }
    environment = {
        **ENVIRONMENT,
        "device": HOSTILE,
        "plugins": [{"name": hostile, "version": hostile, "sha256": hostile}],
        "command": [hostile],
    }
    folder = write_run(
        tmp_path / "a <img src=x onerror=hacked()> b", epochs=2, every=2, recipe=recipe, environment=environment
    )
    with (folder / "metrics.jsonl").open("a") as file:
        file.write(
            json.dumps(record(2, train={hostile: 1.0}, validate={hostile: 2.0, "copy_last": {hostile: 1.0}})) + "\n"
        )
    text = page.write_report_page(folder).read_text(encoding="utf-8")
    plain = page.write_report_page(write_run(tmp_path / "plain", epochs=2, every=2)).read_text(encoding="utf-8")
    assert re.findall(r"<[a-z!/][^>\s]*", text) == re.findall(r"<[a-z!/][^>\s]*", plain)  # the same tags, and no other
    found = data_of(folder / "report.html")
    assert found["title"] == hostile and dict(found["description"])["Device"] == HOSTILE and found["command"] == hostile
    assert found["metrics"][-1]["title"] == hostile


def test_runs_without_frames_figures_or_epochs_have_a_report_too(tmp_path: Path) -> None:
    old = write_run(tmp_path / "old", epochs=3, every=100)  # as made before frames were kept
    found = data_of(page.write_report_page(old))
    assert (
        found["previews"] == []
        and found["frames"] == []
        and found["frames_epoch"] is None
        and len(found["metrics"][0]["x"]) == 3
    )
    new = write_run(tmp_path / "new", epochs=0)
    found = data_of(page.write_report_page(new))
    assert found["headline"] == [] and found["state"]["done"] == 0 and found["metrics"] == []
