"""Files of a comparison: formats, plots, overwriting, and refused paths."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from tests.comparison.written_runs import Vidpred, write_run
from vidpred.comparison.compare import compare_runs
from vidpred.comparison.export import write_comparison


def read_grey_image(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("L")


def test_a_folder_receives_all_formats_and_plots(ablation: Path, tmp_path: Path, vidpred: Vidpred) -> None:
    out = tmp_path / "new" / "out"
    outcome = vidpred("compare", ablation, "--out", out)
    assert outcome.code == 0, outcome.errors
    names = {
        "compare.csv",
        "compare.md",
        "compare.html",
        "losses.png",
        "psnr.png",
        "psnr_per_frame.png",
        "psnr_per_frame_2.png",
    }
    assert {path.name for path in out.iterdir()} == names
    assert {Path(path).name for path in re.findall(r"written: (.*)", outcome.output)} == names
    assert all(min(read_grey_image(path).size) > 400 for path in out.glob("*.png"))


@pytest.mark.parametrize("ending", [".csv", ".md", ".html"])
def test_the_suffix_of_a_file_selects_its_format(ablation: Path, tmp_path: Path, vidpred: Vidpred, ending: str) -> None:
    path = tmp_path / f"table{ending}"
    assert vidpred("compare", ablation, "--out", path).code == 0
    assert {".csv": "table,measured,rank", ".md": "**validation: 2 given", ".html": "<!doctype html>"}[
        ending
    ] in path.read_text()
    assert {other.name for other in tmp_path.iterdir()} == {"ablation", path.name}


def test_a_file_is_overwritten_only_with_force(ablation: Path, tmp_path: Path, vidpred: Vidpred) -> None:
    precious = tmp_path / "actions.csv"
    precious.write_text("0.1,0.2\n")
    refused = vidpred("compare", ablation, "--out", precious)
    assert (
        refused.code == 2
        and f"--out {precious}: already exists" in refused.errors
        and precious.read_text() == "0.1,0.2\n"
    )
    assert vidpred("compare", ablation, "--out", precious, "--force").code == 0 and "rank" in precious.read_text()


def test_paths_that_cannot_be_written_are_refused_first(tmp_path: Path, vidpred: Vidpred) -> None:
    (tmp_path / "file").write_text("x")
    for name, message in (("table.xlsx", "a file ends in .csv, .md, .html"), ("file", "is a file without an ending")):
        outcome = vidpred("compare", tmp_path / "missing", "--out", tmp_path / name)
        assert outcome.code == 2 and message in outcome.errors and "missing" not in outcome.errors
    outcome = vidpred("compare", write_run(tmp_path / "a"), "--out", tmp_path / "file" / "table.csv")
    assert outcome.code == 2 and "cannot be written" in outcome.errors


def test_a_table_with_one_row_has_no_plots(tmp_path: Path, vidpred: Vidpred) -> None:
    vidpred("compare", write_run(tmp_path / "a"), "--out", tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"compare.csv", "compare.md", "compare.html"}


def test_plots_are_not_cut_off(ablation: Path, tmp_path: Path, vidpred: Vidpred) -> None:
    vidpred("compare", ablation, "--out", tmp_path / "out")
    for path in (tmp_path / "out").glob("*.png"):
        image = read_grey_image(path)
        width, height = image.size
        edges = [
            image.crop(box)
            for box in (
                (0, 0, 4, height),
                (width - 4, 0, width, height),
                (0, 0, width, 4),
                (0, height - 4, width, height),
            )
        ]
        assert all(edge.getextrema() == (255, 255) for edge in edges), f"{path.name} is cut off"


def test_nothing_is_written_into_run_folders(ablation: Path, tmp_path: Path, vidpred: Vidpred) -> None:
    before = {path: path.stat().st_mtime_ns for path in ablation.rglob("*")}
    vidpred("compare", ablation, "--out", tmp_path / "out")
    assert {path: path.stat().st_mtime_ns for path in ablation.rglob("*")} == before


def test_runs_are_compared_and_written_from_python(ablation: Path, tmp_path: Path) -> None:
    comparison = compare_runs([ablation])
    assert write_comparison(tmp_path / "new" / "table.md", comparison) == [tmp_path / "new" / "table.md"]
    written = write_comparison(tmp_path / "out", comparison)
    assert written == [path for path in written if path.is_file()] and len(written) == 7
