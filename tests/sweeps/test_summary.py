"""How likely a plan is: facts of counting, of the binomial distribution, and of paired draws."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import stats
from worlds import YEARS, futures, target

import simcounty as sc
from simcounty.errors import InputError

RNG = np.random.default_rng(1)
U = RNG.random(10_000)


def cell(told: xr.Dataset, name: str = "t", scenario: str = "plan") -> xr.Dataset:
    return told.sel(target=name, scenario=scenario)


def test_three_of_four_are_met_with_the_error_of_a_binomial_share() -> None:
    told = cell(sc.summary(futures({"u": U[:4]}, np.array([1.0, 2.0, -1.0, 3.0]))))
    assert float(told.probability) == 0.75
    assert float(told.standard_error) == pytest.approx((0.75 * 0.25 / 4) ** 0.5)


def test_the_interval_is_the_one_scipy_gives() -> None:
    told = cell(sc.summary(futures({"u": U[:100]}, U[:100] - 0.3)))
    k = int((U[:100] >= 0.3).sum())
    interval = stats.binomtest(k, 100).proportion_ci(0.95, method="wilson")
    assert (float(told.low), float(told.high)) == pytest.approx((interval.low, interval.high))


def test_what_is_never_missed_in_a_hundred_runs_is_not_certain() -> None:
    told = cell(sc.summary(futures({"u": U[:100]}, U[:100])))
    assert (float(told.probability), float(told.standard_error)) == (1, 0)
    assert 0.96 < float(told.low) < 0.97


def test_a_failed_run_meets_nothing_and_stays_in_the_denominator() -> None:
    failed = np.array([[False, True, False, False]])
    told = sc.summary(futures({"u": U[:4]}, np.ones(4), failed=failed))
    assert float(cell(told).probability) == 0.75
    assert told.failed.values.tolist() == [1]
    assert cell(told).margin.values.tolist() == [1, 1, 1, 1, 1]


def test_all_targets_at_once_are_rarer_than_each() -> None:
    both = (target("low", goal=0.2), target("high", operator="<=", goal=0.7))
    told = sc.summary(futures({"u": U}, U, both))
    assert float(told.joint_probability.item()) == np.mean((U >= 0.2) & (U <= 0.7))
    assert float(cell(told, "low").probability) == np.mean(U >= 0.2)


def test_margins_are_told_by_their_quantiles_in_the_unit_of_the_target() -> None:
    share = target(goal=20.0, unit="%")
    told = cell(sc.summary(futures({"u": U}, U, [share])))
    assert told.margin.values == pytest.approx(100 * np.quantile(U, told["quantile"]) - 20)


def test_the_year_a_level_is_first_reached_is_the_first_year_end_it_holds_at() -> None:
    paths = np.array([[0.1], [0.2], [0.01]]) * (YEARS - 2020)  # 0.5 is reached in 2025, in 2023, and never
    told = cell(sc.summary(futures({"u": U[:3]}, paths[None], [target(goal=0.5)])))
    assert float(told.never) == pytest.approx(1 / 3)
    assert told.first_year.sel(quantile=[0.05, 0.95]).values.tolist() == [2023, 2025]


def test_a_flow_is_reached_in_the_first_calendar_year_whose_total_is_enough() -> None:
    flow = 10.0 * (YEARS - 2020)  # the year that ends in Y adds 10 (Y - 2020) - 5
    ledger = 5.0 * (YEARS - 2020) ** 2
    world = futures({"u": U[:2]}, np.array([[flow, flow]]), [target(goal=33.0, measure="year")])
    world["ledger"] = world.y.copy(data=np.array([[ledger, ledger]]))
    world.y.attrs["accumulator"] = "ledger"
    told = cell(sc.summary(world))
    assert told.first_year.values.tolist() == [2024] * 5  # 25 in 2023, 35 in 2024
    assert told.margin.values.tolist() == [95 - 33] * 5


def test_the_same_draws_make_the_difference_of_two_scenarios_sharper() -> None:
    told = sc.summary(futures({"u": U}, np.array([U - 0.4, U - 0.5])))
    other = cell(told, scenario="baseline")
    gap = np.mean((U >= 0.4) & (U < 0.5))
    assert float(other.difference) == pytest.approx(-gap)
    assert float(other.difference_error) == pytest.approx((gap * (1 - gap) / U.size) ** 0.5)
    apart = float(np.hypot(other.standard_error, cell(told).standard_error))
    assert float(other.difference_error) < apart / 2


def test_a_plan_is_held_against_the_scenario_that_sets_no_lever() -> None:
    world = futures({"u": U}, np.array([U - 0.4, U - 0.5]), levers='{"plan": {"x": {}}, "baseline": {}}')
    told = sc.summary(world)
    assert told.reference == "baseline"
    assert float(cell(told).difference) == pytest.approx(np.mean((U >= 0.4) & (U < 0.5)))
    assert told.scenario.values.tolist() == ["plan", "baseline"]
    assert np.isnan(float(cell(told, scenario="baseline").difference))


def test_only_the_rows_a_and_b_of_a_saltelli_design_are_draws() -> None:
    outcome = np.array([1.0, 9, 9, -1, 1, 9, 9, 1]) * np.array([1.0, -1, -1, 1, 1, -1, -1, 1])
    told = sc.summary(futures({"a": U[:8], "b": U[:8]}, outcome, design="saltelli"))
    assert float(cell(told).probability) == 0.75
    assert (told.draws, told.finished, told.error) == (4, 8, "upper")


@pytest.mark.parametrize("design", ["morris", "factorial"])
def test_a_grid_has_shares_and_no_standard_errors(design: str) -> None:
    told = cell(sc.summary(futures({"u": U[:4]}, np.array([1.0, 2.0, -1.0, 3.0]), design=design)))
    assert float(told.probability) == 0.75
    assert np.isnan([told.standard_error, told.low, told.high, told.difference_error]).all()


def test_blocks_of_members_change_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    world = futures({"u": U}, np.array([U - 0.4, U - 0.5]))
    whole = sc.summary(world)
    monkeypatch.setattr("simcounty.sweeps.futures.BLOCK", 999)
    xr.testing.assert_identical(sc.summary(world), whole)


def test_a_sweep_of_which_nothing_has_been_run_is_named() -> None:
    with pytest.raises(InputError, match=r"no member has been run yet; go on with .*--resume"):
        sc.summary(futures({"u": U[:4]}, np.ones(4)).isel(member=slice(0)))


def test_every_target_that_cannot_be_judged_is_named_at_once() -> None:
    bad = (target("one", variable="z"), target("two", year=2050))
    with pytest.raises(InputError, match=r"(?s)target one: .*does not hold z.*target two: .*TIME 2050"):
        sc.summary(futures({"u": U}, U, bad))
