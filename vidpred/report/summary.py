"""What was run, and what came out: a report's words and headline numbers, as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vidpred.report.charts import UNITS, baselines, named, told
from vidpred.report.run_data import Source

_SLOTS = ("encoder", "condition", "posterior", "prior", "predictor", "decoder")


def title(source: Source) -> str:
    return str(source.recipe.get("name") or source.folder.resolve().name)


def state(source: Source) -> dict[str, Any]:
    """How far it is: epochs done, epochs wanted, seconds."""
    seconds = sum(record.get("seconds") or 0 for record in source.records)
    folder = source.folder.resolve()
    place = (
        f"{folder.parent.name}/{folder.name}" if folder.name.startswith("seed_") else folder.name
    )  # of a matrix: which of its runs
    return {
        "folder": place,
        "done": len(source.records),
        "wanted": _part(source.recipe, "train").get("epochs"),
        "seconds": seconds,
        "time": duration(seconds),
    }


def headline(source: Source) -> list[dict[str, Any]]:
    """Of each validation figure the best epoch's value, or the last where nothing says what is better, beside the baselines."""
    return [
        found
        for name in [*(name for name in source.figures if name != "loss"), "loss"]
        for found in _headline(source, name)
    ]


def _headline(source: Source, name: str) -> Iterator[dict[str, Any]]:
    validated = {
        record["epoch"]: record["validate"] or {}
        for record in source.records
        if isinstance((record.get("validate") or {}).get(name), int | float)
    }
    if not validated:
        return
    best = source.best(name)
    epoch = max(validated) if best is None else best
    beside = {told(baseline): (validated[epoch].get(baseline) or {}).get(name) for baseline in baselines(source)}
    yield {
        "name": "Squared error" if name == "loss" else named(name),
        "unit": UNITS.get(name, ""),
        "value": validated[epoch][name],
        "epoch": epoch,
        "best": best is not None,
        "lower": name in ("loss", "mse", "lpips"),
        "beside": [
            {"name": other, "value": value} for other, value in beside.items() if isinstance(value, int | float)
        ],
    }


def facts(source: Source) -> list[tuple[str, str]]:
    """(name, value) of what a reader asks first; what is unknown is left out."""
    recipe, environment = source.recipe, source.environment
    sequence, train, optimizer = (_part(recipe, name) for name in ("sequence", "train", "optimizer"))
    steps = train.get("steps_per_epoch")
    versions = _part(environment, "versions")
    found = {
        "Data": _several(recipe.get("data")),
        "Clips": _clips(_part(environment, "clips")),
        "Frames": f"{sequence.get('past')} given, {sequence.get('future')} predicted in training",
        "Model": _model(_part(recipe, "model")),
        "Parameters": _counted(environment.get("parameters")),
        "Loss": f"{_node(_part(recipe, 'loss').get('objective'))}, beta at most {_part(recipe, 'loss').get('beta_max')}",
        "KL annealing": _node(recipe.get("annealer")),
        "Teacher forcing": _node(recipe.get("forcing")),
        "Optimizer": _node(optimizer),
        "Learning rate": _node(recipe.get("scheduler")),
        "Training": f"{train.get('epochs')} epochs{f' of {steps} steps' if steps else ''}, batches of {train.get('batch_size')} clips",
        "Skipped": _skipped(source),
        "Began with": environment.get("init_from"),
        "Seed": recipe.get("seed"),
        "Device": environment.get("device"),
        "Platform": environment.get("platform"),
        "Versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
        "Plugins": ", ".join(
            _plugin(plugin) for plugin in environment.get("plugins") or () if isinstance(plugin, Mapping)
        ),
    }
    return [(name, str(value)) for name, value in found.items() if value not in (None, "") and recipe]


def command(source: Source) -> str:
    return " ".join(str(word) for word in source.environment.get("command") or ())


def _skipped(source: Source) -> str:
    skipped = sum(record.get("skipped") or 0 for record in source.records)
    return f"{skipped} steps, as the loss or a gradient was not finite" if skipped else ""


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, Mapping) else {}


def _node(node: Any) -> str:
    """cyclical, cycles 4, ratio 0.5: a name and its settings; those that are null are left out."""
    if not isinstance(node, Mapping):
        return "" if node is None else str(node)
    settings = [
        f"{key.replace('_', ' ')} {_value(value)}" for key, value in node.items() if key != "name" and value is not None
    ]
    return ", ".join([str(node.get("name", "")), *settings])


def _value(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)


def _several(data: Any) -> str:
    return "; ".join(map(_node, data)) if isinstance(data, list) else _node(data)


def _model(model: Mapping[str, Any]) -> str:
    parts = [
        f"{slot} {model[slot]['name']}"
        for slot in _SLOTS
        if isinstance(model.get(slot), Mapping) and "name" in model[slot]
    ]
    return f"{model.get('name')}: {', '.join(parts)}" if parts else _node(model)


def _clips(clips: Mapping[str, Any]) -> str:
    return " and ".join(f"{_counted(count)} to {name}" for name, count in clips.items() if _counted(count))


def _counted(number: Any) -> str:
    return f"{number:,}" if isinstance(number, int) else ""


def _plugin(plugin: Mapping[str, Any]) -> str:
    digest = f" ({str(plugin['sha256'])[:12]})" if plugin.get("sha256") else ""
    return f"{plugin.get('name')} {plugin.get('version') or ''}".strip() + digest


def duration(seconds: float) -> str:
    """12 s, 3 min 20 s, 4 h 12 min, 3 d 4 h."""
    whole = round(seconds)
    for size, large, unit, small in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size} {large} {whole % size // unit} {small}"
    return f"{whole} s"
