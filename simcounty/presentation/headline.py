"""The headline of futures: quantiles of variables at a few years, where a county has no targets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simcounty.presentation.formatting import MISSING, format_of
from simcounty.presentation.messages import Messages
from simcounty.presentation.probabilities import width_notes
from simcounty.presentation.records import Record, by_percent
from simcounty.presentation.tables import Table, table_of

if TYPE_CHECKING:
    import xarray as xr

AHEAD = (5, 10)  # years after the start that are shown, beside the last
QUANTILES = ("5", "25", "50", "75", "95")
COLUMNS = ("indicator", "year", "unit", *(f"q{each}" for each in QUANTILES))


def headline_record(quantiles: xr.Dataset, forecast: Record | None) -> Record:
    """Return the quantiles of one scenario's variables, as `bands` gives them, as plain data."""
    years = quantiles.time.values.tolist()
    shown = sorted({*(years[0] + each for each in AHEAD if years[0] + each < years[-1]), years[-1]})
    return {
        "headline": [
            {
                "variable": str(key),
                "label": series.attrs.get("long_name", str(key)),
                "unit": series.attrs.get("units", ""),
                "years": {f"{year:g}": by_percent(series.isel(scenario=0).sel(time=year)) for year in shown},
            }
            for key, series in quantiles.data_vars.items()
        ],
        "forecast": forecast,
    }


def headline_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield the quantiles, and what they rest on."""
    rows = [row for each in record["headline"] for row in _rows(each)]
    yield table_of(words, COLUMNS, rows, right=COLUMNS[3:])
    yield from width_notes(record["forecast"], words)


def _rows(each: Record) -> Iterator[tuple[str, ...]]:
    for year, values in each["years"].items():
        numbers = [values[name] for name in QUANTILES]
        shown = format_of(each["unit"], each["label"], [number for number in numbers if number is not None])
        texts = (MISSING if number is None else shown.number(number) for number in numbers)
        yield each["label"], year, shown.unit or MISSING, *texts
