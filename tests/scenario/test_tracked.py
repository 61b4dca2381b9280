"""What people track: numbers and ticks by target and year, each with its source."""

from pathlib import Path

import pytest

from simcounty.errors import ScenarioError
from simcounty.monitoring import monitor
from simcounty.scenario import Scenario, load, save_scenario

VILLAGE = Path(__file__).parents[1] / "village"
HEAD = "target,year,value,unit,source\n"

POLICY = """
title = "A policy that asks for what no model computes"
document = "省 2024"
status = "in force"
issued = 2023-01-10
first_day = 2023-07-01
source = "made up for the tests"

[[clause]]
number = "（一）"
summary = "Coverage, offices and a plan."

[[clause.target]]
name = "coverage"
operator = ">="
goal = "95 %"
year = 2030
kind = "tracked indicator"

[[clause.target]]
name = "offices"
operator = "between"
goal = [2, 3]
unit = "个"
kind = "checklist"

[[clause.target]]
name = "charter"
operator = "="
goal = 1
kind = "checklist"

[[clause.target]]
name = "urban-share"
variable = "urban_share"
operator = ">="
goal = "1 %"
year = 2030
"""


def scenario(folder: Path, rows: str) -> Scenario:
    (folder / "policy.toml").write_text(POLICY, "utf-8")
    (folder / "tracked.csv").write_text(HEAD + rows, "utf-8")
    path = folder / "plan.toml"
    path.write_text(
        f'title = "tracked"\nmodel = "{(VILLAGE / "village.mdl").as_posix()}"\npolicies = ["policy.toml"]\n'
        'years = [2020, 2035]\ntracked = "tracked.csv"\n',
        "utf-8",
    )
    return load(path)


def standing(folder: Path, rows: str, name: str) -> tuple[str, float | None, bool | None]:
    made = scenario(folder, rows)
    (found,) = (each for each in monitor(made.all_targets, made.tracked) if each.target.name == name)
    return found.status, found.value, found.met


def test_what_nobody_measured_is_never_met(tmp_path: Path) -> None:
    rows = "coverage,2030,,%,\n"  # a row to be filled in
    assert standing(tmp_path, rows, "coverage") == ("no data", None, None)
    assert standing(tmp_path, rows, "offices") == ("open", None, None)


def test_an_indicator_is_judged_by_its_last_value_up_to_its_year(tmp_path: Path) -> None:
    rows = "coverage,2025,0.91,Dmnl,survey\ncoverage,2028,96,%,survey\ncoverage,2031,99,%,survey\n"
    assert standing(tmp_path, rows, "coverage") == ("tracked", 96, True)
    assert standing(tmp_path, rows.splitlines()[0] + "\n", "coverage") == ("tracked", 91, False)


def test_an_item_is_counted_or_said_to_be_done(tmp_path: Path) -> None:
    assert standing(tmp_path, "offices,2025,3,个,bureau\n", "offices") == ("done", 3, True)
    assert standing(tmp_path, "offices,2025,4,个,bureau\n", "offices") == ("not done", 4, False)
    assert standing(tmp_path, "charter,2025,完成,,bureau\n", "charter") == ("done", None, True)
    assert standing(tmp_path, "charter,2025,not done,,bureau\n", "charter") == ("not done", None, False)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (
            "coverge,2025,96,%,survey",
            r"target coverge: there is none of that name\. Did you mean 'coverage'",
        ),
        ("urban-share,2025,96,%,survey", "line 2: urban-share is a model outcome, which the model judges"),
        ("coverage,2025,done,,survey", "line 2: coverage is a tracked indicator: give a number, not 'done'"),
        ("coverage,2025,96,km,survey", "line 2: .*km"),
        ("coverage,soon,96,%,survey", "line 2: year is 'soon'"),
        ("coverage,2025,96,%,", "line 2: source is empty"),
        ("coverage,2025", "line 2: the row ends before value"),
    ],
)
def test_a_row_that_does_not_fit_is_named(tmp_path: Path, row: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        scenario(tmp_path, row + "\n")


def test_every_finding_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"(?s)line 2: .*line 3: "):
        scenario(tmp_path, "a,2025,1,,x\nb,2025,1,,x\n")


def test_what_is_tracked_travels_with_a_saved_scenario(tmp_path: Path) -> None:
    made = scenario(tmp_path, "coverage,2028,96,%,survey\n")
    assert load(save_scenario(made, tmp_path / "saved.toml")).tracked == made.tracked
