"""Attributions: contributions add up to the change, and are what all orders give on average."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from villages import VILLAGE, copied

import simcounty as sc
from simcounty.comparison import factors
from simcounty.comparison.attribution import shapley_values
from simcounty.errors import InputError

SHARE, SPENT = "urban-share-2030", "spending-2030"
LEVERS = ("openness", "reward", "moving_rate")


@pytest.fixture(scope="module")
def plan() -> sc.Scenario:
    found: sc.Scenario = sc.load(VILLAGE / "plan.toml")
    return found


def test_the_shares_are_what_all_orders_give_on_average(plan: sc.Scenario) -> None:
    """Each order is run step by step, by scenarios that set no more than the levers moved so far."""
    found = sc.attribution(plan)
    assert set(found.factor.values) == set(LEVERS)

    def value(moved: tuple[str, ...]) -> np.ndarray:  # type: ignore[type-arg]
        scenario = plan.baseline.replace({key: plan.levers[key] for key in moved})
        values: np.ndarray = sc.judge(sc.simulate(scenario), plan.targets).value.values  # type: ignore[type-arg]
        return values

    for lever in LEVERS:
        added = [
            value(order[: order.index(lever) + 1]) - value(order[: order.index(lever)])
            for order in permutations(LEVERS)
        ]
        assert found.contribution.sel(factor=lever).values == pytest.approx(np.mean(added, axis=0), rel=1e-12)
        assert found.alone.sel(factor=lever).values.tolist() == (value((lever,)) - value(())).tolist()
        others = tuple(key for key in LEVERS if key != lever)
        assert found["last"].sel(factor=lever).values == pytest.approx(
            value(LEVERS) - value(others), rel=1e-12
        )


def test_it_leads_from_the_one_run_to_the_other_to_the_last_bit(plan: sc.Scenario) -> None:
    found = sc.attribution(plan)
    ends = sc.judge(sc.simulate([plan.baseline, plan]), plan.targets).value
    assert found.value_before.values.tolist() == ends.isel(scenario=0).values.tolist()
    assert found.value_after.values.tolist() == ends.isel(scenario=1).values.tolist()
    change = found.value_after - found.value_before
    assert found.contribution.sum("factor").values == pytest.approx(change.values, abs=1e-9)


def test_the_shares_of_tonglus_twelve_levers_add_up_to_a_billionth() -> None:
    tonglu = sc.load("tonglu/plan-2027")
    found = sc.attribution(tonglu)
    assert (found.sizes["factor"], found.attrs["runs"]) == (12, 4096)
    change = found.value_after - found.value_before
    assert abs(found.contribution.sum("factor") - change).max() < 1e-9
    ends = sc.judge(sc.simulate([tonglu.baseline, tonglu]), tonglu.targets).value
    assert found.value_after.values.tolist() == ends.isel(scenario=1).values.tolist()
    moved = found.contribution.sel(outcome="urbanisation-2027")
    assert moved.factor[int(moved.values.argmax())] == "ecological_relocation"
    land = found.contribution.sel(outcome="standard-land-2027")
    assert land.sel(factor="standard_land_share") == pytest.approx(60)
    assert abs(land.drop_sel(factor="standard_land_share")).max() < 1e-9


def test_who_adds_nothing_gets_nothing_and_equals_get_the_same() -> None:
    sizes = np.array([int(mask & 3).bit_count() for mask in range(8)], float)  # the third never matters
    shares = shapley_values((sizes**2)[:, None])
    assert shares.mean[:, 0] == pytest.approx([2, 2, 0])
    assert shares.alone[:, 0].tolist() == [1, 1, 0]
    assert shares.last[:, 0].tolist() == [3, 3, 0]


def test_paths_of_other_dates_are_swapped_whole(plan: sc.Scenario) -> None:
    before = plan.replace(reward={"2024-07-01": 500, "2028-01-01": 900}, openness={"2021-01-01": 0.7})
    found = sc.attribution([before, plan])
    assert set(found.factor.values) == {"reward", "openness"}
    ends = sc.judge(sc.simulate([before, plan]), plan.targets).value
    assert found.value_before.values.tolist() == ends.isel(scenario=0).values.tolist()
    assert found.value_after.values.tolist() == ends.isel(scenario=1).values.tolist()


def test_constants_that_differ_count_too_and_a_path_that_stays_does_not(plan: sc.Scenario) -> None:
    after = plan.baseline.replace(pull_of_reward=0.0005).replace(openness=0.5, reward={2024: 0, 2026: 3000})
    found = sc.attribution([plan.baseline, after])
    assert found.factor.values.tolist() == ["reward", "pull_of_reward"]
    ends = sc.judge(sc.simulate([plan.baseline, after]), plan.targets).value
    assert found.value_after.values.tolist() == ends.isel(scenario=1).values.tolist()
    assert found.contribution.sel(factor="pull_of_reward", outcome=SHARE) > 0
    assert found.alone.sel(factor="pull_of_reward", outcome=SHARE) == 0  # without a reward it pulls nobody


def test_variables_are_divided_at_the_years_asked_for(plan: sc.Scenario) -> None:
    found = sc.attribution(plan, variables=["rural_population", "spending"], years=[2025, 2035])
    assert found.outcome.values.tolist() == [
        "rural_population-2025", "rural_population-2035", "spending-2025", "spending-2035",
    ]  # fmt: skip
    run = sc.simulate(plan)
    assert found.value_after.sel(outcome="rural_population-2025") == run.rural_population.sel(time=2025)
    spent = run.cumulative_spending.sel(time=2035) - run.cumulative_spending.sel(time=2034)
    assert found.value_after.sel(outcome="spending-2035") == pytest.approx(float(spent))
    assert found.unit.values.tolist() == ["person", "person", "yuan", "yuan"]


def test_levers_are_taken_together_by_clause_or_by_name(plan: sc.Scenario) -> None:
    alone = sc.attribution(plan)
    clause = sc.attribution(plan, by_clause=True)
    assert clause.factor.values.tolist() == ["省 2023 （一）", "moving_rate"]
    assert clause.factor_keys.values.tolist() == ["openness, reward", "moving_rate"]
    assert clause.factor_label.values[0] == "落户放开度、进城奖励"
    named = sc.attribution(plan, groups={"钱与人": ["reward", "moving_rate"]})
    assert set(named.factor_label.values) == {"钱与人", "落户放开度"}
    for each in (alone, clause, named):
        change = (each.value_after - each.value_before).values
        assert each.contribution.sum("factor").values == pytest.approx(change, abs=1e-9)
    together = clause["last"].sel(factor="省 2023 （一）")
    apart = alone["last"].sel(factor=["openness", "reward"]).sum("factor")
    assert (together != apart).any()  # they act on each other


def test_many_levers_are_taken_together_by_clause_and_too_many_are_refused(
    plan: sc.Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(factors, "MOST_FACTORS", 2)
    found = sc.attribution(plan)
    assert (found.attrs["by_clause"], found.sizes["factor"]) == (1, 2)
    assert sc.attribution(plan, groups={"a": ["reward", "openness"]}).attrs["by_clause"] == 0
    monkeypatch.setattr(factors, "MOST_FACTORS", 1)
    with pytest.raises(InputError, match=r"2 levers or .* at most 1.*--group NAME=openness,moving_rate"):
        sc.attribution(plan)


def test_two_counties_models_or_spans_do_not_compare(plan: sc.Scenario, tmp_path: Path) -> None:
    changes = {
        "county.toml": ('"小村"\nname = "village"\ncode = "000001"', '"大村"\nname = "large"\ncode = "2"'),
        "plan.toml": ("years = [2020, 2035]", "years = [2020, 2031]"),
        "village.mdl": ("weight[young]", "weight[young]*1"),
    }
    with pytest.raises(InputError) as error:
        sc.attribution([sc.load(copied(tmp_path, changes)), plan])
    for words in ("two counties, 大村 and 小村", "two models", "2020 to 2031 and 2020 to 2035"):
        assert words in str(error.value)


def test_what_is_wrong_is_said_at_once(plan: sc.Scenario) -> None:
    with pytest.raises(InputError) as error:
        sc.attribution(
            plan,
            targets=["urban-share"],
            variables=["urban_shar"],
            years=[2050],
            groups={"a": ["rewards"], "b": ["reward"], "c": ["reward"]},
        )
    for words in (
        "target urban-share: there is none of that name. Did you mean 'urban-share-2030'",
        "variable urban_shar is not a variable",
        "time 2050: is outside the run, 2020 to 2035",
        "group a: rewards: is not a variable of",
        "group c: reward: is already in b",
    ):
        assert words in str(error.value)
    with pytest.raises(InputError, match="they differ in no lever and no constant"):
        sc.attribution([plan, plan])
