"""Counties made from the census by the rule of models/start.mdl: what is the census's, what is imputed."""

import re

import numpy as np
import pytest
from starting import COUNTY, RULE, of_rule

from simcounty import catalog, simulate
from simcounty.accounts.census import FOLDER, Unit, find_unit, units_of
from simcounty.accounts.own_accounts import own_accounts
from simcounty.accounts.panel import Panel, shipped
from simcounty.counties.generate import baseline_of, new_counties
from simcounty.errors import InputError
from simcounty.sampling import Ensemble
from simcounty.scenario import County, load, load_county
from simcounty.scenario.starting_values import Start, evaluated

HOME = catalog.home() / FOLDER


def made(name: str) -> County:
    return new_counties([find_unit(name)])[0]


def ensemble_of(counties: list[County]) -> Ensemble:
    values = np.array([[value.value for value in county.values] for county in counties]).T
    keys = [value.key for value in counties[0].values]
    return Ensemble(baseline_of(counties[0]), dict(zip(keys, values, strict=True)))


@pytest.fixture(scope="module")
def tonglu() -> County:
    return made("330122")


@pytest.fixture(scope="module")
def shaanxi() -> list[County]:
    return new_counties(units_of("陕西省"))


def test_what_the_census_says_of_tonglu_is_what_the_model_file_has_of_it(tonglu: County) -> None:
    sourced = {value.key: value.value for value in tonglu.values if value.kind == "sourced"}
    assert len(sourced) == 17 + 1 + 1 + 4  # ages, town share, working share, trades
    by_hand = {key: COUNTY.constants[key].value for key in sourced}
    assert sourced == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize(
    ("key", "apart"),
    [
        ("special_bond_quota", 0.10),
    ],
)
def test_what_is_imputed_for_tonglu_comes_near_what_was_found_by_hand(
    tonglu: County, key: str, apart: float
) -> None:
    own = {value.key: value.value for value in load_county("tonglu").values}
    found = {value.key: value.value for value in tonglu.values}
    assert found[key] == pytest.approx(own[key], rel=apart)


def test_every_value_says_what_it_rests_on(shaanxi: list[County]) -> None:
    for county in shaanxi:
        for value in county.values:
            assert value.kind in {"sourced", "derived", "imputed", "assumed"}, value.key
            assert value.basis, value.key
            assert "{" not in value.basis, value.key
            assert value.kind != "sourced" or value.basis.startswith("中国人口普查分县资料—2020")


def test_money_is_derived_from_a_countys_own_accounts_and_imputed_without() -> None:
    kinds = {value.key: value.kind for value in made("洛川县").values}
    without = {
        value.key: value.kind for value in new_counties([find_unit("洛川县")], panel=Panel.of([]))[0].values
    }
    for key in (
        "county_tax_level",
        "administration_cost",
        "initial_value_per_job[industry]",
        "business_loan_ratio",
    ):
        assert (kinds[key], without[key]) in {("derived", "imputed"), ("derived", "assumed")}, key


def test_the_accounts_of_the_year_are_what_the_start_computes() -> None:
    """The inverse of the rule: what the county's starting values imply is what the yearbook printed."""
    unit, year = find_unit("桐庐县"), 2023
    start = Start(unit, year, own_accounts(shipped(), unit, year))
    (yearly,) = evaluated(RULE, [start.inputs], ["yearly_gdp"])[0]
    (rate,) = evaluated(RULE, [start.inputs], ["revenue_over_non_farm_output"])[0]
    assert yearly == pytest.approx(469.23)
    assert rate * (yearly - 28.56) == pytest.approx(45.03)


def test_every_value_lies_in_the_range_of_the_model(shaanxi: list[County]) -> None:
    for county in shaanxi:
        baseline = baseline_of(county)
        for value in county.values:
            assert baseline.limits(value.key).hold(value.value), (county.title, value.key)


def test_a_value_brought_into_the_range_says_so(shaanxi: list[County]) -> None:
    moved = [value for county in shaanxi for value in county.values if "is outside [" in value.basis]
    assert moved
    for value in moved:
        said = re.search(r"(\S+) is outside \[(\S+), (\S+)\], .*; (\S+) taken", value.basis)
        assert said, value.basis
        assert float(said[4]) == pytest.approx(value.value)
        assert said[4] in (said[2], said[3])


