"""A county's own figures carried to another year, along what the counties of its province did meanwhile.

Every two figures of a county at most six years apart give a rate of growth for each of the years between. The
growth of a year in a province is the median of its counties, drawn towards that of all counties where they
are few; years in which nobody was observed twice take the provinces' own series. So breaks that all counties
share, such as the revisions after an economic census, are part of the year they fall in, and single years
differ as the nation's did. Between two of its figures a county keeps both ends, or the one of the same
definition where a break lies before the other; beyond the last year known to anybody it goes on as in the two
years before.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcounty import toml_files
from simcounty.accounts.panel import NATION, NO_FIGURES, Panel, level_of
from simcounty.accounts.variables import Level, variables
from simcounty.toml_files import Shape

LONGEST_PAIR = 6  # years between two figures that still tell a rate
TOWARDS_NATION = 20  # counties of a province that weigh as much as the nation
FEWEST = 10  # pairs from which a year's growth is told
COPIED = "; github:"  # in a source, what follows says where it was copied
LAST_YEARS = 2  # whose growth goes on
LONGEST = 15  # years over which a figure is carried
SPREAD_FILE = "scenarios/panel/carry.toml"
PAIR = np.dtype([("place", np.int32), ("start", np.int32), ("end", np.int32), ("rate", np.float64)])


class Variance(Shape):
    """How far the rule misses: variance of the logarithm at once, and by year; `beyond` is a deviation."""

    at_once: float
    a_year: float
    beyond: float


class CarrySpreadShape(Shape):
    """The file of errors of the rule."""

    variance: dict[str, Variance]


@dataclass(frozen=True)
class Carried:
    """A figure for a year: its own or carried there, from the years it rests on.

    `source` is where they stand.
    `sd` is how far the rule misses, as the standard deviation of the logarithm; 0 for a figure of the year.
    `grown`: whether the growth of other counties is known; if not, it stays as it was.
    """

    value: float
    year: int
    years: tuple[int, ...]
    sd: float = 0.0
    source: str = ""
    grown: bool = True


def carried(panel: Panel, code: str, variable: str, year: int, own: Panel = NO_FIGURES) -> Carried | None:
    """Return a place's figure of a year, or the nearest ones carried there; None where there are none.

    `own` are figures that stand before the panel's.

    >>> from simcounty.accounts.panel import shipped
    >>> carried(shipped(), "330122", "bank_loans", 2023).value
    1218.44
    """
    both = {**panel.years(code, variable), **own.years(code, variable)}
    known = {each: value for each, value in both.items() if value > 0}

    def source(years: Iterable[int]) -> str:
        texts = (_source(own, code, variable, each) or _source(panel, code, variable, each) for each in years)
        return " and ".join(dict.fromkeys(texts))

    if year in known:
        return Carried(known[year], year, (year,), source=source([year]))
    before = max((each for each in known if each < year), default=None)
    after = min((each for each in known if each > year), default=None)
    ends = [each for each in (before, after) if each is not None and abs(each - year) <= LONGEST]
    about, level = variables()[variable], level_of(code)
    ends = [each for each in ends if about.comparable(each, year, level)] or ends
    if not ends:
        return None
    growth = growth_of(panel, variable, code[:2])
    logs = [math.log(known[end]) + growth.between(end, year) for end in ends]
    weight = (year - ends[0]) / (ends[1] - ends[0]) if len(ends) == 2 else 0.0
    log = logs[0] + weight * (logs[-1] - logs[0])
    sd, grown = _spread(variable, year, ends, growth.last), bool(growth.rates)
    return Carried(math.exp(log), year, tuple(ends), sd, source(ends), grown)


def _source(panel: Panel, code: str, variable: str, year: int) -> str:
    """Return where a panel has a figure from, without where that was copied."""
    return panel.source(code, variable, year).partition(COPIED)[0]


@dataclass(frozen=True)
class YearlyGrowth:
    """The growth of the logarithm from the end of each year to that of the next, and what it is beyond."""

    first: int
    rates: tuple[float, ...]

    def between(self, start: int, end: int) -> float:
        """Return the growth from one year to another; negative backwards."""
        if end < start:
            return -self.between(end, start)
        return math.fsum(self._rate(year) for year in range(start, end))

    @property
    def last(self) -> int:
        """The last year that anybody knows."""
        return self.first + len(self.rates)

    def _rate(self, year: int) -> float:
        place = year - self.first
        if 0 <= place < len(self.rates):
            return self.rates[place]
        ends = self.rates[:LAST_YEARS] if place < 0 else self.rates[-LAST_YEARS:]
        return math.fsum(ends) / len(ends) if ends else 0.0


@lru_cache(maxsize=512)
def growth_of(panel: Panel, variable: str, province: str) -> YearlyGrowth:
    """Return the yearly growth of a variable in the counties of a province, given by its two digits."""
    pairs = _pairs(panel, variable, "county")
    if not pairs.size:
        return YearlyGrowth(0, ())
    first, last = int(pairs["start"].min()), int(pairs["end"].max())
    pairs, course = _steadied(pairs, _course(panel, variable, first, last), first)
    own = np.array([each.startswith(province) for each in panel.codes])
    rates = [_rate(pairs, own, year) for year in range(first, last)]
    if any(rate is None for rate in rates):
        provinces = _pairs(panel, variable, "province")
        rates = [
            _rate(provinces, own, year) if rate is None else rate
            for year, rate in zip(range(first, last), rates, strict=True)
        ]
    return YearlyGrowth(first, tuple(np.add(_filled(rates), course).tolist()))


def _course(panel: Panel, variable: str, first: int, last: int) -> NDArray[np.float64]:
    """Return by how much the nation grew faster each year than in the mean; 0 where nobody tells."""
    nation = panel.years(NATION, variable)
    rates = [
        math.log(nation[year + 1] / nation[year]) if {year, year + 1} <= nation.keys() else np.nan
        for year in range(first, last)
    ]
    known = np.array(rates)
    return np.nan_to_num(known - np.nanmean(known)) if np.isfinite(known).any() else np.zeros(last - first)


def _steadied(
    pairs: NDArray[Any], course: NDArray[np.float64], first: int
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return pairs with the rates they would have in mean years, and what each year adds to them.

    A pair that spans the epidemic tells the mean of its years, of which one fell and the next made up for it.
    """
    until = np.concatenate([[0.0], np.cumsum(course)])
    start, end = pairs["start"] - first, pairs["end"] - first
    steady = pairs.copy()
    steady["rate"] -= (until[end] - until[start]) / (end - start)
    return steady, course


