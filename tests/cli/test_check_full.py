"""`check --full` on the village: its scorecard, its exit codes; and the constraints beside every verdict."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from .conftest import VILLAGE, Command, Ran, run_in

CHECKS = """
model = "../village.mdl"
county = "../county.toml"
describe = "Moving to town"

[[check]]
it = "a readier village moves sooner"
scenario = { openness = { times = 1.2 } }
predicate = [{ variable = "urban_share", years = [2025, 2035], change = ["1 %", "20 %"] }]

[[check]]
it = "nobody is left over"
predicate = [{ variable = "rural_population", years = 2035, value = ["-inf", 0] }]
waiver = "moving takes 20 years longer"

[[check]]
it = "the village is one whatever its size"
scale = {}
"""
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
    """A village with check files, in a folder of its own."""
    folder = tmp_path_factory.mktemp("checked") / "village"
    shutil.copytree(VILLAGE, folder)
    (folder / "checks").mkdir()
    (folder / "checks" / "moving.toml").write_text(CHECKS, encoding="utf-8")
    (folder / "constraints").mkdir()
    (folder / "constraints" / "village.toml").write_text(CONSTRAINTS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def scored(copied: Path) -> dict[str, Any]:
    ran = run_in(copied, "check", "--full", "village.mdl", "--json")
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def test_a_scorecard_for_machines(scored: dict[str, Any]) -> None:
    checks = {each["it"]: each for each in scored["checks"]}
    assert (scored["failed"], scored["waived"]) == (0, 1)
    assert scored["passed"] == len(checks) - 1
    sooner = checks["a readier village moves sooner"]
    assert (sooner["kind"], sooner["describe"], sooner["result"]) == ("scenario", "Moving to town", "pass")
    (measured,) = sooner["measured"]
    assert measured["variable"] == "urban_share"
    assert measured["years"] == [2025, 2035]
    assert measured["band"] == [0.01, 0.2]
    assert 0.01 <= measured["low"] < measured["high"] <= 0.2
    over = checks["nobody is left over"]
    assert (over["result"], over["waiver"]) == ("waived", "moving takes 20 years longer")
    assert over["measured"][0]["band"] == [None, 0.0]


def test_the_engine_is_checked_with_the_model_and_cannot_be_waived(scored: dict[str, Any]) -> None:
    engine = [each for each in scored["checks"] if each["kind"] == "engine"]
    names = [each["it"] for each in engine]
    assert names[:4] == ["unit", "range", "label", "source"]
    assert "agrees with PySD: 小村" in names
    assert all(each["waiver"] == "" for each in engine)


def test_a_scorecard_for_people(copied: Path) -> None:
    ran = run_in(copied, "check", "--full", "checks/moving.toml")
    assert ran.returncode == 0
    assert "Moving to town (moving.toml)" in ran.stdout
    assert "urban_share 2025–2035: +" in ran.stdout
    assert "(band +1 % … +20 %)" in ran.stdout
    assert "waived: moving takes 20 years longer" in ran.stdout
    assert "moving.toml" in ran.stderr


def test_a_scorecard_in_chinese(copied: Path) -> None:
    shown = run_in(copied, "check", "--full", "checks/moving.toml", "--lang", "zh").stdout
    for word in ("通过", "豁免理由：moving takes 20 years longer", "区间", "人"):
        assert word in shown


def test_a_check_that_fails_ends_with_3(copied: Path) -> None:
    file = copied / "checks" / "failing.toml"
    file.write_text(CHECKS.replace("waiver", "# waiver"), encoding="utf-8")
    ran = run_in(copied, "check", "--full", str(file), "--json")
    file.unlink()
    assert ran.returncode == 3
    assert json.loads(ran.stdout)["failed"] == 1
    assert "1 fail" in ran.stderr


def test_more_than_five_waivers_are_a_failure(copied: Path) -> None:
    check = """
[[check]]
it = "nobody is left over, said {number}"
predicate = [{{ variable = "rural_population", years = 2035, value = ["-inf", 0] }}]
waiver = "moving takes 20 years longer"
"""
    file = copied / "checks" / "waived.toml"
    head = CHECKS.partition("[[check]]")[0]
    for many, code in ((5, 0), (6, 3)):
        file.write_text(head + "".join(check.format(number=i) for i in range(many)), encoding="utf-8")
        ran = run_in(copied, "check", "--full", str(file))
        assert ran.returncode == code, ran.stderr
    file.unlink()
    assert "6 are waived. At most 5 may be waived." in ran.stderr


def test_a_broken_check_file_ends_with_2_before_anything_is_run(copied: Path) -> None:
    file = copied / "checks" / "broken.toml"
    file.write_text(CHECKS.replace("openness", "opennes"), encoding="utf-8")
    ran = run_in(copied, "check", "--full", "village.mdl")
    file.unlink()
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Did you mean 'openness'?" in ran.stderr


def test_without_full_a_check_file_is_only_read(copied: Path) -> None:
    checks = json.loads(run_in(copied, "check", "checks/moving.toml", "--json").stdout)
    assert [(each["name"], each["detail"]) for each in checks] == [("check file", "3 checks")]


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
