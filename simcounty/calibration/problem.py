"""What a calibration is: the parameters to fit with their priors, the observations, and the counties."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simcounty.model import Model
from simcounty.scenario import Scenario, Span
from simcounty.scenario.distributions import Distribution, described

EVERYWHERE = ""
"""The group of all counties together."""


@dataclass(frozen=True)
class Prior:
    """A parameter and its distribution before the data.

    The parameter is the value of the constants `keys`; if it is `relative`, the factor on each county's own
    values of them, within the range the model gives them. `by_province`: one value for each province, each
    with this prior, instead of one for all counties. `spread`: how much single counties may differ from the
    common value: the scale of the half-normal prior of the standard deviation between counties, in standard
    deviations of this prior; 0 where all counties share the value.
    """

    name: str
    keys: tuple[str, ...]
    distribution: Distribution
    label: str
    unit: str
    source: str = ""
    assumption: str = ""
    relative: bool = False
    by_province: bool = False
    spread: float = 0.0

    def record(self) -> dict[str, Any]:
        """Return the prior as plain data."""
        how = {"keys": self.keys, "relative": self.relative, "by_province": self.by_province}
        return {**described(self.distribution), **how, "spread": self.spread}


@dataclass(frozen=True)
class Observable:
    """A number that a run gives and that was observed too.

    The sum of the elements `keys`, divided by the element `per` if there is one: at the end of `year`, or in
    that calendar year if it is a `flow`; minus the same of the year `since` if there is one. With `log`,
    logarithms are taken: errors are relative and a difference is growth. `error` is the standard deviation of
    an observation on that scale; `discrepancy` the scale of the half-normal prior of the model's own error
    besides, 0 for none. `possible` bounds what can be observed. `counties` are those it holds for, all if
    empty. A `forecast` is predicted for counties left out of the fit.
    """

    name: str
    label: str
    unit: str
    keys: tuple[str, ...]
    year: int
    per: str = ""
    since: int | None = None
    flow: bool = False
    log: bool = False
    error: float = 0.0
    discrepancy: float = 0.0
    possible: tuple[float, float] = (-math.inf, math.inf)
    counties: tuple[str, ...] = ()
    forecast: bool = False

    @property
    def years(self) -> tuple[int, ...]:
        """The years it is made from."""
        return (self.year,) if self.since is None else (self.since, self.year)

    @property
    def elements(self) -> tuple[str, ...]:
        """The elements of the model it is made from."""
        return (*self.keys, *([self.per] if self.per else []))

    def level_at(self, year: int) -> Observable:
        """Return the same quantity as a level at the end of another year."""
        return replace(self, year=year, since=None, flow=False)

    def allows(self, value: float) -> bool:
        """Return whether a value, before any logarithm, can have been observed; NaN cannot."""
        low, high = self.possible
        return low <= value <= high and (value > 0.0 or not self.log)

    def compute(self, level: Callable[[str, int], Any]) -> Any:
        """Compute the observable on its own scale, NaN where there is no logarithm.

        `level(element, year)` gives the element at the end of the year, or its flow of that year; an array
        gives an array.
        """
        import numpy as np

        found = []
        for year in self.years:
            total = sum(level(key, year) for key in self.keys)
            with np.errstate(divide="ignore", invalid="ignore"):
                total = total / level(self.per, year) if self.per else total
                found.append(np.log(total) if self.log else total)
        value = found[0] if len(found) == 1 else found[1] - found[0]
        return np.where(np.isfinite(value), value, np.nan)


@dataclass(frozen=True)
class ObservedValue:
    """An observation on the scale of its observable, and its standard error."""

    value: float
    error: float
    source: str


@dataclass(frozen=True, eq=False)
class ObservedCounty:
    """A county to run and what was observed there, by the name of the observable.

    `trend` is its natural population growth a year at the start, NaN where it is not known.
    """

    scenario: Scenario
    observed: Mapping[str, ObservedValue]
    trend: float = math.nan

    @property
    def name(self) -> str:
        return self.scenario.county.name or self.scenario.name

    @property
    def title(self) -> str:
        return self.scenario.county.title or self.scenario.title

    @property
    def code(self) -> str:
        return self.scenario.county.code

    @property
    def province(self) -> str:
        return self.scenario.county.province


@dataclass(frozen=True, eq=False)
class Calibration:
    """A calibration file bound to its model."""

    name: str
    title: str
    path: Path
    hash: str
    model: Model
    years: Span
    priors: tuple[Prior, ...]
    observables: tuple[Observable, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters that are fitted."""
        return tuple(prior.name for prior in self.priors)

    @property
    def elements(self) -> tuple[str, ...]:
        """The elements of the model that observables are made from."""
        return tuple(dict.fromkeys(key for each in self.observables for key in each.elements))

    def levels_at(self, year: int) -> Calibration:
        """Return the same with each observable as a level at the end of a year."""
        return replace(self, observables=tuple(each.level_at(year) for each in self.observables))


def observations_hash(counties: Sequence[ObservedCounty]) -> str:
    """Return a SHA-256 that the same observations share."""
    rows = [[c.name, name, each.value, each.error] for c in counties for name, each in c.observed.items()]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
