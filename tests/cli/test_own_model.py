"""A model file by itself on the command line: its unit of time, data, draws, a scenario file beside it."""

from __future__ import annotations

import csv
import json
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


def speaks_of_years(text: str) -> bool:
    """Return whether a text speaks of years other than in the unit of the birth rate."""
    return bool(re.search("year|年", re.sub(r"(%|1|person)/(?i:year|年)", "", text), re.IGNORECASE))


def test_months_are_not_years(folder: Path, simcounty: Command) -> None:
    ran = simcounty("run", "pop.mdl", "--set", "birth_rate=0.24", "--years", "0:1")
    assert (ran.returncode, "pop" in ran.stdout) == (0, True)
    (asked,) = (folder / "out").iterdir()  # not out/pop, where the model's own years and numbers go
    assert re.fullmatch("pop--0-1-birth-rate-0.24-[0-9a-f]{8}", asked.name)
    table = rows(asked / "run.csv")
    assert table[0][:3] == ["情景 (scenario)", "时间 [Month] (time)", "pop [person] (pop)"]
    assert [float(row[1]) for row in table[1:]] == [0, 0.25, 0.5, 0.75, 1]
    assert float(table[-1][2]) == pytest.approx(100 * 1.005**4)


def test_every_saved_time_is_a_row_and_flows_have_the_model_s_unit(folder: Path, simcounty: Command) -> None:
    hours = """{UTF-8}
stock = INTEG(inflow, 0) ~ item ~ |
inflow = 10 + 0*Time ~ item/Hour ~ |
INITIAL TIME = 0 ~ Hour ~ |
FINAL TIME = 1 ~ Hour ~ |
TIME STEP = 0.125 ~ Hour ~ |
SAVEPER = 0.125 ~ Hour ~ |
"""
    (folder / "hours.mdl").write_text(hours, "utf-8")
    assert simcounty("run", "hours.mdl").returncode == 0
    table = rows(folder / "out" / "hours" / "run.csv")
    assert table[0][1:] == ["时间 [Hour] (time)", "stock [item] (stock)", "inflow [item/Hour] (inflow)"]
    assert [[float(cell) for cell in row[1:]] for row in table[1:]] == [
        [i / 8, 1.25 * i, 10] for i in range(9)
    ]


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
    mixed = simcounty("report", "pop.mdl", "years.mdl", "--md", "r.md").stderr
    assert "pop (Month), years (year) count in different units of time" in mixed


def test_results_speak_of_months_in_either_language(folder: Path, simcounty: Command) -> None:
    for lang, words in (("en", "Time (Month)"), ("zh", "时间（月）")):
        simcounty("sweep", "plan.toml", "-n", "16", "--out", f"futures-{lang}")
        told = simcounty("run", "plan.toml", "--lang", lang).stdout
        told += simcounty("summary", f"futures-{lang}", "--lang", lang).stdout
        told += simcounty("audit", "plan.toml", "-n", "10", "--lang", lang).stdout
        told += simcounty("compare", "pop.mdl", "plan.toml", "--lang", lang, "--at", "0.25").stdout
        assert told.count(words) >= 5
        assert not speaks_of_years(told)


def test_a_report_is_in_the_unit_of_the_model(folder: Path, simcounty: Command) -> None:
    files = ("--md", "r.md", "--xlsx", "r.xlsx", "--docx", "r.docx", "--date", "2025-06-30")
    assert simcounty("report", "plan.toml", "--lang", "en", *files).returncode == 0
    text = (folder / "r.md").read_text("utf-8")
    assert "from time 0 to time 2 (Month)" in text
    assert "in steps of 0.25 (Month)" in text
    assert not speaks_of_years(text)
    simcounty("report", "plan.toml", "--lang", "zh", *files)
    text = (folder / "r.md").read_text("utf-8").replace("2025年6月30日", "")
    assert "自时间0至时间2（月）" in text
    assert not speaks_of_years(text)


def test_instants_between_whole_numbers_are_kept(folder: Path, simcounty: Command) -> None:
    (folder / "plan.toml").write_text(SCENARIO.replace("year = 2", "year = 1.25"), "utf-8")
    assert "1.25" in simcounty("run", "plan.toml").stdout
    ran = simcounty("compare", "pop.mdl", "plan.toml", "--at", "0.5", "--out", "side")
    assert "0.5" in ran.stdout
    assert "时间 [Month] (time)" in rows(folder / "side" / "compare.csv")[0]
    refused = simcounty("compare", "pop.mdl", "plan.toml", "--at", "0.3")
    assert "time 0.3: nothing is saved then" in refused.stderr


def test_goals_are_drawn_in_units_that_only_the_model_knows(folder: Path, simcounty: Command) -> None:
    (folder / "pop.mdl").write_text(MONTHS.replace("person", "widget"), "utf-8")
    assert "headline.png" in simcounty("run", "plan.toml").stderr


def test_units_that_do_not_fit_are_told_where_a_model_of_ones_own_is_run(
    folder: Path, simcounty: Command
) -> None:
    told = simcounty("run", "pop.mdl").stdout
    assert "Unit: pop: its rate gives person/year where person/month is due" in told
    assert "simcounty check pop.mdl tells all" in told
    assert "simcounty check" not in simcounty("run", "tonglu/baseline", "--quiet", "--json").stdout


def test_a_record_has_the_same_keys_whatever_the_model_has(folder: Path, simcounty: Command) -> None:
    told = [json.loads(simcounty("run", name, "--json").stdout) for name in ("pop.mdl", "plan.toml")]
    assert told[0].keys() == told[1].keys()
    assert (told[0]["time_unit"], told[0]["span"]) == ("Month", [0.0, 2.0])
    assert told[0]["ends"][0]["first"] == 100.0


def test_a_stock_below_nought_is_told_where_it_falls(folder: Path, simcounty: Command) -> None:
    write_model(folder, "s = INTEG(-1, 2) ~ ~ |", name="debt")
    assert "s falls below nought, first at 3" in simcounty("run", "debt.mdl").stdout


def test_a_draft_names_instants_of_a_model_in_months(folder: Path, simcounty: Command) -> None:
    (folder / "draft.md").write_text("By 0.5 it is __.__人{{pop@0.5 : plan.toml}}.\n", "utf-8")
    assert simcounty("proof", "draft.md", "--fill").returncode == 0
    assert "100.50人" in (folder / "draft.md").read_text("utf-8")
    (folder / "draft.md").write_text("By then it is __人{{pop@0.3 : plan.toml}}.\n", "utf-8")
    assert "saves nothing then" in simcounty("proof", "draft.md", "--fill").stderr
