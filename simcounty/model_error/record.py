"""The record: how counties changed since the census of 2010, and how the model foretold it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from simcounty.accounts.census import DISTRICT, Unit, units_of
from simcounty.accounts.panel import Panel, shipped
from simcounty.calendar import by_year
from simcounty.calibration.census_counties import EARLIER, scenarios_of
from simcounty.counties.generate import baseline_of, new_counties
from simcounty.model_error.specification import (
    ErrorOutcomeShape,
    Floats,
    pace,
    predictors,
    scaled,
    specification,
)
from simcounty.sampling import Ensemble, differing
from simcounty.scenario import Scenario, Span
from simcounty.simulation import simulate, variables_needed

if TYPE_CHECKING:
    import xarray as xr

FIRST, NOW = 2010, 2020
BEFORE = range(2000, 2018)  # years of accounts before the economic census of 2018 moved them
FARTHEST = 2.0  # of a logarithm from the median change: farther off is another county, or another unit
FEW = 30  # counties that tell of an outcome
AHEAD = 10  # years over which a county's own pace is taken
CENSUS = "census_"


@dataclass(frozen=True, eq=False)
class Record:
    """Counties started from the census of 2010: what was known then, what was foretold, and what came.

    predictors: (counties, predictors). pace: the change a year that the model foretold, (counties, outcomes).
    foretold and came: changes since each outcome's first year on its scale, (counties, outcomes, years), nan
    where nothing is published; start: the first figure, (counties, outcomes). yearly: figures of `BEFORE` on
    their scale, (counties, outcomes, years), which tell how errors grow from year to year.
    """

    units: tuple[Unit, ...]
    outcomes: tuple[ErrorOutcomeShape, ...]
    years: tuple[int, ...]
    predictors: Floats
    pace: Floats
    start: Floats
    foretold: Floats
    came: Floats
    yearly: Floats

    @cached_property
    def province(self) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
        """The first two digits of the codes."""
        return np.array([unit.code[:2] for unit in self.units])

    def horizon(self, k: int) -> Floats:
        """Return the years since an outcome's first year."""
        return np.array(self.years, float) - self.outcomes[k].years[0]

    def span(self, k: int) -> float:
        """Return the years between an outcome's first and last figure."""
        first, last = self.outcomes[k].years
        return float(last - first)

    def at_end(self, k: int) -> Floats:
        """Return by how much more an outcome changed to its last year than foretold: (counties,)."""
        found: Floats = (self.came - self.foretold)[:, k, self.years.index(self.outcomes[k].years[1])]
        return found


def record(panel: Panel | None = None) -> Record:
    """Run all counties of both censuses from 2010, and hold their changes against those that came.

    Districts of today are left out: their people come and go with the city around them. `panel` has the
    figures; an outcome without enough of them is left out, such as GDP with what is shipped alone.
    """
    own = shipped() if panel is None else panel
    units = [unit for unit in units_of() if EARLIER + "residents" in unit.inputs]
    units = [unit for unit in units if not DISTRICT.search(unit.code)]
    wanted = specification().outcome
    years = tuple(range(FIRST + 1, 1 + max(each.years[1] for each in wanted)))
    run = simulated(scenarios_of(units), Span(FIRST, years[-1]))
    keys = dict.fromkeys(key for each in wanted for key in each.figures)
    figures = {key: _figures(own, key, units, (FIRST, *years)) for key in keys}
    money = {key: values[:, 1] for key, values in figures.items()}  # accounts begin a year after the census
    levels = yearly(run, wanted)
    actual = np.stack([_actual(each, units, figures, (FIRST, *years)) for each in wanted], axis=1)
    first = [each.years[0] - FIRST for each in wanted]
    rows = np.arange(len(wanted))
    foretold, came = (each - each[:, rows, first][:, :, None] for each in (levels, actual))
    came = _screened(came[:, :, 1:])
    came = np.where(np.array(years) > np.array([each.years[0] for each in wanted])[:, None], came, np.nan)
    known = [int(np.isfinite(came[:, k, years.index(each.years[1])]).sum()) for k, each in enumerate(wanted)]
    kept = [k for k, counties in enumerate(known) if counties >= FEW]
    return Record(
        tuple(units),
        tuple(wanted[k] for k in kept),
        years,
        predictors(run, money),
        pace(levels[:, kept, 1 : 2 + AHEAD], (0, AHEAD)),
        actual[:, rows, first][:, kept],
        foretold[:, kept, 1:],
        came[:, kept],
        np.stack([_before(own, wanted[k], units) for k in kept], axis=1),
    )


