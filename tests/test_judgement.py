"""Judging: what a target measures, in its own unit, and on which side of its goal it lies."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from simcounty.assessment import assess
from simcounty.conditions.constraints import constraint_status
from simcounty.errors import InputError
from simcounty.judgement import judge
from simcounty.sampling import vary
from simcounty.scenario import Target, load
from simcounty.simulation import simulate

PLAN = load(Path(__file__).parent / "village" / "plan.toml")


def target(variable: str, operator: Any, goal: float, unit: str = "", **more: Any) -> Target:
    settings = {"year": 2030, "measure": "at", **more}
    return Target(f"{variable} {operator} {goal:g}", variable, operator, goal, unit, **settings)


def run(**values: Any) -> xr.Dataset:
    """A run of three years with the levels given, as a simulation labels them."""
    time = [2028.0, 2029.0, 2030.0]
    return xr.Dataset(
        {key: ("time", levels, attrs) for key, (levels, attrs) in values.items()}, {"time": time}
    )


SHARE = run(urban_share=([0.70, 0.72, 0.74], {"units": "Dmnl"}))


@pytest.mark.parametrize(
    ("operator", "goal", "margin", "met"),
    [
        (">=", 75, -1, False),
        (">=", 74, 0, True),
        (">", 74, 0, False),
        (">", 73, 1, True),
        ("<=", 73, -1, False),
        ("<=", 74, 0, True),
        ("<", 74, 0, False),
        ("<", 75, 1, True),
        ("=", 74, 0, True),
        ("=", 75, -1, False),
        ("~", 75, 75 * 0.05 - 1, True),
        ("~", 80, 80 * 0.05 - 6, False),
    ],
)
def test_the_margin_is_positive_on_the_met_side(operator: str, goal: float, margin: float, met: bool) -> None:
    verdict = judge(SHARE, [target("urban_share", operator, goal, "%")])
    assert verdict.value.item() == pytest.approx(74)
    assert verdict.margin.item() == pytest.approx(margin, abs=1e-9)
    assert verdict.met.item() is met


def test_a_level_is_read_at_the_end_of_the_year() -> None:
    assert judge(SHARE, [target("urban_share", ">=", 1, "%", year=2029)]).value.item() == pytest.approx(72)


def test_a_flow_is_what_was_accumulated_over_the_calendar_year() -> None:
    flow = run(
        gdp=([999.0, 999.0, 999.0], {"units": "YiYuan/year", "accumulator": "cumulative_gdp"}),
        cumulative_gdp=([1000.0, 1500.0, 2100.0], {"units": "YiYuan"}),
    )
    verdict = judge(flow, [target("gdp", ">=", 610, "亿元", measure="year")])
    assert verdict.value.item() == pytest.approx(2100 - 1500)
    assert verdict.margin.item() == pytest.approx(-10)
    assert judge(flow, [target("gdp", ">=", 1, "万元", measure="year")]).value.item() == pytest.approx(
        600 * 10_000
    )


def test_an_element_of_a_subscripted_variable_can_be_judged() -> None:
    levels = xr.DataArray(
        [[0.5, 0.6], [0.6, 0.7], [0.7, 0.8]], dims=("time", "kind"), attrs={"units": "Dmnl"}
    )
    dataset = xr.Dataset(
        {"adequacy": levels}, {"time": [2028.0, 2029.0, 2030.0], "kind": ["school", "health"]}
    )
    assert judge(dataset, [target("adequacy[health]", ">=", 75, "%")]).value.item() == pytest.approx(80)


def test_scenarios_and_members_are_judged_side_by_side() -> None:
    both = judge(simulate([PLAN.baseline, PLAN]), PLAN.targets)
    assert both.value.dims == ("target", "scenario")
    assert both.scenario.values.tolist() == [PLAN.baseline.name, PLAN.name]
    ensemble = vary(PLAN, {"moving_rate": (0.01, 0.05)}, n=4)
    many = judge(simulate(ensemble), PLAN.targets)
    assert many.met.dims == ("target", "member")
    alone = judge(simulate(ensemble.member(3)), PLAN.targets)
    np.testing.assert_array_equal(many.value.isel(member=3), alone.value)


def test_a_failed_run_meets_nothing() -> None:
    failed = run(urban_share=([0.7, np.nan, np.nan], {"units": "Dmnl"}))
    verdict = judge(failed, [target("urban_share", ">=", 0, "%"), target("urban_share", "<=", 999, "%")])
    assert not verdict.met.any()


def test_every_target_brings_where_it_comes_from() -> None:
    verdict = judge(simulate(PLAN), PLAN.targets).sel(target="spending-2030")
    about = {
        key: verdict[key].item() for key in ("variable", "year", "operator", "unit", "measure", "clause")
    }
    assert about == {
        "variable": "spending",
        "year": 2030,
        "operator": "<=",
        "unit": "万元",
        "measure": "year",
        "clause": "（一）",
    }
    assert verdict.label.item() == "奖励支出"


def test_spending_of_a_year_is_rewards_times_moves_worked_out_by_hand() -> None:
    plan = PLAN.replace(reward=0, openness=1, moving_rate={2030: 0.1}).replace(reward={2030: 1000})
    dataset = simulate(plan)
    villagers = dataset.rural_population.sel(time=2029).item()
    # from 2030 a villager moves at 10 % × (1 + 0.0001 × 1000) a year, in 16 Euler steps
    moved = villagers * (1 - (1 - 0.11 / 16) ** 16)
    spent = judge(dataset, plan.targets).value.sel(target="spending-2030").item()
    assert spent == pytest.approx(moved * 1000 / 10_000)


def test_no_target_is_an_empty_verdict() -> None:
    assert judge(SHARE, []).sizes["target"] == 0


def test_everything_that_cannot_be_judged_is_said_at_once() -> None:
    with pytest.raises(InputError) as refused:
        judge(
            SHARE,
            [
                target("urban_shares", ">=", 1),
                target("urban_share", ">=", 1, year=2031),
                target("urban_share", ">=", 1, measure="year"),
                target("urban_share[young]", ">=", 1),
                target("urban_share", ">=", 1, "yuan"),
            ],
        )
    message = str(refused.value)
    assert "Did you mean 'urban_share'?" in message
    assert "nothing is saved for TIME 2031; the run holds 2028 to 2030" in message
    assert "no stock accumulates urban_share" in message
    assert "urban_share[young] has the dimensions []" in message
    assert "cannot be converted to yuan" in message


def test_between_asks_for_both_ends() -> None:
    def margin(low: float, high: float) -> float:
        asked = target("urban_share", "between", low, "%", up_to=high)
        return float(judge(SHARE, [asked]).margin.item())

    assert margin(70, 75) == pytest.approx(1)
    assert margin(70, 73) == pytest.approx(-1)
    assert margin(74, 80) == pytest.approx(0)


def test_of_a_range_the_low_end_is_the_least_and_the_high_end_the_most() -> None:
    at_least = target("urban_share", ">=", 73, "%", up_to=76)
    at_most = target("urban_share", "<=", 70, "%", up_to=75)
    assert judge(SHARE, [at_least, at_most]).margin.values == pytest.approx([1, 1])


def test_decreasing_is_measured_from_the_start_of_the_run() -> None:
    asked = target("urban_share", "decreasing", np.nan, "%", year=None)
    rising = judge(SHARE, [asked])
    falling = judge(run(urban_share=([0.74, 0.72, 0.70], {"units": "Dmnl"})), [asked])
    assert (rising.value.item(), rising.met.item()) == (pytest.approx(4), False)
    assert (falling.value.item(), falling.met.item()) == (pytest.approx(-4), True)


THREE = xr.Dataset(
    {
        "gdp": (("scenario", "time"), [[1.0, 100.0], [1.0, 200.0], [1.0, 300.0]], {"units": "YiYuan"}),
        "people": (("scenario", "time"), [[0.0, 1.0], [0.0, 1.0], [0.0, 2.0]], {"units": "person"}),
    },
    {"scenario": ["a", "b", "c"], "time": [2029.0, 2030.0]},
)


@pytest.mark.parametrize(
    ("across", "more", "value"),
    [
        ("sum", {}, 600),
        ("mean", {}, 200),
        ("least", {}, 100),
        ("most", {}, 300),
        ("mean", {"weight": "people"}, (100 + 200 + 2 * 300) / 4),
        ("count", {"above": 100}, 2),
        ("share", {"above": 250}, 100 / 3),
    ],
)
def test_a_target_on_several_counties_takes_them_together(across: str, more: Any, value: float) -> None:
    unit = "" if across in ("count", "share") else "亿元"
    asked = target("gdp", ">=", 1, unit, scope="all", across=across, **more)
    assert judge(THREE, [asked]).value.item() == pytest.approx(value)


def test_a_county_whose_run_failed_leaves_no_sum_of_the_others() -> None:
    failed = THREE.where(THREE.scenario != "b")
    failed.gdp.attrs["units"] = "YiYuan"
    for across in ("sum", "mean", "count"):
        asked = target("gdp", ">=", 0, "亿元", scope="all", across=across, above=1.0)
        verdict = judge(failed, [asked])
        assert np.isnan(verdict.value.item())
        assert not verdict.met.item()


@pytest.mark.parametrize("name", ["tonglu/plan-2027", "jiande/plan-2027", "tonglu/baseline"])
def test_an_assessment_reads_the_numbers_that_judge_reads_from_labels(name: str) -> None:
    found = assess(load(name))
    verdict = judge(found.run, found.scenario.targets)
    for each in ("value", "margin", "met"):
        np.testing.assert_array_equal(found.verdict[each], verdict[each].values, strict=True)
    for constraint in found.constraints:
        baseline, *_, plan = (constraint_status(constraint.constraint, found.run) or ()) * 2
        assert (constraint.baseline, constraint.plan) == (baseline, plan)
