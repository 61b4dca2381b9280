"""The six counties beside 桐庐: people of the census, and a start at what was published of them."""

import csv

import pytest
import xarray as xr

import simcounty as sc
from simcounty.accounts.carry import carried
from simcounty.accounts.census import find_unit
from simcounty.accounts.panel import shipped
from simcounty.counties.generate import new_counties
from simcounty.scenario import Scenario, load

RESIDENTS = {
    "chunan": 328_957, "jiande": 442_709, "fuping": 642_452, "sanyuan": 357_250, "qishan": 365_209,
    "wugong": 317_733,
}  # fmt: skip
IN_TOWNS = {"chunan": 46.7, "jiande": 52.8, "fuping": 43.0, "sanyuan": 54.1, "qishan": 48.5, "wugong": 38.4}
SHAANXI = {"fuping": "渭南市", "sanyuan": "咸阳市", "wugong": "咸阳市", "qishan": "宝鸡市"}


@pytest.fixture(scope="module", params=RESIDENTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def scenario(name: str) -> Scenario:
    return load(f"{name}/baseline")


@pytest.fixture(scope="module")
def run(scenario: Scenario) -> xr.Dataset:
    result: xr.Dataset = sc.simulate(scenario)
    return result


def test_it_starts_from_the_people_of_the_census(name: str, run: xr.Dataset) -> None:
    start = run.isel(time=0)
    assert float(start.total_population) == pytest.approx(RESIDENTS[name], abs=1)
    assert 100 * float(start.urbanisation_rate) == pytest.approx(IN_TOWNS[name], abs=0.05)


def test_it_starts_near_the_gdp_that_was_published(scenario: Scenario, run: xr.Dataset) -> None:
    """The model builds less than the counties did, so it starts up to a sixth below."""
    published = carried(shipped(), scenario.county.code, "gdp", 2020)
    assert published is not None
    assert 0.85 * published.value < float(run.real_gdp[0]) < 1.07 * published.value


def test_it_balances_pays_and_stays_finite(run: xr.Dataset) -> None:
    for balance in ("check_population", "check_land", "check_cash", "check_equity"):
        assert float(abs(run[balance]).max()) < 1e-9
    first = run.sel(time=slice(2020, 2025))
    for payout in ("general_payout", "fund_payout", "platform_payout"):
        assert float(first[payout].min()) > 0.99


def test_it_keeps_the_rules_value_where_it_says_nothing_else(scenario: Scenario) -> None:
    rule = {each.key: each for each in new_counties([find_unit(scenario.county.code)])[0].values}
    same = [value for value in scenario.county.values if value.value == rule[value.key].value]
    assert len(same) >= 50
    for value in scenario.county.values:
        if value.kind != "assumed":
            assert value == rule[value.key]


def test_every_county_says_where_it_lies_and_which_group_documents_count_it_to() -> None:
    for name, prefecture in SHAANXI.items():
        county = load(f"{name}/baseline").county
        assert (county.prefecture, county.province) == (prefecture, "陕西省")
        assert county.is_meant_by("关中、陕北各县")
        assert not county.is_meant_by("陕南各县")
    assert load("chunan/baseline").county.is_meant_by("重点生态功能区")
    assert load("jiande/baseline").county.is_meant_by("jiande")


def test_chunan_admits_less_industry_and_is_paid_for_its_water() -> None:
    values = {value.key: value for value in load("chunan/baseline").county.values}
    assert values["industry_admission"].value == 0.55
    assert 328_957 * values["ecological_transfer_base"].value == pytest.approx(10e8, rel=0.001)  # 10 亿
    assert values["industry_admission"].kind == "assumed"


@pytest.mark.parametrize(("name", "ratio"), [("jiande", 54_750 / 30_675), ("chunan", 2.168)])
def test_incomes_start_at_the_ratio_that_was_published(name: str, ratio: float) -> None:
    start = sc.simulate(load(f"{name}/baseline"), keep=["income_ratio"]).income_ratio[0]
    assert float(start) == pytest.approx(ratio, abs=0.003)


def test_no_target_of_a_plan_stands_among_the_observations(scenario: Scenario) -> None:
    assert scenario.county.observations
    for each in scenario.county.observations:
        assert 1990 <= each.year <= 2025
    path = scenario.county.observed
    assert path is not None
    for row in csv.DictReader(path.read_text("utf-8").splitlines()):
        assert row["address"], row["variable"]


def test_the_census_years_are_observed(scenario: Scenario) -> None:
    seen = {(each.variable, each.year) for each in scenario.county.observations}
    for variable in ("total_population", "urban_population", "urbanisation_rate"):
        assert {(variable, 2010), (variable, 2020)} <= seen


def test_every_scenario_spans_the_years_to_2035(scenario: Scenario) -> None:
    assert (scenario.years.start, scenario.years.end) == (2020, 2035)
    assert scenario.baseline.model == scenario.model


ARCHETYPES = ("metro-satellite", "specialised", "farming", "ecological", "shrinking")


@pytest.fixture(scope="module")
def types() -> dict[str, xr.Dataset]:
    return {each: sc.simulate(load(f"archetypes/{each}")) for each in ARCHETYPES}


@pytest.mark.parametrize("name", ARCHETYPES)
def test_a_type_of_county_is_assumed_on_the_people_of_a_median_one(name: str) -> None:
    county = load(f"archetypes/{name}").county
    assert county.title.startswith(("大城市周边", "专业功能", "农产品主产区", "重点生态功能区", "人口流失"))
    assert not county.code  # no document means it
    assumed = [value for value in county.values if value.kind == "assumed"]
    assert len(assumed) >= 5
    assert all("by judgement for the type" in value.basis for value in assumed)
    assert sum(value.kind == "sourced" for value in county.values) >= 20


def test_every_type_runs_balances_and_pays(types: dict[str, xr.Dataset]) -> None:
    for name, run in types.items():
        for balance in ("check_population", "check_land", "check_cash", "check_equity"):
            assert float(abs(run[balance]).max()) < 1e-9, name
        for payout in ("general_payout", "fund_payout"):
            assert float(run[payout].sel(time=slice(2020, 2025)).min()) > 0.99, name


def test_the_types_differ_in_what_makes_them_types(types: dict[str, xr.Dataset]) -> None:
    def change(name: str, variable: str) -> float:
        return float(types[name][variable].sel(time=2035) / types[name][variable].sel(time=2020) - 1.0)

    people = {name: change(name, "total_population") for name in ARCHETYPES}
    assert min(people, key=lambda name: people[name]) == "shrinking"
    assert max(people, key=lambda name: people[name]) == "metro-satellite"
    growth = {name: change(name, "real_gdp") for name in ARCHETYPES}
    assert min(growth, key=lambda name: growth[name]) == "shrinking"
    farming = {name: float(run.farm_value_added[0] / run.real_gdp[0]) for name, run in types.items()}
    assert max(farming, key=lambda name: farming[name]) == "farming"
    quality = {name: float(run.ecological_quality[0]) for name, run in types.items()}
    assert max(quality, key=lambda name: quality[name]) == "ecological"
