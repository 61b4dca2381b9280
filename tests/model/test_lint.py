"""Doubts about a model file are found, and only doubts."""

from __future__ import annotations

from pathlib import Path

import pytest

from simcounty.model import load_model
from simcounty.model.functions import FUNCTIONS
from simcounty.model.lint import lint_model
from simcounty.model.unit_inference import RULES

CONTROL = """
INITIAL TIME = 2020 ~ year ~ |
FINAL TIME = 2030 ~ year ~ |
TIME STEP = 0.25 ~ year ~ |
SAVEPER = 1 ~ year ~ |
"""
SOUND = """
people = INTEG(births, 1000) ~ person ~ 人口：people who live here. |
births = people * birth rate ~ person/year ~ 出生：births of a year. |
birth rate = 0.01 ~ 1/year [0, 0.1] ~ 出生率：births a person and year. source: census |
"""


def doubts(folder: Path, equations: str, kind: str = "unit") -> list[str]:
    """Return what is doubtful about a model with these equations beside the sound ones."""
    path = folder / "model.mdl"
    path.write_text("{UTF-8}\n" + SOUND + equations + CONTROL, encoding="utf-8")
    return [str(finding) for finding in lint_model(load_model(path)) if finding.kind == kind]


@pytest.mark.parametrize("kind", ["unit", "range", "label", "source"])
def test_a_sound_model_has_no_findings(tmp_path: Path, kind: str) -> None:
    assert doubts(tmp_path, "", kind) == []


@pytest.mark.parametrize(
    "equation",
    [
        "x = births * TIME STEP ~ person ~ |",
        "x = MAX(0, people - 0) ~ person ~ |",
        "x = 1 - birth rate * TIME STEP ~ Dmnl ~ |",
        "x = births ^ 2 ~ person^2/year^2 ~ |",
        "x = IF THEN ELSE(people > 2 * people, births, 0) ~ 人/年 ~ |",
        "x = EXP(LN(people / people)) ~ fraction ~ |",
        "x = SMOOTH(births, 1 / birth rate) ~ person/year ~ |",
        "x = STEP(births, 2022) ~ person/year ~ |",
        "x = RAMP(births, 2022, 2024) ~ person ~ |",
        "x = PULSE(2022, 1) * births ~ person/year ~ |",
        "x = ZIDZ(births, people) ~ 1/year ~ |",
        "x = XIDZ(births, people, birth rate) ~ 1/year ~ |",
        "x = WITH LOOKUP(Time, ([(0,0)-(9,9)],(0,0),(9,9))) ~ 亿元 ~ |",
        "x = DELAY FIXED(births, 1 / birth rate, births) ~ person/year ~ |",
        "x = ACTIVE INITIAL(births, 0) ~ person/year ~ |",
        "x = SQRT(people * people) ~ person ~ |",
        "x = DELAY MATERIAL(births, 1 / birth rate, births, 0) ~ person/year ~ |",
        "x = NPV(births, birth rate, 0, 1) ~ person ~ |",
        "x = GAMMA LN(people / people) ~ Dmnl ~ |",
        "x = RANDOM NORMAL(0, 9, births, births, 1) ~ person/year ~ |",
        "x = IF THEN ELSE(Time > 0 * Time, people, :NA:) ~ person ~ |",
        "f((0,0),(1,2)) ~ person ~ | x = LOOKUP AREA(f, Time, Time + TIME STEP) ~ person*year ~ |",
        "f((0,0),(1,2)) ~ person ~ | x = LOOKUP INVERT(f, people) ~ year ~ |",
        "f((0,0),(1,2)) ~ person ~ | x = LOOKUP SLOPE(f, Time, 0) ~ person/year ~ |",
        "D: p, q ~ ~ | v[D] = people ~ person ~ | x = VECTOR LOOKUP(v[p], Time, 0, 9, 6) ~ person/year ~ |",
    ],
)
def test_equations_in_harmony_raise_no_doubt(tmp_path: Path, equation: str) -> None:
    assert doubts(tmp_path, equation) == []


