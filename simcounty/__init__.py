"""simcounty: a stock-and-flow instrument for county urbanisation plans.

    import simcounty as sc

    plan = sc.load("tonglu/plan-2027")
    run = sc.simulate([plan.baseline, plan])
    sc.judge(run, plan.targets)

Names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module

from simcounty.lazy import lazy_names

TYPE_CHECKING = False  # importing `typing` would cost as much as all else here
if TYPE_CHECKING:
    from typing import Any

_HOME = {
    "CalibrationOptions": "calibration",
    "Ensemble": "sampling",
    "Model": "model",
    "Scenario": "scenario",
    "SimcountyError": "errors",
    "Target": "scenario",
    "attribution": "comparison.attribution",
    "audit": "optimise.audit",
    "calibrate": "calibration",
    "compare": "comparison",
    "discover_scenarios": "sensitivity_analysis.scenario_discovery",
    "explore": "notebook",
    "fit_model_error": "model_error",
    "judge": "judgement",
    "load": "scenario",
    "load_model": "model",
    "load_region": "counties.region",
    "open_sweep": "sweeps",
    "panel": "accounts.dataset",
    "read_sources": "accounts.sources",
    "report": "files.report",
    "proof": "proofing",
    "run_region": "counties.region_run",
    "save": "files",
    "save_scenario": "scenario",
    "score": "scoring.hindcast",
    "seek": "optimise.goal_seek",
    "sensitivity": "sensitivity_analysis",
    "simulate": "simulation",
    "sweep": "sweeps",
    "sweep_region": "sweeps.region_futures",
    "summary": "sweeps.probabilities",
    "validate": "validation",
    "vary": "sampling",
    "verdicts": "presentation.verdicts",
}

__all__ = sorted([*_HOME, "plot"])


_load = lazy_names("simcounty", _HOME)


def __getattr__(name: str) -> Any:
    return import_module("simcounty.plot") if name == "plot" else _load(name)


def __dir__() -> list[str]:
    return __all__
