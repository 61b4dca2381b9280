"""Paths of variables over the years, one small panel each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simcounty.calendar import by_year, is_total
from simcounty.errors import Findings, InputError
from simcounty.judgement import series_of
from simcounty.plot.labels import Mark, fit_behind, name_ends, part_ends
from simcounty.plot.panels import explain, settle, sheet, source
from simcounty.plot.style import INK, strokes, styled
from simcounty.plot.years import (
    BEFORE,
    Panel,
    align,
    begin,
    frame,
    goals,
    goals_in_legend,
    history,
    history_in_legend,
    panel,
    reading,
)
from simcounty.sweeps.futures import ERRORS, is_draw, scenarios_of
from simcounty.sweeps.probabilities import bands

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from simcounty.scenario import Observation, Target

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from simcounty.scenario import Observation, Target


def trajectories(
    dataset: xr.Dataset,
    keys: Sequence[str],
    targets: Iterable[Target] = (),
    observed: Iterable[Observation] = (),
    title: str = "",
    width: str = "full",
) -> Figure:
    """Draw one small panel a variable: every scenario, its targets with their clause, and what was observed.

    A flow that a stock accumulates is drawn as its total of each year, so that the target of a
    year lies on the curve; x = Y is the end of year Y. History reaches back `BEFORE` years; a dotted line
    says where it ends and the run begins. `width` is "full" or "half", of the text on an A4 page.

    >>> trajectories(run, ["gdp"], plan.targets).savefig("gdp.png")
    """
    asked, start = list(targets), float(dataset.time[0])
    dots = [each for each in observed if each.year >= start - BEFORE and each.variable in keys]
    past = any(each.year < start for each in dots)
    needed = drawn_from(dataset, keys)
    with styled():
        runs = runs_by_key(dataset[needed], keys)
        panels = [panel(key, runs[key], asked) for key in keys]
        figure, cells = sheet(len(panels), width)
        marks = [_draw(axes, each, asked, dots) for axes, each in zip(cells, panels, strict=True)]
        align(cells)
        names = names_of(dataset)
        behind = fit_behind(names, len(panels), width)
        ends = name_ends(cells[0], names, cells[0].lines[: len(names)]) if behind else []
        handles = _legend([] if behind else names, any(marks), bool(dots), past)
        if past:
            for axes in cells:
                begin(axes, start)
        explain(figure, title, handles, reading(start) + source(dataset))
        settle(figure, cells, marks)
        part_ends(cells[0], ends)
    return figure


def drawn_from(dataset: xr.Dataset, keys: Sequence[str]) -> list[str]:
    """Return the variables that are drawn, and the stocks that add up their years.

    Raises InputError, all findings at once, for what the run does not hold.
    """
    drawn, findings = [], []
    for key in keys:
        try:
            drawn.append(str(series_of(dataset, key).name))
        except InputError as error:
            findings.append(str(error))
    if not keys:
        findings.append("no variable is named; name at least one.")
    Findings(findings).raise_as(InputError, "this figure cannot be drawn:")
    stocks = [dataset[name].attrs.get("accumulator", name) for name in drawn]
    return list(dict.fromkeys(name for name in (*drawn, *stocks) if name in dataset))


def runs_by_key(dataset: xr.Dataset, keys: Sequence[str]) -> dict[str, xr.DataArray]:
    """Return what is drawn of each variable: (scenario, time), in the model's unit."""
    yearly = by_year(dataset)
    return {key: _series(dataset, yearly, key) for key in keys}


def _series(dataset: xr.Dataset, yearly: xr.Dataset, key: str) -> xr.DataArray:
    """Choose what is drawn: totals of years where there are any."""
    whole = series_of(yearly, key)
    series = whole if is_total(whole) else series_of(dataset, key)
    runs = series if "scenario" in series.dims else series.expand_dims(scenario=[""])
    return runs.transpose("scenario", "time")


def _draw(axes: Axes, panel: Panel, targets: Iterable[Target], observed: Iterable[Observation]) -> list[Mark]:
    for stroke, run in zip(strokes(panel.series.sizes["scenario"]), panel.series, strict=False):
        axes.plot(run.time, run, **stroke)
    history(axes, panel, observed)
    marks = goals(axes, panel, targets)
    frame(axes, panel)
    return marks


def names_of(dataset: xr.Dataset) -> list[str]:
    """Return what the runs of a dataset are called; nothing where there is one without a name."""
    return [str(name) for name in dataset.scenario.values] if "scenario" in dataset.dims else []