def start_of_now(units: Sequence[Unit], outcomes: Sequence[ErrorOutcomeShape]) -> tuple[Floats, Floats]:
    """Return predictors and paces of counties started from the census of 2020, by what is shipped."""
    counties = new_counties(units, NOW)
    run = simulated([baseline_of(each) for each in counties], Span(NOW, NOW + AHEAD + 1))
    levels = yearly(run, outcomes)
    return predictors(run), pace(levels[:, :, 1:], (0, AHEAD))


def simulated(scenarios: Sequence[Scenario], span: Span) -> xr.Dataset:
    """Run counties that differ in their values alone as one; keep what outcomes and predictors need."""
    base, table = scenarios[0].over(span), differing(scenarios)
    keep = variables_needed(base.model, *specification().read)
    run: xr.Dataset = simulate(Ensemble(base, table), keep=keep).transpose("member", ..., "time")
    return run.where(~run.failed)


def yearly(run: xr.Dataset, outcomes: Sequence[ErrorOutcomeShape]) -> Floats:
    """Return outcomes on their scale at the ends of years, flows as totals: (members, outcomes, years)."""
    ends = by_year(run.reset_coords(drop=True))  # without the constants, which slow it down
    return np.stack([scaled(ends[each.variable].to_numpy(), each.scale) for each in outcomes], axis=1)


def _figures(panel: Panel, key: str, units: Sequence[Unit], years: Sequence[int]) -> Floats:
    rows = {unit.code: row for row, unit in enumerate(units)}
    found = np.full((len(units), len(years)), np.nan)
    for place, year, value in zip(*panel.table(key), strict=True):
        if panel.codes[place] in rows and int(year) in years and value > 0:
            found[rows[panel.codes[place]], years.index(int(year))] = value
    return found


def _before(panel: Panel, outcome: ErrorOutcomeShape, units: Sequence[Unit]) -> Floats:
    if not outcome.figures:
        return np.full((len(units), len(BEFORE)), np.nan)
    parts = [_figures(panel, key, units, BEFORE) for key in outcome.figures]
    return scaled(parts[0] / parts[1] if len(parts) > 1 else parts[0], outcome.scale)


def _actual(
    outcome: ErrorOutcomeShape, units: Sequence[Unit], figures: Mapping[str, Floats], years: Sequence[int]
) -> Floats:
    """Return what was published of an outcome on its scale: (counties, years)."""
    if outcome.figures:
        values = [figures[key] for key in outcome.figures]
        return scaled(values[0] / values[1] if len(values) > 1 else values[0], outcome.scale)
    found = np.full((len(units), len(years)), np.nan)
    for year, begin in zip(outcome.years, (EARLIER, CENSUS), strict=True):
        columns = [[unit.inputs.get(begin + key, np.nan) for unit in units] for key in outcome.census]
        parts = np.array(columns)
        found[:, years.index(year)] = parts[0] / parts[1] if len(parts) > 1 else parts[0]
    return scaled(found, outcome.scale)


def _screened(changes: Floats) -> Floats:
    """Return changes without those that are too far from the median of their outcome and year."""
    with np.errstate(invalid="ignore"):
        middle = np.array([_median(each) for each in changes.reshape(len(changes), -1).T])
        far = np.abs(changes - middle.reshape(changes.shape[1:])) > FARTHEST
    return np.where(far, np.nan, changes)


def _median(column: Floats) -> float:
    known = column[np.isfinite(column)]
    return float(np.median(known)) if known.size else np.nan
