"""`validate` on the village: its results, in both languages, and its exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from running import run_in

from .conftest import VILLAGE

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


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A village with check files, in a folder of its own."""
    folder = tmp_path_factory.mktemp("checked") / "village"
    shutil.copytree(VILLAGE, folder)
    (folder / "checks").mkdir()
    (folder / "checks" / "moving.toml").write_text(CHECKS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def validated(copied: Path) -> dict[str, Any]:
    ran = run_in(copied, "validate", "village.mdl", "--json")
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def test_results_for_machines(validated: dict[str, Any]) -> None:
    checks = {each["it"]: each for each in validated["checks"]}
    assert (validated["failed"], validated["waived"]) == (0, 1)
    assert validated["passed"] == len(checks) - 1
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


def test_the_engine_is_checked_with_the_model_and_cannot_be_waived(validated: dict[str, Any]) -> None:
    engine = [each for each in validated["checks"] if each["kind"] == "engine"]
    names = [each["it"] for each in engine]
    assert names[:4] == ["unit", "range", "label", "source"]
    assert "agrees with PySD: 小村" in names
    assert all(each["waiver"] == "" for each in engine)


def test_results_for_people(copied: Path) -> None:
    ran = run_in(copied, "validate", "checks/moving.toml")
    assert ran.returncode == 0
    assert "Moving to town (moving.toml)" in ran.stdout
    assert "urban_share 2025–2035: +" in ran.stdout
    assert "(band +1 % … +20 %)" in ran.stdout
    assert "waived: moving takes 20 years longer" in ran.stdout
    assert "moving.toml" in ran.stderr


def test_results_in_chinese(copied: Path) -> None:
    shown = run_in(copied, "validate", "checks/moving.toml", "--lang", "zh").stdout
    for word in ("通过", "豁免理由：moving takes 20 years longer", "区间", "人"):
        assert word in shown


def test_a_check_that_fails_ends_with_3(copied: Path) -> None:
    file = copied / "checks" / "failing.toml"
    file.write_text(CHECKS.replace("waiver", "# waiver"), encoding="utf-8")
    ran = run_in(copied, "validate", str(file), "--json")
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
        ran = run_in(copied, "validate", str(file))
        assert ran.returncode == code, ran.stderr
    file.unlink()
    assert "6 are waived. At most 5 may be waived." in ran.stderr


def test_a_broken_check_file_ends_with_2_before_anything_is_run(copied: Path) -> None:
    file = copied / "checks" / "broken.toml"
    file.write_text(CHECKS.replace("openness", "opennes"), encoding="utf-8")
    ran = run_in(copied, "validate", "village.mdl")
    file.unlink()
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Did you mean 'openness'?" in ran.stderr


def test_check_only_reads_a_check_file(copied: Path) -> None:
    checks = json.loads(run_in(copied, "check", "checks/moving.toml", "--json").stdout)["checks"]
    assert [(each["it"], each["detail"]) for each in checks] == [("check file", "3 checks")]


def test_what_will_be_run_and_for_how_long_is_printed_first(copied: Path) -> None:
    said = run_in(copied, "validate", "checks/moving.toml").stderr.splitlines()
    assert said[0].startswith("Running 3 checks of 1 files, and the engine's own: about ")
    assert said[1].startswith("[1/4] base run of 小村, beside PySD … (about ")
    assert said[2].startswith("[2/4] moving.toml: a readier village moves sooner … ")
