"""A report's headline values and its description of the run, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import TypedDict

from vidpred.plots.run_charts import baseline_names, display_name
from vidpred.report.run_data import RunData

_SLOTS = ("encoder", "condition", "posterior", "prior", "predictor", "decoder")


class RunProgress(TypedDict):
    """How far a run is: `done` and `planned` are epochs."""

    folder: str
    done: int
    planned: int | None
    seconds: float
    time: str


class Baseline(TypedDict):
    name: str
    value: float


class HeadlineValue(TypedDict):
    """A validated metric at its best epoch; at the last one if no direction is known, and then `best` is false."""

    name: str
    unit: str
    value: float
    epoch: int
    best: bool
    higher_is_better: bool | None
    baselines: list[Baseline]


def run_title(run: RunData) -> str:
    return str(run.recipe.get("name") or run.folder.resolve().name)


def run_progress(run: RunData) -> RunProgress:
    seconds = sum(record.get("seconds") or 0 for record in run.history)
    return {
        "folder": _folder_name(run),
        "done": len(run.history),
        "planned": _section(run.recipe, "train").get("epochs"),
        "seconds": seconds,
        "time": format_duration(seconds),
    }


def headline_values(run: RunData) -> list[HeadlineValue]:
    """Return each validated metric beside its baselines; the loss is the last."""
    names = sorted(run.validated_names, key=lambda name: name == "loss")
    values = (_headline_value(run, name) for name in names)
    return [value for value in values if value is not None]


def _headline_value(run: RunData, name: str) -> HeadlineValue | None:
    validated = {}
    for record in run.history:
        values = record.get("validate") or {}
        if isinstance(values.get(name), int | float):
            validated[record["epoch"]] = values
    if not validated:
        return None
    info, best = run.metric_info(name), run.best_epoch(name)
    epoch = max(validated) if best is None else best
    return {
        "name": info.title,
        "unit": info.unit,
        "value": validated[epoch][name],
        "epoch": epoch,
        "best": best is not None,
        "higher_is_better": info.higher_is_better,
        "baselines": _baselines(run, validated[epoch], name),
    }


def _baselines(run: RunData, values: Mapping[str, Any], name: str) -> list[Baseline]:
    """Return the same metric of each baseline, of one epoch's validation."""
    measured = {baseline: (values.get(baseline) or {}).get(name) for baseline in baseline_names(run.history)}
    return [
        {"name": display_name(baseline), "value": value}
        for baseline, value in measured.items()
        if isinstance(value, int | float)
    ]


def run_description(run: RunData) -> list[tuple[str, str]]:
    """Return (name, value) of what readers ask first; what is unknown is left out."""
    if not run.recipe:
        return []
    description = {**_describe_task(run), **_describe_training(run), **_describe_environment(run.environment)}
    return [(name, str(value)) for name, value in description.items() if value not in (None, "")]


def _describe_task(run: RunData) -> dict[str, Any]:
    recipe, environment = run.recipe, run.environment
    sequence = _section(recipe, "sequence")
    return {
        "Data": _format_data(recipe.get("data")),
        "Clips": _format_clips(_section(environment, "clips")),
        "Frames": f"{sequence.get('past')} given, {sequence.get('future')} predicted in training",
        "Model": _format_model(_section(recipe, "model")),
        "Parameters": _format_count(environment.get("parameters")),
    }


def _describe_training(run: RunData) -> dict[str, Any]:
    recipe = run.recipe
    loss, train = _section(recipe, "loss"), _section(recipe, "train")
    steps = f" of {train.get('steps_per_epoch')} steps" if train.get("steps_per_epoch") else ""
    return {
        "Loss": f"{_format_node(loss.get('objective'))}, beta at most {loss.get('beta_max')}",
        "KL annealing": _format_node(recipe.get("annealer")),
        "Teacher forcing": _format_node(recipe.get("forcing")),
        "Optimizer": _format_node(_section(recipe, "optimizer")),
        "Learning rate": _format_node(recipe.get("scheduler")),
        "Training": f"{train.get('epochs')} epochs{steps}, batches of {train.get('batch_size')} clips",
        "Skipped": _skipped_steps(run),
        "Initialized from": run.environment.get("init_from"),
        "Seed": recipe.get("seed"),
    }


def _describe_environment(environment: Mapping[str, Any]) -> dict[str, Any]:
    versions = _section(environment, "versions")
    plugins = [plugin for plugin in environment.get("plugins") or () if isinstance(plugin, Mapping)]
    return {
        "Device": environment.get("device"),
        "Platform": environment.get("platform"),
        "Versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
        "Plugins": ", ".join(map(_format_plugin, plugins)),
    }


def command_line(run: RunData) -> str:
    return " ".join(str(word) for word in run.environment.get("command") or ())


def format_duration(seconds: float) -> str:
    """Format a duration with its two largest units: 12 s, 3 min 20 s, 4 h 12 min, 3 d 4 h."""
    rounded = round(seconds)
    for size, large, unit, small in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if rounded >= size:
            return f"{rounded // size} {large} {rounded % size // unit} {small}"
    return f"{rounded} s"


def _folder_name(run: RunData) -> str:
    """Name the run folder; of a matrix, seed_1 and the like need the folder above."""
    folder = run.folder.resolve()
    return f"{folder.parent.name}/{folder.name}" if folder.name.startswith("seed_") else folder.name


def _skipped_steps(run: RunData) -> str:
    skipped = sum(record.get("skipped") or 0 for record in run.history)
    return f"{skipped} steps, as the loss or a gradient was not finite" if skipped else ""


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = values.get(name)
    return section if isinstance(section, Mapping) else {}


def _format_node(node: Any) -> str:
    """Format a component as its name and its settings: "cyclical, cycles 4, ratio 0.5". Null settings are left out."""
    if not isinstance(node, Mapping):
        return "" if node is None else str(node)
    settings = {name: value for name, value in node.items() if name != "name" and value is not None}
    formatted = [f"{display_name(str(name))} {_format_value(value)}" for name, value in settings.items()]
    return ", ".join([str(node.get("name", "")), *formatted])


def _format_value(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)


def _format_data(data: Any) -> str:
    return "; ".join(map(_format_node, data)) if isinstance(data, list) else _format_node(data)


def _format_model(model: Mapping[str, Any]) -> str:
    parts = [f"{slot} {_section(model, slot)['name']}" for slot in _SLOTS if "name" in _section(model, slot)]
    return f"{model.get('name')}: {', '.join(parts)}" if parts else _format_node(model)


def _format_clips(clips: Mapping[str, Any]) -> str:
    counts = {name: _format_count(count) for name, count in clips.items()}
    return " and ".join(f"{count} to {name}" for name, count in counts.items() if count)


def _format_count(number: Any) -> str:
    return f"{number:,}" if isinstance(number, int) else ""


def _format_plugin(plugin: Mapping[str, Any]) -> str:
    digest = f" ({str(plugin['sha256'])[:12]})" if plugin.get("sha256") else ""
    return f"{plugin.get('name')} {plugin.get('version') or ''}".strip() + digest
