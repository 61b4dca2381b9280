"""The texts people read, each under a stable code, in English and in Chinese.

`messages.json` beside this file is the one catalogue: `"code": {"en": …, "zh": …}`, with the placeholders of
`str.format`. The codes of reports begin with `report.`. A text that speaks of years has beside it, under
`code@time`, the one for models that count in another unit of time.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from simcounty.language import Language as Language
from simcounty.language import default_language as default_language
from simcounty.units import in_chinese

DIGITS = "〇一二三四五六七八九"
YEAR, NO_UNIT = "year", "time"
"""How results name the year as unit of time, and the unit of a model that gives none."""


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return every text by its code and its language."""
    found: Mapping[str, Mapping[str, str]] = json.loads(
        files("simcounty.presentation").joinpath("messages.json").read_text("utf-8")
    )
    return found


@dataclass(frozen=True)
class Messages:
    """The texts of one language, about results that count time in one unit.

    >>> zh = Messages(Language.zh)
    >>> zh("report.point", date="2025-01-01", value="41.44"), zh("year"), zh.counting("Month")("year")
    ('2025-01-01：41.44', '年份', '时间（月）')
    """

    language: Language
    time_unit: str = YEAR

    def __call__(self, code: str, /, **parts: object) -> str:
        """Return the text of a code with its placeholders filled. Raise KeyError for an unknown code."""
        own = f"{code}@time"
        chosen = own if self.time_unit != YEAR and own in catalogue() else code
        return catalogue()[chosen][self.language].format(**{"in_unit": self.in_unit, **parts})

    def counting(self, time_unit: str) -> Messages:
        """Return the texts about results in a unit of time; "year" has those about years."""
        return replace(self, time_unit=time_unit)

    @property
    def in_unit(self) -> str:
        """The unit of time in brackets, as any text may have it; nothing where there is none.

        >>> Messages(Language.zh, "Days").in_unit, Messages(Language.en, "Days").in_unit
        ('（日）', ' (Days)')
        """
        if self.time_unit == NO_UNIT:
            return ""
        if not self.is_chinese:
            return f" ({self.time_unit})"
        chinese = in_chinese(self.time_unit.lower())
        return f"（{self.time_unit if chinese.isascii() else chinese}）"

    @property
    def is_chinese(self) -> bool:
        """Whether the language is Chinese."""
        return self.language is Language.zh

    def heading(self, name: str) -> str:
        """Return the heading of a column: a code's text, or a name that has none; symbols stay as they are.

        >>> en = Messages(Language.en)
        >>> en.heading("probability"), en.heading("sigma"), en.heading("p_value")
        ('Probability', 'σ', 'p')
        """
        text = self(name) if name in catalogue() else name
        is_word = text[:2].isascii() and text[:2].isalpha() and len(text) > 1
        return text[:1].upper() + text[1:] if is_word else text

    def day(self, date: datetime.date) -> str:
        """Write a date.

        >>> Messages(Language.zh).day(datetime.date(2025, 3, 1))
        '2025年3月1日'
        """
        return f"{date.year}年{date.month}月{date.day}日" if self.is_chinese else date.isoformat()

    def ordinal(self, place: int, level: int = 1) -> str:
        """Write the number of a chapter.

        >>> zh, en = Messages(Language.zh), Messages(Language.en)
        >>> zh.ordinal(12), zh.ordinal(3, 2), en.ordinal(3)
        ('十二、', '（三）', '3 ')
        """
        if not self.is_chinese:
            return f"{place} "
        return f"（{chinese_number(place)}）" if level > 1 else f"{chinese_number(place)}、"


def chinese_number(number: int) -> str:
    """Write a number up to 99 in Chinese.

    >>> chinese_number(3), chinese_number(10), chinese_number(21)
    ('三', '十', '二十一')
    """
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return head + (DIGITS[ones] if ones or not tens else "")
