"""The import order of the packages, which modules may import torch, and that the engine knows no model family."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "vidpred"

# From the bottom up: a package may import every package listed before it, and itself.
ORDER = [
    "errors",
    "contracts",
    "plugins",
    "engine",
    "io",
    "recipe",
    "data",
    "runs",
    "worlds",
    "evaluation",
    "training",
    "plots",
    "report",
    "comparison",
    "assembly",
    "inference",
    "cli",
    "__main__",
]
NOT_EACH_OTHER = {"report", "comparison"}
OUTSIDE_THE_ORDER = {  # package -> the packages that it may import
    "builtin": {"vidpred", "toolbox", "io", "worlds"},
    "toolbox": {"errors", "contracts", "engine"},
    "testing": {"vidpred", "toolbox", "io"},
}
TORCH_FREE = {  # besides the modules whose docstring says "no torch"
    "builtin",
    "cli.app",
    "cli.commands.compare",
    "cli.commands.report",
    "comparison.curves",
    "comparison.export",
    "comparison.page",
    "data.demo",
    "errors",
    "recipe.json_schema",
    "recipe.validation",
    "plugins.registry",
    "report.page",
}
MODULES = {
    path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if "_recipes" not in path.parts and path != PACKAGE / "__init__.py"
}
CLI_CALLS = [
    ["--help"],
    ["list"],
    ["list", "annealer"],
    ["list", "encoders"],
    ["plugins", "list"],
    ["run", "--help"],
    ["list", "annealer", "cyclical"],
    ["list", "--json"],
]


def imported(path: Path) -> set[str]:
    """The modules of vidpred that a file imports, at its top or inside functions, without the prefix `vidpred.`."""
    targets: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            targets |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            submodules = {alias.name for alias in node.names if is_module(f"{node.module}.{alias.name}")}
            targets |= {f"{node.module}.{name}" for name in submodules} or {str(node.module)}
    return {target.removeprefix("vidpred.") for target in targets if target.split(".")[0] == "vidpred"}


def is_module(name: str) -> bool:
    path = PACKAGE.parent / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def allowed(layer: str) -> set[str]:
    """The packages that a package may import. Every package may use the public names of `vidpred`."""
    if layer in OUTSIDE_THE_ORDER:
        return OUTSIDE_THE_ORDER[layer] | {layer}
    siblings = NOT_EACH_OTHER - {layer} if layer in NOT_EACH_OTHER else set()
    return {"vidpred", *ORDER[: ORDER.index(layer) + 1]} - siblings


def run_python(code: str) -> str:
    """Standard output of `code` in a new interpreter; the test fails if the code fails."""
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def test_imports_point_one_way() -> None:
    violations = {
        f"{module} -> {target}"
        for module, path in MODULES.items()
        for target in imported(path)
        if target.split(".")[0] not in allowed(module.split(".")[0])
    }
    assert violations == set()


def test_torch_free_modules_do_not_import_torch() -> None:
    """One interpreter imports module after module; after a module that imports torch, a new one does the rest."""
    documented = {name for name, path in MODULES.items() if "no torch" in docstring(path).lower()}
    remaining = sorted(TORCH_FREE | documented)
    assert len(remaining) > 30
    offenders = []
    while remaining:
        code = f"""
import importlib, sys
for index, module in enumerate({remaining!r}):
    importlib.import_module("vidpred." + module)
    if "torch" in sys.modules:
        print(index)
        break
"""
        first_offender = run_python(code).strip()
        if not first_offender:
            break
        offenders.append(remaining[int(first_offender)])
        remaining = remaining[int(first_offender) + 1 :]
    assert not offenders


def docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def test_listing_and_help_import_no_torch() -> None:
    code = f"""
import sys
from vidpred.cli.app import main
for arguments in {CLI_CALLS!r}:
    sys.argv = ["vidpred", *arguments]
    try:
        main()
    except SystemExit as end:
        assert not end.code, (arguments, end.code)
    assert "torch" not in sys.modules, arguments
"""
    run_python(code)


def test_packages_import_nothing_of_vidpred_eagerly() -> None:
    """An import in a package's `__init__` would be paid by every module below it, also by the torch-free ones."""
    packages = sorted(name for name, path in MODULES.items() if path.name == "__init__.py")
    code = f"""
import importlib, json, sys
eager = dict()
for package in ["vidpred", *("vidpred." + name for name in {packages!r})]:
    before = set(sys.modules)
    importlib.import_module(package)
    parents = {{package.rsplit(".", count)[0] for count in range(package.count(".") + 1)}}
    new = {{name for name in set(sys.modules) - before if name.split(".")[0] == "vidpred"}}
    if new - parents:
        eager[package] = sorted(new - parents)
print(json.dumps(eager))
"""
    assert json.loads(run_python(code)) == {}


def test_the_engine_names_no_component() -> None:
    from vidpred.plugins.discovery import discover

    ordinary_words = {"six_slots", "none", "constant", "psnr", "identity"}
    components = {entry.name for entry in discover().registry.entries()} - ordinary_words
    for path in (PACKAGE / "engine").rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        strings = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        assert not strings & components, f"{path.name} names {strings & components}"


@pytest.mark.parametrize("path", sorted((PACKAGE / "engine").rglob("*.py")), ids=lambda path: path.name)
def test_the_engine_knows_no_model_family(path: Path) -> None:
    """The engine must not ask which family it runs: it names no data set and no published model."""
    family = re.compile(r"bair|robot|\bpose\b|pose_|svg|vgg|resnet|lstm|fusion|skeleton", re.IGNORECASE)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line.strip() for line in lines if family.search(line)] == []
