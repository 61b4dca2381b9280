"""The files that are shipped: 桐庐 and the Hangzhou draft of 2023."""

from pathlib import Path

import pytest

from simcounty import shipped
from simcounty.errors import ScenarioError
from simcounty.scenario import Scenario, Span, load, load_county

PLAN = load("tonglu/plan-2027")


@pytest.mark.parametrize("name", shipped.names(shipped.SCENARIO))
def test_every_shipped_scenario_loads(name: str) -> None:
    assert load(name).name == name


@pytest.mark.parametrize("name", shipped.names(shipped.COUNTY))
def test_every_value_of_a_shipped_county_has_a_source_or_says_that_it_is_assumed(name: str) -> None:
    county = load_county(name)
    assert county.values
    assert all(bool(value.source) != bool(value.assumption) for value in county.values)
    assert all(observation.source for observation in county.observations)


def test_tonglu_is_a_county_of_zhejiang() -> None:
    assert (PLAN.county.title, PLAN.county.code, PLAN.county.province) == ("桐庐县", "330122", "浙江省")


def population(scenario: Scenario, *groups: str) -> float:
    return sum(scenario.model.constants[f"initial_{group}_population"].value for group in groups)


def test_tonglu_starts_from_the_census_of_2020() -> None:
    town = ("settled", "unsettled_local", "unsettled_outside")
    assert population(PLAN, *town) == 318_780
    assert population(PLAN, "rural", *town) == 453_106
    assert population(PLAN, "unsettled_outside") == 29_675 + 71_511


def test_tonglus_age_groups_add_up_to_the_census() -> None:
    census = {"age_0_14": 61_077, "age_15_34": 107_176, "age_35_59": 180_389, "age_60_plus": 104_464}
    groups = ("rural", "settled", "unsettled_local", "unsettled_outside")
    for age, people in census.items():
        shares = (PLAN.model.constants[f"{group}_age_weight[{age}]"].value for group in groups)
        assert sum(
            share * population(PLAN, group) for share, group in zip(shares, groups, strict=True)
        ) == pytest.approx(people, abs=5)


def test_the_observations_hold_no_target_of_a_plan() -> None:
    assert {observation.year for observation in PLAN.county.observations} <= set(range(1990, 2026))


def test_the_four_targets_of_the_draft() -> None:
    targets = {target.variable: target for target in PLAN.targets if target.clause == "（二）"}
    assert {variable: (each.operator, each.shown_goal, each.year) for variable, each in targets.items()} == {
        "gdp": (">=", 600, 2027),
        "income_ratio": ("<=", 1.55, 2027),
        "urbanisation_rate": (">=", 75, 2027),
        "cumulative_key_project_investment": (">=", 363, 2027),
    }
    assert targets["gdp"].measure == "year"


def test_every_target_of_the_draft_for_tonglu_or_each_or_all_three_stands_under_its_clause() -> None:
    (policy,) = PLAN.policies
    counted = {clause.number: len(clause.targets) for clause in policy.clauses if clause.targets}
    assert counted == {
        "（二）": 4, "（三）": 2, "（四）": 2, "（五）": 1, "（七）": 1, "（八）": 1, "（十一）": 1,
        "（十七）": 2, "（十八）": 6, "（十九）": 2, "（二十一）": 2,
    }  # fmt: skip


def test_shares_of_five_year_sums_add_up_over_the_years_left() -> None:
    (policy,) = PLAN.policies
    years = 2027 - policy.first_day
    levers = PLAN.clause_levers
    assert levers["cooperation_fund"].setting == pytest.approx(20 / 3 / years, rel=1e-3)
    assert levers["cooperation_project_transfer"].setting == pytest.approx(100 / 3 / years, rel=1e-3)
    before = 200 * (policy.first_day - 2022)
    assert levers["redevelopment_plan"].setting == pytest.approx((8000 / 3 - before) / years, rel=1e-3)


def test_what_is_not_the_documents_number_says_why() -> None:
    (policy,) = PLAN.policies
    assert "assumption" in Path(policy.path).read_text(encoding="utf-8").split("[[clause]]")[0]
    shared = [lever for lever in policy.levers if lever.county == "tonglu"]
    assert len(shared) == 3
    assert all(lever.assumption for lever in shared)


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
