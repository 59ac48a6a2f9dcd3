"""The public names: each can be imported, and none bears the name of a package."""

from __future__ import annotations

import importlib
import inspect
from types import ModuleType

import pytest

import vidpred
from tests.test_layers import MODULES

PUBLIC_MODULES = ["vidpred", "vidpred.io", "vidpred.testing", "vidpred.toolbox"]


@pytest.fixture(scope="module")
def modules() -> list[ModuleType]:
    """Every module of vidpred, all imported before the first check: an import may replace a name by a submodule."""
    return [importlib.import_module(f"vidpred.{name}") for name in MODULES if name != "__main__"]


@pytest.mark.parametrize("name", PUBLIC_MODULES)
def test_public_names_are_objects_and_not_submodules(name: str, modules: list[ModuleType]) -> None:
    module = importlib.import_module(name)
    assert module.__all__
    for public in module.__all__:
        assert not isinstance(getattr(module, public), ModuleType), f"{name}.{public} is a submodule"


def test_no_public_function_or_class_is_named_like_a_package(modules: list[ModuleType]) -> None:
    packages = {name.rsplit(".")[-1] for name, path in MODULES.items() if path.name == "__init__.py"}
    clashes = {
        f"{module.__name__}.{name}"
        for module in modules
        for name, value in vars(module).items()
        if name in packages and is_defined_in(module, value)
    }
    assert clashes == set()


def is_defined_in(module: ModuleType, value: object) -> bool:
    return (inspect.isfunction(value) or inspect.isclass(value)) and value.__module__ == module.__name__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = vidpred.nonsense
