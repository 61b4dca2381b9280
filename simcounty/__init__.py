"""simcounty: a stock-and-flow instrument for county urbanisation plans.

    import simcounty as sc

    plan = sc.load("tonglu/plan-2027")
    run = sc.simulate([plan.baseline, plan])
    sc.judge(run, plan.targets)

Names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_HOME = {
    "Ensemble": "scenario",
    "Model": "model",
    "Scenario": "scenario",
    "SimcountyError": "errors",
    "Target": "scenario",
    "audit": "analysis.audit",
    "calibrate": "analysis.calibration",
    "compare": "analysis.compare",
    "check_draft": "outputs.draft",
    "explore": "explore",
    "failure_boxes": "analysis.discovery",
    "judge": "judge",
    "load": "scenario",
    "load_model": "model",
    "load_region": "analysis.region",
    "open_sweep": "analysis.sweep",
    "plot": "plot",
    "report": "outputs.report",
    "run_region": "analysis.regional",
    "save": "outputs",
    "save_scenario": "scenario",
    "scorecard": "analysis.battery",
    "seek": "analysis.seek",
    "sensitivity": "analysis.sensitivity",
    "simulate": "simulate",
    "sweep": "analysis.sweep",
    "summary": "analysis.summary",
    "vary": "scenario",
    "verdicts": "outputs.verdicts",
    "waterfall": "analysis.waterfall",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"simcounty has no {name!r}; it has {', '.join(__all__)}")
    module = import_module(f"simcounty.{_HOME[name]}")
    value = module if _HOME[name] == name == "plot" else getattr(module, name)
    globals()[name] = value
    return value


class _Facade(ModuleType):
    """Keeps `simcounty.simulate` the verb: importing the module of that name would take its place."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (isinstance(value, ModuleType) and _HOME.get(name) == name != "plot"):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Facade


def __dir__() -> list[str]:
    return __all__
