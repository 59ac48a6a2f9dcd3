"""Drawing a chart with matplotlib."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vidpred.plots.axes import draw_charts
from vidpred.plots.chart_spec import STYLES, BestPoint, ChartSpec, Series


@pytest.fixture
def figure() -> Iterator[Figure]:
    yield Figure((8, 4.5))


def train(*values: float | None, joined: bool = False) -> Series:
    return Series(label="train", role="train", values=values, joined=joined)


def draw(figure: Figure, **options: object) -> Axes:
    (axes,) = draw_charts(figure, [ChartSpec(title="Loss", **options)])  # type: ignore[arg-type]
    return axes


def test_a_series_has_the_style_of_its_role(figure: Figure) -> None:
    (line,) = draw(figure, x=range(3), series=[train(1.0, 2.0, 3.0)]).get_lines()
    style = STYLES["train"]
    assert (line.get_color(), line.get_linewidth(), line.get_marker()) == (style.colour, style.width, "o")


def test_only_points_without_neighbours_are_marked_among_many(figure: Figure) -> None:
    values = [*[1.0] * 40, None, 2.0, None, *[1.0] * 40]
    (line,) = draw(figure, x=range(len(values)), series=[train(*values)]).get_lines()
    assert line.get_marker() == "o" and line.get_markevery() == [41]


def test_a_joined_series_continues_across_missing_values(figure: Figure) -> None:
    (line,) = draw(figure, x=range(4), series=[train(1.0, None, None, 2.0, joined=True)]).get_lines()
    assert list(line.get_xdata()) == [0, 3]


def test_resets_and_the_best_value_are_in_the_legend(figure: Figure) -> None:
    best = BestPoint("train", 1, 0.5)
    axes = draw(figure, x=range(3), series=[train(1.0, 0.5, 0.7)], resets=[1, 2], best=best)
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["train", "reset", "best: 0.5, epoch 1"]


def test_the_axis_includes_floor_and_ceiling(figure: Figure) -> None:
    axes = draw(figure, x=range(2), series=[train(0.4, 0.5)], floor=0, ceiling=1)
    assert axes.get_ylim() == pytest.approx((-0.05, 1.05))


@pytest.mark.parametrize(("allowed", "scale"), [(True, "log"), (False, "linear")])
def test_the_scale_follows_the_description(figure: Figure, allowed: bool, scale: str) -> None:
    assert draw(figure, x=range(2), series=[train(1.0, 50.0)], allow_log=allowed).get_yscale() == scale


def test_an_empty_chart_says_that_nothing_was_measured(figure: Figure) -> None:
    axes = draw(figure, x=[], series=[train()])
    assert [text.get_text() for text in axes.texts] == ["not measured"]
