"""A small run to write: two scenarios, a flow with its accumulator, and ages."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr


@pytest.fixture
def run() -> xr.Dataset:
    """A flow of 100 a year, in the plan 120, saved each half year from 2020 to 2023."""
    time = np.arange(2020.0, 2023.5, 0.5)
    flow = np.array([[100.0], [120.0]]) * np.ones_like(time)
    names = {"long_name": "地区生产总值", "units": "YiYuan/year", "accumulator": "cumulative_gdp"}
    ages = np.arange(2.0)[:, None] + time
    return xr.Dataset(
        {
            "gdp": (("scenario", "time"), flow, names),
            "cumulative_gdp": (
                ("scenario", "time"),
                flow * (time - 2020),
                {"long_name": "累计地区生产总值", "units": "YiYuan"},
            ),
            "people": (("age", "time"), ages, {"long_name": "人口", "units": "person"}),
        },
        coords={"scenario": ["基线", "规划"], "time": time, "age": ["young", "old"]},
        attrs={"county": "桐庐县", "levers": "{}"},
    )
