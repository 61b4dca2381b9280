"""Futures of the county model say their whole width, and start where the county stands."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import simcounty as sc
from simcounty.errors import InputError
from simcounty.model_error.error_model import fitted_hash
from simcounty.model_error.futures import WEIGHT, outcomes_behind, with_errors
from simcounty.model_error.observed import observations_since
from simcounty.scenario.county import Observation
from simcounty.sweeps.futures import observations_of
from simcounty.sweeps.probabilities import summary
from simcounty.sweeps.weights import quantiles, weights_of
from simcounty.sweeps.width import PARTS

N = 400


@pytest.fixture(scope="module")
def plan() -> sc.Scenario:
    return sc.load("tonglu/plan-2027")


@pytest.fixture(scope="module")
def futures(plan: sc.Scenario) -> xr.Dataset:
    return sc.sweep([plan, plan.baseline], N, seed=3)


@pytest.fixture(scope="module")
def narrow(plan: sc.Scenario) -> xr.Dataset:
    return sc.sweep([plan, plan.baseline], N, seed=3, forecast=False)


def level(futures: xr.Dataset, key: str, year: int) -> np.ndarray:
    return futures[key].isel(scenario=0).sel(time=year).values


def test_a_forecast_is_wider_than_its_parameters(futures: xr.Dataset, narrow: xr.Dataset) -> None:
    for key in ("gdp", "urbanisation_rate", "total_population"):
        assert level(futures, key, 2035).std() > 1.5 * level(narrow, key, 2035).std(), key


def test_it_passes_through_what_was_published_since_the_start(futures: xr.Dataset) -> None:
    """桐庐 produced 469.23 亿 in 2023 (县域统计年鉴2024版)."""
    made = futures.cumulative_gdp.isel(scenario=0)
    total = (made.sel(time=2023) - made.sel(time=2022)).values
    assert np.median(total) == pytest.approx(469.23, rel=0.02)
    assert total.std() < 0.05 * 469.23
    after = (made.sel(time=2027) - made.sel(time=2026)).values
    assert np.std(np.log(after)) > 0.1


def test_the_figures_it_was_brought_to_are_kept_with_it(
    futures: xr.Dataset, narrow: xr.Dataset, plan: sc.Scenario
) -> None:
    kept = observations_of(futures)
    assert len(kept) == futures.attrs["observed_since_start"]
    assert {each.year: each.value for each in kept if each.variable == "gdp"}[2023] == pytest.approx(469.23)
    assert kept == observations_since(plan.county, plan.model, plan.years)
    assert observations_of(narrow) == ()


@pytest.mark.parametrize("chunk", [7, 64])
def test_what_it_is_cut_into_changes_no_bit_of_runs_chances_or_widths(plan: sc.Scenario, chunk: int) -> None:
    """A policy's delay is followed as finely whichever members are run beside a member."""
    uncut, cut = (sc.sweep(plan, 120, chunk=size) for size in (8192, chunk))
    xr.testing.assert_equal(cut, uncut)
    xr.testing.assert_equal(summary(cut), summary(uncut))


def test_plan_and_baseline_keep_the_same_errors(futures: xr.Dataset, plan: sc.Scenario) -> None:
    one, two = (
        futures.gdp.sel(scenario=each).sel(time=2022).values for each in (plan.name, f"{plan.name} baseline")
    )
    assert one == pytest.approx(two, rel=1e-9)  # the plan begins in 2023


def test_members_weigh_as_they_foretold_what_came(futures: xr.Dataset) -> None:
    weights = weights_of(futures)
    assert weights is not None
    assert weights.values.mean() == pytest.approx(1.0)
    assert 0.2 * N < weights.effective < N
    assert weights.pareto_k < 0.7
    assert weights.power == 1.0


def test_few_members_that_would_carry_all_are_tempered(futures: xr.Dataset) -> None:
    sharp = futures.assign_coords({WEIGHT: ("member", -0.5 * np.linspace(0, 300, N) ** 2)})
    weights = weights_of(sharp)
    assert weights is not None
    assert weights.power < 1.0


