"""Numbers as a Chinese plan writes them: 45.31万人, 508.8亿元, 75.01%, +1.33个百分点."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from simcounty.scenario.binding import converted
from simcounty.units import in_chinese, spoken

LARGE: Mapping[str, tuple[float, str]] = {
    "person": (1e4, "万人"),
    "yuan": (1e4, "万元"),
    "mu": (1e5, "万亩"),
}
"""From which size on a unit is written in ten thousands."""

SHARES = ("率", "占比", "比重", "比例", "份额", "覆盖")
"""How the names of pure numbers end that are read as percentages."""

WHOLE = ("人", "户", "个")
FIGURES, MOST_DIGITS, PERCENT_DIGITS = 4, 6, 2
MISSING, MINUS = "–", "−"
PERCENT, POINTS = "%", "个百分点"


@dataclass(frozen=True)
class Style:
    """How a quantity is written: its unit in Chinese, the factor to it from the model's, its decimals."""

    unit: str
    factor: float = 1.0
    digits: int = 1

    def number(self, value: float) -> str:
        """Write a value of the model's unit, without its unit."""
        return plain(self.factor * value, self.digits)

    def amount(self, value: float) -> str:
        """Write a value with its unit.

        >>> Style("亿元").amount(508.84), Style("%", 100.0, 2).amount(0.75012), Style("").amount(-1.25)
        ('508.8亿元', '75.01%', '−1.2')
        """
        return f"{self.number(value)}{self.unit}"

    def change(self, value: float) -> str:
        """Write a difference with its sign, without its unit, and never as a nought that it is not.

        >>> Style("%", 100.0, 2).change(0.0133), Style("亿元").change(-0.004)
        ('+1.33', '−0.004')
        """
        shown = self.factor * value
        if not math.isfinite(shown) or shown == 0.0:
            return plain(abs(shown), self.digits)
        text = f"{shown:+.{self.digits}f}"
        tiny = shown != 0.0 and float(text) == 0.0
        return (f"{shown:+.1g}" if tiny else text).replace("-", MINUS)

    @property
    def unit_of_change(self) -> str:
        """The unit of differences: percentages differ by points."""
        return POINTS if self.unit == PERCENT else self.unit


def plain(value: float, digits: int) -> str:
    """Write a number with so many decimals, and a true minus.

    >>> plain(-1574.2, 0), plain(float("nan"), 1)
    ('−1574', '–')
    """
    return f"{value:.{digits}f}".replace("-", MINUS) if math.isfinite(value) else MISSING


def given(value: float) -> str:
    """Write a number as a file gives it: six figures at most, and no powers of ten.

    >>> given(1e8), given(0.000065), given(41.44)
    ('100000000', '0.000065', '41.44')
    """
    return format(Decimal(f"{value:.6g}"), "f").replace("-", MINUS) if math.isfinite(value) else MISSING


def style_of(unit: str, label: str, values: Iterable[float], asked: str = "") -> Style:
    """Choose how values of a model's unit are written; `asked` is the unit a document uses for them.

    >>> style_of("person", "常住人口", [453_106.0]).amount(453_106.0)
    '45.31万人'
    >>> style_of("Dmnl", "常住人口城镇化率", [0.7, 0.75]).amount(0.75)
    '75.00%'
    >>> style_of("1/year", "外出率", [0.015]).amount(0.015)
    '1.50%/年'
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    shown = asked or _readable(unit, label, largest)
    factor = converted(1.0, unit, shown) if unit != shown else 1.0
    name = in_chinese(shown)
    return Style(name, factor, _digits(name, largest * abs(factor)))


def _readable(unit: str, label: str, largest: float) -> str:
    if unit in LARGE and largest >= LARGE[unit][0]:
        return LARGE[unit][1]
    if unit.lower() == "dmnl" and largest <= 2.0 and label.partition("（")[0].endswith(SHARES):
        return PERCENT
    return spoken(1.0, unit)[1]


def _digits(unit: str, largest: float) -> int:
    """Return the decimals that show four figures of the largest value; of percentages two, of people none."""
    if unit.startswith(PERCENT):
        return PERCENT_DIGITS
    if unit in WHOLE or largest == 0.0:
        return 0 if unit in WHOLE else 1
    return min(MOST_DIGITS, max(0, FIGURES - 1 - math.floor(math.log10(largest))))


def in_unit(value: float, unit: str, shown: str) -> float:
    """Express a number of a model's unit in the unit a text gives it in; points count as per cent.

    >>> in_unit(0.0125, "Dmnl", "个百分点"), in_unit(5.088e10, "yuan", "亿元"), in_unit(1.47, "Dmnl", "倍")
    (1.25, 508.8, 1.47)
    """
    return converted(value, unit or "Dmnl", SPOKEN.get(shown, shown) or "Dmnl")


SPOKEN: Mapping[str, str] = {POINTS: PERCENT, "百分点": PERCENT, "percentage points": PERCENT, "倍": "Dmnl"}
"""Words of texts for units."""
