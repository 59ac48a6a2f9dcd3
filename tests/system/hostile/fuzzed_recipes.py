"""Slightly damaged recipes: bytes, tokens, values; and overrides."""

from __future__ import annotations

from pathlib import Path
from random import Random

import yaml

from tests.system.hostile.mutate import mutated, soup
from vidpred.plugins.discovery import discover
from vidpred.recipe.loading import load_recipe, shipped_recipes
from vidpred.recipe.validation import validate_recipe

REGISTRY = discover().registry
SHIPPED = [path.read_text() for path in shipped_recipes().values()]
YAML = [
    "\n",
    "\n",
    "  ",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "&a ",
    "*a",
    "<<: ",
    "? ",
    "!!int ",
    "!!str ",
    "!!map ",
    "!x ",
    "| ",
    "> ",
    "# ",
    "'",
    '"',
    "%YAML 1.1",
    "---",
    "...",
    "\t",
    "\\",
    "@",
    "`",
    "~",
    "null",
    "true",
    ".inf",
    ".nan",
    "1e400",
    "0x1f",
    "1:30",
    "9" * 30,
    "name",
    "data",
    "model",
    "train",
    "epochs",
    "extends",
    "bair_small",
    "encoder",
    "vgg64",
    "x",
    "é",
    "\u202e",
    "\x7f",
    "\x85",
    "\ufeff",
    "\ud800",
]
VALUES = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**63,
    10**400,
    0.5,
    -0.0,
    1e308,
    float("inf"),
    float("nan"),
    "",
    "x",
    "vgg64",
    "cosine",
    "null",
    "../x",
    "\0",
    "\x1b[31m",
    "x" * 2000,
    [],
    {},
    [[]],
    [None],
    {"name": None},
    {"name": "vgg64"},
    {"name": [1]},
    {"0": 1},
    {"name": "x", "share": -1},
    [{"name": "bair_robot", "root": "x"}] * 2,
]


def recipe(random: Random, folder: Path) -> None:
    """Fuzz reading, merging, validation against every component's settings, and writing."""
    file = folder / "mine.yaml"
    file.write_bytes(_recipe(random))
    overrides = [_override(random) for _ in range(random.choice([0, 0, 0, 1, 2]))]
    checked = validate_recipe(load_recipe(file, overrides, sample=random.random() < 0.2), REGISTRY)
    again = yaml.safe_load(checked.to_yaml())
    assert again["name"] == checked.recipe.name and "/" not in again["name"] and again["name"] not in (".", "..")


def _recipe(random: Random) -> bytes:
    kind = random.randrange(4)
    if kind == 0:
        return soup(random, YAML, 60).encode("utf-8", "surrogatepass")
    text = random.choice(SHIPPED)
    if kind == 1:
        return mutated(random, text.encode())
    fields = yaml.safe_load(text)
    for _ in range(random.randint(1, 3)):
        fields = changed(random, fields)
    if kind == 2 and isinstance(fields, dict):
        fields.setdefault("extends", "bair_small")
    return yaml.safe_dump(fields, allow_unicode=True).encode("utf-8", "surrogatepass")


def changed(random: Random, value: object) -> object:
    """Return the value with one nested value replaced, removed, or added."""
    if isinstance(value, dict) and value and random.random() < 0.8:
        key = random.choice(list(value))
        if random.random() < 0.15:
            return {name: item for name, item in value.items() if name != key}
        if random.random() < 0.1:
            return {
                **value,
                random.choice(["x", "name", "", "__class__", "a.b", "\x1b", "root"]): random.choice(VALUES),
            }
        return {**value, key: changed(random, value[key])}
    if isinstance(value, list) and value and random.random() < 0.7:
        index = random.randrange(len(value))
        return [*value[:index], changed(random, value[index]), *value[index + 1 :]]
    return random.choice(VALUES)


def _override(random: Random) -> str:
    keys = random.choices(
        [
            "train",
            "epochs",
            "model",
            "encoder",
            "name",
            "data",
            "root",
            "0",
            "-1",
            "x",
            "save",
            "best",
            "annealer",
            "sample",
            "validate",
            "metrics",
            "",
        ],
        k=random.randint(1, 4),
    )
    return (
        ".".join(keys)
        + random.choice(["=", "=", "=", ""])
        + (soup(random, YAML, 8) if random.random() < 0.5 else yaml.safe_dump(random.choice(VALUES)))
    )
