"""TIME = Y is 31 December of year Y; a date is its first instant."""

import datetime

import pytest

from simcounty.calendar import date_of, time_of
from simcounty.errors import ScenarioError


def test_a_year_is_its_first_day() -> None:
    assert time_of(2025) == time_of("2025") == time_of("2025-01-01") == 2024


def test_the_first_of_july_is_half_a_year_in() -> None:
    assert time_of("2023-07-01") == time_of("2023-07") == time_of(datetime.date(2023, 7, 1)) == 2022.5


def test_within_a_month_days_are_counted() -> None:
    assert time_of("2023-04-16") == 2022 + (3 + 15 / 30) / 12
    assert time_of("2024-02-29") == 2023 + (1 + 28 / 29) / 12


def test_every_day_of_two_years_comes_back() -> None:
    day = datetime.date(2023, 1, 1)
    while day < datetime.date(2025, 1, 1):
        assert date_of(time_of(day)) == str(day)
        day += datetime.timedelta(days=1)


def test_days_follow_each_other() -> None:
    days = [datetime.date(2023, 12, 25) + datetime.timedelta(days=n) for n in range(70)]
    times = [time_of(day) for day in days]
    assert times == sorted(set(times))


@pytest.mark.parametrize("text", ["2023-02-30", "2023-13", "23-01-01", "soon", "2023/01/01", "0000"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ScenarioError, match="is not a date"):
        time_of(text)
