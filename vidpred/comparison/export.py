"""Write a comparison to files: CSV for programs, Markdown for a README, an HTML page, and plots. No torch here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from vidpred.comparison.csv_export import comparison_csv
from vidpred.comparison.groups import ComparableGroup, Comparison
from vidpred.comparison.markdown import comparison_markdown
from vidpred.comparison.table import comparison_tables
from vidpred.errors import VidpredError
from vidpred.io.atomic import replace_file
from vidpred.runs.layout import explain_write_errors

_STEM = "compare"
_SUFFIXES = (".csv", ".md", ".html")

PlotPaths = dict[int, list[Path]]  # index of a group -> its plots


def check_comparison_path(path: Path, *, force: bool) -> None:
    """Raise VidpredError if `write_comparison` cannot write to this path.

    An existing file is overwritten only with `force`; files in a folder always are.
    """
    if _is_file_path(path):
        if path.exists() and not force:
            raise VidpredError(f"--out {path}: already exists; choose another path, or --force to overwrite it")
    elif path.suffix and not path.is_dir():
        raise VidpredError(
            f"--out {path}: a file ends in {', '.join(_SUFFIXES)}; or give a folder, which has no ending"
        )
    elif path.exists() and not path.is_dir():
        raise VidpredError(
            f"--out {path}: is a file without an ending; give one that ends in {', '.join(_SUFFIXES)}, or a folder"
        )


def write_comparison(path: Path, comparison: Comparison) -> list[Path]:
    """Write a comparison to a file, in the format of its suffix; or into a folder, in all formats and with plots.

    Return the files that were written. Raises VidpredError if one cannot be written.
    """
    with explain_write_errors(path):
        if not _is_file_path(path):
            return _write_folder(path, comparison)
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory() as temporary:
            plots = _draw_plots(Path(temporary), comparison.groups) if path.suffix == ".html" else {}
            _write_file(path, comparison, plots)
        return [path]


def _is_file_path(path: Path) -> bool:
    return path.suffix in _SUFFIXES and not path.is_dir()


def _write_folder(folder: Path, comparison: Comparison) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    plots = _draw_plots(folder, comparison.groups)
    files = [folder / f"{_STEM}{suffix}" for suffix in _SUFFIXES]
    for file in files:
        _write_file(file, comparison, plots)
    return [*files, *(path for paths in plots.values() for path in paths)]


def _write_file(path: Path, comparison: Comparison, plots: Mapping[int, Sequence[Path]]) -> None:
    replace_file(path, _render(path.suffix, comparison, plots).encode("utf-8", "replace"))


def _render(suffix: str, comparison: Comparison, plots: Mapping[int, Sequence[Path]]) -> str:
    if suffix == ".csv":
        return comparison_csv(comparison)
    if suffix == ".md":
        return comparison_markdown(comparison, comparison_tables(comparison))
    from vidpred.comparison.page import comparison_page  # on demand: it loads matplotlib's package

    return comparison_page(comparison, comparison_tables(comparison), plots)


def _draw_plots(folder: Path, groups: Sequence[ComparableGroup]) -> PlotPaths:
    """Draw the plots of each group with several rows: psnr.png, of the second group psnr_2.png. A single run has its
    own plots in its report."""
    from vidpred.comparison.curves import overlay_charts
    from vidpred.plots.comparison import draw_overlays  # on demand: it loads matplotlib

    plots: PlotPaths = {}
    for index, group in enumerate(groups):
        if len(group.rows) < 2:
            continue
        suffix = f"_{index + 1}" if index else ""
        for name, charts in overlay_charts(group).items():
            path = folder / f"{name}{suffix}.png"
            draw_overlays(path, charts)
            plots.setdefault(index, []).append(path)
    return plots
