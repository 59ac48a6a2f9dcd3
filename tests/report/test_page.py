"""report.html is made from the run folder alone, requests nothing, and nothing in it can be executed."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.report.page_contents import page_data, page_sheets
from tests.report.run_folders import ENVIRONMENT, RECIPE, per_frame, record, write_history, write_run
from vidpred.report.page import embeddable_json, write_report_page

TAG = re.compile(r"<[a-z!/][^>\s]*")
HOSTILE = "</script><img src=x onerror=hacked()><!--<script>\u2028\u2029&amp;'\"`$data ${1}\ud800"


def test_the_page_has_the_previews_and_the_last_validation(tmp_path: Path) -> None:
    path = write_report_page(write_run(tmp_path / "run", epochs=8, every=4))
    data = page_data(path)
    assert [preview["epoch"] for preview in data["previews"]] == [3, 7] and data["frames_epoch"] == 7
    psnr = data["frames"][0]
    assert psnr["series"][0]["values"] == per_frame(7).predicted["psnr"] and psnr["x"][0] == 2
    assert [kind for kind, _ in page_sheets(path)] == ["webp", "webp"]


def test_a_report_requests_nothing(tmp_path: Path) -> None:
    text = write_report_page(write_run(tmp_path / "run", epochs=4, every=4)).read_text(encoding="utf-8")
    without_sheets = re.sub(r'class="sheet">[^<]*', "", text)
    addresses = re.findall(r"https?://[^\"'\s]*", without_sheets)
    assert addresses == ["http://www.w3.org/2000/svg"]  # a namespace
    assert not re.search(r"@import|url\(|<link[^>]*href=\"(?!data:,)|\ssrc=", without_sheets)
    assert "default-src 'none'" in text and "unsafe-inline" not in text


def test_embedded_data_cannot_end_its_script() -> None:
    text = embeddable_json({HOSTILE: [HOSTILE]})
    assert text.isascii() and not set("<>&") & set(text)
    assert json.loads(text) == {HOSTILE: [HOSTILE]}


def test_names_that_are_markup_stay_text(tmp_path: Path) -> None:
    hostile = HOSTILE[:-1]  # YAML cannot hold half a surrogate pair
    data = {"name": hostile, "root": hostile}
    recipe = {**RECIPE, "name": hostile, "data": data, "annealer": hostile}
    plugin = {"name": hostile, "version": hostile, "sha256": hostile}
    environment = {**ENVIRONMENT, "device": HOSTILE, "plugins": [plugin], "command": [hostile]}
    folder = tmp_path / "a <img src=x onerror=hacked()> b"
    write_run(folder, epochs=2, every=2, recipe=recipe, environment=environment)
    validate = {hostile: 2.0, "copy_last": {hostile: 1.0}}
    write_history(folder, [record(0), record(1), record(2, train={hostile: 1.0}, validate=validate)])
    text = write_report_page(folder).read_text(encoding="utf-8")
    harmless = write_report_page(write_run(tmp_path / "plain", epochs=2, every=2)).read_text(encoding="utf-8")
    assert TAG.findall(text) == TAG.findall(harmless)
    shown = page_data(folder / "report.html")
    assert shown["title"] == hostile and shown["command"] == hostile
    assert dict(shown["description"])["Device"] == HOSTILE
    assert shown["metrics"][-1]["title"] == hostile


def test_a_run_without_stored_previews_has_a_report(tmp_path: Path) -> None:
    data = page_data(write_report_page(write_run(tmp_path / "run", epochs=3, every=100)))  # an old version's run
    assert data["previews"] == data["frames"] == [] and data["frames_epoch"] is None
    assert data["metrics"][0]["x"] == [0, 1, 2]


def test_a_run_without_epochs_has_a_report(tmp_path: Path) -> None:
    data = page_data(write_report_page(write_run(tmp_path / "run", epochs=0)))
    assert data["headline"] == data["metrics"] == [] and data["state"]["done"] == 0
