"""Fans: where the futures of a variable lie, year by year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simcounty.analysis.bands import bands
from simcounty.analysis.reading import ERRORS, draws, scenarios_of
from simcounty.errors import InputError
from simcounty.plot.labels import Mark
from simcounty.plot.look import INK, strokes, styled
from simcounty.plot.panels import explain, settle, sheet, source
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

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from simcounty.scenario import Observation, Target

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
        marks = [_draw(axes, each, asked, dots) for axes, each in zip(cells, panels, strict=True)]
        align(cells)
        for axes in cells if past else ():
            begin(axes, start)
        handles = [*_legend(names, any(marks)), *history_in_legend(bool(dots), past)]
        explain(figure, title, handles, _note(futures, names))
        settle(figure, cells, marks)
    return figure


def _draw(axes: Axes, panel: Panel, targets: Iterable[Target], observed: Iterable[Observation]) -> list[Mark]:
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


def _legend(names: Sequence[str], targets: bool) -> list[Artist]:
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
    counted, failed = int(draws(futures).sum()), int(futures.failed.sel(scenario=names).sum())
    said = [
        "线为中位数，色带为 5–95 % 与 25–75 % 分位",
        f"{counted:,} 组抽样，设计 {design}"
        if ERRORS[design] != "grid"
        else f"{counted:,} 个网格点（设计 {design}），不是概率",
    ]
    said += [f"未计失败的 {failed:,} 次运行"] if failed else []
    said += [f"尚有 {futures.attrs['unfinished']:,} 组未运行"] if futures.attrs["unfinished"] else []
    return f"{'；'.join(said)}。{reading(float(futures.time[0]))}{source(futures, names)}"
