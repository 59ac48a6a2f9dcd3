"""Names that say nothing are not used as identifiers, and the names of tests are plain English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("vidpred", "tests", "plugins", "benchmarks")
MEANINGLESS = {"place", "found", "made", "told", "one", "here", "there", "what"}
WRONG_PHRASES = [
    re.compile(line, re.IGNORECASE)
    for line in (ROOT / "tests/wrong_phrases.txt").read_text(encoding="utf-8").splitlines()
]
OLD_WORDS = re.compile(r"\b(said|that are none|of note|to look at|of ours|the promises|comes again|rubbish)\b")


def identifiers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, name) of every variable, parameter, attribute, function, class and import alias that a file defines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.alias):
            yield node.lineno, node.asname or node.name
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.lineno, node.name


def meaningless(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    file = path.relative_to(ROOT).as_posix()
    return [f"{file}:{line}: {name}" for line, name in identifiers(tree) if name.strip("_").lower() in MEANINGLESS]


@pytest.mark.parametrize("folder", FOLDERS)
def test_identifiers_say_what_they_hold(folder: str) -> None:
    """Rename the identifiers that are listed after the thing that they hold."""
    assert [name for path in sorted((ROOT / folder).rglob("*.py")) for name in meaningless(path)] == []


@pytest.mark.parametrize(
    "code",
    [
        "place = 1",
        "def f(found): ...",
        "def told(): ...",
        "class Made: ...",
        "x.one = 1",
        "import numpy as here",
        "[_ for there in x]",
        "lambda what: 0",
        "for _, (place, x) in y: ...",
        "with x as _found: ...",
        "try: ...\nexcept E as told: ...",
        "if (one := 1): ...",
    ],
)
def test_a_meaningless_name_is_detected(code: str) -> None:
    names = {name.strip("_").lower() for _, name in identifiers(ast.parse(code))}
    assert names & MEANINGLESS


def functions_of_tests(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (file, name) of every test."""
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield path.relative_to(ROOT).as_posix(), node.name


def is_plain(name: str) -> bool:
    """Return whether the name of a test, read as a sentence, has none of the wrong phrases."""
    sentence = name.replace("_", " ")
    return not any(phrase.search(sentence) for phrase in [*WRONG_PHRASES, OLD_WORDS])


def test_names_of_tests_are_plain_english() -> None:
    """Say what happens, as in: a damaged result is an error."""
    assert [f"{file}::{name}" for file, name in functions_of_tests(ROOT / "tests") if not is_plain(name)] == []


@pytest.mark.parametrize(
    "name", ["it_is_told", "all_that_a_value_hangs_on", "the_others_go_on", "a_file_is_written_over"]
)
def test_a_wrong_name_of_a_test_is_detected(name: str) -> None:
    assert not is_plain(f"test_{name}")
