"""The documentation names only files that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md")))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`((?:[\w.-]+/)+[\w-]+\.(?:py|md)|(?:tests|vidpred|docs|benchmarks|plugins)/[\w./-]*)`")
FOLDERS = (ROOT, ROOT / "vidpred", ROOT / "tests")  # pages name a file relative to one of them


def missing_files(page: Path, text: str) -> Iterator[str]:
    """Yield the links and the paths in backticks of a page that lead nowhere."""
    prose = CODE_BLOCK.sub("", text)
    for target in LINK.findall(prose):
        file = target.split("#")[0]
        if file and "://" not in file and not (page.parent / file).exists():
            yield target
    for file in FILE.findall(prose):
        if not any((folder / file).exists() for folder in FOLDERS):
            yield file


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_exist(page: str) -> None:
    path = ROOT / page
    assert list(missing_files(path, path.read_text(encoding="utf-8"))) == []


def test_a_missing_file_is_detected() -> None:
    text = "[a](docs/none.md#part) [b](README.md) `engine/none.py` `tests/none` `engine/plan.py` [c](https://x.org/y)"
    assert list(missing_files(ROOT / "README.md", text)) == ["docs/none.md#part", "engine/none.py", "tests/none"]
