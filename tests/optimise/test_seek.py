"""Goal seeking on a village whose answer can be worked out, and on the shipped plan."""

import dataclasses
from math import log
from pathlib import Path

import numpy as np
import pytest

from simcounty.errors import InputError
from simcounty.judgement import judge
from simcounty.optimise.goal_seek import GoalSeekResult, seek
from simcounty.scenario import Scenario, Target, load, save_scenario
from simcounty.simulation import simulate

VILLAGE = Path(__file__).parents[1] / "village"
PLAN = load(VILLAGE / "plan.toml")
STARTS = 4


def town(goal: float, scenario: Scenario = PLAN) -> Target:
    """The target for the share of town dwellers in 2030, with another goal in per cent."""
    share = next(target for target in scenario.targets if target.variable == "urban_share")
    return dataclasses.replace(share, goal=goal)


def spend(goal: float) -> Target:
    """The target for what is spent in 2030, with another goal in 万元."""
    return dataclasses.replace(PLAN.targets[1], goal=goal)


def sought(
    targets: list[Target], using: list[str], scenario: Scenario = PLAN, starts: int = STARTS
) -> GoalSeekResult:
    return seek(scenario, targets, using, starts, backend="interpreted")


def test_one_lever_and_one_target_have_one_answer() -> None:
    plan = PLAN.baseline.replace(
        moving_rate={2022: 0.02}
    )  # moves from the end of 2021, nine years before the goal
    found = sought([town(45)], ["moving_rate"], plan)
    # of 2,000 villagers x leave: (1000 + x) / 3000 = 0.45, x = 350
    # each Euler step keeps 1 − rate × openness ÷ 16 of them
    before = (1 - 0.02 * 0.5 / 16) ** 16
    kept = (1650 / 2000 / before) ** (1 / (9 * 16))
    assert found.all_met
    assert found.settings["moving_rate"].final == pytest.approx((1 - kept) * 16 / 0.5, rel=1e-2)
    assert found.settings["moving_rate"].final == pytest.approx(
        -log(1650 / 2000 / before) / 9 / 0.5, rel=1e-2
    )


def test_what_is_met_already_takes_no_effort() -> None:
    found = sought([town(40)], ["reward", "moving_rate"])
    assert found.all_met
    assert (found.effort, dict(found.settings), found.binding) == (0, {}, ())
    assert found.scenario.levers == PLAN.levers


def test_the_least_effort_is_spread_by_what_each_lever_brings() -> None:
    found = sought([town(55)], ["openness", "moving_rate"])
    assert found.all_met
    assert found.binding == (town(55).name,)
    alone = [sought([town(55)], [lever]) for lever in ("openness", "moving_rate")]
    assert all(found.effort < each.effort for each in alone if each.all_met)
    # at the least effort the departure, in shares of the range, points along the slope of the target
    home = {"openness": 0.9, "moving_rate": 0.03}
    departed, slope = [], []
    for key, low, high in (("openness", 0, 1), ("moving_rate", 0, 0.2)):
        final = found.scenario.levers[key].final
        departed.append((final - home[key]) / (high - low))
        nudged = found.scenario.replace({key: final + 1e-4 * (high - low)})
        runs = judge(simulate([found.scenario, dataclasses.replace(nudged, name="nudged")]), [town(55)]).value
        slope.append(float(np.diff(runs.squeeze())[0]))
    assert departed[0] / departed[1] == pytest.approx(slope[0] / slope[1], rel=0.05)


def test_a_solved_lever_starts_from_its_default_on_its_clauses_path() -> None:
    plan = dataclasses.replace(PLAN, levers={key: PLAN.levers[key] for key in ("openness",)})
    found = sought([town(50)], ["reward"], plan)
    reward = found.scenario.levers["reward"]
    assert (reward.times, reward.values[0]) == (
        (2022.5, 2024.0),
        0,
    )  # the policy's first day, its full effect
    assert (reward.solved, reward.default) == (True, 0)
    assert reward.clause == "省 2023 （一）"


