"""Measures of a run, the bands they must lie in, and what was measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simcounty.dataset import Result
from simcounty.errors import InputError
from simcounty.judgement import series_of

if TYPE_CHECKING:
    import xarray as xr


ROUNDING = 1e-9  # of an end of a band: less is the rounding of units and percentages


@dataclass(frozen=True)
class Band:
    """The interval a number must lie in, both ends included; an infinite end is open."""

    low: float = -math.inf
    high: float = math.inf

    def holds(self, value: float) -> bool:
        """Return whether a number lies inside; nan does not."""
        return self.outside(value) <= 0.0

    def outside(self, value: float) -> float:
        """Return how far a number lies outside, negative inside; infinite for nan."""
        return float(self.outsides(np.array(value)))

    def outsides(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far each of many numbers lies outside; see `outside`."""
        open_end = np.full_like(values, -math.inf)
        below = open_end if self.low == -math.inf else self.low - abs(self.low) * ROUNDING - values
        above = open_end if self.high == math.inf else values - self.high - abs(self.high) * ROUNDING
        return np.where(np.isnan(values), math.inf, np.maximum(below, above))


@dataclass(frozen=True)
class Predicate:
    """One measure of one variable that must lie in a band in every year, for every element.

    `keys` are the elements measured; where the flow of the calendar year is meant, `stocks` accumulate them.
    `of` is the element an elasticity refers to, `of_stock` the stock that accumulates it.
    """

    variable: str
    keys: tuple[str, ...]
    years: tuple[int, ...]
    measure: str
    band: Band
    unit: str = ""
    stocks: tuple[str, ...] = ()
    of: str = ""
    of_stock: str = ""

    @property
    def elements(self) -> tuple[str, ...]:
        """The keys of the elements it is read from."""
        return tuple(filter(None, (*self.keys, *self.stocks, self.of, self.of_stock)))


@dataclass(frozen=True)
class Measurement:
    """The smallest and the largest number measured, and whether the band holds them.

    `note` names where the worst of them was measured, or the reason of an exception.
    """

    variable: str
    years: tuple[int, ...]
    measure: str
    low: float
    high: float
    band: Band
    holds: bool
    unit: str = ""
    note: str = ""


Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MeasureInputs:
    """The numbers that measures are computed from, each (elements, years); `start` is (elements, 1)."""

    run: Floats
    against: Floats
    start: Floats
    of_run: Floats
    of_against: Floats


def _relative(new: Floats, old: Floats) -> Floats:
    """Return the change relative to the old value; 0 where both are 0, not finite where only the old is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = (new - old) / np.abs(old)
    return np.where((new == 0.0) & (old == 0.0), 0.0, moved)


def _elasticity(inputs: MeasureInputs) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = _relative(inputs.run, inputs.against) / _relative(inputs.of_run, inputs.of_against)
    return np.where(np.isfinite(ratio), ratio, np.nan)


MEASURES: Mapping[str, Callable[[MeasureInputs], Floats]] = {
    "value": lambda inputs: inputs.run,
    "drift": lambda inputs: _relative(inputs.run, inputs.start),
    "change": lambda inputs: _relative(inputs.run, inputs.against),
    "difference": lambda inputs: inputs.run - inputs.against,
    "elasticity": _elasticity,
}


def measure(predicate: Predicate, run: xr.Dataset, against: xr.Dataset) -> Measurement:
    """Measure one predicate on a single run, compared with another where the measure is a change."""
    keys, years = predicate.stocks or predicate.keys, predicate.years
    flow, of_flow = bool(predicate.stocks), bool(predicate.of_stock)
    of = [predicate.of_stock or predicate.of] if predicate.of else []
    inputs = MeasureInputs(
        run=levels(run, keys, years, flow),
        against=levels(against, keys, years, flow),
        start=_first(run, keys, flow),
        of_run=levels(run, of, years, of_flow),
        of_against=levels(against, of, years, of_flow),
    )
    return measurement_of(predicate, MEASURES[predicate.measure](inputs))


def measurement_of(
    predicate: Predicate, numbers: Floats, member_name: Callable[[int], str] = "member {}".format
) -> Measurement:
    """Return the ends of numbers (elements, years[, members]), and the place of the one furthest outside."""
    place = worst_place(predicate.band, numbers)
    holds = predicate.band.holds(float(numbers[place]))
    known = numbers[~np.isnan(numbers)]
    where = f"{predicate.keys[place[0]]} {predicate.years[place[1]]}"
    member = f", {member_name(place[2])}" if len(place) > 2 else ""
    return Measurement(
        variable=predicate.variable,
        years=predicate.years,
        measure=predicate.measure,
        low=float(known.min()) if known.size else float("nan"),
        high=float(known.max()) if known.size else float("nan"),
        band=predicate.band,
        holds=holds,
        unit=predicate.unit,
        note="" if holds else where + member,
    )


def worst_place(band: Band, numbers: Floats) -> tuple[int, ...]:
    """Return the index of the number furthest outside a band; of a missing number, if there is one."""
    missing = np.isnan(numbers)
    ends = [int(missing.argmax())] if missing.any() else [int(numbers.argmin()), int(numbers.argmax())]
    furthest = max(ends, key=lambda end: band.outside(float(numbers.flat[end])))
    return tuple(int(i) for i in np.unravel_index(furthest, numbers.shape))


def levels(run: xr.Dataset | Result, keys: Sequence[str], years: Sequence[int], flow: bool) -> Floats:
    """Return levels at the ends of years, or what was added in each year, (elements, years[, members])."""
    found = [_at(run, key, years) - (_at(run, key, [y - 1 for y in years]) if flow else 0.0) for key in keys]
    return np.array(found)


def _at(run: xr.Dataset | Result, key: str, years: Sequence[int]) -> Any:
    if isinstance(run, Result):
        return np.array([run.level(key, year) for year in years])
    series = series_of(run, key).transpose("time", ...)
    try:
        return series.sel(time=list(years), method="nearest", tolerance=1e-6).values
    except KeyError:
        raise InputError(f"{key}: the run does not hold the end of every year of {list(years)}.") from None


def _first(run: xr.Dataset, keys: Sequence[str], flow: bool) -> Floats:
    """Return the first levels of a run, or the flows of the first calendar year that is complete."""
    start = float(run.time.values[0])
    if flow:
        return levels(run, keys, [int(np.ceil(start - 1e-6)) + 1], flow)
    return np.array([series_of(run, key).values[..., :1] for key in keys])
