"""Paths of variables over the years: the lines of runs, and the fans of many futures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simcounty.calendar import by_year, is_total
from simcounty.errors import Findings, InputError
from simcounty.judgement import series_of
from simcounty.plot.panels import source_text
from simcounty.plot.style import INK, Stroke, strokes
from simcounty.plot.years import Chart, Panel, draw_chart, history_of, panel_of, reading_note
from simcounty.sweeps.futures import ERRORS, is_draw, scenarios_of
from simcounty.sweeps.probabilities import bands

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from simcounty.scenario import Observation, Target

MOST_FANS = 3  # scenarios: more bands than that cannot be told apart
BANDS = ((0.05, 0.95, 0.16), (0.25, 0.75, 0.32))  # from, to, opacity


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
        note=reading_note(start) + source_text(dataset),
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


def fan(
    futures: xr.Dataset,
    keys: Sequence[str],
    scenario: str | Sequence[str] = (),
    targets: Iterable[Target] = (),
    title: str = "",
    width: str = "full",
    observed: Iterable[Observation] = (),
) -> Figure:
    """Draw a panel a variable: the median of the futures, and the bands that hold 50 and 90 % of them.

    Every scenario of the sweep, or those named, at most three. A flow that a stock accumulates is drawn as
    its total of each year. `width` is "full" or "half", of the text on an A4 page. History reaches back ten
    years.

    >>> fan(futures, ["gdp"], targets=plan.targets).savefig("fan.png")
    """
    names = [scenario] if isinstance(scenario, str) else list(scenario) or scenarios_of(futures)
    if len(names) > MOST_FANS:
        raise InputError(f"{len(names)} scenarios are too many for a fan. Choose at most {MOST_FANS}.")
    goals, looks = dict.fromkeys(targets, ""), _fan_strokes(len(names))
    quantiles = bands(futures, keys, names)
    chart = Chart(
        panels=[panel_of(key, quantiles[key], goals) for key in keys],
        names=names,
        strokes=looks,
        goals=goals,
        history=history_of(observed, keys, float(futures.time[0])),
        title=title,
        note=_fan_note(futures, names),
        width=width,
    )
    return draw_chart(chart, _draw_bands, _fan_key(names, looks))


def _draw_bands(axes: Axes, panel: Panel, looks: Sequence[Stroke]) -> None:
    """Draw the bands and medians of the scenarios, the first on top."""
    axes.set_axisbelow(True)
    for stroke, quantiles in reversed(list(zip(looks, panel.series, strict=True))):
        for low, high, opacity in BANDS:
            ends = (quantiles.sel(quantile=low), quantiles.sel(quantile=high))
            axes.fill_between(quantiles.time, *ends, color=stroke["color"], alpha=opacity, linewidth=0)
        axes.plot(quantiles.time, quantiles.sel(quantile=0.5), **stroke)


def _fan_strokes(count: int) -> list[Stroke]:
    """Return a stroke for each scenario: solid for the first, dashed for the second."""
    second, first, *others = strokes(max(count, 2))
    return [first, second, *others][:count]


def _fan_key(names: Sequence[str], looks: Sequence[Stroke]) -> list[Artist]:
    median = " 中位数" if len(names) == 1 else ""
    lines: list[Artist] = [
        Line2D([], [], label=f"{name}{median}", **look) for name, look in zip(names, looks, strict=True)
    ]
    return lines + [
        Patch(color=INK, alpha=opacity, linewidth=0, label=f"{100 * low:g}–{100 * high:g} %")
        for low, high, opacity in BANDS
    ]


def _fan_note(futures: xr.Dataset, names: Sequence[str]) -> str:
    """Return what the bands are made of: how many members, by which design, without which runs."""
    design, unfinished = futures.attrs["design"], futures.attrs["unfinished"]
    counted, failed = int(is_draw(futures).sum()), int(futures.failed.sel(scenario=names).sum())
    is_grid = ERRORS[design] == "grid"
    parts = [
        "线为中位数，色带为 5–95 % 与 25–75 % 分位",
        f"{counted:,} 个网格点（设计 {design}），不是概率"
        if is_grid
        else f"{counted:,} 组抽样，设计 {design}",
    ]
    parts += [f"未计失败的 {failed:,} 次运行"] if failed else []
    parts += [f"尚有 {unfinished:,} 组未运行"] if unfinished else []
    return f"{'；'.join(parts)}。{reading_note(float(futures.time[0]))}{source_text(futures, names)}"
