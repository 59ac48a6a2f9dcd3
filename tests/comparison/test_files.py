"""What `vidpred compare --out` writes, what its plots show, and how its table fits a terminal."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from html.parser import HTMLParser
from io import BytesIO, TextIOWrapper
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest
from PIL import Image
from rich.console import Console

from tests.comparison.runs import LINEAR, NONE, comparison, write_run
from tests.conftest import Outcome
from tests.written_results import write_result
from vidpred.comparison.curves import overlay_charts
from vidpred.plots import comparison as drawn
from vidpred.plots.chart_spec import RUN_COLOURS, ChartSpec, Series, run_role
from vidpred.plots.comparison import draw_overlays

Vidpred = Callable[..., Outcome]
NASTY = "a|b`<img src=x onerror=alert(1)>*_$x$"


@pytest.fixture
def ablation(tmp_path: Path) -> Path:
    """Two annealers x two forcings x three seeds, with a preview and an evaluation of each."""
    for place, (name, changes) in enumerate(
        {"cyclical_off": {}, "cyclical_on": LINEAR, "none_off": NONE, "none_on": NONE | LINEAR}.items()
    ):
        for seed in (1, 2, 3):
            psnr = [18.0 + place, 20.0 + place + seed / 10, 19.0 + place]
            run = write_run(tmp_path / "ablation" / name / f"seed_{seed}", psnr, seed=seed, **changes)
            write_result(run, best=22.0 + place + seed / 10)
            (run / "previews").mkdir()
            (run / "previews" / "epoch_0002.json").write_text(
                f'{{"per_frame": {{"epoch": 2, "first": 2, "predicted": {{"psnr": [{20 + seed}, 19]}}, "copy_last": {{"psnr": [17, 16]}}}}}}'
            )
    return tmp_path / "ablation"


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _grey(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("L")


def test_a_folder_gets_everything(ablation: Path, tmp_path: Path, vidpred: Vidpred) -> None:
    out = tmp_path / "new" / "out"
    shown = vidpred("compare", ablation, "--out", out)
    assert shown.code == 0, shown.errors
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
    assert {Path(path).name for path in re.findall(r"written: (.*)", shown.output)} == names
    assert all(min(_grey(path).size) > 400 for path in out.glob("*.png"))


@pytest.mark.parametrize("ending", [".csv", ".md", ".html"])
def test_a_file_is_what_it_ends_in(ablation: Path, tmp_path: Path, vidpred: Vidpred, ending: str) -> None:
    path = tmp_path / f"table{ending}"
    assert vidpred("compare", ablation, "--out", path).code == 0
    assert {".csv": "table,measured,rank", ".md": "**validation: 2 given", ".html": "<!doctype html>"}[
        ending
    ] in path.read_text()
    assert {other.name for other in tmp_path.iterdir()} == {"ablation", path.name}


def test_files_are_not_written_over_without_force(ablation: Path, tmp_path: Path, vidpred: Vidpred) -> None:
    precious = tmp_path / "actions.csv"
    precious.write_text("0.1,0.2\n")
    refused = vidpred("compare", ablation, "--out", precious)
    assert (
        refused.code == 2
        and f"--out {precious}: already exists" in refused.errors
        and precious.read_text() == "0.1,0.2\n"
    )
    assert vidpred("compare", ablation, "--out", precious, "--force").code == 0 and "rank" in precious.read_text()


def test_places_that_cannot_be_written_are_refused_before_anything_is_read(tmp_path: Path, vidpred: Vidpred) -> None:
    (tmp_path / "file").write_text("x")
    for place, said in (("table.xlsx", "a file ends in .csv, .md, .html"), ("file", "is a file without an ending")):
        shown = vidpred("compare", tmp_path / "missing", "--out", tmp_path / place)
        assert shown.code == 2 and said in shown.errors and "missing" not in shown.errors
    shown = vidpred("compare", write_run(tmp_path / "a"), "--out", tmp_path / "file" / "table.csv")
    assert shown.code == 2 and "cannot be written" in shown.errors


def test_the_csv_has_full_precision_and_no_text_in_its_numbers(
    ablation: Path, tmp_path: Path, vidpred: Vidpred
) -> None:
    vidpred("compare", ablation, "--out", tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    best = rows[0]
    values = [23.0 + seed / 10 for seed in (1, 2, 3)]
    assert (float(best["psnr best"]), float(best["psnr best sd"])) == pytest.approx(
        (fmean(values), stdev(values)), abs=1e-12
    )
    assert [
        best[name]
        for name in (
            "table",
            "rank",
            "run",
            "runs",
            "seeds",
            "annealing",
            "forcing",
            "past",
            "future",
            "epochs",
            "parameters",
        )
    ] == ["1", "1", "none_on", "3", "1;2;3", "none", "linear_decay", "2", "10", "3", "18"]
    assert best["folders"].split(";") == [str(ablation / "none_on" / f"seed_{seed}") for seed in (1, 2, 3)]
    evaluated = [row for row in rows if row["table"] == "2"]
    assert [row["run"] for row in evaluated] == [
        "none_on",
        "none_off",
        "cyclical_on",
        "cyclical_off",
        "copy last",
        "copy first",
    ]
    assert evaluated[0]["psnr worst"] and evaluated[-1]["psnr best"] == "16.0"


def test_markdown_is_tables_that_names_cannot_break(tmp_path: Path, vidpred: Vidpred) -> None:
    for name, best in ((NASTY, 20.0), ("b", 21.0)):
        write_run(
            tmp_path / "runs" / name, [best], optimizer={"lr": best}, annealer={"name": "x|y\n# z", "cycles": int(best)}
        )
    vidpred("compare", tmp_path / "runs", "--out", tmp_path / "table.md")
    text = (tmp_path / "table.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 5
    assert {len(re.split(r"(?<!\\)\|", line)) for line in lines} == {len(re.split(r"(?<!\\)\|", lines[0]))}
    assert re.fullmatch(r"\|( -+:? \|)+", lines[1])
    assert r"a\|b\`\<img src=x onerror=alert(1)\>\*\_\$x\$" in lines[3]
    assert "**21.00**" in lines[2]
    assert "\n# z" not in text


def test_the_page_is_self_contained_and_names_are_text(ablation: Path, tmp_path: Path, vidpred: Vidpred) -> None:
    write_run(ablation / NASTY, [30.0, 31.0], annealer={"name": "</style><script>alert(1)</script>"})
    assert vidpred("compare", ablation, "--out", tmp_path / "page.html").code == 0
    text = (tmp_path / "page.html").read_text()
    page = Page(text)
    assert {tag for tag, _ in page.tags} <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "p",
        "div",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "img",
    }
    addresses = [
        value for _, attributes in page.tags for name, value in attributes.items() if name in ("src", "href", "action")
    ]
    assert len(addresses) == 4 and all(str(address).startswith("data:image/png;base64,") for address in addresses)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert NASTY in page.texts and "</style><script>alert(1)</script>" in page.texts
    assert "default-src 'none'" in text and "url(" not in text
    assert len(text) < 1_000_000


def test_a_table_with_one_row_has_no_plots(tmp_path: Path, vidpred: Vidpred) -> None:
    vidpred("compare", write_run(tmp_path / "a"), "--out", tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"compare.csv", "compare.md", "compare.html"}


def test_curves_are_means_over_seeds(ablation: Path) -> None:
    validation, evaluated = comparison(ablation).groups
    plots = overlay_charts(validation)
    assert list(plots) == ["losses", "psnr", "psnr_per_frame"]
    (psnr,) = plots["psnr"]
    assert [series.label for series in psnr.series[:-1]] == [
        "none, value 1; linear_decay",
        "none, value 1; constant, ratio 0",
        "cyclical; linear_decay",
        "cyclical; constant, ratio 0",
    ]
    assert psnr.series[0].values == pytest.approx([21.0, 23.2, 22.0]) and psnr.x == [0, 1, 2]
    assert psnr.series[0].low is not None and psnr.series[0].low[1] == pytest.approx(23.2 - 0.1)
    assert (psnr.series[-1].label, psnr.series[-1].values) == ("copy last", [17.0, 17.0, 17.0])
    training, validated = plots["losses"]
    assert training.series[0].values == pytest.approx([1, 1 / 2, 1 / 3])
    assert validated.series[3].values[0] == pytest.approx(10**-1.8)
    (frames,) = plots["psnr_per_frame"]
    assert (frames.x, frames.series[0].values, frames.series[-1].values) == ([2, 3], [22, 19], [17, 16])
    (best,) = overlay_charts(evaluated)["psnr_per_frame"]
    assert best.title.endswith("best of 10") and best.series[0].values == pytest.approx(
        [25.2 - frame for frame in range(2, 6)]
    )


def test_epochs_that_not_all_seeds_have_are_left_out_of_a_mean(tmp_path: Path) -> None:
    write_run(tmp_path / "a", [18.0, None, 20.0])
    write_run(tmp_path / "b", [19.0, 21.0, 21.0], seed=2)
    chart = overlay_charts(comparison(tmp_path).groups[0])["psnr"][0]
    assert (chart.x, chart.series[0].values) == ([0, 2], [18.5, 20.5])


def test_unreadable_previews_and_tables_leave_a_plot_empty(ablation: Path, tmp_path: Path) -> None:
    for path in [*ablation.glob("*/*/previews/*.json"), *ablation.glob("*/*/eval/*/per_frame.csv")]:
        path.write_text('{"per_frame": {"predicted": []}}')
    for number, block in enumerate(comparison(ablation).groups):
        charts = overlay_charts(block)["psnr_per_frame"]
        assert [series.values for series in charts[0].series] == [[]] * 4
        draw_overlays(tmp_path / f"{number}.png", charts)


def test_the_best_have_colours_and_all_others_one_grey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    legends: list[Any] = []
    monkeypatch.setattr(drawn, "_add_shared_legend", lambda rows, charts: legends.append((rows, charts)))
    series = [Series(label=f"_run {index} $x$", role=run_role(index), values=[index, index]) for index in range(11)]
    series.append(Series(label="copy last", role="copy_last", values=[3.0, 3.0]))
    draw_overlays(tmp_path / "x.png", [ChartSpec(title="PSNR", x=[0, 1], series=series)])
    ((rows, charts),) = legends
    lines = rows[0].get_lines()
    assert [line.get_color() for line in lines[:8]] == list(RUN_COLOURS)
    assert len({line.get_color() for line in lines[8:11]}) == 1
    labels = list(drawn._legend_handles(rows, charts))
    assert labels == [*(f"run {index} $x$" for index in range(8)), "3 others", "copy last"]


def test_plots_are_inside_their_picture(ablation: Path, tmp_path: Path, vidpred: Vidpred) -> None:
    vidpred("compare", ablation, "--out", tmp_path / "out")
    for path in (tmp_path / "out").glob("*.png"):
        image = _grey(path)
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


def in_a_terminal(monkeypatch: pytest.MonkeyPatch, width: int, command: Callable[[], Outcome]) -> str:
    """What it prints there, but for colours."""
    written = TextIOWrapper(BytesIO(), encoding="utf-8", write_through=True)
    console = Console(
        file=written, width=width, force_terminal=True, color_system=None, markup=False, highlight=False, emoji=False
    )
    monkeypatch.setattr("vidpred.cli.console.stdout", console)
    assert command().code == 0
    written.seek(0)
    return written.read()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_table_fits_the_terminal(
    ablation: Path, vidpred: Vidpred, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    shown = in_a_terminal(monkeypatch, width, lambda: vidpred("compare", ablation))
    assert max(map(len, shown.splitlines())) <= width
    assert "…" not in shown
    heads = [line for line in shown.splitlines() if line.startswith("run ")]
    assert [("annealing" in line) for line in heads] == [width >= 120] * 2
    for text in ("23.20 ± 0.10", "none_on", "linear_decay", "0.938 ± 0.004"):
        assert text in shown


def test_in_pipes_nothing_is_wrapped(ablation: Path, vidpred: Vidpred) -> None:
    lines = vidpred("compare", ablation).output.splitlines()
    row = next(line for line in lines if line.startswith("none_on"))
    assert re.split(r"\s{2,}", row) == [
        "none_on",
        "23.20 ± 0.10",
        "22.00 ± 0.00",
        "0.938 ± 0.004",
        "none, value 1",
        "linear_decay",
        "3",
        "0:00:30",
    ]
    assert all(line == line.rstrip() for line in lines)


def test_names_cannot_steer_the_terminal(tmp_path: Path, vidpred: Vidpred, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, lr in (("x\x1b[31mred", 0.1), ("[bold]y", 0.2)):
        write_run(tmp_path / name, [20.0], optimizer={"lr": lr}, annealer={"name": "n\x1b[2Jx", "cycles": int(10 * lr)})
    for shown in (
        vidpred("compare", tmp_path).output,
        in_a_terminal(monkeypatch, 120, lambda: vidpred("compare", tmp_path)),
    ):
        assert "\x1b" not in shown and r"x\x1b[31mred" in shown and "[bold]y" in shown


def test_comparing_writes_nothing_into_runs(ablation: Path, tmp_path: Path, vidpred: Vidpred) -> None:
    before = {path: path.stat().st_mtime_ns for path in ablation.rglob("*")}
    vidpred("compare", ablation, "--out", tmp_path / "out")
    assert {path: path.stat().st_mtime_ns for path in ablation.rglob("*")} == before
