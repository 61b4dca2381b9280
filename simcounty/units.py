"""Read and convert numbers and units as people write them: `75 %`, `亿元/年`, `person/(YiYuan/year)`.

Only the units of `units.txt` exist. pint's own catalogue is not used: there `mu` is a milli-unit of atomic
mass and `cap` may be read as a prefix; here an unknown unit is an error. Conversions are exact fractions,
rounded once at the end. pint is loaded when it is first needed: not for another name of a unit, such as 亿元
for YiYuan, not for percentages, and not for many of a unit, such as 万人.
"""

from __future__ import annotations

import math
import re
import unicodedata
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from simcounty.errors import InputError, did_you_mean, shortened
from simcounty.language import in_chinese_now, said

if TYPE_CHECKING:
    import pint
    from pint.facets.plain import PlainUnit as Unit

DEFINITIONS = files("simcounty").joinpath("units.txt").read_text("utf-8").splitlines()
DIMENSIONLESS = ("Dmnl", "dmnl", "dimensionless", "fraction", "比值", "1")  # Dmnl: Vensim's word for no unit
PURE_NUMBER = DIMENSIONLESS[0]
SYMBOLS = {"%": "percent", "‰": "permille", "$": "dollar", "€": "euro", "¥": "yuan"}
NUMBER = re.compile(
    r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+|(?=\.\d))(?:\.\d*)?(?:[eE][-+]?\d+)?(?![\d.,])", re.ASCII
)
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""Digits and signs as Chinese keyboards write them; no other look-alike of a digit is one."""
MOST_LETTERS, MOST_TOKENS, MOST_POWER = 300, 100, 20
TOKEN = re.compile(r"\*\*|[*/^()]|\d+|[^\s*/^()\d][^\s*/^()]*")
_PARTS = {"%", "‰"}
PURE = {"Dmnl": Fraction(1), "percent": Fraction(1, 100), "permille": Fraction(1, 1000)}  # as in units.txt


class UnitError(InputError):
    """A number or a unit that cannot be read, or a unit that does not fit."""


def parse_number(given: str | float) -> tuple[float, str | None]:
    """Return a number and the unit written behind it, if any.

    >>> parse_number("75 %"), parse_number("1,100 亩/年"), parse_number("3e-2")
    ((75.0, '%'), (1100.0, '亩/年'), (0.03, None))
    """
    if isinstance(given, bool):
        raise UnitError(f"{given!r} is not a number. Write 1 or 0.")
    text = str(given).translate(FULL_WIDTH).strip()
    found = NUMBER.match(text)
    number = float(found.group().replace(",", "")) if found else math.nan
    behind = text[found.end() :] if found else ""
    raised = unicodedata.category(behind[:1] or " ") in ("Nd", "No")  # such as ², part of the number before
    if raised or behind.startswith("_") or not math.isfinite(number):
        quoted = shortened(given) if isinstance(given, str) else given
        raise UnitError(said("number.none", given=quoted), "value")
    return number, unicodedata.normalize("NFKC", behind).strip() or None


def convert(value: float, from_unit: str, to_unit: str) -> float:
    """Convert a value from one unit to another, rounding once.

    >>> convert(57, "%", "Dmnl"), convert(600, "亿元", "yuan"), convert(3, "mu", "m2")
    (0.57, 60000000000.0, 2000.0)
    """
    factor = _factor_between(from_unit, to_unit)
    if factor is None:
        wanted = unit_of(to_unit)
        fitting = [name for name in _known() if ratio(_named(name), wanted) is not None]
        fitting = fitting or [to_unit, *([f"%/{to_unit[2:]}"] if to_unit.startswith("1/") else [])]
        chinese = [
            each
            for each in map(shown, fitting)
            if not (in_chinese_now() and each.isascii() and each.isalpha())
        ]
        names = said("listed").join(dict.fromkeys(chinese or fitting))
        parts = {"value": value, "unit": shown(from_unit), "to": shown(to_unit), "fitting": names}
        raise UnitError(said("unit.unfit", **parts), "unit")
    return float(Fraction(value) * factor)


def express(number: float, unit: str, to_unit: str) -> float:
    """Express a number in another unit; a yearly rate may be written as a plain percentage.

    >>> express(0.75, "Dmnl", "%"), express(3, "%", "1/year")
    (75.0, 0.03)
    """
    if not unit or unit == to_unit:
        return number
    plain = {unit: unit, to_unit: to_unit}
    if {unit, to_unit} & _PARTS:
        plain |= {"1/year": "Dmnl"}
    return convert(number, plain[unit], plain[to_unit])


def of_a_year(given: str, unit: str, to_unit: str) -> tuple[str, str]:
    """Return a number of a year and its unit: 亿元 of a year are 亿元/年 where a flow is meant.

    >>> of_a_year("240", "亿元", "YiYuan/year"), of_a_year("240 亿元", "", "YiYuan/year")
    (('240', '亿元/year'), ('240', '亿元/year'))
    """
    number, written = parse_number(given)
    named = written or unit
    once = not (written and unit and written != unit)
    is_flow = to_unit.endswith("/year") and named not in DIMENSIONLESS
    if (
        once
        and is_flow
        and _factor_between(named, to_unit) is None
        and _factor_between(f"{named}/year", to_unit)
    ):
        return f"{number!r}".removesuffix(".0"), f"{named}/year"
    return given, unit


@cache
def _factor_between(text: str, other: str) -> Fraction | None:
    """Return the ratio of two texts; pint is not needed for names and multiples of a unit and percentages."""
    (one, rest), (two, other_rest) = _spelling(text), _spelling(other)
    (many, base), (others, other_base) = _multiple(one), _multiple(two)
    if one and rest == other_rest and base == other_base:
        return many / others
    return ratio(unit_of(text), unit_of(other))


def _multiple(name: str) -> tuple[Fraction, str]:
    """Return how many of which unit a unit is, where its definition says so in one step."""
    if name in PURE:
        return PURE[name], DIMENSIONLESS[0]
    return _multiples().get(name, (Fraction(1), name))


@cache
def _multiples() -> dict[str, tuple[Fraction, str]]:
    """Return the units of `units.txt` that are so many of another, such as 万人 = 10000 * person."""
    found = (re.match(r"(\w+) = (\d+) \* (\w+)(?: =|$)", line) for line in DEFINITIONS)
    return {each[1]: (Fraction(each[2]), each[3]) for each in found if each}


def _spelling(text: str) -> tuple[str, str]:
    """Return the first unit of a text such as a/b*c and the rest, by their first names; of others nothing."""
    parts = re.split(r"([*/])", unicodedata.normalize("NFKC", text[:MOST_LETTERS]))
    first = {name: row[0] for row in _names() for name in row} | SYMBOLS
    first |= dict.fromkeys(DIMENSIONLESS, DIMENSIONLESS[0])
    parts[::2] = [first.get(each.strip(), "") for each in parts[::2]]
    return (parts[0], "".join(parts[1:])) if all(parts) else ("", "")


@cache
def ratio(one: Unit, other: Unit) -> Fraction | None:
    """Return how many of `other` are one of `one`, exactly; None where they measure different things.

    >>> ratio(unit_of("亿元"), unit_of("万元"))
    Fraction(10000, 1)
    """
    quotient = registry().Quantity(Fraction(1), one / other).to_root_units()
    return Fraction(quotient.magnitude) if quotient.unitless else None


@cache
def unit_of(text: str) -> Unit:
    """Return the unit of a text; an empty text is dimensionless. The case of names is ignored.

    >>> unit_of("person/(YiYuan/year)") == unit_of("person*year/亿元")
    True
    """
    tokens = TOKEN.findall(unicodedata.normalize("NFKC", text[: MOST_LETTERS + 1]))
    if len(text) > MOST_LETTERS or len(tokens) > MOST_TOKENS:
        raise UnitError(said("unit.long", text=text[:40]), "unit")
    try:
        unit, rest = _product(tokens or ["Dmnl"])
    except IndexError:
        raise UnitError(said("unit.short", text=text), "unit") from None
    except UnitError as error:
        raise UnitError(said("unit.text", text=text, error=error), "unit") from None
    if rest:
        place = said("unit.place", name=rest[0])
        raise UnitError(said("unit.text", text=text, error=place), "unit")
    return unit


def unit_text(unit: Unit) -> str:
    """Return the text of a unit as model files write it.

    >>> unit_text(unit_of("元/人/年")), unit_text(unit_of("1/年")), unit_text(unit_of("mu*m2/mu^2/mu"))
    ('yuan/(person*year)', '1/year', 'm2/mu^2')
    """
    items = registry().Quantity(Fraction(1), unit).unit_items()
    powers = sorted((name, Fraction(str(power))) for name, power in items)
    above = "*".join(_raised(name, power) for name, power in powers if power > 0)
    below = "*".join(_raised(name, -power) for name, power in powers if power < 0)
    if not below:
        return above or "Dmnl"
    return f"{above or 1}/({below})" if "*" in below else f"{above or 1}/{below}"


def is_extensive(text: str) -> bool:
    """Return whether amounts in a unit are proportional to the size of a county, per year or not.

    People and yuan a year are; fractions, prices, yuan a person and years are not.

    >>> is_extensive("YiYuan/year"), is_extensive("yuan/person"), is_extensive("Dmnl"), is_extensive("mu")
    (True, False, False, True)
    """
    powers = [str(power) for name, power in unit_of(text).dimensionality.items() if name != "[time]"]
    return bool(powers) and not any(power.startswith("-") for power in powers)


LARGE = {
    "person": ((1e4, "万人"),),
    "yuan": ((1e8, "YiYuan"), (1e4, "万元")),
    "yuan/person": ((1e4, "万元/person"),),
    "mu": ((1e4, "万亩"),),
}
"""From which size on amounts are given in larger units, the largest first."""


def display_unit(unit: str, largest: float) -> tuple[str, float]:
    """Return the unit values are shown in, and the factor to it: 万人 from 10,000 persons, 亿元 from 10⁸.

    >>> display_unit("person", 45_310.0), display_unit("person", 1_300.0), display_unit("yuan", 6e10)[0]
    (('万人', 0.0001), ('person', 1.0), 'YiYuan')
    """
    larger = next((name for least, name in LARGE.get(unit, ()) if largest >= least), unit)
    return larger, convert(1.0, unit, larger) if larger != unit else 1.0


def as_percentage(value: float, unit: str) -> tuple[float, str]:
    """Return a number and its unit; a fraction a year as a percentage a year, of an unknown unit as it is.

    >>> as_percentage(0.015, "1/year"), as_percentage(0.5, "1/widget")
    ((1.5, '%/year'), (0.5, '1/widget'))
    """
    if not unit.startswith("1/"):
        return value, unit
    percent = f"%/{unit[2:]}"
    try:
        return convert(value, unit, percent), percent
    except UnitError:
        return value, unit


def in_chinese(text: str) -> str:
    """Return the text of a unit in Chinese; a pure number has none.

    >>> in_chinese("YiYuan/person/year"), in_chinese("1/year"), in_chinese("Dmnl"), in_chinese("widget")
    ('亿元/人/年', '1/年', '', 'widget')
    """
    if text.strip() in DIMENSIONLESS:
        return ""
    names = _chinese_names()
    return TOKEN.sub(lambda found: names.get(found.group(), found.group()), text).replace("*", "·")


def shown(text: str) -> str:
    """Return the text of a unit for the reader of a message."""
    return (in_chinese(text) or "比值") if in_chinese_now() else text


@cache
def _chinese_names() -> dict[str, str]:
    chinese = [(row, next((name for name in row if ord(name[0]) > 0x2E7F), row[0])) for row in _names()]
    return {name: label for row, label in chinese for name in row} | {"percent": "%"}


@cache
def registry() -> pint.UnitRegistry[Fraction]:
    """Return the registry of `units.txt` and nothing else."""
    import pint

    units: pint.UnitRegistry[Fraction] = pint.UnitRegistry(None, non_int_type=Fraction)
    units.load_definitions(DEFINITIONS)
    return units


def _product(tokens: list[str]) -> tuple[Unit, list[str]]:
    """Read factors joined by `*`, `/` or a blank, left to right, up to `)` or the end."""
    unit, rest = _power(tokens)
    while rest and rest[0] != ")":
        divides = rest[0] == "/"
        factor, rest = _power(rest[1:] if rest[0] in ("*", "/") else rest)
        unit = unit / factor if divides else unit * factor
    return unit, rest


def _power(tokens: list[str]) -> tuple[Unit, list[str]]:
    """Read one factor and the integer it is raised to, if any."""
    unit, rest = _factor(tokens)
    if not rest or rest[0] not in ("^", "**"):
        return unit, rest
    if not re.fullmatch(r"\d", rest[1]):
        raise UnitError(said("unit.exponent", name=rest[1]))
    raised = unit ** int(rest[1])
    powers = (Fraction(str(power)) for _, power in registry().Quantity(Fraction(1), raised).unit_items())
    if any(abs(power) > MOST_POWER for power in powers):
        raise UnitError(said("unit.power", most=MOST_POWER))
    return raised, rest[2:]


def _factor(tokens: list[str]) -> tuple[Unit, list[str]]:
    """Read a name, a 1, or a product in parentheses."""
    head, rest = tokens[0], tokens[1:]
    if head != "(":
        return _named(head), rest
    unit, rest = _product(rest)
    if rest[0] != ")":
        raise UnitError(said("unit.place", name=rest[0]))
    return unit, rest[1:]


def _raised(name: str, power: Fraction) -> str:
    if power == 1:
        return name
    return f"{name}^{power}" if power.denominator == 1 else f"{name}^({power})"


def _named(name: str) -> Unit:
    from pint import UndefinedUnitError

    if name in DIMENSIONLESS:
        return registry().dimensionless
    if name in ("*", "/", "^", "**", ")"):
        raise UnitError(said("unit.place", name=name))
    word = SYMBOLS.get(name, name)
    try:
        if not word.isidentifier():
            raise UndefinedUnitError(word)
        return registry().parse_units(word, case_sensitive=len(word) < 3)
    except (UndefinedUnitError, ValueError):  # pint takes "nan" for a number
        guess = did_you_mean(name, _known())
        raise UnitError(said("unit.unknown", name=name, guess=guess)) from None


def _known() -> list[str]:
    """Return every name of a unit, in the order of `units.txt`."""
    return [DIMENSIONLESS[0], *(name for row in _names() for name in row)]


@cache
def _names() -> list[list[str]]:
    """Return the names that each line of `units.txt` gives to a unit: the first, then its aliases."""
    lines = [line.split(" = ") for line in DEFINITIONS if " = " in line]
    return [[first, *(name for name in others if name != "_")] for first, _, *others in lines]
