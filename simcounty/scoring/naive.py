"""Rules that need no model: what a planner would say of a figure from what was known of counties by a year.

    constant     the last figure stands
    own_growth   its growth between its last two figures goes on; of one figure alone, as by the next rule
    province     the mean of such growth of the other counties of its province goes on, else of all others
    regression   growth as its start tells it: least squares on the level a head and the number of residents
    carried      the last figures, carried by the rule that makes starting values (`accounts/carry.py`)

Growth is a year's, of logarithms for amounts, of points for fractions; each of the first four carries the
last figure on by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simcounty.accounts.carry import carried
from simcounty.accounts.panel import Panel
from simcounty.scoring.measures import Floats

NAIVE = ("constant", "own_growth", "province", "regression", "carried")
FEWEST = 10  # counties from which a regression is told


@dataclass(frozen=True)
class LastFigures:
    """The last two figures of every county that has any: years and values; nan where there is but one.

    `residents` are those of the census.
    """

    codes: tuple[str, ...]
    years: Floats
    values: Floats
    residents: Floats

    @classmethod
    def of(cls, panel: Panel, figure: str, residents: Mapping[str, float]) -> LastFigures:
        """Return them for the counties of a panel whose residents are known; figures not above 0 are no use.

        >>> from simcounty.accounts.panel import shipped
        >>> LastFigures.of(shipped(), "gdp", {"330122": 453_106.0}).values[0, 1].item()
        469.23
        """
        place, year, value = panel.table(figure)
        known = (panel.levels[place] == "county") & (value > 0) if len(place) else np.zeros(0, bool)
        place, year, value = place[known], year[known], value[known]
        last = np.flatnonzero(np.diff(place, append=-1) != 0)
        last = last[[panel.codes[each] in residents for each in place[last]]]
        before = np.maximum(last - 1, 0)
        alone = (last == 0) | (place[before] != place[last]) if len(last) else np.zeros(0, bool)
        years = np.stack([np.where(alone, np.nan, year[before]), year[last]], axis=1)
        values = np.stack([np.where(alone, np.nan, value[before]), value[last]], axis=1)
        codes = tuple(panel.codes[each] for each in place[last])
        return cls(codes, years, values, np.array([residents[code] for code in codes]))


def carried_on(panel: Panel, figure: str, codes: Sequence[str], years: Sequence[int]) -> Floats:
    """Return the figures of counties as the rule of starting values carries them: (county, year)."""
    found = [carried(panel, code, figure, year) for code in codes for year in years]
    values = np.array([each.value if each else np.nan for each in found])
    return values.reshape(len(codes), len(years))


def grown(last: LastFigures, years: Sequence[int], log: bool) -> Floats:
    """Return the last figures carried on by the growth of each rule but the last: (rule, county, year).

    >>> two = LastFigures(("330122",), np.array([[2019.0, 2020.0]]), np.array([[2.0, 3.0]]), np.array([1.0]))
    >>> grown(two, [2021], log=False)[:2, 0, 0].tolist()
    [3.0, 4.0]
    """
    levels = np.log(last.values) if log else last.values
    growth = (levels[:, 1] - levels[:, 0]) / (last.years[:, 1] - last.years[:, 0])
    province = _of_others(last.codes, growth)
    own = np.where(np.isfinite(growth), growth, province)
    rates = np.stack([np.zeros(len(growth)), own, province, _by_regression(last, growth, log)])
    ahead = np.array(years, float) - last.years[:, 1:]
    made: Floats = levels[:, 1:] + rates[:, :, None] * ahead
    return np.exp(made) if log else made


def _of_others(codes: Sequence[str], growth: Floats) -> Floats:
    """Return for each county the mean growth of the others of its province, else of all others."""
    known = np.isfinite(growth)
    _, province = np.unique([code[:2] for code in codes], return_inverse=True)
    found = np.full(len(growth), np.nan)
    for groups in (np.zeros(len(growth), int), province):  # what the province tells stands over the nation
        number = np.bincount(groups, known, 1)[groups] - known
        total = np.bincount(groups, np.where(known, growth, 0.0), 1)[groups] - np.where(known, growth, 0.0)
        found = np.where(number > 0, total / np.maximum(number, 1), found)
    return found


def _by_regression(last: LastFigures, growth: Floats, log: bool) -> Floats:
    """Return growth as the start tells it, by what the counties' last two figures say of the relation."""
    before, now = (_predictors(last.values[:, at], last.residents, log) for at in (0, 1))
    known = np.isfinite(growth) & np.isfinite(before).all(axis=1)
    if known.sum() < FEWEST:
        return np.full(len(growth), np.nan)
    weights, *_ = np.linalg.lstsq(before[known], growth[known], rcond=None)
    found: Floats = now @ weights
    return found


def _predictors(values: Floats, residents: Floats, log: bool) -> Floats:
    """Return a column of ones, the level a head (of a fraction: the level), and the size."""
    level = np.log(values / residents) if log else values
    return np.stack([np.ones(len(values)), level, np.log(residents)], axis=1)