@pytest.mark.parametrize(
    ("equation", "words"),
    [
        ("x = people + births ~ person ~ |", "people [person] and births [person/year] are joined"),
        ("x = births ~ person ~ |", "its equation gives person/year where person is due"),
        ("x = people + 5 ~ person ~ |", "people [person] and 5 [Dmnl] are joined"),
        ("x = EXP(people) ~ Dmnl ~ |", "people [person] stands where only a pure number [Dmnl] makes sense"),
        ("x = people ^ birth rate ~ Dmnl ~ |", "birth_rate [1/year] stands where only a pure number"),
        ("x = IF THEN ELSE(people > births, 1, 0) ~ Dmnl ~ |", "people [person] and births [person/year]"),
        ("x = INTEG(people, 0) ~ person ~ |", "its rate gives person where person/year is due"),
        ("x = INTEG(births, birth rate) ~ person ~ |", "its initial value gives 1/year where person is due"),
        ("x = SMOOTH(births, people) ~ person/year ~ |", "x: its rate gives"),
        (
            "x = DELAY FIXED(births, people, births) ~ person/year ~ |",
            "its delay gives person where year is due",
        ),
        ("x = people ~ 万人 ~ |", "gives person where 万人 is due (1 person is 0.0001 万人)"),
        ("x = XIDZ(births, people, 1) ~ 1/year ~ |", "a term in 1/year and 1 [Dmnl] are joined"),
    ],
)
def test_a_clash_of_units_is_named(tmp_path: Path, equation: str, words: str) -> None:
    (finding,) = [each for each in doubts(tmp_path, equation) if words in each]
    assert finding.startswith("x: ")


def test_mu_is_a_chinese_acre_and_never_a_milli_unit(tmp_path: Path) -> None:
    assert doubts(tmp_path, "land = 3 ~ mu ~ |  area = land ~ 亩 ~ |") == []
    assert (
        "gives mu where m2 is due (1 mu is 666.667 m2)"
        in doubts(tmp_path, "land = 3 ~ mu ~ | a = land ~ m2 ~ |")[0]
    )


def test_a_unit_nobody_defined_is_one_finding_and_silences_what_depends_on_it(tmp_path: Path) -> None:
    (finding,) = doubts(tmp_path, "x = 3 ~ widget ~ |  y = x * people ~ person ~ |")
    assert finding == "x: unit 'widget': 'widget' is not defined."


def test_a_missing_unit_is_a_finding(tmp_path: Path) -> None:
    assert doubts(tmp_path, "x = 3 ~ ~ |")[0].startswith("x: has no unit")


def test_time_has_the_unit_of_the_time_step(tmp_path: Path) -> None:
    path = tmp_path / "monthly.mdl"
    equations = "level = INTEG(inflow, 0) ~ yuan ~ |  inflow = 3 ~ yuan/year ~ |"
    path.write_text("{UTF-8}\n" + equations + CONTROL.replace("year", "month"), encoding="utf-8")
    (finding,) = [each for each in lint_model(load_model(path)) if each.kind == "unit"]
    assert "its rate gives yuan/year where yuan/month is due" in finding.text


def test_subscripted_equations_are_reported_once(tmp_path: Path) -> None:
    ages = "age: young, old ~ ~ |  x[age] = people + births ~ person ~ |"
    assert len(doubts(tmp_path, ages)) == 1


@pytest.mark.parametrize(
    ("equation", "words"),
    [
        ("x = 3 ~ Dmnl [0, 1] ~ |", "x = 3 Dmnl is outside its range [0, 1]"),
        ("x = 0.5 ~ Dmnl [1, 0] ~ |", "its range [1, 0] is empty"),
        ("x = -1 ~ Dmnl [0, ?] ~ |", "outside its range [0, inf]"),
        ("x = INTEG(births, 5) ~ person [10, 20] ~ |", "x = 5 person is outside its range [10, 20]"),
    ],
)
def test_numbers_outside_their_range_are_found(tmp_path: Path, equation: str, words: str) -> None:
    (finding,) = doubts(tmp_path, equation, "range")
    assert words in finding


def test_a_variable_without_chinese_label_is_found(tmp_path: Path) -> None:
    assert doubts(tmp_path, "x = 3 ~ Dmnl ~ three |", "label")[0].startswith("x: has no Chinese label")


@pytest.mark.parametrize(("comment", "found"), [
    ("三：three", 1),
    ("三：three. source:", 1),
    ("三：three. source: yearbook 2021", 0),
    ("三：three. assumption: nobody counts", 0),
])  # fmt: skip
def test_a_constant_nobody_can_trace_is_found(tmp_path: Path, comment: str, found: int) -> None:
    assert len(doubts(tmp_path, f"x = 3 ~ Dmnl ~ {comment} |", "source")) == found


def test_only_constants_need_a_source(tmp_path: Path) -> None:
    assert doubts(tmp_path, "x = 2 * people ~ person ~ 二：twice |", "source") == []


def test_every_function_has_a_rule_for_units() -> None:
    assert FUNCTIONS.keys() <= RULES.keys()
