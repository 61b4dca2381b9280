"""Dates and model time: TIME = Y is 31 December of year Y, a bare year is its first day."""

from __future__ import annotations

import calendar
import datetime
import re

from simcounty.errors import ScenarioError

Date = str | int | datetime.date

_WRITTEN = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")


def time_of(date: Date) -> float:
    """Return the model time of the first instant of a year, a month or a day.

    >>> time_of("2023-07-01"), time_of("2023-07"), time_of(2025)
    (2022.5, 2022.5, 2024.0)
    """
    day = date if isinstance(date, datetime.date) else _parsed(str(date))
    months = day.month - 1 + (day.day - 1) / calendar.monthrange(day.year, day.month)[1]
    return day.year - 1 + months / 12


def date_of(time: float) -> str:
    """Return the date whose first instant is nearest to a model time; the inverse of `time_of`.

    >>> date_of(2022.5), date_of(time_of("2023-04-16"))
    ('2023-07-01', '2023-04-16')
    """
    year, month = divmod(int((time + 1) * 12 + 1e-9), 12)
    days = calendar.monthrange(year, month + 1)[1]
    past = round(((time + 1) * 12 - (year * 12 + month)) * days)
    return str(datetime.date(year, month + 1, 1) + datetime.timedelta(days=past))


def is_date(text: str) -> bool:
    """Tell whether a key is meant as a date: it begins with a digit."""
    return text[:1].isdigit()


def _parsed(text: str) -> datetime.date:
    match = _WRITTEN.fullmatch(text)
    try:
        if match:
            return datetime.date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        pass
    raise ScenarioError(f"{text!r} is not a date. Write 2025, 2023-07 or 2023-07-01.")