def _legend(names: Sequence[str], targets: bool, dots: bool, past: bool) -> list[Line2D]:
    handles = [
        Line2D([], [], label=name, **stroke) for name, stroke in zip(names, strokes(len(names)), strict=True)
    ]
    handles += [goals_in_legend()] if targets else []
    return handles + history_in_legend(dots, past)


MOST = 3  # scenarios: more bands than that cannot be told apart
BANDS = ((0.05, 0.95, 0.16), (0.25, 0.75, 0.32))  # from, to, opacity


def fan(
    futures: xr.Dataset,
    keys: Sequence[str],
    scenario: str | Sequence[str] = (),
    targets: Iterable[Target] = (),
    title: str = "",
    width: str = "full",
    observed: Iterable[Observation] = (),
) -> Figure:
    """Draw one panel a variable: the median of the futures, and the bands that hold 50 and 90 % of them.

    Every scenario of the sweep, or those named, at most three. A flow that a stock accumulates is drawn as
    its total of each year, so that the target of a year lies on its scale. `width` is "full" or "half", of
    the text on an A4 page. What was observed is drawn from ten years before the sweep on.

    >>> fan(futures, ["gdp"], targets=plan.targets).savefig("fan.png")
    """
    names = [scenario] if isinstance(scenario, str) else list(scenario) or scenarios_of(futures)
    if len(names) > MOST:
        raise InputError(f"{len(names)} scenarios are too many for a fan. Choose at most {MOST}.")
    asked = list(targets)
    lying, start = bands(futures, keys, names), float(futures.time[0])
    dots = [each for each in observed if each.year >= start - BEFORE and each.variable in keys]
    past = any(each.year < start for each in dots)
    with styled():
        panels = [panel(key, lying[key], asked) for key in keys]
        figure, cells = sheet(len(panels), width)
        marks = [_draw_fan(axes, each, asked, dots) for axes, each in zip(cells, panels, strict=True)]
        align(cells)
        for axes in cells if past else ():
            begin(axes, start)
        handles = [*_legend_fan(names, any(marks)), *history_in_legend(bool(dots), past)]
        explain(figure, title, handles, _note(futures, names))
        settle(figure, cells, marks)
    return figure


def _draw_fan(
    axes: Axes, panel: Panel, targets: Iterable[Target], observed: Iterable[Observation]
) -> list[Mark]:
    axes.set_axisbelow(True)
    pairs = zip(_strokes(panel.series.sizes["scenario"]), panel.series, strict=True)
    for stroke, lying in reversed(list(pairs)):  # the first lies on top
        for low, high, opacity in BANDS:
            ends = (lying.sel(quantile=low), lying.sel(quantile=high))
            axes.fill_between(lying.time, *ends, color=stroke["color"], alpha=opacity, linewidth=0)
        axes.plot(lying.time, lying.sel(quantile=0.5), **stroke)
    history(axes, panel, observed)
    marks = goals(axes, panel, targets)
    frame(axes, panel)
    return marks


def _strokes(count: int) -> list[dict[str, object]]:
    """Return a stroke for each scenario: solid for the first, dashed for what it is held against."""
    plain = strokes(max(count, 2))
    return [dict(each) for each in (plain[1], plain[0], *plain[2:])][:count]


def _legend_fan(names: Sequence[str], targets: bool) -> list[Artist]:
    median = "中位数" if len(names) == 1 else ""
    handles: list[Artist] = [
        Line2D([], [], label=f"{name} {median}".rstrip(), **stroke)  # type: ignore[arg-type]
        for name, stroke in zip(names, _strokes(len(names)), strict=True)
    ]
    handles += [
        Patch(color=INK, alpha=opacity, linewidth=0, label=f"{100 * low:g}–{100 * high:g} %")
        for low, high, opacity in BANDS
    ]
    return handles + ([goals_in_legend()] if targets else [])


def _note(futures: xr.Dataset, names: Sequence[str]) -> str:
    """Say what the bands are made of: how many members, by which design, without which runs."""
    design = futures.attrs["design"]
    counted, failed = int(is_draw(futures).sum()), int(futures.failed.sel(scenario=names).sum())
    said = [
        "线为中位数，色带为 5–95 % 与 25–75 % 分位",
        f"{counted:,} 组抽样，设计 {design}"
        if ERRORS[design] != "grid"
        else f"{counted:,} 个网格点（设计 {design}），不是概率",
    ]
    said += [f"未计失败的 {failed:,} 次运行"] if failed else []
    said += [f"尚有 {futures.attrs['unfinished']:,} 组未运行"] if futures.attrs["unfinished"] else []
    return f"{'；'.join(said)}。{reading(float(futures.time[0]))}{source(futures, names)}"
