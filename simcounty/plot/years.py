"""A panel over the years: the unit a variable is drawn in, its targets, its axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from simcounty.calendar import is_total
from simcounty.plot.labels import Mark
from simcounty.plot.panels import count_up, head, room
from simcounty.plot.style import BEGIN, GOAL, HISTORY, SMALL
from simcounty.plot.text import wording
from simcounty.units import convert, in_chinese, readable

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform

    from simcounty.scenario import Observation, Target

GOALS = {">=": "^", ">": "^", "<=": "v", "<": "v"}
BEFORE = 10  # years that history reaches back
READING = "横轴刻度为年末，全年合计记在当年年末。"


@dataclass(frozen=True)
class Panel:
    """One variable as drawn: its values by run and year, in the unit it is shown in."""

    key: str
    label: str
    unit: str
    total: bool
    factor: float
    series: xr.DataArray
    instead: str = ""

    @property
    def caption(self) -> str:
        """What stands above the axis: the unit, or what is said instead, and whether years are added up."""
        unit = self.instead or in_chinese(self.unit) or "无量纲"
        return f"{unit}，全年合计" if self.total else unit


def panel(key: str, series: xr.DataArray, targets: Iterable[Target]) -> Panel:
    """Show a series in the unit of the variable's targets, else in one that can be read."""
    own = series.attrs.get("units", "")
    asked = next((target.unit for target in targets if target.variable == key), None)
    if asked:
        unit, factor = asked, 1.0 if asked == own else convert(1.0, own, asked)
    else:
        unit, factor = readable(own, float(np.nanmax(np.abs(series))))
    return Panel(
        key, str(series.attrs.get("long_name", key)), unit, is_total(series), factor, factor * series
    )


def goals(axes: Axes, panel: Panel, targets: Iterable[Target], color: str = GOAL["color"]) -> list[Mark]:
    """Draw the targets of a panel's variable; return what is to be written beside them."""
    look = {**GOAL, "color": color}
    marks = []
    for target in targets:
        if target.variable == panel.key and target.year is not None and math.isfinite(target.goal):
            goal = convert(target.goal, target.unit, panel.unit)
            if target.up_to is not None:
                most = convert(target.up_to, target.unit, panel.unit)
                axes.plot([target.year] * 2, [goal, most], color=color, linewidth=1.2, zorder=4)
            axes.plot(target.year, goal, marker=GOALS.get(target.operator, "D"), **look)
            marks.append(Mark(target.year, goal, wording(target)))
    return marks


def goals_in_legend() -> Line2D:
    """Return the entry of targets in a legend."""
    return Line2D([], [], label="目标（条款）", marker="^", linestyle="", **GOAL)


def history(axes: Axes, panel: Panel, observed: Iterable[Observation]) -> None:
    """Draw what was observed of a panel's variable."""
    for each in observed:
        if each.variable == panel.key:
            axes.plot(each.year, each.value * panel.factor, **HISTORY)


def history_in_legend(dots: bool, past: bool) -> list[Line2D]:
    """Return the entries of history in a legend: what was observed, and where the run begins."""
    handles = [Line2D([], [], label="实测", linestyle="", **HISTORY)] if dots else []
    return handles + ([Line2D([], [], label="推算起点", **BEGIN)] if past else [])


def begin(axes: Axes, start: float) -> None:
    """Draw where history ends and the run begins."""
    _rule(axes, [(start, 0), (start, 1)], axes.get_xaxis_transform(), BEGIN)


def level(axes: Axes, height: float, look: Mapping[str, Any]) -> None:
    """Draw a line across a panel."""
    _rule(axes, [(0, height), (1, height)], axes.get_yaxis_transform(), look)


def _rule(axes: Axes, ends: list[tuple[float, float]], by: Transform, look: Mapping[str, Any]) -> None:
    """Draw a line that is no data: it moves no axis, and words may lie on it."""
    axes.add_artist(LineCollection([ends], transform=by, zorder=1, **look))


def reading(start: float) -> str:
    """Say how years are to be read, and from when on values are computed."""
    return f"{start:g} 年末起为模型推算；{READING}"


def frame(axes: Axes, panel: Panel) -> None:
    """Write what a panel shows, and put years and round numbers on its axes."""
    head(axes, panel.label, panel.caption)
    axes.margins(y=0.12)
    most = max(2, min(6, int(room(axes, SMALL) // 3.6)))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=most, integer=True, steps=[1, 2, 5, 10]))
    count_up(axes)


def align(cells: Iterable[Axes]) -> None:
    """Let all panels cover the same years: those of the run, and of what was observed before it."""
    panels = list(cells)
    years = [float(x) for axes in panels for line in axes.lines for x in np.asarray(line.get_xdata())]
    for axes in panels:
        axes.set_xlim(min(years) - 0.4, max(years) + 0.4)
