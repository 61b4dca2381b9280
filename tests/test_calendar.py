"""A calendar year is from the end of one year to the end of the next."""

from __future__ import annotations

import numpy as np
import xarray as xr

from simcounty.calendar import by_year, is_total


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


def test_the_first_year_is_not_whole_and_therefore_missing() -> None:
    assert np.isnan(by_year(run(2020, 2023, 0.25)).moving.values[0])


def test_only_ends_of_years_remain() -> None:
    assert by_year(run(2020.5, 2023, 0.125)).time.values.tolist() == [2021, 2022, 2023]


def test_a_total_over_a_gap_of_years_is_missing() -> None:
    assert np.isnan(by_year(run(2020, 2024, 2)).moving.values).all()


def test_a_flow_without_its_accumulator_stays_a_rate_at_the_end_of_the_year() -> None:
    yearly = by_year(run(2020, 2023, 0.25)[["moving"]])
    assert yearly.moving.values.tolist() == [0, 1, 2, 3]
    assert not is_total(yearly.moving)
