"""Who may import whom: a floor knows the floors below it, and other people's packages stay behind fences."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "simcounty"
FLOORS = [
    {"errors"}, {"units", "cache", "shipped", "whole", "years"}, {"model"}, {"scenario", "backends"},
    {"simulate", "judge", "labels"}, {"analysis"}, {"plot"}, {"outputs"}, {"cli", "explore"},
]  # fmt: skip
BESIDE = {("units", "cache"), ("simulate", "labels"), ("judge", "labels")}  # may look at their neighbour
FENCES = {
    "pysd": ("model/read.py", "backends/reference.py"),
    "numba": ("backends/",),
    "matplotlib": ("plot/", "outputs/"),
    "PIL": ("plot/",),
    "SALib": ("analysis/indices.py", "scenario/designs.py"),
    "ema_workbench": ("analysis/discovery.py",),
    "emcee": ("analysis/calibration/sampling.py",),
    "arviz_stats": ("analysis/calibration/sampling.py",),
    "openpyxl": ("scenario/tables.py",),
    "xlsxwriter": ("outputs/",),
    "docx": ("outputs/",),
    "ipywidgets": ("explore/",),
}


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "simcounty":
            yield from (f"simcounty.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: name the module in full"
            yield str(node.module)


FILES = [f for f in sorted(PACKAGE.rglob("*.py")) if f != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.relative_to(PACKAGE).as_posix())
def test_a_file_imports_only_what_lies_below(file: Path) -> None:
    place = file.relative_to(PACKAGE).as_posix()
    own = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    level = {name: i for i, floor in enumerate(FLOORS) for name in floor}
    for module in imports(file):
        package, _, rest = module.partition(".")
        if package == "simcounty" and rest:
            other = rest.split(".")[0]
            allowed = other == own or level[other] < level[own] or (own, other) in BESIDE
            assert allowed, f"{place} imports {module}"
        fence = FENCES.get(package, ("",))
        assert place.startswith(fence), f"{place} imports {package}"


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = ["numba", "matplotlib", "pysd", "dask", "xarray", "pandas", "scipy", "pint", "numpy"]
    heavy += ["ipywidgets", "IPython"]
    code = f"import simcounty, sys; print(sorted(set(sys.modules) & set({heavy!r})))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
