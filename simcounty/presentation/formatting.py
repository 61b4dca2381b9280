"""The one formatter of numbers: 45.31万人, 508.8亿元, 75.01%, +1.33个百分点, ≥ 600, 61.3 % ± 0.5 %."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from simcounty.units import as_percentage, display_unit, express, in_chinese

if TYPE_CHECKING:
    from simcounty.presentation.messages import Messages
    from simcounty.presentation.records import Record
    from simcounty.scenario import Target

SIGNS: Mapping[str, str] = {">=": "≥", "<=": "≤", "~": "≈"}
"""How operators of targets are written; the others are written as they are."""

FRACTIONS = ("率", "占比", "比重", "比例", "份额", "覆盖")
"""How the names of pure numbers end that are read as percentages."""

ESTIMATE = ("probability", "standard_error", "low", "high")
COUNTED = ("人", "户", "个")
FIGURES, MOST_DIGITS, PERCENT_DIGITS = 4, 6, 2
MISSING, MINUS = "–", "−"
PERCENT, POINTS = "%", "个百分点"


@dataclass(frozen=True)
class NumberFormat:
    """How a quantity is written: its unit in Chinese, the factor to it from the model's, its decimals."""

    unit: str
    factor: float = 1.0
    digits: int = 1

    def number(self, value: float | None) -> str:
        """Write a value of the model's unit, without its unit."""
        return plain(value and self.factor * value, self.digits)

    def amount(self, value: float | None) -> str:
        """Write a value with its unit.

        >>> NumberFormat("亿元").amount(508.84), NumberFormat("%", 100.0, 2).amount(0.75012)
        ('508.8亿元', '75.01%')
        """
        return with_unit(self.number(value), self.unit)

    def change(self, value: float | None) -> str:
        """Write a difference with its sign, without its unit.

        >>> NumberFormat("%", 100.0, 2).change(0.0133), NumberFormat("亿元").change(-0.004)
        ('+1.33', '−0.004')
        """
        return signed(value and self.factor * value, self.digits)

    @property
    def unit_of_change(self) -> str:
        """The unit of differences: percentages differ by points."""
        return POINTS if self.unit == PERCENT else self.unit


def with_unit(number: str, unit: str) -> str:
    """Write a number with its unit: a Chinese one and per cent without a blank, others after one.

    >>> with_unit("508.8", "亿元"), with_unit("75.01", "%"), with_unit("12", "widget"), with_unit("1.47", "")
    ('508.8亿元', '75.01%', '12 widget', '1.47')
    """
    return f"{number} {unit}" if unit[:1].isascii() and unit[:1].isalpha() else f"{number}{unit}"


def plain(value: float | None, digits: int) -> str:
    """Write a number with so many decimals and a true minus; what is not known as a dash.

    >>> plain(-1574.2, 0), plain(float("nan"), 1)
    ('−1574', '–')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{value:.{digits}f}".replace("-", MINUS)


def signed(value: float | None, digits: int) -> str:
    """Write a difference with its sign; one that is not zero is never shown as zero.

    >>> signed(1.25, 1), signed(-0.0004, 2), signed(0.0, 1)
    ('+1.2', '−0.0004', '0.0')
    """
    if value is None or value == 0.0 or not math.isfinite(value):
        return plain(value, digits)
    text = f"{value:+.{digits}f}"
    return (f"{value:+.1g}" if float(text) == 0.0 else text).replace("-", MINUS)


def exact(value: float) -> str:
    """Write a number as a file gives it: six figures at most, and no powers of ten.

    >>> exact(1e8), exact(0.000065), exact(41.44)
    ('100000000', '0.000065', '41.44')
    """
    return format(Decimal(f"{value:.6g}"), "f").replace("-", MINUS) if math.isfinite(value) else MISSING


def decimals(scale: float, figures: int = FIGURES) -> int:
    """Return the decimals that show so many figures of a number of this size.

    >>> decimals(600), decimals(75), decimals(1.55), decimals(0), decimals(75, figures=3)
    (1, 2, 3, 1, 1)
    """
    if scale == 0.0 or not math.isfinite(scale):
        return 1
    return min(MOST_DIGITS, max(0, figures - 1 - math.floor(math.log10(abs(scale)))))


def format_of(unit: str, label: str, values: Iterable[float], shown_in: str = "") -> NumberFormat:
    """Choose how values of a model's unit are written; `shown_in` is the unit a document uses for them.

    >>> format_of("person", "常住人口", [453_106.0]).amount(453_106.0)
    '45.31万人'
    >>> format_of("Dmnl", "常住人口城镇化率", [0.7, 0.75]).amount(0.75)
    '75.00%'
    >>> format_of("1/year", "外出率", [0.015]).amount(0.015)
    '1.50%/年'
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    shown = shown_in or _readable(unit, label, largest)
    factor = express(1.0, unit, shown) if unit != shown else 1.0
    name = in_chinese(shown)
    return NumberFormat(name, factor, _digits(name, largest * abs(factor)))


def _readable(unit: str, label: str, largest: float) -> str:
    if unit.lower() == "dmnl" and largest <= 2.0 and label.partition("（")[0].endswith(FRACTIONS):
        return PERCENT
    return display_unit(as_percentage(1.0, unit)[1], largest)[0]


def _digits(unit: str, largest: float) -> int:
    """Return two decimals for percentages, none for people counted one by one, else four figures."""
    if unit.startswith(PERCENT):
        return PERCENT_DIGITS
    return 0 if unit in COUNTED else decimals(largest)


