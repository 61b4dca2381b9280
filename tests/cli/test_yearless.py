"""Targets without a year or a number, as documents have them: every command tells of them, none breaks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from running import run_in

from .conftest import VILLAGE

ASKED = """
[[clause]]
number = "（九）"
summary = "Fewer villagers; towns hold two fifths."

[[clause.target]]
name = "fewer-villagers"
variable = "rural_population"
operator = "decreasing"
unit = "person"
kind = "model outcome"
wording = "villagers"

[[clause.target]]
name = "town-share"
variable = "urban_share"
operator = ">="
goal = "40 %"
wording = "town dwellers at last"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The village under a policy with such targets, swept."""
    copied = tmp_path_factory.mktemp("yearless") / "village"
    shutil.copytree(VILLAGE, copied)
    with (copied / "policy.toml").open("a", encoding="utf-8") as file:
        file.write(ASKED)
    swept = ("--vary", "moving_rate=0.5%:5%", "-n", "200", "--out", "futures")
    ran = run_in(copied, "sweep", "plan.toml", *swept)
    assert ran.returncode == 0, ran.stderr
    return copied


def test_a_run_tells_by_how_much_a_value_has_fallen_and_what_it_is_at_last(folder: Path) -> None:
    lines = run_in(folder, "run", "plan.toml", "--quiet").stdout.splitlines()
    fallen = next(line for line in lines if line.startswith("villagers"))
    assert "decreasing" in fallen
    assert "met" in fallen
    told = json.loads(run_in(folder, "run", "plan.toml", "--quiet", "--json").stdout)
    asked = {each["name"]: each for each in told["targets"]}
    assert (asked["fewer-villagers"]["goal"], asked["fewer-villagers"]["year"]) == (None, None)
    assert asked["fewer-villagers"]["value"] < 0
    assert asked["town-share"]["value"] > 40


def test_a_summary_gives_their_probabilities_and_no_year(folder: Path) -> None:
    told = json.loads(run_in(folder, "summary", "futures", "--json").stdout)
    asked = {each["name"]: each for each in told["targets"]}
    assert asked["fewer-villagers"]["goal"] is None
    assert asked["fewer-villagers"]["year"] is None
    assert asked["fewer-villagers"]["probability"] == 1.0
    assert asked["fewer-villagers"]["first_year"]["50"] == 2021  # at the start nothing has fallen
    assert asked["town-share"]["year"] is None
    shown = run_in(folder, "summary", "futures").stdout
    assert "decreasing" in shown


def test_what_moves_them_is_told_and_drawn(folder: Path) -> None:
    ran = run_in(folder, "sensitivity", "futures", "--discover", "--out", "figures")
    assert ran.returncode == 0, ran.stderr
    drawn = {path.name for path in (folder / "figures").iterdir()}
    assert {"tornado-fewer-villagers.png", "tornado-town-share.png"} <= drawn
    assert "villagers" in ran.stdout


def test_check_holds_a_finer_step_against_the_value_where_there_is_no_number(folder: Path) -> None:
    checks = json.loads(run_in(folder, "check", "plan.toml", "--json").stdout)["checks"]
    half = next(each for each in checks if each["it"] == "half the time step")
    assert half["result"] == "pass"
    assert "fewer-villagers" in half["detail"]
    assert "nan" not in half["detail"]
