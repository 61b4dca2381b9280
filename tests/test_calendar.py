"""TIME = Y is 31 December of year Y; a date is its first instant; a calendar year is from end to end."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
import xarray as xr

from simcounty.calendar import by_year, date_of, is_total, time_of
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


def run(first: float, last: float, step: float) -> xr.Dataset:
    """A flow that equals the time since 2020, so that its integral is half the square of it."""
    time = np.arange(first, last + step / 2, step)
    since = time - 2020
    flow = ("time", since, {"units": "person/year", "accumulator": "moved"})
    return xr.Dataset(
        {"moving": flow, "moved": ("time", since**2 / 2, {"units": "person"})}, coords={"time": time}
    )


def test_a_flow_with_an_accumulator_becomes_its_total_of_the_year() -> None:
    yearly = by_year(run(2020, 2023, 0.25))
    assert yearly.moving.values[1:].tolist() == [0.5, 1.5, 2.5]  # t²/2 at the ends of 1, 2, 3 years
    assert yearly.moving.attrs["units"] == "person"
    assert is_total(yearly.moving)
    assert not is_total(yearly.moved)


def test_the_first_year_is_covered_in_part_and_therefore_missing() -> None:
    assert np.isnan(by_year(run(2020, 2023, 0.25)).moving.values[0])


def test_only_ends_of_years_remain() -> None:
    assert by_year(run(2020.5, 2023, 0.125)).time.values.tolist() == [2021, 2022, 2023]


def test_a_total_over_a_gap_of_years_is_missing() -> None:
    assert np.isnan(by_year(run(2020, 2024, 2)).moving.values).all()


def test_a_flow_without_its_accumulator_stays_a_rate_at_the_end_of_the_year() -> None:
    yearly = by_year(run(2020, 2023, 0.25)[["moving"]])
    assert yearly.moving.values.tolist() == [0, 1, 2, 3]
    assert not is_total(yearly.moving)