def target_format(unit: str, scale: float) -> NumberFormat:
    """Choose how numbers of a target are written, which are in the target's own unit and near `scale`.

    >>> target_format("亿元", 600.0).number(508.84), target_format("%", 75.0).change(0.0114)
    ('508.8', '+0.01')
    """
    name = in_chinese(unit)
    return NumberFormat(name, 1.0, _digits(name, abs(scale) if math.isfinite(scale) else 0.0))


def goal_text(
    words: Messages, operator: str, goal: float | None, up_to: float | None = None, unit: str = ""
) -> str:
    """Write what a target asks: its operator, its number or range, and its unit if one is given.

    >>> from simcounty.presentation.messages import Language, Messages
    >>> zh = Messages(Language.zh)
    >>> goal_text(zh, ">=", 600.0), goal_text(zh, "between", 15.0, 20.0, "%")
    ('≥ 600', '15–20%')
    >>> goal_text(zh, "decreasing", None), goal_text(zh, ">=", float("nan"))
    ('下降', '无数值')
    """
    if operator == "decreasing":
        return words("decreasing")
    if goal is None or math.isnan(goal):
        return words("no_number")
    sign = SIGNS.get(operator, operator) if up_to is None else ""  # a range says by itself what is asked
    number = exact(goal) if up_to is None else f"{exact(goal)}–{exact(up_to)}"
    return with_unit(f"{sign} {number}".strip(), in_chinese(unit))


def recorded_goal(words: Messages, target: Record) -> str:
    """Write what the target of a record asks, with its unit; see `goal_text`."""
    return goal_text(words, target["operator"], target["goal"], target["up_to"], target["unit"])


def target_goal(words: Messages, target: Target) -> str:
    """Write what a target asks, with its unit; see `goal_text`."""
    return goal_text(words, target.operator, target.goal, target.up_to, target.unit)


def bounds_text(low: float | None, high: float | None, unit: str = "") -> str:
    """Write the bounds of a number; an open end is infinite or None.

    >>> bounds_text(0.995, None), bounds_text(0.0, 1.0), bounds_text(None, 3.0, "YiYuan")
    ('≥ 0.995', '0 … 1', '≤ 3亿元')
    """
    ends = [None if end is None or math.isinf(end) else exact(end) for end in (low, high)]
    if all(ends):
        text = " … ".join(end for end in ends if end)
    else:
        text = next((f"{sign} {end}" for sign, end in zip("≥≤", ends, strict=True) if end), MISSING)
    return with_unit(text, in_chinese(unit))


def probability_text(probability: float, error: float, low: float, high: float) -> str:
    """Write a probability in per cent with its standard error.

    What never or always happened is written with the end of its 95 % interval, `low` or `high`; without an
    error (nan) the number stands alone.

    >>> probability_text(0.613, 0.0049, 0.603, 0.623), probability_text(0.0, 0.0, 0.0, 0.0038)
    ('61.3 % ± 0.5 %', '0 % (≤ 0.38 %)')
    """
    percent, error, low, high = (100 * each for each in (probability, error, low, high))
    if not math.isfinite(error):
        return f"{percent:.4g} %"
    if percent == 0:
        return f"0 % (≤ {high:.2g} %)"
    if percent == 100:
        return f"100 % (≥ {low:.{error_digits(100 - low) + 1}f} %)"
    digits = error_digits(error)
    return f"{percent:.{digits}f} % ± {error:.{digits}f} %"


def estimate_text(estimate: Record) -> str:
    """Write the estimate of a probability, as records have it; see `probability_text`."""
    return probability_text(*(math.nan if estimate[name] is None else estimate[name] for name in ESTIMATE))


def error_digits(error: float) -> int:
    """Return the decimals that show the first figure of an error, or two figures if the first is a 1."""
    return max(0, -math.floor(math.log10(error / 2))) if error > 0 else 0


def year_text(year: float | None) -> str:
    """Write a year or another instant; a target without one is measured at the end of the run."""
    return MISSING if year is None or not math.isfinite(year) else f"{year:.10g}"


def in_unit(value: float, unit: str, shown: str) -> float:
    """Express a number of a model's unit in the unit a text gives it in; points count as per cent.

    >>> in_unit(0.0125, "Dmnl", "个百分点"), in_unit(5.088e10, "yuan", "亿元"), in_unit(1.47, "Dmnl", "倍")
    (1.25, 508.8, 1.47)
    """
    return express(value, unit or "Dmnl", TEXT_UNITS.get(shown, shown) or "Dmnl")


TEXT_UNITS: Mapping[str, str] = {
    POINTS: PERCENT,
    "百分点": PERCENT,
    "percentage points": PERCENT,
    "倍": "Dmnl",
}
"""Words that texts use for units."""


def names_text(names: Iterable[str]) -> str:
    """Return names, each once, with how often it stands.

    >>> names_text(["初始资本产出比", "初始房价", "初始资本产出比"])
    '初始资本产出比 (2), 初始房价'
    """
    counts = Counter(names)
    return ", ".join(f"{name} ({count})" if count > 1 else name for name, count in counts.items())


def counts_text(counts: Mapping[str, int], words: Messages) -> str:
    """Return in words how many numbers rest on what, by the kinds of `KINDS`, in their order.

    >>> from simcounty.presentation.messages import Messages
    >>> counts_text({"sourced": 23, "assumed": 62}, Messages("zh"))
    '23 项有来源，62 项为假设'
    """
    return words("comma").join(words(f"count_{kind}", count=count) for kind, count in counts.items() if count)
