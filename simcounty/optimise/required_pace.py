"""Required pace of a target, for which no model is needed: what it asks a year, and what was observed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import xarray as xr

from simcounty.calendar import by_year
from simcounty.judgement import is_met, margin_of, series_of
from simcounty.scenario import Scenario, Target
from simcounty.units import express

PaceUnit = Literal["points", "percent", "amount"]
"""What a pace is measured in: percentage points, per cent, or an amount in the target's unit, each a year."""


@dataclass(frozen=True)
class StartingPoint:
    """What a target starts from: the end of a year, and the value in the target's unit; NaN if not known.

    observed: whether the value was observed; else the run starts with it. met: whether it meets the goal.
    """

    year: float
    value: float
    observed: bool
    met: bool


@dataclass(frozen=True)
class ObservedPeriod:
    """The change a year between two observed years."""

    start: int
    end: int
    per_year: float


@dataclass(frozen=True)
class RequiredPace:
    """What a target asks a year: 0 where it is met from the start, NaN where no number is known."""

    unit: PaceUnit
    since: StartingPoint
    until: float
    per_year: float
    observed: tuple[ObservedPeriod, ...]


def required_pace(scenario: Scenario, target: Target, baseline: xr.Dataset) -> RequiredPace:
    """Return what a target asks a year since it was last observed, or else since the run's start.

    baseline: one run of the baseline, for what was not observed. A number that is still 0 some years into the
    run counts from the last of these years.
    """
    until = float(scenario.years.end if target.year is None else target.year)
    seen = {year: value for year, value in _observed(scenario, target).items() if year < until}
    if seen:
        last = max(seen)
        since = StartingPoint(last, seen[last], observed=True, met=_meets(target, seen[last]))
    else:
        since = _first_of_run(target, baseline, until)
    goal = _nearest_goal(target, since.value)
    unit = _pace_unit(target, [*seen.values(), goal, since.value])
    periods = tuple(
        ObservedPeriod(start, end, _pace(unit, seen[start], seen[end], end - start))
        for start, end in pairwise(sorted(seen))
    )
    return RequiredPace(unit, since, until, _pace(unit, since.value, goal, until - since.year), periods)


def _pace(unit: PaceUnit, old: float, new: float, years: float) -> float:
    return 100.0 * ((new / old) ** (1.0 / years) - 1.0) if unit == "percent" else (new - old) / years


def _pace_unit(target: Target, numbers: Iterable[float]) -> PaceUnit:
    """Return what changes of a target are measured in; per cent needs positive numbers, and a unit."""
    if target.unit == "%":
        return "points"
    positive = all(each > 0.0 for each in numbers if not math.isnan(each))
    return "percent" if positive and target.unit not in ("", "Dmnl") else "amount"


def _nearest_goal(target: Target, value: float) -> float:
    """Return the number nearest to a value that meets a target; NaN for a target without a number."""
    if math.isnan(target.goal) or math.isnan(value):
        return math.nan
    most = target.goal if target.up_to is None else target.up_to
    low = -math.inf if target.operator in ("<=", "<") else target.goal
    high = math.inf if target.operator in (">=", ">") else most
    return min(max(value, low), high)


def _observed(scenario: Scenario, target: Target) -> dict[int, float]:
    """Return what was observed, by year, in the target's unit; of several in a year the first of the file."""
    stock = scenario.model.accumulator(target.variable) if target.measure == "year" else None
    unit = scenario.model.graph.elements[stock or target.variable].unit
    factor = express(1.0, unit, target.unit)
    seen: dict[int, float] = {}
    for each in scenario.county.observations:
        if each.variable == target.variable:
            seen.setdefault(each.year, each.value * factor)
    return seen


def _first_of_run(target: Target, baseline: xr.Dataset, until: float) -> StartingPoint:
    """Return what a run starts with: its first level, or the total of its first complete calendar year."""
    yearly = by_year(baseline) if target.measure == "year" else baseline
    series = series_of(yearly, target.variable).dropna("time")
    series = series.sel(time=series.time < until)
    if not series.size:
        return StartingPoint(math.nan, math.nan, observed=False, met=False)
    first = float(series[0]) * express(1.0, series.attrs.get("units", ""), target.unit)
    still = int((series.values != 0.0).argmax()) - 1 if first == 0.0 and series.values.any() else 0
    return StartingPoint(math.floor(float(series.time[still]) + 1e-6), first, False, _meets(target, first))


def _meets(target: Target, value: float) -> bool:
    """Return whether a value meets a target; a single value cannot meet a trend."""
    if target.operator == "decreasing":
        return False
    return bool(is_met(target, margin_of(target, xr.DataArray(value))))
