"""Check files on models whose answers are worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from written import write_model

from simcounty.errors import ScenarioError
from simcounty.validation import CheckResult, files_of, validate

HEAD = 'model = "../m.mdl"\ndescribe = "by hand"\n'


def results(model: Path, text: str) -> dict[str, CheckResult]:
    """Write a check file beside a model, and run the model's checks."""
    folder = model.parent / "checks"
    folder.mkdir(exist_ok=True)
    (folder / "hand.toml").write_text(HEAD + text, encoding="utf-8")
    return {result.it: result for result in validate(model)}


def only(model: Path, text: str) -> CheckResult:
    (result,) = results(model, text).values()
    return result


@pytest.fixture
def power(tmp_path: Path) -> Path:
    """An output with an elasticity of 2 to skill and of 1 to land, that doubles every year."""
    return write_model(
        tmp_path,
        "skill = 3 ~ Dmnl [0, 10] ~ |",
        "land = 4 ~ mu [0, 100] ~ |",
        "growth = 1 ~ 1/year [0, 2] ~ |",
        "height = INTEG(height * growth, 1) ~ Dmnl ~ |",
        "output = land * skill ^ 2 * height ~ YiYuan/year ~ |",
        "made = INTEG(output, 0) ~ YiYuan ~ |",
        "kind: low, high ~ ~ |",
        "level[kind] = 1, 2 ~ Dmnl [0, 9] ~ |",
        "use[kind] = level[kind] * height ~ Dmnl ~ |",
    )


def test_a_power_of_two_has_the_elasticity_of_its_arc(power: Path) -> None:
    # skill rises by a tenth, output by 1.1² − 1 = 21 %: 2.1 for the arc
    text = """
[[check]]
it = "is steep"
scenario = { skill = { times = 1.1 } }
predicate = [
  { variable = "output", years = [1, 4], elasticity = [2.09, 2.11], of = "skill" },
  { variable = "output", years = 3, change = ["20.9 %", "21.1 %"] },
  { variable = "output", years = 3, difference = [60.4, 60.5] },
  { variable = "output", years = 2, elasticity = [0.99, 1.01], of = "made" },
]"""
    found = only(power, text)
    elasticity, change, difference, own = found.measured
    assert found.result == "pass"
    assert (elasticity.low, elasticity.high) == (pytest.approx(2.1), pytest.approx(2.1))
    assert change.low == pytest.approx(0.21)
    assert difference.low == pytest.approx(4 * 9 * 8 * 0.21)
    assert own.low == pytest.approx(1.0)


def test_a_level_holds_in_every_year_and_for_every_element(power: Path) -> None:
    text = """
[[check]]
it = "all"
predicate = [
  { variable = "use", value = [1, 32] },
  { variable = "use[low]", years = 2, value = [4, 4] },
  { variable = "height", years = 4, drift = [15, 15] },
]
[[check]]
it = "not all"
predicate = [{ variable = "use", value = [1, 31.9] }]"""
    found = results(power, text)
    assert found["all"].result == "pass"
    assert found["all"].measured[0].years == (0, 1, 2, 3, 4)
    assert found["not all"].result == "fail"
    assert found["not all"].measured[0].note == "use[high] 4"


def test_the_flow_of_a_calendar_year_is_what_was_accumulated_in_it(power: Path) -> None:
    # Euler with a step of a year: the flow of year 2 is the rate at its start, 4 × 9 × 2
    text = """
[[check]]
it = "flows"
predicate = [{ variable = "output", years = 2, measure = "year", value = ["72 亿元", 72] }]"""
    (flow,) = only(power, text).measured
    assert (flow.low, flow.unit) == (72.0, "YiYuan")


def test_values_are_laid_over_the_base_in_every_way_there_is(power: Path) -> None:
    text = """
[[check]]
it = "ways"
scenario = { skill = "200 %", land = { plus = 1 }, level = 5, growth = { 0001 = 0.0 } }
against = { skill = { times = 0.5 } }
predicate = [
  { variable = "skill", years = 4, value = [2, 2] },
  { variable = "land", years = 4, value = [5, 5] },
  { variable = "use", years = 0, value = [5, 5] },
  { variable = "height", years = [1, 4], value = [1, 1] },
  { variable = "skill", years = 0, difference = [0.5, 0.5] },
]"""
    assert only(power, text).result == "pass"


def test_a_change_may_begin_later(power: Path) -> None:
    text = """
[[check]]
it = "later"
scenario = { skill = { times = 2, from = "0003" } }
predicate = [
  { variable = "output", years = [0, 1], change = [0, 0] },
  { variable = "output", years = [2, 4], change = [3, 3] },
]"""
    assert only(power, text).result == "pass"


def test_a_failure_with_a_reason_is_waived(power: Path) -> None:
    text = """
[[check]]
it = "hopeless"
predicate = [{ variable = "height", value = [2, inf] }]
waiver = "known since the first release: 1 instead of 2"
[[check]]
it = "idle"
predicate = [{ variable = "height", value = [1, inf] }]
waiver = "no longer needed since 0.1"
"""
    found = results(power, text)
    assert found["hopeless"].result == "waived"
    assert found["idle"].result == "pass"


def test_a_run_that_goes_wrong_fails_its_own_check_alone(tmp_path: Path) -> None:
    model = write_model(
        tmp_path, "a = 1 ~ Dmnl [0, 1] ~ |", "b = 1 / a ~ Dmnl ~ |", "c = INTEG(b, 0) ~ year ~ |"
    )
    text = """
[[check]]
it = "divides"
scenario = { a = 0 }
predicate = [{ variable = "c", change = [-1, 1] }]
[[check]]
it = "runs"
predicate = [{ variable = "c", years = 4, value = [4, 4] }]"""
    found = results(model, text)
    assert found["runs"].result == "pass"
    assert found["divides"].result == "fail"
    assert "b (inf) is not a finite number" in found["divides"].detail


def test_an_elasticity_of_what_does_not_move_holds_nothing(power: Path) -> None:
    text = """
[[check]]
it = "still"
scenario = { land = 5 }
predicate = [{ variable = "output", elasticity = ["-inf", "inf"], of = "height" }]"""
    (measured,) = only(power, text).measured
    assert not measured.holds


def test_check_files_belong_to_the_model_they_name(power: Path) -> None:
    folder = power.parent / "checks"
    folder.mkdir()
    (folder / "mine.toml").write_text(HEAD, encoding="utf-8")
    (folder / "other.toml").write_text(HEAD.replace("m.mdl", "other.mdl"), encoding="utf-8")
    assert [path.name for path in files_of(power)] == ["mine.toml"]
    (folder / "torn.toml").write_text("model = ", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"torn\.toml: cannot be read as a check file"):
        files_of(power)
