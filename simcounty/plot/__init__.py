"""Figures in Chinese, legible in greyscale; each is loaded when it is first drawn."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "audit": "attainable",
    "compare": "comparison",
    "differences": "comparison",
    "fan": "fan_chart",
    "holdout": "calibration",
    "morris": "sensitivity",
    "posterior": "calibration",
    "scatter": "inputs",
    "styled": "style",
    "tornado": "sensitivity",
    "trajectories": "time_series",
    "waterfall": "attribution",
}
"""Every figure, and the module here that draws it."""

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"simcounty.plot has no {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"simcounty.plot.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
