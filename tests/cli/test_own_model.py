"""A model file by itself on the command line: its unit of time, data, draws, a scenario file beside it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from running import Ran
from written import write_model

import simcounty as sc

Command = Callable[..., Ran]

MONTHS = """{UTF-8}
pop = INTEG(pop*birth rate/12, 100) ~ person ~ |
birth rate = 0.12 ~ 1/Year [0,1] ~ |
FINAL TIME = 2 ~ Month ~ |
INITIAL TIME = 0 ~ Month ~ |
SAVEPER = TIME STEP ~ Month ~ |
TIME STEP = 0.25 ~ Month ~ |
"""

SCENARIO = """
title = "Plan"
model = "pop.mdl"
years = [0, 2]

[[target]]
name = "more"
variable = "pop"
operator = ">="
goal = 102
year = 2

[uncertainties.birth_rate]
distribution = "uniform"
low = 0.05
high = 0.2
assumption = "made up"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pop.mdl").write_text(MONTHS, "utf-8")
    (tmp_path / "plan.toml").write_text(SCENARIO, "utf-8")
    return tmp_path


def rows(file: Path) -> list[list[str]]:
    return list(csv.reader(file.read_text("utf-8-sig").splitlines()))


def test_months_are_not_years(folder: Path, simcounty: Command) -> None:
    ran = simcounty("run", "pop.mdl", "--set", "birth_rate=0.24", "--years", "0:1")
    assert (ran.returncode, "pop" in ran.stdout) == (0, True)
    (asked,) = (folder / "out").iterdir()  # not out/pop, where the model's own years and numbers go
    assert re.fullmatch("pop--0-1-birth-rate-0.24-[0-9a-f]{8}", asked.name)
    table = rows(asked / "run.csv")
    assert table[0][:3] == ["情景 (scenario)", "时间 [Month] (time)", "pop [person] (pop)"]
    assert [float(row[1]) for row in table[1:]] == [0, 0.25, 0.5, 0.75, 1]
    assert float(table[-1][2]) == pytest.approx(100 * 1.005**4)


def test_dates_and_totals_of_years_need_a_model_in_years(folder: Path) -> None:
    with pytest.raises(sc.SimcountyError, match="counts in Month"):
        sc.load(folder / "pop.mdl").lever_path("birth_rate", {2023: 0.2})
    of_a_year = SCENARIO.replace("year = 2", 'year = 2\nmeasure = "year"')
    (folder / "plan.toml").write_text(of_a_year, "utf-8")
    with pytest.raises(sc.SimcountyError, match="this one counts in Month"):
        sc.load(folder / "plan.toml")


def test_a_scenario_file_gives_targets_and_uncertainties(folder: Path, simcounty: Command) -> None:
    ran = simcounty("run", "plan.toml", "--futures", "200")
    assert (ran.returncode, "about" in ran.stdout) == (0, True)
    plan = sc.load(folder / "plan.toml")
    saved = sc.save_scenario(plan, folder / "again.toml")
    assert sc.load(saved).own_uncertain == plan.own_uncertain


def test_data_and_draws_are_given_on_the_command_line(folder: Path, simcounty: Command) -> None:
    draw = "RANDOM NORMAL(-9, 9, 0, 1, 0)"
    write_model(folder, "sales ~ ~ |", f"s = INTEG(sales + {draw}, 0) ~ ~ |", name="own")
    (folder / "seen.csv").write_text("time,sales\n0,1\n4,3\n", "utf-8")
    ran = simcounty("run", "own.mdl", "--data", "seen.csv", "--replications", "20", "--seed", "3")
    assert (ran.returncode, "Median" in ran.stdout) == (0, True)
    other = simcounty("run", "own.mdl", "--data", "seen.csv", "--seed", "4", "--json")
    again = simcounty("run", "own.mdl", "--data", "seen.csv", "--seed", "4", "--json")
    assert other.stdout == again.stdout
    assert "has no random functions" in simcounty("run", "pop.mdl", "--replications", "20").stderr
    assert "--data goes with a model file" in simcounty("run", "plan.toml", "--data", "seen.csv").stderr


def test_every_command_has_the_series_that_a_scenario_file_names(folder: Path) -> None:
    write_model(folder, "sales ~ ~ |", "s = INTEG(sales, 0) ~ ~ |", name="own")
    (folder / "seen.csv").write_text("time,sales\n0,1\n4,3\n", "utf-8")
    file = folder / "own.toml"
    file.write_text('title = "Own"\nmodel = "own.mdl"\ndata = ["seen.csv"]\nyears = [0, 4]\n', "utf-8")
    plan = sc.load(file)
    assert float(sc.simulate(plan)["s"][-1]) == 1 + 1.5 + 2 + 2.5
    assert sc.load(sc.save_scenario(plan, folder / "saved.toml")).model.hash == plan.model.hash


def test_models_in_other_units_of_time_are_not_mixed(folder: Path, simcounty: Command) -> None:
    write_model(folder, "pop = INTEG(1, 100) ~ ~ |", name="years")
    assert "pop counts in Month; years counts in year" in simcounty("compare", "pop.mdl", "years.mdl").stderr
    assert "counts in Month; a report tells of years" in simcounty("report", "pop.mdl", "--md", "r.md").stderr


def test_a_stock_below_nought_is_told_where_it_falls(folder: Path, simcounty: Command) -> None:
    write_model(folder, "s = INTEG(-1, 2) ~ ~ |", name="debt")
    assert "s falls below nought, first at 3" in simcounty("run", "debt.mdl").stdout
