"""Runs judged by targets: value, goal, margin and whether each target is met."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from simcounty.errors import Findings, InputError, did_you_mean
from simcounty.scenario.target import COUNTING, Target
from simcounty.units import express

if TYPE_CHECKING:
    import xarray as xr

Numbers = np.ndarray[Any, Any]
Level = TypeVar("Level", "xr.DataArray", Numbers)

ROUNDING = 1e-9  # of the goal: a smaller miss is the rounding of units and percentages
ABOUT = 0.05  # of the goal: how far "about so many" may be off


@dataclass(frozen=True)
class Rule:
    """The meaning of an operator: how far a value is inside (`margin`), and how far outside still counts.

    `margin` takes the value, the goal and, where the document gives a range, its upper end; `slack` is a
    fraction of the goal.
    """

    margin: Callable[[Any, float, float], Any]
    slack: float


RULES: Mapping[str, Rule] = {
    ">=": Rule(lambda value, goal, _: value - goal, slack=ROUNDING),
    "<=": Rule(lambda value, _, high: high - value, slack=ROUNDING),
    ">": Rule(lambda value, goal, _: value - goal, slack=-ROUNDING),
    "<": Rule(lambda value, _, high: high - value, slack=-ROUNDING),
    "=": Rule(lambda value, goal, _: 0.0 - abs(value - goal), slack=ROUNDING),
    "~": Rule(lambda value, goal, _: ABOUT * abs(goal) - abs(value - goal), slack=ROUNDING),
    "between": Rule(lambda value, low, high: (value - low).clip(max=high - value), slack=ROUNDING),
    "decreasing": Rule(lambda fallen, *_: 0.0 - fallen, slack=0.0),
}
"""Where a document gives a range, its lower end is the minimum, its upper end the maximum."""

ACROSS: Mapping[str, Callable[[xr.DataArray, Target, xr.Dataset], xr.DataArray]] = {
    "sum": lambda value, target, run: value.sum("scenario", skipna=False),
    "mean": lambda value, target, run: _mean(value, target, run),
    "least": lambda value, target, run: value.min("scenario", skipna=False),
    "most": lambda value, target, run: value.max("scenario", skipna=False),
    "count": lambda value, target, run: _above(value, target).sum("scenario", skipna=False),
    "share": lambda value, target, run: 100.0 * _above(value, target).mean("scenario", skipna=False),
}
"""How the values of several counties, along `scenario`, become the one number of a target."""

COORDS = ("variable", "year", "operator", "unit", "measure", "clause", "document", "label", "kind")


def judge(dataset: xr.Dataset, targets: Iterable[Target]) -> xr.Dataset:
    """Judge every run in a dataset by targets.

    Returns value, goal, margin and met along `target`, and along `scenario` and `member` where the
    dataset has them; targets across counties take `scenario` together. `value`, `goal` and `margin` are
    in the target's own unit; `margin` is positive on the met side. A failed member's value is missing
    and never counts as met. Raises InputError, all findings at once, for what the dataset does not hold.

    >>> import simcounty as sc
    >>> plan = sc.load("tonglu/plan-2027")
    >>> bool(sc.judge(sc.simulate(plan), plan.targets).met.sel(target="standard-land-2027"))
    True
    """
    judged = list(targets)
    return _verdict(judged, values_of(judged, partial(value_of, dataset)))


def values_of(targets: Iterable[Target], value: Callable[[Target], Level]) -> list[Level]:
    """Return the value of each target; raise InputError, all findings at once, where one has none."""
    values, findings = [], Findings()
    for target in targets:
        with findings.at(f"target {target.name}"):
            values.append(value(target))
    findings.raise_as(InputError, "these targets cannot be judged:")
    return values


def value_of(dataset: xr.Dataset, target: Target) -> xr.DataArray:
    """Return the value of a target's measure in its unit: a level, the flow of a calendar year, or a change.

    A target without a year is measured at the end of the run; "decreasing" is the change since its start.
    """
    series = series_of(dataset, target.variable)
    if target.measure == "year":
        series = _accumulated(dataset, series, target.variable)
    first, last = series.time.values[[0, -1]].tolist()
    value = measured(target, partial(_at, series), first, last)
    if target.across:
        value = ACROSS[target.across](value, target, dataset)
    counted = target.across in COUNTING
    return value if counted else value * express(1.0, series.attrs.get("units", ""), target.unit)


def measured(target: Target, level: Callable[[float], Level], first: float, last: float) -> Level:
    """Return what a target measures in the unit of its levels, between the ends of a run."""
    levels = [level(time) for time in target.times or (last,)]
    value = levels[-1] if len(levels) == 1 else levels[1] - levels[0]
    return value - level(first) if target.operator == "decreasing" else value


def _mean(value: xr.DataArray, target: Target, dataset: xr.Dataset) -> xr.DataArray:
    if not target.weight:
        return value.mean("scenario", skipna=False)
    weight = series_of(dataset, target.weight)
    weight = _at(weight, (target.times or (float(weight.time[-1]),))[-1])
    return (value * weight).sum("scenario", skipna=False) / weight.sum("scenario", skipna=False)


def _above(value: xr.DataArray, target: Target) -> xr.DataArray:
    """Return 1 where a county is above `target.above`, 0 where not, nan where its run failed."""
    assert target.above is not None, "what counts counties says above which number"
    return (value > target.above).where(value.notnull())


def _verdict(targets: list[Target], values: list[xr.DataArray]) -> xr.Dataset:
    import xarray as xr

    names = xr.Variable("target", [target.name for target in targets])
    margins = [margin_of(each, value) for each, value in zip(targets, values, strict=True)]
    met = [is_met(each, margin) for each, margin in zip(targets, margins, strict=True)]
    about = {key: ("target", [getattr(target, key) for target in targets]) for key in COORDS}
    return xr.Dataset(
        {
            "value": _stacked(values),
            "goal": ("target", [target.goal for target in targets]),
            "margin": _stacked(margins),
            "met": _stacked(met).astype(bool),
        },
        coords={"target": names, **about},
    )


def margin_of(target: Target, value: Level) -> Level:
    """Return how far a value in the target's unit is on the met side of its goal."""
    margin: Level = RULES[target.operator].margin(value, target.goal, _most(target))
    return margin


