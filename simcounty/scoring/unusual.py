"""Starts that nothing published resembles: ratios of a county's start beside those of all places and years.

A ratio is unusual where it lies outside the middle 99 % of what the panel holds of it, all places and years.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from simcounty.accounts.panel import shipped
from simcounty.model import Model
from simcounty.scenario import Scenario, Span
from simcounty.scoring.outcomes import start_ratios
from simcounty.simulation import run_scenarios

ENDS = (0.005, 0.995)


@dataclass(frozen=True)
class UnusualStart:
    """A ratio at the start of a run, the ends of what is published of it, and how many figures these are."""

    label: str
    value: float
    low: float
    high: float
    count: int


def unusual_starts(model: Model, level: Callable[[str], float]) -> list[UnusualStart]:
    """Return the ratios of a start that lie outside what is published; `level` gives an element's."""
    found = []
    for each in start_ratios():
        if not model.variables.keys() >= set(each.variables):
            continue
        above, *others = map(level, each.variables)
        value = above / others[0] if others else above
        low, high, count = _published(*each.figures)
        if not low <= value <= high:
            found.append(UnusualStart(each.label, value, low, high, count))
    return found


def unusual_of(scenario: Scenario) -> list[UnusualStart]:
    """Return the ratios of a scenario's start that lie outside what is published."""
    start = scenario.years.start
    result = run_scenarios([scenario.baseline.over(Span(start, start + 1))], "interpreted", "euler")
    return unusual_starts(scenario.model, lambda key: float(result.level(key, start)[0]))


@cache
def _published(above: str, below: str) -> tuple[float, float, int]:
    """Return the ends of the middle 99 % of the ratios of two figures, and how many there are."""
    tops, bottoms = (_figures(key) for key in (above, below))
    ratios = [tops[cell] / bottoms[cell] for cell in tops.keys() & bottoms.keys() if bottoms[cell] > 0]
    low, high = np.quantile(np.array(ratios), ENDS).tolist()
    return low, high, len(ratios)


def _figures(key: str) -> dict[tuple[int, int], float]:
    places, years, values = (column.tolist() for column in shipped().table(key))
    return dict(zip(zip(places, years, strict=True), values, strict=True))
