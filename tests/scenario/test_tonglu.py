"""The files that are shipped: 桐庐 and the Hangzhou draft of 2023."""

from pathlib import Path

import pytest

from simcounty import catalog
from simcounty.errors import ScenarioError
from simcounty.plot.time_series import trajectories
from simcounty.plot.years import BEFORE
from simcounty.scenario import Span, load, load_county
from simcounty.simulation import simulate

PLAN = load("tonglu/plan-2027")


@pytest.mark.parametrize("name", catalog.names(catalog.SCENARIO))
def test_every_shipped_scenario_loads(name: str) -> None:
    assert load(name).name == name


@pytest.mark.parametrize("name", catalog.names(catalog.COUNTY))
def test_every_value_of_a_shipped_county_has_a_source_or_says_that_it_is_assumed(name: str) -> None:
    county = load_county(name)
    assert county.values
    assert all(value.basis for value in county.values)
    assert all(observation.source for observation in county.observations)


def test_tonglu_is_a_county_of_zhejiang() -> None:
    assert (PLAN.county.title, PLAN.county.code, PLAN.county.province) == ("桐庐县", "330122", "浙江省")


def test_every_initial_value_of_the_model_is_given_by_the_county() -> None:
    given = {value.key for value in PLAN.county.values}
    start = {key for key in PLAN.model.constants if key.startswith("initial_")} - {"initial_time"}
    assert start
    assert start - given == set()


def test_tonglu_starts_from_the_census_of_2020() -> None:
    ages = [value.value for value in PLAN.county.values if value.key.startswith("initial_residents_by_age[")]
    assert sum(ages) == 453_106
    assert sum(ages[:3]) == 61_077  # under 15
    assert sum(ages[3:7]) == 107_176  # 15 to 34
    assert sum(ages[7:12]) == 180_389  # 35 to 59
    assert sum(ages[12:]) == 104_464  # 60 and over
    assert 453_106 * PLAN.model.constants["initial_town_share"].value == pytest.approx(318_780, abs=0.5)


def test_every_observed_series_is_drawn() -> None:
    seen = [each for each in PLAN.county.observations if each.year >= PLAN.years.start - BEFORE]
    keys = list(dict.fromkeys(each.variable for each in seen))
    assert {"total_population", "urbanisation_rate", "gdp"} <= set(keys)
    figure = trajectories(simulate(PLAN), keys, observed=PLAN.county.observations)
    for key, axes in zip(keys, figure.axes, strict=True):
        dots = sum(len(line.get_xdata()) == 1 for line in axes.lines)
        assert dots == sum(each.variable == key for each in seen), key


def test_the_observations_hold_no_target_of_a_plan() -> None:
    assert {observation.year for observation in PLAN.county.observations} <= set(range(1990, 2026))


def test_the_four_targets_of_the_draft() -> None:
    targets = {target.variable: target for target in PLAN.targets if target.clause == "（二）"}
    assert {variable: (each.operator, each.goal, each.year) for variable, each in targets.items()} == {
        "gdp": (">=", 600, 2027),
        "income_ratio": ("<=", 1.55, 2027),
        "urbanisation_rate": (">=", 75, 2027),
        "cumulative_key_project_investment": (">=", 363, 2027),
    }
    assert targets["gdp"].measure == "year"


def test_every_target_of_the_draft_stands_under_its_clause() -> None:
    (policy,) = PLAN.policies
    counted = {clause.number: len(clause.targets) for clause in policy.clauses if clause.targets}
    assert counted == {
        "（二）": 12, "（三）": 2, "（四）": 2, "（五）": 4, "（七）": 1, "（八）": 1, "（十一）": 1,
        "（十七）": 2, "（十八）": 6, "（十九）": 2, "（二十一）": 2,
    }  # fmt: skip


def test_shares_of_five_year_sums_add_up_over_the_steps_left() -> None:
    years = 2027 - 2022.3125  # the first step of a sixteenth of a year on or after the first day
    levers = PLAN.clause_levers
    assert levers["cooperation_fund"].setting == pytest.approx(20 / 3 / years, rel=1e-3)
    assert levers["cooperation_project_transfer"].setting == pytest.approx(100 / 3 / years, rel=1e-3)
    three = [load(f"{name}/baseline").model.constants for name in ("tonglu", "chunan", "jiande")]
    before = sum(each["redevelopment_plan"].value for each in three) * (2022.3125 - 2022)
    assert levers["redevelopment_plan"].setting == pytest.approx((8000 - before) / 3 / years, rel=1e-3)


def test_what_is_not_the_documents_number_says_why() -> None:
    (policy,) = PLAN.policies
    assert "assumption" in Path(policy.path).read_text(encoding="utf-8").split("[[clause]]")[0]
    shared = {lever.key: lever for lever in policy.levers if "three counties" in lever.note}
    assert shared.keys() == {"cooperation_fund", "cooperation_project_transfer", "redevelopment_plan"}
    assert all("a third of it for each county" in lever.assumption for lever in shared.values())


def test_the_plan_solves_only_levers_that_its_clauses_leave_open() -> None:
    solved = [setting for setting in PLAN.levers.values() if setting.solved]
    assert solved
    for setting in solved:
        lever = PLAN.clause_levers[setting.key]
        assert lever.setting is None
        assert setting.values[0] == setting.default == PLAN.model.constants[setting.key].value
        assert setting.times == (lever.first_day, lever.full_effect)
    assert all(
        setting.solved for key, setting in PLAN.levers.items() if PLAN.clause_levers[key].setting is None
    )


def test_what_a_clause_bounds_from_below_begins_at_what_is_done_without_the_plan() -> None:
    (policy,) = PLAN.policies
    bounded = [lever for lever in policy.levers if lever.limits.given_by != str(PLAN.model.path)]
    assert bounded
    for lever in bounded:
        assert PLAN.limits(lever.key).low == PLAN.model.constants[lever.key].value, lever.key


def test_what_the_plan_sets_lies_in_the_range_of_its_lever_and_nothing_but_levers_is_set() -> None:
    groups = {constant.about.group for constant in PLAN.model.constants.values()}
    (levers,) = (group for group in groups if group.endswith("levers"))
    for key, setting in PLAN.levers.items():
        assert PLAN.model.constants[key].about.group == levers, key
        assert all(PLAN.limits(key).hold(value) for value in setting.values), key


def test_the_plan_changes_no_constant() -> None:
    assert PLAN.constants == {}
    assert PLAN.model == load("tonglu/baseline").model


def test_the_baseline_file_asks_what_the_plans_baseline_asks() -> None:
    baseline = load("tonglu/baseline")
    assert baseline.levers == PLAN.baseline.levers == {}
    assert baseline.years == PLAN.years
    assert baseline.headline == PLAN.headline


def test_a_run_that_would_take_2020_for_2021_is_refused() -> None:
    with pytest.raises(
        ScenarioError, match=r"starts at the end of 2021, but the values of 桐庐县 are of 2020"
    ):
        load("tonglu/baseline").over(Span(2021, 2035))
