"""Trajectories: the runs of variables over the years."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from simcounty.calendar import by_year, is_total
from simcounty.errors import Findings, InputError
from simcounty.judgement import series_of
from simcounty.plot.panels import source_text
from simcounty.plot.style import strokes
from simcounty.plot.years import Chart, draw_chart, history_of, panel_of, reading_note

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Observation, Target


def trajectories(
    dataset: xr.Dataset,
    keys: Sequence[str],
    targets: Iterable[Target] = (),
    observed: Iterable[Observation] = (),
    title: str = "",
    width: str = "full",
) -> Figure:
    """Draw a small panel a variable: every scenario, its targets with their clause, and what was observed.

    A flow that a stock accumulates is drawn as its total of each year, so that the target of a year is on the
    curve; x = Y is the end of year Y. History reaches back ten years; a dotted line shows where the run
    begins. `width` is "full" or "half", of the text on an A4 page.

    >>> trajectories(run, ["gdp"], plan.targets).savefig("gdp.png")
    """
    goals, start = dict.fromkeys(targets, ""), float(dataset.time[0])
    series = runs_by_key(dataset[needed_for(dataset, keys)], keys)
    names = [str(name) for name in dataset.scenario.values] if "scenario" in dataset.dims else []
    chart = Chart(
        panels=[panel_of(key, series[key], goals) for key in keys],
        names=names,
        strokes=strokes(max(1, len(names))),
        goals=goals,
        history=history_of(observed, keys, start),
        title=title,
        note=reading_note(dataset) + source_text(dataset),
        width=width,
    )
    return draw_chart(chart)


def needed_for(dataset: xr.Dataset, keys: Sequence[str]) -> list[str]:
    """Return the variables that are drawn, and the stocks that add up their years.

    Raise InputError, all findings at once, for what the run does not hold.
    """
    names, findings = [], Findings()
    for key in keys:
        try:
            names.append(str(series_of(dataset, key).name))
        except InputError as error:
            findings.append(str(error))
    if not keys:
        findings.append("no variable is named; name at least one.")
    findings.raise_as(InputError, "this figure cannot be drawn:")
    stocks = [dataset[name].attrs.get("accumulator", name) for name in names]
    return list(dict.fromkeys(name for name in (*names, *stocks) if name in dataset))


def runs_by_key(dataset: xr.Dataset, keys: Sequence[str]) -> dict[str, xr.DataArray]:
    """Return what is drawn of each variable: (scenario, time), in the model's unit."""
    yearly = by_year(dataset)
    return {key: _series(dataset, yearly, key) for key in keys}


def _series(dataset: xr.Dataset, yearly: xr.Dataset, key: str) -> xr.DataArray:
    """Return totals of years where there are any, else levels at every time."""
    totals = series_of(yearly, key)
    series = totals if is_total(totals) else series_of(dataset, key)
    runs = series if "scenario" in series.dims else series.expand_dims(scenario=[""])
    return runs.transpose("scenario", "time")