def _rate(pairs: NDArray[Any], own: NDArray[np.bool_], year: int) -> float | None:
    """Return the growth of a year by the pairs of figures that span it; None where they are too few."""
    spanning = pairs[(pairs["start"] <= year) & (pairs["end"] > year)]
    if len(spanning) < FEWEST:
        return None
    nation = float(np.median(spanning["rate"]))
    here = spanning["rate"][own[spanning["place"]]]
    weight = len(here) / (len(here) + TOWARDS_NATION)
    return weight * float(np.median(here)) + (1 - weight) * nation if len(here) else nation


def _filled(rates: list[float | None]) -> tuple[float, ...]:
    """Return rates with the mean of all in place of those nobody tells."""
    told = [rate for rate in rates if rate is not None]
    mean = math.fsum(told) / len(told) if told else 0.0
    return tuple(mean if rate is None else rate for rate in rates)


@lru_cache(maxsize=64)
def _pairs(panel: Panel, variable: str, level: Level) -> NDArray[Any]:
    """Return each two neighbouring figures of places of a level: place, years, and the rate between them."""
    place, year, value = panel.table(variable)
    kept = (panel.levels[place] == level) & (value > 0) if len(place) else np.zeros(0, dtype=bool)
    place, year, log = place[kept], year[kept], np.log(value[kept])
    same = (place[1:] == place[:-1]) & (year[1:] - year[:-1] <= LONGEST_PAIR)
    span = (year[1:] - year[:-1])[same]
    rate = (log[1:] - log[:-1])[same] / span
    columns = [place[1:][same], year[:-1][same], year[1:][same], rate]
    pairs = np.empty(len(rate), dtype=PAIR)
    for name, column in zip(PAIR.names or (), columns, strict=True):
        pairs[name] = column
    return pairs


def _spread(variable: str, year: int, ends: list[int], last: int) -> float:
    """Return the deviation of what is carried: less between two figures, more beyond all knowledge."""
    variance = spreads().get(variable) or max(spreads().values(), key=lambda each: each.a_year)
    gaps = [abs(end - year) for end in ends]
    years = gaps[0] if len(gaps) == 1 else gaps[0] * gaps[1] / sum(gaps)
    beyond = max(0, year - max(last, ends[0])) if len(ends) == 1 else 0
    return math.sqrt(variance.at_once + variance.a_year * years + (variance.beyond * beyond) ** 2)


def spreads() -> Mapping[str, Variance]:
    """Return how far the rule misses, by variable."""
    return toml_files.shipped(SPREAD_FILE, CarrySpreadShape).variance
