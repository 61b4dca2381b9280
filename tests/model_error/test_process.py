"""Errors of futures: as wide as the model error says, and bent to what was observed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simcounty.model_error import fitted_error_model
from simcounty.model_error.observations import Observations
from simcounty.model_error.process import ErrorProcess, Observed

N, START, YEARS = 20_000, 2020, tuple(range(2021, 2036))
GDP = 2


@pytest.fixture(scope="module")
def process() -> ErrorProcess:
    fitted = fitted_error_model()
    return ErrorProcess(fitted, START, YEARS, np.full(len(fitted.outcomes), 0.01), "330122", "浙江省")


@pytest.fixture(scope="module")
def drawn(process: ErrorProcess) -> np.ndarray:
    return process.draw(range(N), seed=1)


def seen(process: ErrorProcess, year: int, value: float, noise: float = 0.001) -> ErrorProcess:
    of = Observed(np.array([GDP]), np.array([year]), np.array([value]), np.array([noise]))
    return replace(process, observed=of)


def test_errors_begin_small_and_grow_as_the_model_error_says(
    process: ErrorProcess, drawn: np.ndarray
) -> None:
    made = process.model_error
    heavy = made.tails / (made.tails - 2)
    ahead = np.arange(1.0, 16.0)
    said = heavy * made.county[GDP, GDP] * made.county_growth[GDP].variance(ahead)
    said += made.province[GDP, GDP] * made.province_growth[GDP].variance(ahead)
    assert drawn[:, GDP].std(axis=0) == pytest.approx(np.sqrt(said), rel=0.06)
    assert drawn[:, GDP].mean(axis=0) == pytest.approx(0.01 * np.minimum(ahead, 12), abs=0.02)


def test_outcomes_of_one_county_go_together_as_they_did(process: ErrorProcess, drawn: np.ndarray) -> None:
    made = process.model_error
    revenue = made.outcomes.index("tax_revenue")
    said = made.county[GDP, revenue] / np.sqrt(made.county[GDP, GDP] * made.county[revenue, revenue])
    assert np.corrcoef(drawn[:, GDP, 0], drawn[:, revenue, 0])[0, 1] == pytest.approx(said, abs=0.15)
    assert said > 0.1


def test_a_figure_leads_every_run_to_itself_and_fans_open_from_there(
    process: ErrorProcess, drawn: np.ndarray
) -> None:
    foretold = np.random.default_rng(0).normal(5.0, 0.1, size=(N, 1))
    (brought,), _ = Observations((seen(process, 2023, 5.2),)).bring([drawn], [foretold])
    levels = foretold + brought[:, GDP]
    assert levels[:, 2] == pytest.approx(np.full(N, 5.2), abs=0.02)
    assert levels[:, 2].std() < levels[:, 3].std() < levels[:, 6].std()
    assert levels[:, 6].std() < np.hypot(0.1, drawn[:, GDP, 6].std())


def test_a_run_weighs_by_how_well_it_foretold_what_came(process: ErrorProcess, drawn: np.ndarray) -> None:
    """Normal: the logarithm falls by half the squared distance in deviations."""
    expected = 0.01 * 3
    foretold = np.array([[5.2 - expected], [5.1 - expected], [4.0 - expected]])
    bent = seen(process, 2023, 5.2)
    _, weights = Observations((bent,)).bring([drawn[:3]], [foretold])
    assert weights[0] == pytest.approx(0.0, abs=1e-12)
    assert weights[1] > weights[2]
    assert weights[2] / weights[1] == pytest.approx((1.2 / 0.1) ** 2)


def test_draws_are_the_same_however_they_are_cut(process: ErrorProcess, drawn: np.ndarray) -> None:
    assert np.array_equal(process.draw(range(7, 12), seed=1), drawn[7:12])
    assert not np.array_equal(process.draw(range(5), seed=2), drawn[:5])


def test_counties_of_a_province_share_its_part(process: ErrorProcess, drawn: np.ndarray) -> None:
    beside = replace(process, place="330127").draw(range(N), seed=1)
    elsewhere = replace(process, place="610528", province="陕西省").draw(range(N), seed=1)
    together = np.corrcoef(drawn[:, GDP, -1], beside[:, GDP, -1])[0, 1]
    apart = np.corrcoef(drawn[:, GDP, -1], elsewhere[:, GDP, -1])[0, 1]
    assert together > 0.3
    assert abs(apart) < 0.05
