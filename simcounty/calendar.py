"""Dates as model times, and runs by calendar year: levels at its end, flows as their total over it."""

from __future__ import annotations

import calendar
import datetime
import re
from typing import TYPE_CHECKING, Any

from simcounty.errors import ScenarioError
from simcounty.language import said

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr


LAST_YEAR = 9998  # that has a day after its last
CLOSE = 1e-6  # of a year: how near a saved time must be to the end of one
Date = str | int | datetime.date
WRITTEN = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")


def instant(time: float | str) -> int | float:
    """Return an instant as files and results write it: a whole number without decimals.

    >>> instant(2027.0), instant(12.5)
    (2027, 12.5)
    """
    number = float(time)
    return int(number) if number.is_integer() else number


def by_year(dataset: xr.Dataset) -> xr.Dataset:
    """Return the saved ends of years; a flow with an accumulator becomes its total of each year.

    Such a total has the accumulator's unit and the attribute `total`; a year that the run
    covers only in part, such as the first, is missing. `time` becomes integers. A run in another unit of
    time has no years: it is returned as it is.
    """
    import numpy as np

    if not is_yearly(dataset):
        return dataset
    times = dataset.time.values
    chosen = dataset.isel(time=np.abs(times - np.rint(times)) < CLOSE)
    chosen = chosen.assign_coords(time=np.rint(chosen.time.values).astype(int))
    complete = np.diff(chosen.time.values, prepend=np.inf) == 1
    flows = [key for key in chosen if chosen.variables[key].attrs.get("accumulator") in chosen]
    return chosen.assign({key: _total(chosen, str(key), complete) for key in flows})


def is_yearly(dataset: xr.Dataset | xr.DataArray) -> bool:
    """Return whether a run counts time in years."""
    return bool(dataset.time.attrs.get("units", "year") == "year")


def is_total(series: xr.DataArray | xr.Variable) -> bool:
    """Return whether a series holds totals of calendar years rather than levels at their ends."""
    return bool(series.attrs.get("total", False))


def _total(dataset: xr.Dataset, key: str, complete: np.ndarray[Any, Any]) -> tuple[Any, ...]:
    """Return dims, values and attributes of a flow's total in each complete year."""
    import numpy as np

    about = dataset.variables[key].attrs
    stock = dataset.variables[about["accumulator"]].transpose(..., "time")
    total = np.where(complete, np.diff(stock.values, prepend=np.nan), np.nan)
    return stock.dims, total, {**about, "units": stock.attrs.get("units", ""), "total": 1}


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

    A time beyond the calendar stays a number.

    >>> date_of(2022.5), date_of(time_of("2023-04-16")), date_of(1e10)
    ('2023-07-01', '2023-04-16', '1e+10')
    """
    if not 0 <= time < LAST_YEAR:
        return f"{time:g}"
    year, month = divmod(int((time + 1) * 12 + 1e-9), 12)
    days = calendar.monthrange(year, month + 1)[1]
    past = round(((time + 1) * 12 - (year * 12 + month)) * days)
    return str(datetime.date(year, month + 1, 1) + datetime.timedelta(days=past))


def is_date(text: str) -> bool:
    """Return whether a key is meant as a date: it begins with a digit."""
    return text[:1].isdigit()


def _parsed(text: str) -> datetime.date:
    match = WRITTEN.fullmatch(text)
    try:
        if match:
            return datetime.date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        pass
    raise ScenarioError(said("date.none", text=text))
