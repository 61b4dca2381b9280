"""What a check file asks, bound to its model, and what is found: frozen values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simcounty.errors import InputError
from simcounty.judgement import series_of
from simcounty.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr


MOST_WAIVED = 5
"""How many checks of a scorecard may fail with a reason before it fails as a whole."""

ROUNDING = 1e-9  # of an end of a band: less is the rounding of units and percentages


@dataclass(frozen=True)
class Band:
    """What a number must lie in, both ends included; an infinite end is open."""

    low: float = -math.inf
    high: float = math.inf

    def holds(self, value: float) -> bool:
        """Tell whether a number lies inside; what is no number does not."""
        return self.outside(value) <= 0.0

    def outside(self, value: float) -> float:
        """Return how far a number lies outside, negative inside; infinite for what is no number."""
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

    `keys` are the elements looked at and `stocks` what accumulates them, where the flow of the
    calendar year is meant. `of` is the element an elasticity is of, `of_stock` what accumulates it.
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
class Case:
    """One check, bound: the run it looks at, the run that is compared with, and what must hold.

    `kind` is the key of its table, such as "scenario" or "signs"; `question` is what a special check asks.
    """

    it: str
    kind: str
    run: Scenario
    against: Scenario
    predicates: tuple[Predicate, ...] = ()
    question: Any = None
    waiver: str = ""


@dataclass(frozen=True)
class Battery:
    """A check file bound to its model: `base` is the run that nothing is laid over."""

    path: Path
    describe: str
    base: Scenario
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Measured:
    """What was measured: the smallest and the largest number met, and the band they must lie in.

    `note` says where the worst of them was met, or why an exception is made.
    """

    variable: str
    years: tuple[int, ...]
    measure: str
    low: float
    high: float
    band: Band
    kept: bool
    unit: str = ""
    note: str = ""


@dataclass(frozen=True)
class Score:
    """How one check came out; `kept` says whether it holds, `waiver` why a failure is lived with."""

    file: Path
    describe: str
    it: str
    kind: str
    kept: bool
    measured: tuple[Measured, ...] = ()
    detail: str = ""
    waiver: str = ""

    @property
    def result(self) -> str:
        """Return "pass", "fail" or "waived"."""
        return "pass" if self.kept else "waived" if self.waiver else "fail"


Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """What the measures are made from, each (elements, years); `start` is (elements, 1)."""

    run: Floats
    against: Floats
    start: Floats
    of_run: Floats
    of_against: Floats


def _relative(new: Floats, old: Floats) -> Floats:
    """Return the change relative to the old value; nothing where both are nought, no number where one is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = (new - old) / np.abs(old)
    return np.where((new == 0.0) & (old == 0.0), 0.0, moved)


def _elasticity(read: Reading) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = _relative(read.run, read.against) / _relative(read.of_run, read.of_against)
    return np.where(np.isfinite(ratio), ratio, np.nan)


MEASURES: Mapping[str, Callable[[Reading], Floats]] = {
    "value": lambda read: read.run,
    "drift": lambda read: _relative(read.run, read.start),
    "change": lambda read: _relative(read.run, read.against),
    "difference": lambda read: read.run - read.against,
    "elasticity": _elasticity,
}


def measured(predicate: Predicate, run: xr.Dataset, against: xr.Dataset) -> Measured:
    """Measure one predicate on two single runs, and say whether it holds."""
    numbers = MEASURES[predicate.measure](_reading(predicate, run, against))
    return summary(predicate, numbers)


def summary(predicate: Predicate, numbers: Floats) -> Measured:
    """Sum up numbers (elements, years[, members]) by their ends and by the one that lies furthest outside."""
    place = worst_place(predicate.band, numbers)
    kept = predicate.band.holds(float(numbers[place]))
    known = numbers[~np.isnan(numbers)]
    where = f"{predicate.keys[place[0]]} {predicate.years[place[1]]}"
    member = f", member {place[2]}" if len(place) > 2 else ""
    return Measured(
        variable=predicate.variable,
        years=predicate.years,
        measure=predicate.measure,
        low=float(known.min()) if known.size else float("nan"),
        high=float(known.max()) if known.size else float("nan"),
        band=predicate.band,
        kept=kept,
        unit=predicate.unit,
        note="" if kept else where + member,
    )


def worst_place(band: Band, numbers: Floats) -> tuple[int, ...]:
    """Return the place of the number furthest outside a band; of one that is missing, if any is."""
    missing = np.isnan(numbers)
    ends = [int(missing.argmax())] if missing.any() else [int(numbers.argmin()), int(numbers.argmax())]
    furthest = max(ends, key=lambda end: band.outside(float(numbers.flat[end])))
    return tuple(int(i) for i in np.unravel_index(furthest, numbers.shape))


def _reading(predicate: Predicate, run: xr.Dataset, against: xr.Dataset) -> Reading:
    keys, years = predicate.stocks or predicate.keys, predicate.years
    flow, of_flow = bool(predicate.stocks), bool(predicate.of_stock)
    of = [predicate.of_stock or predicate.of] if predicate.of else []
    return Reading(
        run=levels(run, keys, years, flow),
        against=levels(against, keys, years, flow),
        start=_first(run, keys, flow),
        of_run=levels(run, of, years, of_flow),
        of_against=levels(against, of, years, of_flow),
    )


def levels(run: xr.Dataset, keys: Sequence[str], years: Sequence[int], flow: bool) -> Floats:
    """Return levels at the ends of years, or what was added in each year: (elements, years).

    A run with members adds their dimension at the end.
    """
    found = [_at(run, key, years) - (_at(run, key, [y - 1 for y in years]) if flow else 0.0) for key in keys]
    return np.array(found)


def _at(run: xr.Dataset, key: str, years: Sequence[int]) -> Any:
    series = series_of(run, key).transpose("time", ...)
    try:
        return series.sel(time=list(years), method="nearest", tolerance=1e-6).values
    except KeyError:
        raise InputError(f"{key}: the run does not hold the end of every year of {list(years)}.") from None


def _first(run: xr.Dataset, keys: Sequence[str], flow: bool) -> Floats:
    """Return the first levels of a run, or the flows of the first calendar year it holds whole."""
    start = float(run.time.values[0])
    if flow:
        return levels(run, keys, [int(np.ceil(start - 1e-6)) + 1], flow)
    return np.array([series_of(run, key).values[..., :1] for key in keys])
