"""Demo data instead of a recipe's own data: what `--sample` trains on. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from vidpred.contracts.base import DATA_ROOT
from vidpred.data.demo import demo_data_folder, write_demo_data_folder
from vidpred.recipe.loading import Document, merge_fields
from vidpred.recipe.validation import ValidatedRecipe


def use_demo_data(document: Document) -> Document:
    """Return the recipe with the same data sets, but their demo data; the seeds of several differ."""
    data = document.fields.get("data")
    if isinstance(data, list):
        demo: Any = [_demo_fields(fields, seed) for seed, fields in enumerate(data)]
    else:
        demo = _demo_fields(data, 0)
    return replace(document, fields={**document.fields, "data": demo})


def render_demo_data(checked: ValidatedRecipe, notify: Callable[[Path], None] = lambda _: None) -> None:
    """Render the demo data of a recipe that `use_demo_data` gave, unless the user's cache has them.

    `notify` is called with each folder before it is rendered. Raises VidpredError.
    """
    for seed, (chosen, *_) in enumerate(checked.data):
        root = demo_data_folder(chosen.component.name, seed)
        if not root.exists():
            notify(root)
        write_demo_data_folder(chosen.make(), root, seed)


def _demo_fields(data: Any, seed: int) -> Any:
    name = data.get("name") if isinstance(data, dict) else data
    return merge_fields({"data": data}, {"data": {DATA_ROOT: str(demo_data_folder(str(name), seed))}})["data"]
