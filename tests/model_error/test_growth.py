"""How errors grow: by hand, and against simulated ones."""

from __future__ import annotations

import numpy as np
import pytest

from simcounty.model_error.growth import Growth, fit_growth, variances

YEARS = np.arange(1.0, 13.0)


def test_a_random_walk_grows_with_the_years() -> None:
    assert Growth().variance(YEARS).tolist() == YEARS.tolist()
    assert Growth().covariance(Growth(), np.array([3.0]), np.array([8.0])).tolist() == [3.0]


def test_no_number_of_years_is_too_many() -> None:
    assert float(Growth().variance(150.0)) == 150.0
    assert Growth().covariance(Growth(), np.array([150.0]), np.array([90.0])).tolist() == [90.0]


def test_an_error_that_fades_has_the_variance_of_an_autoregression() -> None:
    """Of x(t) = a x(t−1) + s the variance after t years is (1 − a^2t) / (1 − a^2)."""
    assert Growth(0.8).variance(YEARS) == pytest.approx((1 - 0.8 ** (2 * YEARS)) / (1 - 0.64))


@pytest.mark.parametrize("growth", [Growth(), Growth(0.7), Growth(0.9, 0.5), Growth(1.0, 0.8)])
def test_errors_that_are_made_have_the_covariances_that_are_said(growth: Growth) -> None:
    made = growth.errors(np.random.default_rng(0).normal(size=(100_000, 12)))
    years = np.arange(1, 13)
    said = growth.covariance(growth, years[:, None], years[None])
    assert np.cov(made.T) == pytest.approx(said, rel=0.05, abs=0.02 * said.max())


@pytest.mark.parametrize("growth", [Growth(1.0, 0.0), Growth(0.8, 0.0), Growth(1.0, 0.5)])
def test_a_growth_is_found_from_its_own_variances(growth: Growth) -> None:
    short = YEARS[:6]
    end = float(growth.variance(12.0))
    assert fit_growth(short, growth.variance(short), end, 12.0) == growth


def test_without_yearly_figures_an_error_is_a_random_walk() -> None:
    nothing = np.zeros(0)
    assert fit_growth(nothing, nothing, 0.1, 10.0) == Growth()


def test_variances_within_and_between_provinces_are_told_apart() -> None:
    random = np.random.default_rng(3)
    province = np.repeat([f"{each:02}" for each in range(30)], 40)
    shared = np.repeat(np.cumsum(0.05 * random.normal(size=(30, 8)), axis=1), 40, axis=0)
    yearly = shared + np.cumsum(0.1 * random.normal(size=(1200, 8)), axis=1)
    horizons, within, between = variances(yearly, province)
    assert horizons.tolist() == [1, 2, 3, 4, 5, 6]
    assert within == pytest.approx(0.01 * horizons, rel=0.1)
    assert between == pytest.approx(0.0025 * horizons, rel=0.5)
