"""Figures of one style and with fixed margins, saved as files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure

_INK = "#1f2328"

AnyFigure = Figure | SubFigure

_MATPLOTLIB_STYLE: dict[Any, Any] = {
    "font.size": 10.5,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": "#afb8c1",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#e6e9ed",
    "grid.linewidth": 0.8,
    "xtick.color": "#57606a",
    "ytick.color": "#57606a",
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "axes.formatter.useoffset": False,
    "figure.facecolor": "white",
}


@contextmanager
def saved_figure(path: Path, width: float = 8, height: float = 4.5, dpi: int = 120) -> Iterator[Figure]:
    """Yield a figure, sizes in inches, and save it at the end. The user's matplotlib settings do not matter."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_MATPLOTLIB_STYLE)
        figure = Figure((width, height), dpi=dpi)
        FigureCanvasAgg(figure)
        yield figure
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)


def stacked_axes(figure: AnyFigure, rows: int = 1) -> list[Axes]:
    """Return axes below each other, with margins in inches: matplotlib's own layout draws everything twice."""
    width, height = figure.bbox.width / figure.figure.dpi, figure.bbox.height / figure.figure.dpi
    top, bottom, between = 0.45, 0.6, 0.5
    row_height = (height - top - bottom - between * (rows - 1)) / rows
    grid = figure.subplots(
        rows,
        sharex=True,
        squeeze=False,
        gridspec_kw={
            "left": 0.95 / width,
            "right": 1 - 0.25 / width,
            "top": 1 - top / height,
            "bottom": bottom / height,
            "hspace": between / row_height,
        },
    )
    return list(grid[:, 0])
