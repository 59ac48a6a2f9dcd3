"""A document against the schema and the registered components: every problem at once, or a recipe and its choices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

import yaml
from packaging.requirements import InvalidRequirement, Requirement
from pydantic import ValidationError

from vidpred.contracts.base import Component, Config, Kind, Node
from vidpred.errors import RecipeError, VidpredError
from vidpred.plugins.registry import Registry
from vidpred.recipe.component_fields import chosen_nodes
from vidpred.recipe.loading import Document
from vidpred.recipe.messages import describe_errors
from vidpred.recipe.schema import Recipe, expand_short_forms


@dataclass(frozen=True)
class ChosenComponent:
    """A component that the recipe chose, its settings checked. `plugin` brought it."""

    path: str
    component: type[Component]
    config: Config
    plugin: str

    def make(self, *arguments: Any) -> Any:
        return self.component(self.config, *arguments)


class ChosenDataset(NamedTuple):
    """A data set, its share of what training shows, and whether clips of it that cannot be read are skipped."""

    chosen: ChosenComponent
    share: float
    tolerates_errors: bool


@dataclass(frozen=True)
class ValidatedRecipe:
    """A recipe whose every field and setting is valid. `chosen` is by path: `model.encoder`, `validate.metrics.0`."""

    source: str
    recipe: Recipe
    chosen: Mapping[str, ChosenComponent]

    def resolved_fields(self) -> dict[str, Any]:
        """Every field with its value, defaults written out: what a run folder keeps."""
        fields = self.recipe.model_dump(mode="json", by_alias=True)
        for path, chosen in self.chosen.items():
            *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
            place: Any = fields
            for key in parents:
                place = place[key]
            place[last] = {
                **place[last],
                "name": chosen.component.name,
                **chosen.config.model_dump(mode="json", by_alias=True),
            }
        return fields

    def to_yaml(self) -> str:
        return to_yaml(self.resolved_fields())

    @property
    def data(self) -> list[ChosenDataset]:
        """The data sets; the first also validates and is tested on."""
        data = self.recipe.data
        if isinstance(data, tuple):
            return [
                ChosenDataset(self.chosen[f"data.{place}"], node.share, node.tolerates_errors)
                for place, node in enumerate(data)
            ]
        return [ChosenDataset(self.chosen["data"], 1.0, data.tolerates_errors)]

    def components_in(self, prefix: str) -> list[ChosenComponent]:
        """The components of a list, in its order."""
        return [chosen for path, chosen in self.chosen.items() if re.fullmatch(re.escape(prefix) + r"\.\d+", path)]


def validate_recipe(document: Document, registry: Registry) -> ValidatedRecipe:
    """Check a whole recipe. Raises RecipeError with every problem that can be told."""
    found, chosen, recipe = [], {}, None
    try:
        recipe = Recipe.model_validate(document.fields)
    except ValidationError as error:
        found += describe_errors(error, Recipe, elsewhere=["extends"])
    for result in _choices(chosen_nodes(Recipe, expand_short_forms(document.fields)), registry):
        if isinstance(result, ChosenComponent):
            chosen[result.path] = result
        else:
            found += result
    found += _missing_requirements(document.fields.get("requires"))
    if recipe is None or found:
        raise RecipeError(document.source, list(dict.fromkeys(found)))
    return ValidatedRecipe(document.source, recipe, chosen)


def to_yaml(fields: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(fields), sort_keys=False, default_flow_style=None, width=110, allow_unicode=True)


def _choices(places: Iterator[tuple[str, Kind, Any]], registry: Registry) -> Iterator[ChosenComponent | list[str]]:
    """What is chosen at these places and, inside a component whose settings choose others, at theirs."""
    for path, kind, value in places:
        try:
            node = Node.model_validate(value)
        except ValidationError:
            continue  # the schema has said so already
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
        yield from _choices(chosen_nodes(component.Config, node.settings, path), registry)


def _missing_requirements(requires: Any) -> Iterator[str]:
    for place, text in enumerate(requires if isinstance(requires, list) else []):
        if not isinstance(text, str):
            continue  # the schema has said so already
        try:
            requirement = Requirement(text)
            if requirement.url or requirement.marker:  # a stranger's text, which we would tell to give to pip
                raise InvalidRequirement(text)
            installed = version(requirement.name)
        except InvalidRequirement:
            yield f"requires.{place}: {text!r} is no requirement; write it like vidpred-foo>=1, a name and versions"
        except PackageNotFoundError:
            yield f"requires.{place}: this recipe needs the plugin {requirement.name}; install it: pip install '{text}'"
        else:
            if not requirement.specifier.contains(installed, prereleases=True):
                yield f"requires.{place}: this recipe needs {text}, but {installed} is installed; pip install '{text}'"
