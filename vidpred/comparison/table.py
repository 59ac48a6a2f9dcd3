"""A block of rows as text: what a terminal, Markdown and HTML show, each in its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from vidpred.comparison.groups import Block, Comparison, Figure, Row
from vidpred.comparison.measurements import GAP
from vidpred.comparison.recipe_diff import told
from vidpred.comparison.runs import Entry
from vidpred.errors import counted

NAMES = {
    "psnr": "PSNR",
    "psnr_channel": "PSNR by channel",
    "ssim": "SSIM",
    "lpips": "LPIPS",
    "mse": "MSE",
    "loss": "squared error",
    GAP: "condition gap",
}
_IN_FILES_ONLY = ("psnr_channel", "mse", "loss")  # the field's table has PSNR and SSIM
_OWN_COLUMN = ("annealer", "forcing", "sequence.past", "sequence.future", "train.epochs")
_MOST_OTHERS = 3  # other settings that get a column each: more of them share one

Cell = Callable[[Entry, Mapping[str, str]], str]  # of a run, and what it has where not all have the same


@dataclass(frozen=True)
class Column:
    """`kind` is the second line of a figure's title: "best", "mean of 10"; None: this is no figure. `best`: the places of the best cells,
    copies among them."""

    title: str
    cells: tuple[str, ...]
    is_number: bool = True
    kind: str | None = None
    best: frozenset[int] = frozenset()

    @property
    def heading(self) -> str:
        return f"{self.title} {self.kind or ''}".rstrip()


@dataclass(frozen=True)
class Table:
    """Rows, best first, then what copying given frames scores: the last `copies` rows. `common` is what the field's columns would say
    of all runs alike."""

    title: str
    common: str
    differs: str
    columns: tuple[Column, ...]
    copies: int

    @property
    def rows(self) -> list[list[str]]:
        return [list(cells) for cells in zip(*(column.cells for column in self.columns), strict=True)]


def tables(comparison: Comparison) -> list[Table]:
    return list(map(_table, comparison.blocks))


def _common(block: Block) -> str:
    run = block.rows[0].first
    same = {name: values.pop() for name, cell in _FIELDS.items() if len(values := _different(block, cell)) == 1}
    same |= {
        name: told(_part(run, path))
        for name, path in (("annealing", "annealer"), ("forcing", "forcing"))
        if name in same
    }
    return "; ".join(f"{name} {value}" for name, value in same.items() if value and value != "-")


def label(block: Block, row: Row) -> str:
    """In what a row differs from others, in a few words: what a plot's legend says."""
    texts = [
        value if path in ("annealer", "forcing") else f"{path.rpartition('.')[2]} {value}"
        for path, value in row.varied.items()
    ]
    texts += [row.measured[0].label] if _several_results(block) else []
    texts += [f"{row.name} ({row.first.state})"] if row.first.state != "finished" else []
    return "; ".join(texts) or row.name


def title(block: Block) -> str:
    """How it was measured, in one line."""
    terms = block.one.terms
    given = frames(block)
    if block.one.is_validation:
        return f"validation: {given}"
    clips, samples = (counted(terms[f"{what}s"], what) for what in ("clip", "sample"))
    changed = f"; changed: {told(terms['changed'])}" if terms.get("changed") else ""
    return (
        f"evaluation {terms.get('protocol')}: {given}, {samples}; {terms.get('split')}, {clips} of {terms.get('data')}; "
        f"seed {terms.get('seed')}; BatchNorm {terms.get('batch_norm')}; vidpred {terms.get('vidpred')}{changed}"
    )


def frames(block: Block) -> str:
    return f"{block.one.terms.get('past')} given, {block.one.terms.get('future')} predicted frames"


def meaning(comparison: Comparison) -> str:
    """What the columns mean."""
    said = []
    if any(block.one.is_validation for block in comparison.blocks):
        ranked = next(
            (block.ranked[0] for block in comparison.blocks if block.one.is_validation and block.ranked), "psnr"
        )
        said.append(
            f"best: the epoch with the best {NAMES.get(ranked, ranked)}, with its other figures; last: the last epoch that was validated"
        )
    if any(not block.one.is_validation and "best" in block.columns for block in comparison.blocks):
        said.append("best of N: each metric's own best sample of each clip")
    if any(GAP in block.about for block in comparison.blocks):
        said.append("condition gap: PSNR of one sample, less that with wrong conditions; 0: the conditions are ignored")
    if any(len(row.runs) > 1 for block in comparison.blocks for row in block.rows):
        said.append("±: standard deviation over seeds")
    return "; ".join([*said, "time: training and validation, h:mm:ss"])


def _number(unit: str, figure: Figure | None) -> str:
    if figure is None:
        return ""
    form = ".2f" if unit else ".3f" if abs(figure.mean) >= 0.01 else ".2e"
    return f"{figure.mean:{form}}" + (f" ± {figure.sd:{form}}" if figure.sd is not None else "")


