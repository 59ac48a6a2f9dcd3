"""report.html: one self-contained page, made from the run folder alone."""

from __future__ import annotations

import base64
import hashlib
import json
import string
from datetime import datetime
from pathlib import Path
from typing import Any

from vidpred.io.atomic import atomic_path
from vidpred.report import charts as curves, evaluations, preview_selection as clips, summary as facts
from vidpred.report.run_data import Source, read
from vidpred.runs.layout import RunFolder

_ASSETS = Path(__file__).parent / "assets"
_SCRIPTS = ("dom.js", "chart.js", "player.js", "report.js")
_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


def write(folder: Path) -> Path:
    """Write the run folder's report.html anew. Raises DataError where a file that it is made from is broken."""
    path = RunFolder(folder).report_path
    with atomic_path(path) as temporary:
        temporary.write_bytes(page(read(folder)).encode())
    return path


def page(source: Source) -> str:
    previews = clips.stored(RunFolder(source.folder))
    best = [epoch for figure in source.figures if (epoch := source.best(figure)) is not None]
    shown = clips.shown(previews, best)
    style, script = (
        (_ASSETS / "report.css").read_text("utf-8"),
        "\n".join((_ASSETS / name).read_text("utf-8") for name in _SCRIPTS),
    )
    style, script = f"\n{style}", f"\n{script}"
    return string.Template((_ASSETS / "template.html").read_text("utf-8")).substitute(
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=as_json(_data(source, previews, shown)),
        sheets="\n".join(f'<script type="text/plain" class="sheet">{one.uri}</script>' for one in shown),
    )


def as_json(value: Any) -> str:
    """JSON that can stand in a page: pure ASCII, and nothing in it ends a script or begins a tag."""
    return json.dumps(value, separators=(",", ":"), default=str, allow_nan=False).translate(_ESCAPED)


def _data(source: Source, previews: list[clips.Stored], shown: list[clips.Shown]) -> dict[str, Any]:
    """All that the page shows, but for the frames."""
    best = {
        figure if figure == "loss" else curves.named(figure): epoch
        for figure in [*(name for name in source.figures if name != "loss"), "loss"]
        if (epoch := source.best(figure)) is not None
    }
    per_frame = next((one.about["per_frame"] for one in reversed(previews) if one.about["per_frame"]), None)
    return {
        "title": facts.title(source),
        "state": facts.state(source),
        "written": datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        "headline": facts.headline(source),
        "facts": facts.facts(source),
        "command": facts.command(source),
        "recipe": source.recipe_yaml,
        "epochs": [record["epoch"] for record in source.records],
        "resets": curves.resets(source),
        "metrics": curves.metrics(source),
        "losses": curves.losses(source),
        "schedules": curves.schedules(source),
        "frames": curves.frames(per_frame),
        "frames_epoch": per_frame["epoch"] if per_frame else None,
        "evaluations": evaluations.found(source.folder),
        "best": best,
        "previews_kept": len(previews),
        "previews": [
            {key: value for key, value in one.stored.about.items() if key != "per_frame"} | {"quality": one.quality}
            for one in shown
        ],
    }


def _hash(text: str) -> str:
    """For the page's own security policy: only this text may act, whatever else got into the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
