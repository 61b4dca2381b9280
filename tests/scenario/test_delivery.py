"""What of a policy arrives: by hand, through the files, and in a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import simcounty as sc
from simcounty.errors import ScenarioError
from simcounty.sampling import Ensemble
from simcounty.scenario.delivery import Delivered

PLAN = "tonglu/plan-2027"
LEVER = "platform_investment_plan"


def delivered(fraction: float, delay: float) -> Delivered:
    return Delivered(np.array([fraction]), np.array([delay]), delay)


def test_what_arrives_in_full_and_at_once_is_the_path_itself() -> None:
    times, values = delivered(1.0, 0.0).along((2022.0, 2024.0), (10.0, 30.0), before=10.0)
    assert (times, values.ravel().tolist()) == ((2022.0, 2024.0), [10.0, 30.0])


def test_half_of_it_half_a_year_late() -> None:
    """From 10 to 30 over two years: half of that is 20; half a year after the first day nothing has moved."""
    times, values = delivered(0.5, 0.5).along((2022.0, 2024.0), (10.0, 30.0), before=10.0)
    path = dict(zip(times, values.ravel().tolist(), strict=True))
    assert path[2022.0] == path[2022.5] == 10.0
    assert path[2024.0] == pytest.approx(10 + 0.5 * 15)
    assert path[2024.5] == 20.0


def test_a_step_comes_late_as_a_step_of_a_quarter() -> None:
    times, values = delivered(1.0, 0.5).along((2023.0,), (100.0,), before=0.0)
    path = dict(zip(times, values.ravel().tolist(), strict=True))
    assert path == {2023.0: 0.0, 2023.25: 0.0, 2023.5: 100.0}


def test_a_policy_that_arrives_in_full_gives_the_plan_and_one_that_never_comes_the_baseline() -> None:
    plan = sc.load(PLAN)
    arrives = Delivered(np.array([1.0, 0.0]), np.zeros(2), 0.0)
    table = {"forward_inflation": np.full(2, 0.01)}
    keep = ["gdp", "urbanisation_rate"]
    run = sc.simulate(Ensemble(plan, table, delivered=dict.fromkeys(plan.levers, arrives)), keep=keep)
    alone = sc.simulate([plan, plan.baseline], keep=keep)
    for key in keep:
        assert run[key].sel(time=2035).values == pytest.approx(alone[key].sel(time=2035).values, rel=1e-12)


def copied(folder: Path, old: str, new: str) -> Path:
    text = (sc.load(PLAN).policies[0].path).read_text("utf-8")
    assert old in text
    file = folder / "policy.toml"
    file.write_text(text.replace(old, new), "utf-8")
    scenario = folder / "plan.toml"
    source = sc.load(PLAN).path
    assert source is not None
    there = source.parents[1]
    words = source.read_text("utf-8").replace('"../policies/hangzhou-2023.toml"', f'"{file}"')
    words = words.replace('"../counties', f'"{there}/counties').replace(
        '"../../models', f'"{there.parent}/models'
    )
    scenario.write_text(words, "utf-8")
    return scenario


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("high = 1.3", "high = 3", "delivery, fraction: goes from 0.5 to 3; 0 to 2 is possible"),
        ('unit = "year"', 'unit = "mu"', "delivery, delay"),
        (
            'high = 2\nunit = "year"',
            "high = 2",
            'delivery, delay: low = 0 has no unit, so it might be years or months. Write unit = "year"',
        ),
        ("[delivery.delay]", "[delivery.late]", "delivery, late: unknown key. Known: fraction, delay"),
    ],
)
def test_a_delivery_that_cannot_be_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        sc.load(copied(tmp_path, old, new))
    assert said in str(refused.value)


def test_the_times_of_a_path_do_not_depend_on_which_members_are_run_at_once() -> None:
    both = Delivered(np.array([1.0, 0.5]), np.array([0.2, 1.7]), longest=2.0)
    times, values = both.along((2022.0, 2024.0), (10.0, 30.0), before=10.0)
    alone = both.rows(np.array([0])).along((2022.0, 2024.0), (10.0, 30.0), before=10.0)
    assert alone[0] == times
    assert np.array_equal(alone[1], values[:, :1])


def test_a_delay_may_be_months_beside_its_numbers_or_behind_them(tmp_path: Path) -> None:
    years = sc.load(PLAN).policies[0].delivery
    old = 'low = 0\nmode = 0.5\nhigh = 2\nunit = "year"'
    beside = sc.load(copied(tmp_path, old, 'low = 0\nmode = 6\nhigh = 24\nunit = "month"'))
    behind = sc.load(copied(tmp_path, old, 'low = "0 月"\nmode = "6 month"\nhigh = "2 年"'))
    assert years == beside.policies[0].delivery == behind.policies[0].delivery