def test_a_district_without_villages_keeps_a_thousandth_of_them() -> None:
    county = made("110101")  # 东城区, Beijing: 708,829 of 708,829 residents live in town
    share = next(value for value in county.values if value.key == "initial_town_share")
    assert share.value == 0.999
    assert share.kind == "derived"
    assert "a thousandth of the residents is left in them" in share.basis


def test_farmers_who_live_in_towns_are_left_out_and_farm_output_is_kept() -> None:
    unit = find_unit("洛川县")  # apples: more farm than labour lives in villages
    county = new_counties([unit])[0]
    values = {value.key: value for value in county.values}
    farming, counted = values["initial_job_weight[farming]"], unit.inputs["census_sample_workers[farming]"]
    assert farming.value < counted
    assert "those who live in towns are left out" in farming.basis
    assert values["initial_job_weight[serving]"].kind == "sourced"
    inputs = Start(unit, 2020, own_accounts(shipped(), unit, 2020)).inputs
    (plain,) = evaluated(RULE, [inputs], ["value_per_work[primary]"])[0]
    kept = values["initial_value_per_farm_worker"].value * farming.value
    assert kept == pytest.approx(plain * counted, rel=1e-4)
    start = simulate(baseline_of(county), keep=["unemployment_rate"]).unemployment_rate[0]
    assert float(start) == pytest.approx(0.04, abs=0.01)


def test_what_the_census_leaves_empty_is_not_called_its_own() -> None:
    values = {value.key: value for value in made("三沙市").values}
    assert values["initial_residents_by_age[age_30_34]"].kind == "sourced"
    assert "not published for this unit" in values["initial_working_share"].basis
    found = of_rule([find_unit("三沙市")], "counted_initial_working_share")["counted_initial_working_share"]
    assert float(found[0]) == pytest.approx(65_631_786 / 114_261_590, rel=1e-3)  # of the nation


def test_registered_population_of_2010_is_taken_where_no_later_one_is_known() -> None:
    unit = find_unit("富平县")
    (county,) = new_counties([unit], panel=Panel.of([]))
    away = {value.key: value.value for value in county.values}["initial_away_ratio"]
    outside = unit.inputs["census_registered_in_another_county"]
    outside += unit.inputs["census_registered_in_another_province"]
    residents = 642_452
    registered = unit.inputs["earlier_registered_population"]
    assert away == pytest.approx((registered - (residents - outside)) / residents, rel=1e-5)


def test_who_is_away_from_one_county_is_in_another_over_the_nation() -> None:
    units = units_of()
    residents = np.array(
        [sum(v for k, v in unit.inputs.items() if k.startswith("census_residents[")) for unit in units]
    )
    found = of_rule(units, "away_by_ages")["away_by_ages"]
    assert float((found * residents).sum() / residents.sum()) == pytest.approx(0.216, abs=0.01)


def test_a_county_without_the_census_of_2010_is_told_so() -> None:
    """平遥 lies in 山西; the two districts have the census of 2010, and no account of people registered."""
    notes = {
        name: {v.key: v.basis for v in made(name).values}
        for name in ("平遥县", "保定市清苑区", "济南市历下区")
    }
    without = "the census of 2010 is not held for this area, so without: earlier_registered_population"
    told = {name for name in notes if without in notes[name]["initial_away_ratio"]}
    assert told == {"平遥县"}
    assert without in notes["平遥县"]["away_return_rate"]
    assert without not in notes["平遥县"]["arrival_rate"]


def test_as_many_come_back_as_leave_at_the_start_also_where_nobody_seems_to_be_away() -> None:
    """By their ages nobody is away from four districts of 北京; then those are who left within two years."""
    units = units_of("北京市")
    found = of_rule(units, "away_by_ages", "initial_away_ratio", "away_return_rate", "departures")
    residents = of_rule(units, "residents_of_all_ages")["residents_of_all_ages"]
    leaving = found["departures"].sum(axis=-1) - found["departures"][..., 3]
    coming = found["away_return_rate"] * found["initial_away_ratio"] * residents
    assert (found["away_by_ages"] < 0).sum() == 4
    assert coming == pytest.approx(leaving, rel=1e-9)
    assert 0.0 < found["away_return_rate"].min() <= found["away_return_rate"].max() <= 0.5 + 1e-12


