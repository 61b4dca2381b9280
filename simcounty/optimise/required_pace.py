"""Arithmetic of a target, for which no model is needed: what it asks for a year, and what the record gave."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import xarray as xr

from simcounty.calendar import by_year
from simcounty.judgement import is_met, margin_of, series_of
from simcounty.scenario import Scenario, Target
from simcounty.scenario.binding import converted

Pace = Literal["points", "percent", "amount"]
"""How a change is told: percentage points, per cent, or an amount in the target's unit, each a year."""

SHARES = ("%",)  # units in which a change is told in points
PACES: Mapping[Pace, Callable[[float, float, float], float]] = {
    "points": lambda old, new, years: (new - old) / years,
    "percent": lambda old, new, years: 100.0 * ((new / old) ** (1.0 / years) - 1.0),
    "amount": lambda old, new, years: (new - old) / years,
}


@dataclass(frozen=True)
class Since:
    """Where a target starts from: the end of a year, and the value in the target's unit.

    observed: whether it was; else it is what the run starts with. met: whether that meets the goal already.
    """

    year: float
    value: float
    observed: bool
    met: bool


@dataclass(frozen=True)
class Step:
    """What the record gave between two observed years, a year."""

    start: int
    end: int
    per_year: float


@dataclass(frozen=True)
class Fact:
    """What a target asks for a year: nought where it is met from the start, nan where that cannot be told."""

    pace: Pace
    since: Since | None
    until: float
    per_year: float
    record: tuple[Step, ...]


def fact_of(scenario: Scenario, target: Target, baseline: xr.Dataset) -> Fact:
    """Return what a target asks for a year since it was last observed, else since the run's start.

    baseline: one run of it, for what was not observed. A number that is still nought some years into the run
    counts from the last of these.
    """
    until = float(scenario.years.end if target.year is None else target.year)
    seen = {year: value for year, value in _observed(scenario, target).items() if year < until}
    since = _since(target, seen) if seen else _started(target, baseline, until)
    goal = math.nan if since is None else _nearest_goal(target, since.value)
    pace = _pace(target, [*seen.values(), goal, *([since.value] if since else [])])
    years = sorted(seen)
    record = tuple(
        Step(start, end, PACES[pace](seen[start], seen[end], end - start)) for start, end in pairwise(years)
    )
    per_year = math.nan if since is None else PACES[pace](since.value, goal, until - since.year)
    return Fact(pace, since, until, per_year, record)


def _pace(target: Target, numbers: Iterable[float]) -> Pace:
    """Return how changes of a target are told; per cent need numbers above nought, and a unit."""
    if target.unit in SHARES:
        return "points"
    above = all(each > 0.0 for each in numbers if not math.isnan(each))
    return "percent" if above and target.unit not in ("", "Dmnl") else "amount"


def _nearest_goal(target: Target, value: float) -> float:
    """Return the nearest number that meets a target: the value itself where it does; nan without a number."""
    if math.isnan(target.goal):
        return math.nan
    most = target.goal if target.up_to is None else target.up_to
    low = -math.inf if target.operator in ("<=", "<") else target.goal
    high = math.inf if target.operator in (">=", ">") else most
    return min(max(value, low), high)


def _observed(scenario: Scenario, target: Target) -> dict[int, float]:
    """Return what was observed, by year, in the target's unit; of several in a year the first of the file."""
    stock = scenario.model.accumulator(target.variable) if target.measure == "year" else None
    unit = scenario.model.graph.elements[stock or target.variable].unit
    factor = converted(1.0, unit, target.unit)
    seen: dict[int, float] = {}
    for each in scenario.county.observations:
        if each.variable == target.variable:
            seen.setdefault(each.year, each.value * factor)
    return seen


def _since(target: Target, seen: Mapping[int, float]) -> Since:
    last = max(seen)
    return Since(last, seen[last], True, _meets(target, seen[last]))


def _started(target: Target, baseline: xr.Dataset, until: float) -> Since | None:
    """Return where a run starts: its first level, or the total of the first year it holds whole."""
    yearly = by_year(baseline) if target.measure == "year" else baseline
    series = series_of(yearly, target.variable).dropna("time")
    series = series.sel(time=series.time < until)
    if not series.size:
        return None
    first = float(series[0]) * converted(1.0, series.attrs.get("units", ""), target.unit)
    still = int((series.values != 0.0).argmax()) - 1 if first == 0.0 and series.values.any() else 0
    return Since(math.floor(float(series.time[still]) + 1e-6), first, False, _meets(target, first))


def _meets(target: Target, value: float) -> bool:
    """Tell whether a value meets a target; of a trend a single value says nothing."""
    if target.operator == "decreasing":
        return False
    return bool(is_met(target, margin_of(target, xr.DataArray(value))))
