"""Every example in a docstring runs, in an empty folder, and gives what it shows."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import simcounty
from simcounty import catalog
from simcounty.sweeps import sweep

PUBLIC = ("calibrate", "judge", "load", "load_model", "load_region", "run_region", "save", "simulate", "vary")
MODULES = sorted(m.name for m in pkgutil.walk_packages(simcounty.__path__, "simcounty."))


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What a notebook would have at hand."""
    plan = simcounty.load("tonglu/plan-2027")
    unsure = {"forward_inflation": ("0 %", "2 %"), "hukou_openness": (0.8, 1)}
    return {
        **{name: getattr(simcounty, name) for name in PUBLIC},
        "Path": Path,
        "catalog": catalog,
        "futures": sweep([plan, plan.baseline], n=20, vary=unsure, forecast=False),
        "county": catalog.find(catalog.MODEL, "county"),
        "model": plan.model,
        "plan": plan,
        "plot": simcounty.plot,
        "run": simcounty.simulate([plan.baseline, plan]),
    }


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str, names: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for example in doctest.DocTestFinder().find(module, extraglobs=names):
        runner.run(example)
    assert runner.summarize(verbose=False).failed == 0


def test_no_example_is_skipped() -> None:
    home = Path(simcounty.__file__).parent
    skipped = [file.name for file in home.rglob("*.py") if "doctest: +SKIP" in file.read_text("utf-8")]
    assert skipped == []