def test_the_range_of_the_model_holds_the_values_of_all_but_few_units() -> None:
    """At an end stand remote counties of few people, and zones that the census counts apart."""
    counties = new_counties(units_of("北京市") + units_of("西藏自治区") + units_of("贵州省"))
    moved = {county.title for county in counties if any(value.at_limit for value in county.values)}
    assert len(moved) <= 0.1 * len(counties)
    assert not moved & {county.title for county in counties if county.province == "贵州省"}


def test_the_value_added_of_a_region_is_shared_out_whole() -> None:
    units = [find_unit(code) for code in ("330122", "330127", "330182")]
    found = of_rule(units, "gdp", "rate_at_the_end_of_the_year")
    assert found["gdp"].sum() / found["rate_at_the_end_of_the_year"][0] == pytest.approx(1007.4, rel=1e-3)


def test_the_model_starts_near_the_gdp_the_rule_gives(shaanxi: list[County]) -> None:
    """Construction has what accounts tell, but where that is more than three fifths of all that is built."""
    inputs = [Start(unit, 2020, own_accounts(shipped(), unit, 2020)).inputs for unit in units_of("陕西省")]
    (found,) = evaluated(RULE, inputs, ["gdp"])
    run = simulate(ensemble_of(shaanxi), keep=["real_gdp"]).real_gdp.sel(time=2020)
    ratio = run.to_numpy() / found
    assert np.median(ratio) == pytest.approx(1.0, abs=1e-5)
    assert (abs(ratio - 1.0) < 0.1).mean() > 0.9


def test_what_was_scaled_from_tonglu_doubles_with_the_county() -> None:
    unit = find_unit("330122")
    people = {key for key in unit.inputs if key.startswith(("census_res", "census_town", "census_reg"))}
    twice = {key: value * (2 if key in people else 1) for key, value in unit.inputs.items()}
    larger = Unit("000000", "", "", "", twice | {"census_infants": 2 * 3594.0}, unit.region, unit.structure)
    one, two = new_counties([unit, larger], panel=Panel.of([]))
    units = {value.unit for value in one.values}
    assert {"YiYuan/year", "mu/year", "person/year"} <= units
    for a, b in zip(one.values, two.values, strict=True):
        extensive = a.unit in {"YiYuan/year", "mu/year", "person/year"} or a.key.startswith(
            "initial_residents"
        )
        if a.key == "village_residents_from_outside" or extensive:
            assert b.value == pytest.approx(2 * a.value, rel=1e-4), a.key
        elif a.key not in {"initial_away_ratio", "away_return_rate"}:  # the earlier census is not doubled
            assert b.value == pytest.approx(a.value, rel=1e-4), a.key


def test_scenarios_are_baselines_that_run_without_a_file() -> None:
    scenario = baseline_of(made("洛川县"))
    assert scenario.name == "610629/baseline"
    assert (scenario.county.title, scenario.county.prefecture) == ("洛川县", "延安市")
    assert scenario.path is None
    assert not scenario.levers
    run = simulate(scenario, keep=["total_population"])
    assert float(run.total_population[0]) == 201_663


def test_an_ensemble_runs_what_the_scenarios_run() -> None:
    units = units_of("6105")
    together = simulate(ensemble_of(new_counties(units)), keep=["gdp"]).gdp
    alone = simulate(baseline_of(new_counties(units)[3]), keep=["gdp"]).gdp.sel(time=together.time)
    assert (together.isel(member=3).to_numpy() == alone.to_numpy()).all()


def test_the_uncertainty_of_behaviour_is_tonglus_and_of_made_values_their_own(tonglu: County) -> None:
    own = load("tonglu/baseline").county.uncertain.each
    made = {value.key: value for value in tonglu.values}
    behaviour = {key for key in tonglu.uncertain.each if key not in made}
    assert behaviour == own.keys() - made.keys()
    assert "choice_sharpness" in behaviour
    spread = tonglu.uncertain.each.keys() - behaviour
    assert "initial_value_per_job[industry]" in spread
    for key in spread:
        low, high = tonglu.uncertain.each[key].distribution.ends
        assert low < made[key].value < high, key


def test_what_is_uncertain_of_a_county_ends_where_the_models_range_does(shaanxi: list[County]) -> None:
    for county in shaanxi:
        baseline = baseline_of(county)
        for key, each in county.uncertain.each.items():
            assert all(baseline.limits(key).hold(end) for end in each.distribution.ends), (county.title, key)


def test_no_unit_is_refused() -> None:
    with pytest.raises(InputError, match="at least one"):
        new_counties([])
