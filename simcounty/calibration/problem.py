"""What a calibration is: beliefs about a few constants, what was observed where, and the years between."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simcounty.errors import Findings, ScenarioError
from simcounty.model import Model
from simcounty.scenario import Observation, Scenario, Span, toml_files
from simcounty.scenario.distributions import Distribution, described

EVERYWHERE = ""
"""The group of all cases together."""


@dataclass(frozen=True)
class Prior:
    """What is believed of a parameter before the data are seen.

    It is the value of the constants `keys`; if it is `relative`, what each case's own values of them are
    multiplied by, as far as their ranges allow. `by_province`: one value for each province, each with this
    prior, instead of one for all cases. `spread`: how far single cases may lie from the common value, as
    the scale of a half-normal prior of the standard deviation between cases, in standard deviations of this
    prior; 0 where all cases share the value.
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


@dataclass(frozen=True)
class Observable:
    """A number that a run gives and that was observed too.

    The sum of the elements `keys`, over the element `per` if there is one: at the end of `year`, or in that
    calendar year if it is a `flow`; less the same of the year `since` if there is one. With `log` logarithms
    are taken, so that errors are relative and a difference is growth. `error` is how far an observation may
    be off, as a standard deviation on that scale; `discrepancy` the scale of the half-normal prior of how far
    the model may be off besides, 0 for not at all. `possible` are the ends an observation must lie between.
    `forecast` says that it is predicted for cases left out of the fit.
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
    cases: tuple[str, ...] = ()
    forecast: bool = False

    @property
    def years(self) -> tuple[int, ...]:
        """The years it is made from."""
        return (self.year,) if self.since is None else (self.since, self.year)

    @property
    def elements(self) -> tuple[str, ...]:
        """The elements of the model it is made from."""
        return (*self.keys, *([self.per] if self.per else []))


@dataclass(frozen=True)
class Seen:
    """An observation on the scale of its observable, and how far it may be off."""

    value: float
    error: float
    source: str


@dataclass(frozen=True, eq=False)
class Case:
    """A county to be run and what was seen there, by the name of the observable.

    `trend` is the natural growth of its people a year at the start, nan where it is not known.
    """

    scenario: Scenario
    seen: Mapping[str, Seen]
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
    def names(self) -> tuple[str, ...]:
        """The parameters that are calibrated."""
        return tuple(prior.name for prior in self.priors)

    @property
    def elements(self) -> tuple[str, ...]:
        """The elements of the model that observables are made from."""
        return tuple(dict.fromkeys(key for each in self.observables for key in each.elements))

    def told_priors(self) -> str:
        """Write the priors as text."""
        each = {prior.name: _told(prior) for prior in self.priors}
        return json.dumps(each, ensure_ascii=False)


def _told(prior: Prior) -> dict[str, Any]:
    how = {"keys": prior.keys, "relative": prior.relative, "by_province": prior.by_province}
    return {**described(prior.distribution), **how, "spread": prior.spread}


def data_hash(cases: tuple[Case, ...]) -> str:
    """Name what was seen: the same observations have the same hash."""
    seen = [[case.name, name, each.value, each.error] for case in cases for name, each in case.seen.items()]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()


def measured(observable: Observable, level: Callable[[str, int], Any]) -> Any:
    """Put a number together from the levels of elements at the ends of years, or their flows of a year.

    `level` may as well return arrays. What has no logarithm is nan.
    """
    import numpy as np

    found = []
    for year in observable.years:
        total = sum(level(key, year) for key in observable.keys)
        with np.errstate(divide="ignore", invalid="ignore"):
            total = total / level(observable.per, year) if observable.per else total
            found.append(np.log(total) if observable.log else total)
    value = found[0] if len(found) == 1 else found[1] - found[0]
    return np.where(np.isfinite(value), value, np.nan)


Known = Mapping[tuple[str, int], Observation]


def seen_in(calibration: Calibration, scenario: Scenario, findings: Findings) -> dict[str, Seen]:
    """Return what the series of a scenario's county say of each observable; none where a year lacks."""
    known = {(each.variable, each.year): each for each in scenario.county.observations}
    path, seen = scenario.county.observed, {}
    wanted = [each for each in calibration.observables if _counts(each, scenario)]
    for observable in wanted:
        if any((key, year) not in known for key in observable.elements for year in observable.years):
            continue
        with findings.at(path or scenario.name):
            _assert_possible(observable, known, path)
            seen[observable.name] = _seen(observable, known)
    return seen


def _counts(observable: Observable, scenario: Scenario) -> bool:
    county = scenario.county
    return not observable.cases or bool({*observable.cases} & {county.name, county.title, county.code})


def _seen(observable: Observable, known: Known) -> Seen:
    used = [known[key, year] for key in observable.elements for year in observable.years]
    value = float(measured(observable, lambda key, year: known[key, year].value))
    return Seen(value, observable.error, "; ".join(dict.fromkeys(each.source for each in used)))


def _assert_possible(observable: Observable, known: Known, path: Path | None) -> None:
    """Refuse what cannot be: a share above one, a negative number of people."""
    low, high = observable.possible
    for year in observable.years:
        plain = replace(observable, year=year, since=None, log=False)
        value = float(measured(plain, lambda key, at: known[key, at].value))
        fits = low < value if observable.log else low <= value
        if not (fits and value <= high):
            key = observable.keys[0]
            raise ScenarioError(
                f"line {_line(path, key, year)}: {key} of {year} is {known[key, year].value:g}, which makes "
                f"{observable.name} {value:g}; between {low:g} and {high:g} is possible. Mend the row."
            )


def _line(path: Path | None, key: str, year: int) -> int:
    """Return the line of a series that holds a variable's value of a year."""
    reader = csv.DictReader(io.StringIO(toml_files.text_of(path) if path else ""))
    found = (reader.line_num for row in reader if (row["variable"], row["year"]) == (key, str(year)))
    return next(found, 0)
