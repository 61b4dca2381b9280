"""The constraints of a model beside every verdict."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from running import Ran, run_in

from .conftest import VILLAGE, Command

CONSTRAINTS = """
[[constraint]]
name = "Solvency"
label = "偿付能力"
variable = "spending"
measure = "year"
value = ["-inf", "2 万元"]
reason = "nobody lends more to the village"

[[constraint]]
name = "Solvency"
label = "偿付能力"
variable = "readiness"
value = [0.2, inf]
reason = "below, nobody moves"

[[constraint]]
name = "Solvency"
label = "偿付能力"
variable = "moves"
years = 2034
value = [0, "inf"]
reason = "nobody moves back"
"""


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A village with constraints, in a folder of its own."""
    folder = tmp_path_factory.mktemp("constrained") / "village"
    shutil.copytree(VILLAGE, folder)
    (folder / "constraints").mkdir()
    (folder / "constraints" / "village.toml").write_text(CONSTRAINTS, encoding="utf-8")
    (folder / "checks").mkdir()
    (folder / "checks" / "moving.toml").write_text('model = "../village.mdl"\ndescribe = "moving"\n', "utf-8")
    return folder


@pytest.fixture(scope="module")
def ran(copied: Path) -> Ran:
    return run_in(copied, "run", "plan.toml", "--json", "--strict")


def test_constraints_stand_beside_every_verdict(ran: Ran) -> None:
    spending, readiness, moves = json.loads(ran.stdout)["constraints"]
    assert spending["name"] == "Solvency"
    assert spending["bounds"] == [None, 20000.0]
    assert (spending["satisfied"], spending["baseline_satisfied"]) == (False, True)
    assert (spending["unit"], spending["label"]) == ("yuan", "奖励支出")
    # the old are half as ready as openness: 0.5 × 0.5 in the baseline and until the policy begins
    assert readiness["variable"] == "readiness[old]"
    assert (readiness["worst"], readiness["year"], readiness["satisfied"]) == (0.25, 2020, True)
    assert moves["year"] == 2034


def test_a_broken_constraint_matters_only_under_strict(copied: Path, ran: Ran) -> None:
    assert ran.returncode == 3
    assert "1 of 3 constraints violated." in ran.stderr
    relaxed = run_in(copied, "run", "plan.toml", "--years", "2020:2033")
    assert relaxed.returncode == 0
    told = relaxed.stdout.splitlines()
    spending = next(each for each in told if each.startswith("Solvency: 奖励支出 ≤ 20000"))
    assert "violated; baseline satisfied" in spending
    assert "Solvency: 进城人数 ≥ 0: the run holds none of its years" in told


def test_constraints_have_a_chinese_name_and_an_open_end_is_no_number(copied: Path) -> None:
    told = run_in(copied, "run", "plan.toml", "--lang", "zh").stdout
    assert "偿付能力：" in told
    assert "Solvency" not in told
    assert "≥ 0.2：规划 2020 年为 0.2500，满足；基线满足" in told


def test_seek_shows_the_constraints_that_run_shows(copied: Path) -> None:
    asked = ("plan.toml", "--target", "urban-share-2030", "--using", "openness")
    shown = run_in(copied, "seek", *asked)
    assert shown.returncode == 0, shown.stderr
    assert sum(each.startswith("Solvency: ") for each in shown.stdout.splitlines()) == 3
    assert len(json.loads(run_in(copied, "seek", *asked, "--json").stdout)["constraints"]) == 3


def test_a_copy_takes_constraints_and_checks_along(copied: Path, simcounty: Command, tmp_path: Path) -> None:
    place = simcounty("copy", str(copied / "plan.toml"), "mine").stdout.strip()
    own = [path.relative_to(tmp_path / "mine").as_posix() for path in (tmp_path / "mine").glob("c*/*.toml")]
    assert sorted(own) == ["checks/moving.toml", "constraints/village.toml"]
    assert json.loads(simcounty("run", place, "--json").stdout)["constraints"]
