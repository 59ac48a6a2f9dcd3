"""The arrows of DESIGN section 3: which module may import which, and what loads no torch."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "vidpred"

# From the bottom up: a package may import all that stand before it, and itself.
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
PUBLIC = {"vidpred", "toolbox", "io", "testing"}
OUTSIDE = {  # beside the order: what these may import
    "builtin": {"vidpred", "toolbox", "io", "worlds"},
    "toolbox": {"errors", "contracts", "engine"},
    "testing": {"vidpred", "toolbox", "io"},
}
KNOWN = {  # to be emptied
    "evaluation.evaluator -> plots.evaluation",
    "evaluation.evaluator -> plots.gifs",
}
TORCHLESS = [
    "contracts.base",
    "contracts.metric_info",
    "contracts.steps",
    "contracts.schedules",
    "contracts.observer",
    "evaluation.result_schema",
    "errors",
    "plugins.hooks",
    "plugins.registry",
    "plugins.discovery",
    "recipe.validation",
    "recipe.json_schema",
    "engine.plan",
    "engine.teacher_forcing",
    "engine.schedules",
    "runs.checkpoints",
    "runs.history",
    "runs.lock",
    "runs.layout",
    "evaluation.protocols",
    "runs.catalog",
    "report.page",
    "data.demo",
    "cli.app",
    "cli.commands.report",
    "builtin",
    "comparison.export",
    "comparison.page",
    "comparison.curves",
    "cli.commands.compare",
]
MODULES = sorted(
    path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
    for path in PACKAGE.rglob("*.py")
    if "_recipes" not in path.parts
)


def imported(module: str) -> set[str]:
    """The modules of vidpred that this one imports, wherever in its text, without the prefix `vidpred.`."""
    found = set()
    for node in ast.walk(ast.parse((PACKAGE / (module.replace(".", "/") + ".py")).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            packages = {
                alias.name
                for alias in node.names
                if (PACKAGE.parent / (node.module or "").replace(".", "/") / alias.name).is_dir()
                or (PACKAGE.parent / (node.module or "").replace(".", "/") / f"{alias.name}.py").is_file()
            }
            found |= {f"{node.module}.{name}" for name in packages} or {str(node.module)}
    return {name.removeprefix("vidpred.") for name in found if name.split(".")[0] == "vidpred"}


def allowed(layer: str) -> set[str]:
    """The packages that a package may import: everything may use the public API's lazy top level."""
    below = OUTSIDE[layer] if layer in OUTSIDE else {"vidpred", *ORDER[: ORDER.index(layer)]}
    return (below | {layer}) - (NOT_EACH_OTHER - {layer} if layer in NOT_EACH_OTHER else set())


def violations() -> set[str]:
    return {
        f"{module} -> {target}"
        for module in MODULES
        if module != "__init__"
        for target in imported(module)
        if target.split(".")[0] not in allowed(module.split(".")[0])
    }


def test_imports_point_one_way() -> None:
    assert violations() == KNOWN


@pytest.mark.parametrize("module", TORCHLESS)
def test_loads_no_torch(module: str) -> None:
    code = f"import vidpred.{module}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0, f"vidpred.{module} loads torch"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["list"],
        ["list", "annealer"],
        ["list", "encoders"],
        ["plugins", "list"],
        ["run", "--help"],
        ["list", "annealer", "cyclical"],
        ["list", "--json"],
    ],
)
def test_listing_and_help_load_no_torch(arguments: list[str]) -> None:
    code = f"""
import sys
sys.argv = ["vidpred", *{arguments!r}]
from vidpred.cli.app import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
assert "torch" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_engine_names_no_component_and_no_family() -> None:
    from vidpred.plugins.discovery import discover

    names = {entry.name for entry in discover().registry.entries()} - {
        "six_slots",
        "none",
        "constant",
        "psnr",
        "identity",
    }
    for path in (PACKAGE / "engine").rglob("*.py"):
        strings = {
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not strings & names, f"{path.name} names {strings & names}"
        for family in ("bair", "robot", "pose"):
            assert f"{family}_" not in path.read_text().lower(), f"{path.name} names a family"


def test_every_name_of_the_public_api_is_importable() -> None:
    import vidpred

    assert len(vidpred.__all__) > 40
    for name in vidpred.__all__:
        assert getattr(vidpred, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        _ = vidpred.nonsense


def test_the_engine_knows_no_family() -> None:
    """It must not ask which family it runs: no data set's or published model's name stands in it."""
    told = re.compile(r"bair|robot|\bpose\b|pose_|svg|vgg|resnet|lstm|fusion|skeleton", re.IGNORECASE)
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((PACKAGE / "engine").glob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if told.search(line)
    ]
    assert not found
