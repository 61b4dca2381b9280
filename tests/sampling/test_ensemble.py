"""Ensembles: designs that fill their ranges, and members that stay who they are."""

from pathlib import Path

import numpy as np
import pytest

from simcounty.errors import ScenarioError
from simcounty.model import load_model
from simcounty.sampling import Ensemble, Ranges, vary
from simcounty.scenario import LeverPath, Scenario, load

VILLAGE = Path(__file__).parents[1] / "village"
PLAN = load(VILLAGE / "plan.toml")
RANGES: Ranges = {"moving_rate": ("1 %", "5 %"), "reward": (100, 900)}


@pytest.mark.parametrize("design", ["random", "sobol"])
def test_a_member_does_not_depend_on_how_many_are_asked_for(design: str) -> None:
    few, many = (
        vary(PLAN, RANGES, n=5, design=design, seed=3),
        vary(PLAN, RANGES, n=1000, design=design, seed=3),
    )
    for key in RANGES:
        np.testing.assert_array_equal(few.table[key], many.table[key][:5])


def test_in_a_random_design_a_column_does_not_depend_on_the_others() -> None:
    alone = vary(PLAN, {"reward": (100, 900)}, n=50, seed=3)
    np.testing.assert_array_equal(alone.table["reward"], vary(PLAN, RANGES, n=50, seed=3).table["reward"])


@pytest.mark.parametrize("design", ["random", "lhs", "sobol"])
def test_a_design_is_repeatable_and_follows_its_seed(design: str) -> None:
    first, again, other = (vary(PLAN, RANGES, n=64, design=design, seed=seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.table["reward"], again.table["reward"])
    assert (first.table["reward"] != other.table["reward"]).any()


@pytest.mark.parametrize(("design", "off"), [("random", 0.05), ("lhs", 1e-3), ("sobol", 1e-2)])
def test_a_design_is_uniform_over_its_range(design: str, off: float) -> None:
    table = vary(PLAN, RANGES, n=1024, design=design, seed=1).table
    for key, (low, high) in {"moving_rate": (0.01, 0.05), "reward": (100, 900)}.items():
        assert table[key].min() >= low
        assert table[key].max() <= high
        quartiles = np.quantile((table[key] - low) / (high - low), [0.25, 0.5, 0.75])
        np.testing.assert_allclose(quartiles, [0.25, 0.5, 0.75], atol=off)


def test_a_latin_hypercube_has_one_member_in_every_slice() -> None:
    column = vary(PLAN, {"reward": (0, 1000)}, n=100, design="lhs").table["reward"]
    assert sorted(np.floor(column / 10)) == list(range(100))


def test_columns_of_a_random_design_are_independent() -> None:
    table = vary(PLAN, RANGES, n=4096).table
    assert abs(np.corrcoef(table["moving_rate"], table["reward"])[0, 1]) < 0.05


def test_a_member_is_the_scenario_with_its_row_put_in() -> None:
    ensemble = vary(PLAN, RANGES, n=3)
    member = ensemble.member(2)
    assert isinstance(member, Scenario)
    assert member.levers["reward"].values == (ensemble.table["reward"][2],)
    assert member.levers["reward"].times == PLAN.levers["reward"].times[:1]
    assert ensemble.members == 3


def test_a_path_keeps_its_shape_and_ends_at_the_number_of_the_member() -> None:
    path = LeverPath("reward", (2022.5, 2024.0, 2030.0), (900.0, 900.0, 900.0))
    assert path.ending_at(10.0).values == (900.0, 10.0, 10.0)  # the start stays, what stood at the end moves
    assert LeverPath("reward", (2022.5,), (900.0,)).ending_at(10.0).values == (10.0,)
    member = Ensemble(PLAN, {"reward": np.array([100.0, 200.0])}, {"reward": path}).member(1)
    assert isinstance(member, Scenario)
    assert member.levers["reward"].values == (900.0, 200.0, 200.0)


def test_a_path_needs_a_scenario_and_a_column() -> None:
    path = LeverPath("reward", (2022.5,), (900.0,))
    with pytest.raises(ScenarioError, match="reward: a path without a column"):
        Ensemble(PLAN, {"openness": np.ones(2)}, {"reward": path})
    with pytest.raises(ScenarioError, match="a bare model has no paths"):
        Ensemble(load_model(VILLAGE / "village.mdl"), {"reward": np.ones(2)}, {"reward": path})


def test_a_scenarios_range_must_lie_inside_what_its_clause_allows() -> None:
    with pytest.raises(ScenarioError, match=r"reward: 6000 yuan/person is outside \[0, 5000\]"):
        vary(PLAN, {"reward": (0, 6000)}, n=2)


def test_a_bare_models_ranges_only_inform() -> None:
    model = load_model(VILLAGE / "village.mdl")
    assert vary(model, {"reward": (0, 1e6)}, n=2).members == 2


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(ScenarioError) as refused:
        vary(PLAN, {"rewrad": (0, 1), "reward": (9, 1)}, n=0, design="soboll")
    message = str(refused.value)
    assert "rewrad: is not a variable" in message
    assert "reward: the range goes from 9 down to 1" in message
    assert "n = 0" in message
    assert "Did you mean 'sobol'?" in message


def test_counts_are_whole_and_ranges_have_two_ends() -> None:
    with pytest.raises(ScenarioError) as refused:
        vary(PLAN, {"reward": 1, "openness": (0, 0.5, 1)}, n=2.5, seed=-1)  # type: ignore[arg-type, dict-item]
    message = str(refused.value)
    assert message.count("give its two ends") == 2
    assert "n = 2.5" in message
    assert "seed = -1" in message


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ScenarioError, match="give all one length"):
        Ensemble(PLAN, {"reward": np.zeros(2), "openness": np.zeros(3)})


def test_a_range_of_no_width_holds_a_constant_where_it_is() -> None:
    members = vary(PLAN, {"reward": (1, 1)}, n=3)
    assert members.table["reward"].tolist() == [1.0, 1.0, 1.0]
