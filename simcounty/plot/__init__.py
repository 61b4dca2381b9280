"""Figures in Chinese, legible in greyscale; each is loaded when it is first drawn."""

from __future__ import annotations

from simcounty.lazy import lazy_names

_HOME = {
    "accounts": "published",
    "audit": "attainable",
    "compare": "comparison",
    "differences": "comparison",
    "fan": "fan_chart",
    "holdout": "calibration",
    "morris": "sensitivity",
    "posterior": "calibration",
    "scatter": "sensitivity",
    "styled": "style",
    "scores": "hindcast",
    "tornado": "sensitivity",
    "trajectories": "time_series",
    "waterfall": "attribution",
}
"""Every figure, and the module here that draws it."""

__all__ = sorted(_HOME)


__getattr__ = lazy_names("simcounty.plot", _HOME)


def __dir__() -> list[str]:
    return __all__