def test_out_of_reach_the_nearest_is_found_and_says_by_how_much() -> None:
    found = sought([town(80)], ["openness"])
    assert not found.all_met
    assert found.scenario.levers["openness"].final == 1
    assert found.at_limit == ("openness",)
    best = judge(simulate(PLAN.replace(openness=1)), [town(80)]).value.item()
    assert found.shortfall == {town(80).name: pytest.approx(80 - best)}


def test_a_target_out_of_reach_does_not_cost_one_within() -> None:
    targets = [town(60), spend(8)]
    found = sought(targets, ["reward"])
    assert not found.all_met
    assert set(found.shortfall) == {town(60).name}
    assert found.verdict.met.sel(target=spend(8).name).item()


def test_settings_are_as_short_as_keeps_the_targets_met() -> None:
    found = sought([town(55)], ["openness", "moving_rate"])
    assert found.verdict.met.all()
    assert all(len(f"{setting.final:g}") <= 7 for setting in found.settings.values())


def test_the_same_question_has_the_same_answer() -> None:
    first, again = (sought([town(55)], ["openness", "moving_rate"]) for _ in range(2))
    assert first.scenario.levers == again.scenario.levers
    assert first.agreeing == STARTS


def test_seeking_again_from_what_was_found_finds_it_again() -> None:
    plan = dataclasses.replace(PLAN, levers={})
    first = sought([town(45)], ["reward", "openness"], plan)
    again = sought([town(45)], ["reward", "openness"], first.scenario)
    for key, setting in first.settings.items():
        assert again.settings[key].final == pytest.approx(setting.final, rel=1e-2)


def test_what_is_saved_is_an_ordinary_scenario_that_a_run_confirms(tmp_path: Path) -> None:
    found = seek(PLAN, [town(55)], ["openness", "moving_rate"], STARTS, backend="interpreted").scenario
    loaded = load(save_scenario(found, tmp_path / "found.toml"))
    assert loaded.levers == found.levers
    assert judge(simulate(loaded), [town(55)]).met.all()


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(InputError) as refused:
        seek(PLAN, ["urban-share-2003"], ["rewrad", "urban_share"])
    message = str(refused.value)
    assert "Did you mean 'urban-share-2030'?" in message
    assert "lever rewrad: is not a variable" in message
    assert "lever urban_share: is computed" in message


@pytest.mark.parametrize(("targets", "using"), [([], ["reward"]), (["urban-share-2030"], [])])
def test_a_question_needs_a_target_and_a_lever(targets: list[str], using: list[str]) -> None:
    with pytest.raises(InputError, match="at least one target and at least one lever"):
        seek(PLAN, targets, using)


def test_only_levers_are_sought() -> None:
    with pytest.raises(InputError, match=r"pull_of_reward: is no lever of .* only levers are sought"):
        seek(PLAN, ["urban-share-2030"], ["pull_of_reward"])


def test_a_name_said_twice_or_alone_counts_once() -> None:
    once = seek(PLAN, "urban-share-2030", "openness", 1, backend="interpreted")
    twice = seek(PLAN, ["urban-share-2030"] * 2, ["openness"] * 2, 1, backend="interpreted")
    assert once.scenario.levers == twice.scenario.levers


def test_without_a_start_nothing_is_sought() -> None:
    with pytest.raises(InputError, match="starts = 0"):
        seek(PLAN, ["urban-share-2030"], ["reward"], starts=0)


def test_a_lever_of_the_shipped_plan_is_found_again_from_what_it_brings() -> None:
    plan = load("tonglu/plan-2027")
    without = {key: setting for key, setting in plan.levers.items() if key != "ecological_relocation"}
    plan = dataclasses.replace(plan, levers=without)
    (urban,) = (target for target in plan.targets if target.variable == "urbanisation_rate")
    moved = plan.replace(ecological_relocation={"2023-04-16": 0, "2025-01-01": 500})
    brings = judge(simulate(moved), [urban]).value.item()
    goal = dataclasses.replace(urban, goal=brings)
    found = seek(plan, [goal], ["ecological_relocation"], starts=1, backend="interpreted")
    assert found.all_met
    assert found.settings["ecological_relocation"].final == pytest.approx(500, rel=0.02)
