"""Who may import whom: a floor knows the floors below it, and other people's packages stay behind fences."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "simcounty"
FENCES = {
    "pysd": ("model/external.py", "backends/pysd_backend.py"),
    "llvmlite": ("backends/",),
    "matplotlib": ("plot/", "files/"),
    "PIL": ("plot/",),
    "SALib": ("sensitivity_analysis/indices.py", "sampling/designs.py"),
    "emcee": ("calibration/sampling.py",),
    "arviz_stats": ("calibration/sampling.py", "sweeps/weights.py"),
    "openpyxl": ("tables.py",),
    "xlsxwriter": ("files/",),
    "docx": ("files/", "proofing/drafts.py"),
    "ipywidgets": ("notebook/",),
}  # fmt: skip


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


def test_the_floors_of_pyproject_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run(
        [linter, "--no-logo"], cwd=PACKAGE.parent, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.relative_to(PACKAGE).as_posix())
def test_other_peoples_packages_stay_behind_fences(file: Path) -> None:
    place = file.relative_to(PACKAGE).as_posix()
    beyond = [
        module
        for module in imports(file)
        if not place.startswith(FENCES.get(module.partition(".")[0], ("",)))
    ]
    assert beyond == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = ["llvmlite", "matplotlib", "pysd", "dask", "xarray", "pandas", "scipy", "pint", "numpy"]
    heavy += ["ipywidgets", "IPython"]
    code = f"import simcounty, sys; print(sorted(set(sys.modules) & set({heavy!r})))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def loaded_for_a_verdict(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What a run as JSON imports; the graph of the model is in the cache, as from the second run on."""
    command = [sys.executable, "-X", "importtime", Path(sys.executable).with_name("simcounty")]
    for _ in range(2):
        ran = subprocess.run(
            [*command, "run", "tonglu/plan-2027", "--json"],
            cwd=tmp_path_factory.mktemp("run"), capture_output=True, encoding="utf-8", check=True,
        )  # fmt: skip
    return set(re.findall(r"\| +([\w.]+)$", ran.stderr, re.MULTILINE))


def test_a_verdict_loads_the_modules_it_needs(loaded_for_a_verdict: set[str]) -> None:
    own = sorted(each for each in loaded_for_a_verdict if each.startswith("simcounty"))
    assert len(own) <= 90, own


def test_a_verdict_waits_for_nothing_heavy(loaded_for_a_verdict: set[str]) -> None:
    """Labels, tables and figures are for what is written after it; searches and tests not for it at all."""
    late = {"xarray", "pandas", "pint", "matplotlib", "PIL", "scipy.special", "scipy.io"}
    never = {"numba", "pysd", "distributed", "dask.array", "scipy.stats", "scipy.optimize", "SALib"}
    never |= {"ema_workbench", "simcounty.validation", "simcounty.sweeps", "simcounty.optimise"}
    assert sorted(loaded_for_a_verdict & (late | never)) == []
