"""The figures of an evaluation as people read them."""
from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from vidpred.engine.intervals import Figure
    from vidpred.engine.results import Result

_BEST = "bold green"


def blocks(result: Result, width: int | None) -> Iterator[Text]:
    """A row for each prediction and copy, a column for each metric, the best figure of each marked; as many tables below each
    other as this width asks for. None: one, however wide."""
    names = _rows(result)
    first = max(map(len, names.values())) + 2
    shown: list[list[Text]] = []
    for metric in result.figures:
        column = _column(result, metric, list(names))
        room = first + sum(len(other[0]) for other in shown) + len(column[0])
        if shown and width is not None and room > width:
            yield _table(list(names.values()), first, shown)
            shown = []
        shown.append(column)
    yield _table(list(names.values()), first, shown)


def lines(result: Result) -> Iterator[str]:
    """What stands below the tables."""
    intervals = "; ± is half a 95 % interval over clips (Student's t)" if len(result.clips) > 1 else ""
    yield f"* best in its column{intervals}"
    gap, health = result.gap, result.posterior
    if gap:
        how = {"shuffled": "with the conditions of other clips", "reversed": "with its conditions reversed in time",
               "shuffled or reversed": "with the conditions of other clips, or reversed in time where no other has as many"}[gap.how]
        unit = result.metrics[gap.metric].unit
        yield f"condition gap: {_number(gap.difference, '+.2f')} {unit} (one sample, less {how}: {_number(gap.wrong, '.2f')} {unit})"
    if health:
        dead = sum(active == 0 for active in health.active_per_dimension)
        unused = f"; {dead} of {len(health.kl_per_dimension)} latent dimensions do not vary with the data" if dead else ""
        yield (f"posterior: KL {health.kl:.3g} nats a step, {health.active:,} of {health.units:,} units active{unused}"
               + (": collapsed" if not health.active else ""))
    for note in result.notes:
        yield f"note: {note}"
    yield f"protocol: {_protocol(result)} (in full: result.json)"


def _protocol(result: Result) -> str:
    terms = result.terms
    count = "1 sample" if terms["samples"] == 1 else f"{terms['samples']} samples"
    changed = f"; changed: {' '.join(terms['changed'])}" if terms["changed"] else ""
    clips = f"{len(result.clips)} clip{'s' * (len(result.clips) > 1)}"
    return (f"{terms['protocol']}, {terms['past']} -> {terms['future']}, {count}; {terms['split']}, {clips} of {terms['data']}; "
            f"seed {terms['seed']}; BatchNorm {terms['batch_norm']}; {terms['precision']}{changed}; checkpoint {terms['checkpoint']}; "
            f"vidpred {terms['vidpred']}")


def _rows(result: Result) -> dict[str, str]:
    samples = result.terms["samples"]
    ours = {"best": f"best of {samples}", "mean": f"mean of {samples}", "worst": f"worst of {samples}", "one": "one sample"}
    return {**(ours if samples > 1 else {"one": "prediction"}), "copy_last": "copy last", "copy_first": "copy first"}


def _column(result: Result, metric: str, rows: list[str]) -> list[Text]:
    """The heading and the figures of one metric, all equally wide."""
    about, figures = result.metrics[metric], result.figures[metric]
    best = (max if about.higher_is_better else min)(figures[row].mean for row in rows)
    form = ".2f" if about.unit else ".4f" if best >= 0.01 else ".5f"
    cells = [_number(figures[row], form) + ("*" if figures[row].mean == best else " ") for row in rows]
    heading = [metric + " ", about.unit + " "]
    wide = max(map(len, [*heading, *cells])) + 1
    return [*(Text(line.rjust(wide), "bold") for line in heading), *(Text(cell.rjust(wide), _BEST if cell.endswith("*") else "") for cell in cells)]


def _number(figure: Figure, form: str) -> str:
    half = "" if figure.high is None else f" ± {figure.high - figure.mean:{form.lstrip('+')}}"
    return f"{figure.mean:{form}}{half}"


def _table(names: list[str], first: int, columns: list[list[Text]]) -> Text:
    lines = [Text.assemble(Text(name.ljust(first)), *cells) for name, *cells in zip(["", "", *names], *columns, strict=True)]
    for line in lines:
        line.rstrip()
    return Text("\n").join([*lines, Text()])
