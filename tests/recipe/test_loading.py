"""Loading of recipes: merging, `extends`, overrides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vidpred.recipe.loading import load_recipe, merge_fields


def test_a_parent_is_merged_key_by_key_and_a_new_component_replaces_the_old_one_completely(tmp_path: Path) -> None:
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


def test_overrides_are_typed_and_applied_in_order(write_recipe: Callable[..., Path]) -> None:
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


def test_set_changes_an_item_of_a_list() -> None:
    fields = merge_fields(
        {"data": [{"name": "a", "root": "x", "share": 3}, "b"]}, {"data": {"0": {"root": "y"}, "1": {"root": "z"}}}
    )
    assert fields == {"data": [{"name": "a", "root": "y", "share": 3}, {"name": "b", "root": "z"}]}
    assert merge_fields(fields, {"data": {"2": {"root": "y"}}}) == {
        "data": {"2": {"root": "y"}}
    }  # there is no third: the check says so