def test_a_summary_says_where_the_width_comes_from(futures: xr.Dataset) -> None:
    found = sc.summary(futures).sel(scenario="tonglu/plan-2027")
    for target in ("gdp-2027", "urbanisation-2027"):
        width = found.width.sel(target=target)
        assert float(width.sum()) == pytest.approx(1.0)
        assert float(width.sel(part="model_error")) > 0.4
    assert found.part.values.tolist() == list(PARTS)
    assert float(found.width.sel(target="standard-land-2027", part="delivery")) > 0.9
    gdp = found.sel(target="gdp-2027")
    assert float(gdp.prior_low) < float(gdp.prior_high)
    assert gdp.prior.item() in json.loads(futures.attrs["inputs"])


def test_what_no_figure_tells_of_has_no_model_error_but_moves_with_what_it_is_part_of() -> None:
    assert outcomes_behind("standard_land_share") == ()
    assert outcomes_behind("zone_output") == outcomes_behind("gdp") == ("gdp",)


def test_errors_move_levels_and_what_adds_them_up_alike(plan: sc.Scenario, narrow: xr.Dataset) -> None:
    """A tenth more every year: the stock gains a tenth more of what it gained."""
    run = narrow.isel(scenario=0, drop=True).reset_coords(drop=True)
    years = run.sizes["time"] - 1
    errors = np.zeros((N, 7, years))
    errors[:, 2] = np.log(1.1)
    made = with_errors(run, errors, plan.model)
    assert made.gdp.values[:, 1:] == pytest.approx(1.1 * run.gdp.transpose("member", "time").values[:, 1:])
    gained = (run.cumulative_gdp - run.cumulative_gdp.isel(time=0)).transpose("member", "time").values
    assert (made.cumulative_gdp - made.cumulative_gdp.isel(time=0)).values == pytest.approx(1.1 * gained)
    assert np.array_equal(
        made.urbanisation_rate.values, run.urbanisation_rate.transpose("member", "time").values
    )


def test_points_of_a_plan_are_no_draws_of_what_may_come(plan: sc.Scenario) -> None:
    grid = sc.sweep(plan, 2, vary={"forward_inflation": ("0 %", "2 %")}, design="factorial")
    assert grid.attrs["model_error"] == ""


def test_quantiles_of_equal_weights_are_those_without() -> None:
    values = np.random.default_rng(0).normal(size=1001)
    points = (0.05, 0.5, 0.95)
    assert quantiles(values, points, np.ones(1001)) == pytest.approx(
        quantiles(values, points, None), abs=0.02
    )


def test_the_attributes_say_what_futures_rest_on(futures: xr.Dataset) -> None:
    assert futures.attrs["model_error"] == fitted_hash()
    assert futures.attrs["observed_since_start"] == 7
    assert "hangzhou_2023" in " ".join(map(str, futures.coords))
    assert json.loads(futures.attrs["inputs"])


def test_figures_that_cannot_be_are_refused_by_name(plan: sc.Scenario) -> None:
    wrong = (Observation("gdp", 2021, 0.0, "made up"), Observation("urbanisation_rate", 2021, 1.3, "made up"))
    county = replace(plan.county, observations=wrong)
    with pytest.raises(InputError) as refused:
        sc.sweep(replace(plan, county=county), 10)
    assert "gdp of 2021 = 0: above 0 is possible" in str(refused.value)
    assert "urbanisation_rate of 2021 = 1.3: between 0 and 1 is possible" in str(refused.value)


def test_a_figure_that_no_future_comes_near_is_said(plan: sc.Scenario) -> None:
    far = replace(plan.county, observations=(Observation("gdp", 2021, 4140.0, "ten times too high"),))
    found = sc.summary(sc.sweep(replace(plan, county=far), 200))
    assert -2 * found.attrs["nearest"] > 100
