"""Runs by calendar year: levels at its end, flows as what was accumulated over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

CLOSE = 1e-6  # of a year: how near a saved time must be to the end of one


def by_year(dataset: xr.Dataset) -> xr.Dataset:
    """Return the saved ends of years; a flow with an accumulator becomes its total of each year.

    Such a total has the accumulator's unit and the attribute `total`; the first year, which
    the run does not hold whole, is missing. `time` holds whole numbers.
    """
    years = np.rint(dataset.time.values)
    chosen = dataset.isel(time=np.abs(dataset.time.values - years) < CLOSE)
    chosen = chosen.assign_coords(time=np.rint(chosen.time.values).astype(int))
    totals = {
        str(key): _total(chosen, str(key)) for key in chosen if _accumulator(chosen, str(key)) is not None
    }
    return chosen.assign(totals)


def is_total(series: xr.DataArray) -> bool:
    """Tell whether a series holds totals of calendar years rather than levels at their ends."""
    return bool(series.attrs.get("total", False))


def _total(dataset: xr.Dataset, key: str) -> xr.DataArray:
    stock = dataset[dataset[key].attrs["accumulator"]]
    whole = dataset.time.diff("time", label="upper") == 1
    total: xr.DataArray = (stock - stock.shift(time=1)).where(
        whole.reindex_like(dataset.time, fill_value=False)
    )
    return total.assign_attrs({**dataset[key].attrs, "units": stock.attrs.get("units", ""), "total": 1})


def _accumulator(dataset: xr.Dataset, key: str) -> str | None:
    stock = dataset[key].attrs.get("accumulator")
    return stock if stock in dataset else None
