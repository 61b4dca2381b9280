"""A scenario with other values is another scenario; the first stays as it is."""

from pathlib import Path

import pytest

from simcounty.errors import ScenarioError
from simcounty.scenario import LeverPath, load

PLAN = load(Path(__file__).parents[1] / "village" / "plan.toml")


def test_a_number_for_a_lever_holds_from_the_first_date_of_what_it_replaces() -> None:
    changed = PLAN.replace(reward=300)
    assert (changed.levers["reward"].times, changed.levers["reward"].values) == ((2022.5,), (300,))
    assert PLAN.levers["reward"].values == (0, 2000, 1000)


def test_a_number_for_an_unset_lever_of_a_clause_holds_from_the_policys_first_day() -> None:
    assert PLAN.baseline.replace(reward=300).levers["reward"].times == (2022.5,)


def test_a_number_for_any_other_constant_holds_from_the_start() -> None:
    changed = PLAN.replace(pull_of_reward=2e-4)
    assert changed.model.constants["pull_of_reward"].value == 2e-4
    assert dict(changed.constants) == {"pull_of_reward": 2e-4}
    assert changed.levers == PLAN.levers


def test_numbers_may_be_written_as_people_write_them() -> None:
    assert PLAN.replace(openness="75 %").levers["openness"].values == (0.75,)
    assert PLAN.replace(openness="3e-2").levers["openness"].values == (0.03,)
    assert PLAN.replace(initial_urban_population="0.1 万人").constants == {"initial_urban_population": 1000}


def test_a_path_may_be_given_by_dates() -> None:
    path = PLAN.replace({"weight[young]": {"2024-07-01": 1, 2030: "150 %"}}).levers["weight[young]"]
    assert (path.times, path.values) == ((2023.5, 2029), (1, 1.5))


def test_a_setting_may_be_given_whole() -> None:
    setting = LeverPath("reward", (2024.0,), (50.0,), solved=True, default=0.0)
    assert PLAN.replace(reward=setting).levers["reward"] is setting


def test_the_baseline_has_no_lever_setting_but_the_countys_values() -> None:
    assert PLAN.baseline.levers == {}
    assert PLAN.baseline.model == PLAN.model
    assert PLAN.baseline.targets == PLAN.targets
    assert PLAN.baseline.name != PLAN.name


def test_a_change_shows_in_the_hash() -> None:
    hashes = {PLAN.hash, PLAN.baseline.hash, PLAN.replace(reward=1).hash, PLAN.replace(reward=2).hash}
    assert len(hashes) == 4


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(ScenarioError) as refused:
        PLAN.replace({"reward": 6000, "openness": "half", "rewrad": 1, "moving_rate": {2040: 0.1}})
    message = str(refused.value)
    assert "reward: 6000 yuan/person is outside [0, 5000]" in message
    assert "openness: 'half' is not a finite number" in message
    assert "rewrad: is not a variable" in message
    assert "moving_rate: 2040-01-01 is outside the run" in message


@pytest.mark.parametrize("values", [(float("nan"),), (20_000.0,)])
def test_a_setting_is_held_to_the_same_rules(values: tuple[float, ...]) -> None:
    with pytest.raises(ScenarioError):
        PLAN.replace(reward=LeverPath("reward", (2024.0,), values))


@pytest.mark.parametrize(
    ("times", "values"), [((), ()), ((2024.0,), (1.0, 2.0)), ((2025.0, 2024.0), (1.0, 2.0))]
)
def test_an_impossible_setting_cannot_be_built(times: tuple[float, ...], values: tuple[float, ...]) -> None:
    with pytest.raises(ScenarioError):
        LeverPath("reward", times, values)
