"""桐庐 and its two neighbours as one unit from 2020 and 2017, 桐庐 from 2010: one model, other starts."""

import numpy as np
import pytest
import xarray as xr

import simcounty as sc
from simcounty.scenario import Scenario, load

START = {
    "three-counties/baseline": {
        "residents": 1_224_772, "urban": 706_049, "outside": 165_670,
        "registered": 1_380_000, "real_gdp": 1028,
    },
    "three-counties/from-2017": {
        "residents": 1_209_554, "urban": 651_168, "outside": 150_077,
        "registered": 1_380_000, "real_gdp": 1005,
    },
    "tonglu/from-2010": {
        "residents": 406_450, "urban": 228_918, "outside": 69_778,
        "registered": 403_550, "real_gdp": 266.2,
    },
}  # fmt: skip


@pytest.fixture(scope="module", params=START)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def scenario(name: str) -> Scenario:
    return load(name)


@pytest.fixture(scope="module")
def run(scenario: Scenario) -> xr.Dataset:
    result: xr.Dataset = sc.simulate(scenario)
    return result


def test_it_starts_from_its_numbers(name: str, run: xr.Dataset) -> None:
    start, known = run.isel(time=0), START[name]
    assert float(start.total_population) == pytest.approx(known["residents"], abs=1)
    assert float(start.urban_population) == pytest.approx(known["urban"], abs=1)
    outside = start.group_size.sel(group="unsettled_outside")
    assert float(outside) == pytest.approx(0.8 * known["outside"], abs=1)
    assert float(start.registered_population) == pytest.approx(known["registered"], rel=1e-5)
    assert float(start.real_gdp) == pytest.approx(known["real_gdp"], rel=0.002)


def test_its_ages_are_those_of_its_start(scenario: Scenario, run: xr.Dataset) -> None:
    ages = run.population.isel(time=0).sum("group")
    for age in map(str, ages.age.values):
        counted = scenario.model.constants[f"initial_residents_by_age[{age}]"].value
        assert float(ages.sel(age=age)) == pytest.approx(counted, rel=0.005), age


def test_its_ages_add_up_to_the_residents(name: str, scenario: Scenario) -> None:
    constants = scenario.model.constants
    ages = [constants[key].value for key in constants if key.startswith("initial_residents_by_age[")]
    assert len(ages) == 17
    assert sum(ages) == START[name]["residents"]


def test_every_balance_holds_and_every_value_is_finite(run: xr.Dataset) -> None:
    balances = [str(key) for key in run if str(key).startswith("check_")]
    assert balances
    for balance in balances:
        assert float(np.abs(run[balance]).max()) < 1e-9, balance
    assert all(np.isfinite(run[key]).all() for key in run if "time" in run[key].dims)


def test_budget_and_fund_pay_in_the_first_years(run: xr.Dataset) -> None:
    first = run.isel(time=run.time <= float(run.time[0]) + 5)
    assert float(first.general_payout.min()) > 0.99
    assert float(first.fund_payout.min()) > 0.99


def test_every_value_is_of_the_year_the_run_starts_in(scenario: Scenario) -> None:
    assert {value.year for value in scenario.county.values} == {scenario.years.start}


def test_the_three_counties_are_compared_with_their_accounts() -> None:
    for name in ("three-counties/baseline", "three-counties/from-2017"):
        observed = {(each.variable, each.year) for each in load(name).county.observations}
        for variable in ("gdp", "tax_revenue", "general_expenditure", "bank_loans"):
            assert {(variable, year) for year in range(2018, 2023)} <= observed


def test_the_start_of_2017_spends_what_was_spent_in_2018() -> None:
    spent = sc.simulate(load("three-counties/from-2017"), keep=["general_expenditure"]).general_expenditure
    of_2018 = spent.sel(time=slice(2017, 2018))
    assert float(of_2018.integrate("time")) == pytest.approx(159.8, rel=0.005)


def test_the_start_of_2017_differs_from_that_of_2020_in_levels_alone() -> None:
    earlier, later = load("three-counties/from-2017").county, load("three-counties/baseline").county
    values = {value.key: value.value for value in later.values}
    behaviour = {"fertility_level", "mortality_level", "away_return_rate", "arrival_rate"}
    for value in earlier.values:
        if value.key in behaviour or value.basis.startswith("as in three-counties.toml"):
            assert value.value == values[value.key], value.key


def test_the_fitted_values_of_the_decade_say_so_and_no_other_does() -> None:
    county = load("tonglu/from-2010").county
    fitted = {value.key for value in county.values if value.basis.startswith("fitted")}
    assert fitted == {"arrival_rate", "town_move_rate", "base_productivity_growth"}
