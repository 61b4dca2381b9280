"""Designs: any part of them can be made alone, and each is what its name says."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as some
from SALib.sample import morris, sobol

from simcounty.errors import ScenarioError
from simcounty.sampling import vary
from simcounty.sampling.designs import DESIGNS, Design, unbalanced
from simcounty.sampling.draws import draws, read_draws
from simcounty.scenario import load
from simcounty.scenario.distributions import Normal
from simcounty.scenario.uncertainty import Correlated, Uncertain, Uncertainty

KEYS = ("a", "b", "c")


@over(some.sampled_from(list(DESIGNS)), some.integers(0, 3), some.lists(some.integers(0, 40), max_size=3))
@settings(max_examples=60, deadline=None)
def test_a_design_does_not_depend_on_how_it_is_cut(name: str, seed: int, cuts: list[int]) -> None:
    design = Design(name, KEYS, 4, seed)
    whole = design.points(range(design.members))
    ends = sorted({0, design.members, *(cut for cut in cuts if cut < design.members)})
    parts = [design.points(range(a, b)) for a, b in pairwise(ends)]
    for place, column in enumerate(whole):
        np.testing.assert_array_equal(column, np.concatenate([part[place] for part in parts]))
        assert column.min() >= 0.0
        assert column.max() <= 1.0


def test_blocks_and_trajectories_are_those_of_salib() -> None:
    problem = {"num_vars": 3, "names": list(KEYS), "bounds": [[0.0, 1.0]] * 3}
    blocks = sobol.sample(problem, 8, calc_second_order=False, scramble=True, seed=5)
    np.testing.assert_array_equal(np.array(Design("saltelli", KEYS, 8, 5).points(range(40))).T, blocks)
    paths = morris.sample(problem, 6, num_levels=4, seed=5)
    np.testing.assert_array_equal(np.array(Design("morris", KEYS, 6, 5).points(range(24))).T, paths)


def test_a_factorial_has_every_combination_once() -> None:
    points = np.array(Design("factorial", KEYS, 3).points(range(27))).T
    assert len({tuple(row) for row in points}) == 27
    assert set(points.ravel()) == {0.0, 0.5, 1.0}


@pytest.mark.parametrize(
    ("name", "n", "says"),
    [
        ("random", 0, "n = 0: a whole number is needed"),
        ("saltelli", 100, "n = 100: Sobol points come in powers of two; 64 or 128 would do"),
        ("factorial", 1, "two levels at least"),
        ("factorial", 100_000, "take fewer"),
        ("soboll", 8, "Did you mean 'sobol'"),
    ],
)
def test_what_a_design_cannot_use_is_refused(name: str, n: int, says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        Design(name, KEYS, n)


def test_sobol_points_fill_the_space_evenly_in_powers_of_two() -> None:
    assert unbalanced(Design("sobol", KEYS, 64)) == ""
    assert "64 or 128" in unbalanced(Design("sobol", KEYS, 65))


def test_grids_need_ends_and_blocks_need_independence() -> None:
    endless = Uncertain({"a": Uncertainty("a", Normal(0, 1)), "b": Uncertainty("b", Normal(0, 1))})
    with pytest.raises(ScenarioError, match="a normal has no ends for morris"):
        draws(endless, 4, "morris")
    together = Uncertain(endless.each, (Correlated(("a", "b"), ((1, 0.5), (0.5, 1))),))
    with pytest.raises(ScenarioError, match="a, b are correlated, but saltelli needs independent inputs"):
        draws(together, 4, "saltelli")


def test_an_ensemble_takes_other_distributions_and_block_designs() -> None:
    plan = load(Path(__file__).parents[1] / "village" / "plan.toml")
    ensemble = vary(plan, {"reward": (0, 500), "moving_rate": (0.01, 0.05)}, n=4, design="morris")
    assert ensemble.members == 4 * 3
    assert set(ensemble.table["reward"].round(9)) <= {0.0, round(500 / 3, 9), round(1000 / 3, 9), 500.0}


def test_a_table_is_read_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("\ufeffreward, moving_rate\n100,0.02\n\n2e2, 0.03\n", encoding="utf-8")
    drawn = read_draws(file)
    assert (drawn.name, drawn.members, drawn.keys) == ("given", 2, ("reward", "moving_rate"))
    assert drawn.columns(range(1, 2))["reward"].tolist() == [200.0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("reward,moving_rate\n1,\n2,x\n3,inf\n", "row 1 .line 2., column moving_rate: is empty"),
        (
            "reward,moving_rate\n1,\n2,x\n3,inf\n",
            "row 2 .line 3., column moving_rate: 'x' is not a finite number",
        ),
        ("reward,moving_rate\n1\n", "row 1 .line 2., column moving_rate: is empty"),
        ("reward,moving_rate\n1,2,3\n", "line 2: 3 cells for 2 keys"),
        ("reward,reward\n1,2\n", "reward stands twice"),
        ("reward\n", "at least one line of values"),
        ("", "a line of keys"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=says):
        read_draws(file)
