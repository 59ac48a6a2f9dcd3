"""Recipes: reading, merging, overriding, resolving; the shipped ones; the JSON schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import Document, load_recipe, merge_fields, shipped_recipes
from vidpred.recipe.validation import validate_recipe


def test_a_parent_is_merged_key_by_key_and_a_new_component_replaces_the_old_one_whole(tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text(
        "name: parent\nannealer: {name: cyclical, cycles: 3}\n"
        "model: {prior: standard_normal, posterior: {name: lstm, hidden: 3}}\n"
    )
    (tmp_path / "child.yaml").write_text(
        "extends: parent.yaml\nname: child\nannealer: {name: none}\nmodel: {posterior: {hidden: 4}}\n"
    )
    fields = load_recipe(tmp_path / "child.yaml").fields
    assert fields == {
        "name": "child",
        "annealer": {"name": "none"},
        "model": {"prior": "standard_normal", "posterior": {"name": "lstm", "hidden": 4}},
    }


@pytest.mark.parametrize(
    ("base", "over", "result"),
    [
        ({"a": "x"}, {"a": {"k": 1}}, {"a": {"name": "x", "k": 1}}),  # settings for a short form
        ({"a": {"name": "x", "k": 1}}, {"a": "x"}, {"a": {"name": "x", "k": 1}}),  # the same component again
        ({"a": {"name": "x", "k": 1}}, {"a": "y"}, {"a": {"name": "y"}}),
        ({"a": {"name": "x", "k": 1}}, {"a": {"name": "y", "j": 2}}, {"a": {"name": "y", "j": 2}}),
        ({"a": {"k": 1}}, {"a": {"j": 2}}, {"a": {"k": 1, "j": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"name": "x"}}, {"a": None}, {"a": None}),
        ({"name": "base"}, {"name": "other"}, {"name": "other"}),
    ],
)
def test_merging(base: dict[str, Any], over: dict[str, Any], result: dict[str, Any]) -> None:
    assert merge_fields(base, over) == result


def test_overrides_are_typed_and_come_in_their_order(write_recipe: Callable[..., Path]) -> None:
    fields = load_recipe(
        write_recipe(),
        [
            "annealer=none",
            "annealer.value=1e-4",
            "data.conditions=[actions]",
            "train.clip_grad_norm=null",
            "sequence.last_frame_skip=true",
            "model.prior.name=gaussian_lstm",
            "model.prior.hidden=16",
        ],
    ).fields
    assert fields["annealer"] == {"name": "none", "value": 0.0001}
    assert fields["data"]["conditions"] == ["actions"] and fields["train"]["clip_grad_norm"] is None
    assert fields["sequence"]["last_frame_skip"] is True and fields["model"]["prior"] == {
        "name": "gaussian_lstm",
        "hidden": 16,
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 0.0001),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("-2.5e+3", -2500.0),
        ("3", 3),
        ("1_000", 1000),
        ("true", True),
        ("no", "no"),
        ("off", "off"),
        ("null", None),
        ("1.2.3", "1.2.3"),
        ("e5", "e5"),
        ("1e", "1e"),
    ],
)
def test_numbers_and_words_are_read_as_people_mean_them(tmp_path: Path, text: str, value: Any) -> None:
    (tmp_path / "r.yaml").write_text(f"name: {text}\n")
    read = load_recipe(tmp_path / "r.yaml").fields["name"]
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize("name", sorted(shipped_recipes()))
def test_every_shipped_recipe_is_valid_and_says_what_it_is(name: str, vidpred: Callable[..., Any]) -> None:
    outcome = vidpred("check", name)
    assert outcome.code == 0, outcome.errors
    text = shipped_recipes()[name].read_text()
    assert text.startswith("# ") and "vidpred run" in text and load_recipe(name).fields["name"] == Path(name).name


def test_the_recipes_that_the_issue_names_are_shipped() -> None:
    assert {"bair_base", "bair_cyclical", "bair_monotonic", "bair_none", "bair_learned_prior", "bair_small"} <= set(
        shipped_recipes()
    )


def test_bair_cyclical_is_the_published_setting() -> None:
    recipe = validate_recipe(load_recipe("bair_cyclical"), discover().registry).resolved_fields()
    assert recipe["train"]["epochs"] == 300 and recipe["train"]["batch_size"] == 20
    assert recipe["optimizer"]["name"] == "adam" and recipe["optimizer"]["lr"] == 0.002
    assert (recipe["sequence"]["past"], recipe["sequence"]["future"]) == (2, 10)
    forcing = recipe["forcing"]
    assert (forcing["start"], forcing["from_epoch"], forcing["step"], forcing["floor"]) == (1.0, 30, 0.004, 0.001)


def test_a_resolved_recipe_reads_back_as_itself(vidpred: Callable[..., Any], tmp_path: Path) -> None:
    shown = vidpred("show", "bair_cyclical", "--set", "annealer.cycles=7").output
    (tmp_path / "again.yaml").write_text(shown)
    assert yaml.safe_load(shown)["annealer"]["cycles"] == 7
    assert vidpred("show", tmp_path / "again.yaml").output == shown


def test_the_schema_knows_all_components_and_accepts_the_shipped_recipes(vidpred: Callable[..., Any]) -> None:
    schema = json.loads(vidpred("schema").output)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in shipped_recipes().values():
        assert not list(validator.iter_errors(yaml.safe_load(path.read_text()))), path
    for wrong in (
        {"annealer": "cyclicle"},
        {"annealer": {"name": "cyclical", "cycels": 3}},
        {"train": {"epochs": 0}},
        {"trian": {}},
        {"model": {"encoder": {"name": "lstm"}}},
        {"validate": {"metrics": ["nonsense"]}},
    ):
        assert list(validator.iter_errors(wrong)), wrong


def test_all_problems_are_told_at_once() -> None:
    fields = {
        "name": "x",
        "data": "bair_robot",
        "annealer": {"name": "cyclical", "perod": 3},
        "model": {"encoder": "vg64"},
        "train": {"epochs": 0},
    }
    with pytest.raises(Exception) as caught:
        validate_recipe(Document("mine.yaml", fields), discover().registry)
    text = str(caught.value)
    assert text.startswith("mine.yaml: ")
    for part in (
        "annealer.perod: cyclical has no such setting; did you mean 'period'?",
        "model.encoder.name: unknown encoder 'vg64'; did you mean 'vgg64'?",
        "model.decoder: is missing",
        "train.epochs: ",
    ):
        assert part in text, text


def test_set_reaches_into_a_list() -> None:
    fields = merge_fields(
        {"data": [{"name": "a", "root": "x", "share": 3}, "b"]}, {"data": {"0": {"root": "y"}, "1": {"root": "z"}}}
    )
    assert fields == {"data": [{"name": "a", "root": "y", "share": 3}, {"name": "b", "root": "z"}]}
    assert merge_fields(fields, {"data": {"2": {"root": "y"}}}) == {
        "data": {"2": {"root": "y"}}
    }  # there is no third: the check says so
