"""The headline of futures: quantiles of variables at a few years, where there are no targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from simcounty.calendar import is_yearly
from simcounty.presentation.formatting import MISSING, format_of
from simcounty.presentation.messages import Messages
from simcounty.presentation.probabilities import forecast_record, width_notes
from simcounty.presentation.records import Record, by_percent, time_unit
from simcounty.presentation.tables import Table, table_of

if TYPE_CHECKING:
    import xarray as xr

AHEAD = (5, 10)  # years after the start that are shown, beside the last
PARTS = (0.25, 0.5)  # of a run in another unit, after which it is shown
QUANTILES = ("5", "25", "50", "75", "95")
COLUMNS = ("indicator", "year", "unit", *(f"q{each}" for each in QUANTILES))


def headline_record(futures: xr.Dataset) -> Record:
    """Return the quantiles of the headline variables of futures as plain data, and what they were held to."""
    from simcounty.sweeps.futures import headline_kept
    from simcounty.sweeps.probabilities import about_weights, bands
    from simcounty.sweeps.weights import weights_of

    quantiles = bands(futures, headline_kept(futures))
    shown = _instants(quantiles.time.values.tolist(), is_yearly(quantiles))
    return {
        "headline": [
            {
                "scenario": str(name),
                "variable": str(key),
                "label": series.attrs.get("long_name", str(key)),
                "unit": series.attrs.get("units", ""),
                "years": {f"{year:g}": by_percent(series.sel(scenario=name, time=year)) for year in shown},
            }
            for name in quantiles.scenario.values
            for key, series in quantiles.data_vars.items()
        ],
        "forecast": forecast_record({**futures.attrs, **about_weights(weights_of(futures))}),
    }


def _instants(times: Sequence[float], yearly: bool) -> list[float]:
    """Return the instants that are shown of those saved.

    >>> _instants([2020, 2025, 2030, 2035], True), _instants([0.0, 0.5, 1.0, 1.5, 2.0], False)
    ([2025, 2030, 2035], [0.5, 1.0, 2.0])
    """
    parts = [times[round(part * (len(times) - 1))] for part in PARTS]
    ahead = [times[0] + each for each in AHEAD] if yearly else parts
    return sorted({*(each for each in ahead if each in times), times[-1]})


def untargeted_record(futures: xr.Dataset) -> Record:
    """Return what can be said of futures without targets as plain data: quantiles, and what was run."""
    return {**unrun_record(futures), **headline_record(futures)}


def unrun_record(futures: xr.Dataset) -> Record:
    """Return what can be said of futures of which no member has been run yet as plain data."""
    from simcounty.sweeps.futures import error_of

    design = futures.attrs["design"]
    return {
        "members": futures.sizes["member"],
        "failed": int(futures.failed.sum()),
        "unfinished": int(futures.attrs["unfinished"]),
        "design": design,
        "error": error_of(design),
        "county": futures.attrs["county"],
        "time_unit": time_unit(futures),
        "targets": [],
        "joint": [],
    }


def unrun_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield how many members are still to be run."""
    yield words("not_run", unfinished=f"{record['unfinished']:,}")


def untargeted_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield the quantiles of futures without targets, and what they rest on."""
    if record["county"]:
        yield words("no_targets")
    yield headline_table(record["headline"], words)
    counts = {"members": f"{record['members']:,}", "failed": f"{record['failed']:,}"}
    yield words("counted_quantiles", design=record["design"], **counts)
    if record["unfinished"]:
        yield words("not_run", unfinished=f"{record['unfinished']:,}")
    if record["error"] == "grid":
        yield words("grid_quantiles")
    elif record["forecast"]:
        yield from width_notes(record["forecast"], words)
    else:
        yield words("chance.constants_only")


def headline_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield the quantiles, and what they rest on."""
    yield headline_table(record["headline"], words)
    yield from width_notes(record["forecast"], words)


def headline_table(headline: Sequence[Record], words: Messages) -> Table:
    """Return the quantiles as a table, which names the scenario where there are several."""
    rows = [(each["scenario"], *row) for each in headline for row in _rows(each)]
    table = table_of(words, ("scenario", *COLUMNS), rows, right=COLUMNS[3:])
    several = len({each["scenario"] for each in headline}) > 1
    return table if several else table.without([words.heading("scenario")])


def _rows(each: Record) -> Iterator[tuple[str, ...]]:
    for year, values in each["years"].items():
        numbers = [values[name] for name in QUANTILES]
        shown = format_of(each["unit"], each["label"], [number for number in numbers if number is not None])
        texts = (MISSING if number is None else shown.number(number) for number in numbers)
        yield each["label"], year, shown.unit or MISSING, *texts