def is_met(target: Target, margin: Level) -> Level:
    """Return whether a margin counts as met: the rounding of units and percentages is no miss."""
    scale = 0.0 if math.isnan(target.goal) else abs(target.goal)
    return margin >= -RULES[target.operator].slack * scale


def _most(target: Target) -> float:
    return target.goal if target.up_to is None else target.up_to


def _stacked(values: list[xr.DataArray]) -> xr.DataArray:
    import xarray as xr

    if not values:
        return xr.DataArray(np.empty(0), dims="target")
    return xr.concat(values, dim="target", coords="minimal", compat="override").drop_attrs()


def series_of(dataset: xr.Dataset, key: str) -> xr.DataArray:
    """Return the values of an element in time: "gdp", or "service_adequacy[school]"."""
    name, _, subscripts = key.partition("[")
    if name not in dataset:
        raise InputError(f"the run does not hold {name}.{did_you_mean(name, map(str, dataset))} Keep it.")
    series = dataset[name]
    dims = [str(dim) for dim in series.dims if dim not in ("scenario", "member", "time")]
    chosen = subscripts.removesuffix("]").split(",") if subscripts else []
    if len(chosen) != len(dims):
        raise InputError(f"{key} has the dimensions {dims}; name one element, such as {name}[…].")
    return series.sel(dict(zip(dims, chosen, strict=True)), drop=True)


def _accumulated(dataset: xr.Dataset, series: xr.DataArray, key: str) -> xr.DataArray:
    stock = series.attrs.get("accumulator")
    if not stock:
        raise InputError(f"no stock accumulates {key}, so its flow of a calendar year is not known.")
    return series_of(dataset, stock)


def _at(series: xr.DataArray, time: float) -> xr.DataArray:
    try:
        return series.sel(time=time, method="nearest", tolerance=1e-6).drop_vars("time", errors="ignore")
    except KeyError:
        first, last = series.time.values[[0, -1]]
        raise InputError(
            f"nothing is saved for TIME {time:g}; the run holds {first:g} to {last:g}."
        ) from None
