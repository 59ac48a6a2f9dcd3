"""Validates a recipe against the schema and the registered components, and reports all problems at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from vidpred.contracts.base import Component, Config, Node
from vidpred.errors import RecipeError, VidpredError
from vidpred.plugins.registry import Registry
from vidpred.recipe.component_fields import ChosenNode, chosen_nodes
from vidpred.recipe.loading import Document
from vidpred.recipe.messages import describe_errors
from vidpred.recipe.requirements import requirement_problems
from vidpred.recipe.schema import Recipe, expand_short_forms


@dataclass(frozen=True)
class ChosenComponent:
    """A component that the recipe chooses at `path`, with its valid settings, and the plugin that registered it."""

    path: str
    component: type[Component]
    config: Config
    plugin: str

    def make(self, *arguments: Any) -> Any:
        """Create the component. `arguments` are what its constructor needs in addition to its settings."""
        return self.component(self.config, *arguments)


class ChosenDataset(NamedTuple):
    """A data set, its share of the training windows, and whether clips that cannot be read are skipped."""

    chosen: ChosenComponent
    share: float
    tolerates_errors: bool


@dataclass(frozen=True)
class ValidatedRecipe:
    """A recipe of which every field and setting is valid.

    `chosen` holds its components by path: `model.encoder`, `validate.metrics.0`.
    """

    source: str
    recipe: Recipe
    chosen: Mapping[str, ChosenComponent]

    def resolved_fields(self) -> dict[str, Any]:
        """Return all fields with their values, defaults included, as a run folder stores them."""
        fields = self.recipe.model_dump(mode="json", by_alias=True)
        for path, chosen in self.chosen.items():
            *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
            parent: Any = fields
            for key in parents:
                parent = parent[key]
            settings = chosen.config.model_dump(mode="json", by_alias=True)
            parent[last] = {**parent[last], "name": chosen.component.name, **settings}
        return fields

    def to_yaml(self) -> str:
        """Return the resolved fields as YAML."""
        return to_yaml(self.resolved_fields())

    @property
    def data(self) -> list[ChosenDataset]:
        """The data sets. The first is also used for validation and testing."""
        data = self.recipe.data
        if isinstance(data, tuple):
            return [
                ChosenDataset(self.chosen[f"data.{index}"], node.share, node.tolerates_errors)
                for index, node in enumerate(data)
            ]
        return [ChosenDataset(self.chosen["data"], 1.0, data.tolerates_errors)]

    def components_in(self, path: str) -> list[ChosenComponent]:
        """Return the components of the list at this path, in order."""
        pattern = re.compile(re.escape(path) + r"\.\d+")
        return [chosen for item_path, chosen in self.chosen.items() if pattern.fullmatch(item_path)]


def validate_recipe(document: Document, registry: Registry) -> ValidatedRecipe:
    """Validate a recipe. Raises RecipeError with all problems that can be detected."""
    problems, chosen, recipe = [], {}, None
    try:
        recipe = Recipe.model_validate(document.fields)
    except ValidationError as error:
        problems += describe_errors(error, Recipe, known_elsewhere=["extends"])
    for result in _choose(chosen_nodes(Recipe, expand_short_forms(document.fields)), registry):
        if isinstance(result, ChosenComponent):
            chosen[result.path] = result
        else:
            problems += result
    problems += requirement_problems(document.fields.get("requires"))
    if recipe is None or problems:
        raise RecipeError(document.source, list(dict.fromkeys(problems)))
    return ValidatedRecipe(document.source, recipe, chosen)


def to_yaml(fields: Mapping[str, Any]) -> str:
    """Return the fields of a recipe as YAML, in their order."""
    return yaml.safe_dump(dict(fields), sort_keys=False, default_flow_style=None, width=110, allow_unicode=True)


def _choose(nodes: Iterable[ChosenNode], registry: Registry) -> Iterator[ChosenComponent | list[str]]:
    """Yield the component of each node, or its problems; then those that the settings of the component choose."""
    for path, kind, value in nodes:
        try:
            node = Node.model_validate(value)
        except ValidationError:
            continue  # the schema has reported it
        try:
            entry = registry.entry(kind.name, node.name)
            component = entry.load()
        except VidpredError as error:
            yield [f"{path}.name: {error}"]
            continue
        try:
            yield ChosenComponent(path, component, component.Config.model_validate(node.settings), entry.plugin)
        except ValidationError as error:
            yield describe_errors(error, component.Config, path, owner=node.name)
        yield from _choose(chosen_nodes(component.Config, node.settings, path), registry)
