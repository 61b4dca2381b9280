"""Forecasts of what was left out, on a record whose truth is known: intervals hold as often as they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from simcounty.accounts.census import Unit
from simcounty.accounts.panel import Figure, Panel
from simcounty.model_error.fit import fit_outcome, persistence, shocks_of, tails_of
from simcounty.model_error.holdout import leave_out
from simcounty.model_error.record import BEFORE, Record
from simcounty.model_error.recovery import recover
from simcounty.model_error.specification import moved, scaled, specification

PROVINCES, EACH = 20, 40
YEARS = tuple(range(2011, 2024))
BETWEEN, WITHIN = 0.03, 0.06  # of a year, of a random walk


def walk(random: np.random.Generator, size: int, deviation: float, years: int) -> np.ndarray:
    return np.cumsum(deviation * random.normal(size=(size, years)), axis=1)


@pytest.fixture(scope="module")
def record() -> Record:
    """One outcome, as GDP; the model foretells a fifth, its error is told by one predictor besides."""
    random = np.random.default_rng(1)
    counties = PROVINCES * EACH
    units = tuple(Unit(f"{place // EACH + 11}{place:04}", "某县", "", "某省") for place in range(counties))
    predictors = random.normal(size=(counties, len(specification().predictor)))
    shared = np.repeat(walk(random, PROVINCES, BETWEEN, 12), EACH, axis=0)
    along = np.arange(1, 13) / 12
    error = 0.2 * predictors[:, :1] * along + shared + walk(random, counties, WITHIN, 12)
    foretold = np.tile(0.2 * along, (counties, 1))
    first = np.full((counties, 1), np.nan)
    changes = [np.hstack([np.zeros_like(first), foretold]), np.hstack([first, foretold + error])]
    yearly = walk(random, counties, WITHIN, len(BEFORE))
    yearly += np.repeat(walk(random, PROVINCES, BETWEEN, len(BEFORE)), EACH, axis=0)
    gdp = next(each for each in specification().outcome if each.variable == "gdp")
    pace = 0.01 * random.normal(size=(counties, 1))
    level = 5 * np.ones((counties, 1))
    return Record(
        units,
        (gdp,),
        YEARS,
        predictors,
        pace,
        level,
        changes[0][:, None],
        changes[1][:, None],
        yearly[:, None],
    )


@pytest.fixture(scope="module")
def tested(record: Record) -> xr.Dataset:
    return leave_out(record)


@pytest.mark.parametrize("how", ["province", "county"])
def test_intervals_hold_what_came_as_often_as_they_say(tested: xr.Dataset, how: str) -> None:
    inside = tested.coverage.sel(left_out=how, outcome="gdp", year=2023)
    allowed = 0.15 if how == "province" else 0.06
    for interval in (0.5, 0.8, 0.9):
        assert float(inside.sel(interval=interval)) == pytest.approx(interval, abs=allowed)


def test_intervals_are_right_at_shorter_horizons_too(tested: xr.Dataset) -> None:
    """A county is fitted to its end alone; how errors grow is told by figures of earlier years."""
    inside = tested.coverage.sel(left_out="province", outcome="gdp", interval=0.9)
    for year in (2013, 2016, 2019):
        assert float(inside.sel(year=year)) == pytest.approx(0.9, abs=0.12)


def test_the_model_moved_by_its_misses_beats_rules_that_know_less(tested: xr.Dataset) -> None:
    error = tested.score.sel(left_out="province", outcome="gdp", measure="rmse")
    assert (
        float(error.sel(rule="model")) < float(error.sel(rule="others")) < float(error.sel(rule="unchanged"))
    )


def test_the_spread_of_forecasts_is_that_of_what_came(tested: xr.Dataset) -> None:
    assert tested.spread.values.ravel() == pytest.approx(1.0, abs=0.2)


def test_shocks_are_found_as_they_were_made(record: Record) -> None:
    shocks = shocks_of(record, [fit_outcome(record, 0)])
    assert shocks.county[0] * shocks.county_growth[0].variance(12.0) ** 0.5 == pytest.approx(
        WITHIN * 12**0.5, rel=0.1
    )
    freedom, _ = tails_of([fit_outcome(record, 0)])
    assert freedom > 15  # nothing heavy was made


def test_made_up_data_are_recovered(record: Record) -> None:
    assert 0.82 <= recover(record, 20)[0] <= 0.95


def accounts(record: Record, lasts: float) -> tuple[Record, Panel]:
    """GDP that grew to 2011 by a predictor of people, and after it by a part of that."""
    residents, pull = np.exp(record.start[:, 0]), record.predictors[:, 1]
    noise = 0.01 * np.random.default_rng(4).normal(size=len(pull))
    figures = [
        Figure(unit.code, "", "gdp", year, float(value), "made up")
        for year, level in ((2006, np.zeros(len(pull))), (2011, 0.05 * 5 * pull))
        for unit, value in zip(record.units, residents * np.exp(level + noise), strict=True)
    ]
    came = record.came.copy()
    came[:, 0, record.years.index(2023)] = lasts * 0.05 * 12 * pull + noise
    return replace(record, came=came), Panel.of(figures)


@pytest.mark.parametrize("lasts", [0.0, 0.6, 1.0])
def test_as_much_of_a_drift_lasts_as_lasted(record: Record, lasts: float) -> None:
    assert persistence(*accounts(record, lasts)) == pytest.approx(lasts, abs=0.08)


def test_without_earlier_figures_no_drift_is_taken_to_last(record: Record) -> None:
    assert persistence(record) == 0.0


def test_a_fraction_moved_by_an_error_stays_one() -> None:
    """A logit of 0 moved by ln 3 is three to one."""
    assert moved(np.array([0.5, 0.999]), np.array([np.log(3.0), 5.0]), "logit") == pytest.approx(
        [0.75, 0.999993], abs=1e-6
    )
    assert scaled(np.array([0.0, 1.0]), "log").tolist()[1] == 0.0
