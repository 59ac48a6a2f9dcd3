"""Write report.html: one self-contained page, made from the run folder alone."""

from __future__ import annotations

import base64
import hashlib
import json
import string
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from vidpred.io.atomic import atomic_path
from vidpred.plots.page_style import shared_page_style
from vidpred.plots.run_charts import schedule_charts
from vidpred.report.charts import (
    ChartJson,
    chart_json,
    chart_rules,
    palette_css,
    per_frame_charts,
    training_charts,
    validated_charts,
)
from vidpred.report.evaluations import evaluation_sections
from vidpred.report.preview_files import StoredPreview, read_previews
from vidpred.report.preview_selection import EmbeddedPreview, embed_previews
from vidpred.report.run_data import RunData, read_run_data
from vidpred.report.summary import command_line, headline_values, run_description, run_progress, run_title
from vidpred.runs.layout import RunFolder
from vidpred.runs.preview_description import PreviewDescription

_SCRIPTS = ("dom.js", "scale.js", "chart_drawing.js", "chart.js", "preview.js", "player.js", "report.js")
_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


def write_report_page(folder: Path) -> Path:
    """Write or overwrite the run folder's report.html. Raise VidpredError if a file that it shows is broken."""
    path = RunFolder(folder).report_path
    content = render_page(read_run_data(folder)).encode()
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
    return path


def render_page(run: RunData) -> str:
    """Return the page's HTML. Its security policy allows only the style and script that are hashed here."""
    previews = read_previews(RunFolder(run.folder))
    embedded = embed_previews(previews, run.best_epochs().values())
    style = "\n" + "\n".join([shared_page_style(), _asset("report.css"), palette_css()])
    script = "\n" + "\n".join(map(_asset, _SCRIPTS))
    sheets = [f'<script type="text/plain" class="sheet">{preview.uri}</script>' for preview in embedded]
    return string.Template(_asset("template.html")).substitute(
        style=style,
        script=script,
        style_hash=_policy_hash(style),
        script_hash=_policy_hash(script),
        data=embeddable_json(_page_data(run, previews, embedded)),
        sheets="\n".join(sheets),
    )


def embeddable_json(value: Any) -> str:
    """Return JSON that is safe inside a page: pure ASCII, and nothing in it ends a script or begins a tag."""
    return json.dumps(value, separators=(",", ":"), default=str, allow_nan=False).translate(_ESCAPED)


def _page_data(run: RunData, previews: Sequence[StoredPreview], embedded: Sequence[EmbeddedPreview]) -> dict[str, Any]:
    """Return all that the page shows, except the frames."""
    return {
        "title": run_title(run),
        "state": run_progress(run),
        "written": datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        "headline": headline_values(run),
        "description": run_description(run),
        "command": command_line(run),
        "recipe": run.recipe_yaml,
        **_page_charts(run, previews),
        "evaluations": evaluation_sections(run.folder),
        "best": {_best_name(run, name): epoch for name, epoch in run.best_epochs().items()},
        "stored_previews": len(previews),
        "previews": [_preview_json(preview) for preview in embedded],
    }


def _page_charts(run: RunData, previews: Sequence[StoredPreview]) -> dict[str, Any]:
    per_frame = next(filter(None, (preview.description["per_frame"] for preview in reversed(previews))), None)
    charts = {
        "metrics": validated_charts(run),
        "losses": training_charts(run),
        "schedules": schedule_charts(run.history),
        "frames": per_frame_charts(run, per_frame),
    }
    shown: dict[str, list[ChartJson]] = {}
    for name, specs in charts.items():
        shown[name] = [chart_json(spec) for spec in specs if spec.series_with_values or name == "metrics"]
    return {**shown, "frames_epoch": per_frame["epoch"] if per_frame else None, "chart_rules": chart_rules()}


def _best_name(run: RunData, name: str) -> str:
    return name if name == "loss" else run.metric_info(name).title


def _preview_json(preview: EmbeddedPreview) -> dict[str, Any]:
    description: PreviewDescription = preview.stored.description
    fields = {name: value for name, value in description.items() if name != "per_frame"}
    return {**fields, "quality": preview.quality}


def _asset(name: str) -> str:
    return files("vidpred.report").joinpath("assets", name).read_text("utf-8")


def _policy_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
