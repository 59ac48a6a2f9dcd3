"""The plugin packages that a recipe `requires`. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement


def requirement_problems(requires: Any) -> Iterator[str]:
    """Yield a line for each package that is missing or has the wrong version. `requires` may be any value."""
    for index, text in enumerate(requires if isinstance(requires, list) else []):
        problem = _requirement_problem(text) if isinstance(text, str) else None  # other types are the schema's problem
        if problem:
            yield f"requires.{index}: {problem}"


def _requirement_problem(text: str) -> str | None:
    try:
        requirement = Requirement(text)
        if requirement.url or requirement.marker:  # untrusted: the message tells users to pass the text to pip
            raise InvalidRequirement(text)
        installed = version(requirement.name)
    except InvalidRequirement:
        return f"{text!r} is not a requirement; write it like vidpred-foo>=1, a name and versions"
    except PackageNotFoundError:
        return f"this recipe needs the plugin {requirement.name}; install it: pip install '{text}'"
    if not requirement.specifier.contains(installed, prereleases=True):
        return f"this recipe needs {text}, but {installed} is installed; pip install '{text}'"
    return None