def _table(block: Block) -> Table:
    copies = block.copies
    columns = [
        Column("run", (*map(_called, block.rows), *(copy.replace("_", " ") for copy in copies)), is_number=False)
    ]
    columns += _figures(block, list(copies.values()))
    columns += [Column(name, (*cells, *[""] * len(copies)), name in _NUMBERS) for name, cells in _described(block)]
    return Table(title(block), _common(block), block.differs, tuple(columns), len(copies))


def _called(row: Row) -> str:
    return row.name if row.first.state == "finished" else f"{row.name} ({row.first.state})"


def _figures(block: Block, copies: Sequence[Mapping[str, float]]) -> Iterator[Column]:
    shown = [name for name in block.about if name not in _IN_FILES_ONLY] or [
        name for name in block.about if block.ranked and name == block.ranked[0]
    ]
    for metric in sorted(shown, key=lambda name: list(NAMES).index(name) if name in NAMES else len(NAMES)):
        about = block.about[metric]
        all_columns = metric in ("psnr", shown[0]) or not block.one.is_validation
        for column in about.columns or (block.columns if all_columns else block.columns[:1]):
            figures = [row.figure(metric, column) for row in block.rows]
            copied = [Figure(copy[metric], None) if metric in copy else None for copy in copies]
            samples = f" of {block.one.terms.get('samples')}" if not block.one.is_validation else ""
            cells = [
                *(_number(about.unit, figure) or "-" for figure in figures),
                *(_number(about.unit, figure) for figure in copied),
            ]
            yield Column(
                f"{NAMES.get(metric, metric)} {about.unit}".rstrip(),
                tuple(cells),
                kind="" if column == "one" else column + samples,
                best=frozenset(_best(figures, copied, about.higher_is_better)),
            )


def _best(figures: Sequence[Figure | None], copied: Sequence[Figure | None], higher: bool | None) -> Iterator[int]:
    """The places of the best, which may be a copy; of a single run, none."""
    there = [figure.mean for figure in (*figures, *copied) if figure is not None]
    if higher is None or len(figures) < 2 or not there:
        return
    best = (max if higher else min)(there)
    yield from (place for place, figure in enumerate((*figures, *copied)) if figure is not None and figure.mean == best)


def _described(block: Block) -> Iterator[tuple[str, list[str]]]:
    """What the rows are: the field's columns and other settings, where not all runs have the same."""
    for name, cell in _FIELDS.items():
        if len(_different(block, cell)) > 1:
            yield name, [cell(row.first, row.varied) for row in block.rows]
    others = [path for path in block.varied if not path.startswith(_OWN_COLUMN)]
    if len(others) <= _MOST_OTHERS:
        yield from ((path, [row.varied.get(path, "-") for row in block.rows]) for path in others)
    else:
        yield (
            "other settings",
            [", ".join(f"{path} {row.varied[path]}" for path in others if path in row.varied) for row in block.rows],
        )
    if _several_results(block):
        yield "result", [row.measured[0].label for row in block.rows]
    if any(len(row.runs) > 1 for row in block.rows):
        yield "seeds", [str(len(row.runs)) for row in block.rows]
    yield "time", [str(timedelta(seconds=round(row.seconds))) for row in block.rows]


def _different(block: Block, cell: Cell) -> set[str]:
    return {cell(run, row.varied) for row in block.rows for run in row.runs}


def _several_results(block: Block) -> bool:
    return len({row.measured[0].label for row in block.rows}) > 1


def _node(path: str) -> Cell:
    """A component by its name, and its settings that other runs with this component have otherwise."""

    def cell(entry: Entry, varied: Mapping[str, str]) -> str:
        name = told(_part(entry, path, "name"))
        return ", ".join(
            [
                varied.get(path, name),
                *(f"{at[len(path) + 1 :]} {value}" for at, value in varied.items() if at.startswith(f"{path}.")),
            ]
        )

    return cell


def _length(entry: Entry, _: Any) -> str:
    return f"{told(_part(entry, 'sequence', 'past'))}+{told(_part(entry, 'sequence', 'future'))}"


def _epochs(entry: Entry, _: Any) -> str:
    return str(entry.epochs) if entry.state == "finished" else f"{len(entry.history)}/{entry.epochs}"


def _parameters(entry: Entry, _: Any) -> str:
    return "-" if entry.parameters is None else f"{entry.parameters:,}"


def _part(entry: Entry, *path: str) -> Any:
    value: Any = entry.recipe
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


_FIELDS: Mapping[str, Cell] = {
    "annealing": _node("annealer"),
    "forcing": _node("forcing"),
    "length": _length,
    "epochs": _epochs,
    "parameters": _parameters,
}
_NUMBERS = ("length", "epochs", "parameters", "seeds", "time")
