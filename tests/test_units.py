"""Units mean what people in a county office mean by them, and nothing is guessed."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest

from simcounty.errors import InputError
from simcounty.scenario.binding import amount
from simcounty.units import (
    DEFINITIONS,
    DIMENSIONLESS,
    SYMBOLS,
    UnitError,
    convert,
    parse_number,
    ratio,
    unit_of,
    unit_text,
)


@pytest.mark.parametrize(
    ("written", "number", "unit"),
    [
        ("75 %", 75.0, "%"),
        ("３％", 3.0, "%"),
        (0.03, 0.03, None),
        ("3e-2", 0.03, None),
        ("-.5", -0.5, None),
        ("1,100 亩/年", 1100.0, "亩/年"),
        ("45.3万人", 45.3, "万人"),
    ],
)
def test_a_number_is_read_with_the_unit_behind_it(
    written: str | float, number: float, unit: str | None
) -> None:
    assert parse_number(written) == (number, unit)


@pytest.mark.parametrize("written", ["nan", "inf", "-inf", "1e999", "", "%", "ten", "1.2.3", "1,10", "--3"])
def test_what_is_no_finite_number_is_refused(written: str) -> None:
    with pytest.raises(UnitError, match="not a finite number"):
        parse_number(written)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, False])
def test_nan_infinity_and_truth_values_are_no_numbers(value: float) -> None:
    with pytest.raises(UnitError, match="not a"):
        parse_number(value)


@pytest.mark.parametrize(
    ("value", "given", "wanted", "result"),
    [
        (600, "亿元", "YiYuan", 600.0),
        (1, "YiYuan", "万元", 10_000.0),
        (3, "亩", "平方米", 2000.0),  # 1 mu is 2000/3 square metres
        (1, "公顷", "mu", 15.0),
        (57, "%", "Dmnl", 0.57),  # 57 * 0.01 would be 0.5700000000000001
        (4.5, "‰", "%", 0.45),
        (45.3, "万人", "person", 453_000.0),
        (10, "yuan/person/month", "元/(人*年)", 120.0),
        (5, "Year", "years", 5.0),
    ],
)
def test_conversions_are_exact(value: float, given: str, wanted: str, result: float) -> None:
    assert convert(value, given, wanted) == result


def test_names_and_percentages_convert_as_pint_converts_them() -> None:
    """Such conversions do without pint. Every name of `units.txt`, alone and in a unit, against others."""
    lines = [line.split(" = ") for line in DEFINITIONS if " = " in line]
    names = [*DIMENSIONLESS, *SYMBOLS, *(name for first, _, *more in lines for name in (first, *more))]
    texts = [f"{name}{per}" for name in names if name != "_" for per in ("", "/年", "*person/year")]
    for one, other in itertools.product(texts, texts[::7]):
        factor = ratio(unit_of(one), unit_of(other))
        if factor is not None:
            assert convert(3.0, one, other) == float(3 * factor), (one, other)


@pytest.mark.parametrize("unknown", ["parsec", "亿元/", "人 人人"])
def test_a_unit_that_is_not_known_does_not_convert_into_itself(unknown: str) -> None:
    with pytest.raises(UnitError):
        convert(1.0, unknown, unknown)


def test_a_wrong_unit_says_what_would_fit() -> None:
    with pytest.raises(
        InputError, match=r"3 person cannot be converted to 亿元\. Units that can: yuan.*亿元"
    ):
        convert(3, "person", "亿元")


def test_money_is_not_money_a_year() -> None:
    with pytest.raises(UnitError, match="600 亿元 cannot be converted to YiYuan/year"):
        convert(600, "亿元", "YiYuan/year")


def test_a_bare_number_is_in_the_unit_asked_for() -> None:
    assert amount("3%", "", "Dmnl") == amount(0.03, "", "Dmnl") == amount("3e-2", "", "Dmnl") == 0.03


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("person/(YiYuan/year)", "person*year/YiYuan"),
        ("person/year/person", "1/year"),
        ("m^2", "平方米"),
        ("㎡/人", "m2/person"),
        ("", "Dmnl"),
        ("People", "person"),
    ],
)
def test_unit_texts_of_model_files_are_read(text: str, same: str) -> None:
    assert ratio(unit_of(text), unit_of(same)) == 1


def test_a_unit_is_spelled_as_model_files_spell_it() -> None:
    assert unit_text(unit_of("元/人/年")) == "yuan/(person*year)"
    assert unit_text(unit_of("mu ** 2")) == "mu^2"


@pytest.mark.parametrize("text", ["muu", "kmu", "u", "Mm", "output step", "1000 person", "__import__('os')"])
def test_an_unknown_unit_is_never_a_prefixed_other_one(text: str) -> None:
    with pytest.raises(UnitError, match="is not defined"):
        unit_of(text)


@pytest.mark.parametrize("text", ["mu/", "(mu", "mu)", "mu^9^9", "mu^99", "()", "/mu", "*", "(" * 500])
def test_a_unit_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(UnitError, match="unit"):
        unit_of(text)


def test_a_misspelt_unit_is_met_with_a_guess() -> None:
    with pytest.raises(UnitError, match="Did you mean 'YiYuan'"):
        unit_of("YiYuann/year")


def test_pint_is_loaded_only_when_a_unit_is_read() -> None:
    code = "import sys, simcounty.units as u; u.parse_number('3 %'); assert 'pint' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
