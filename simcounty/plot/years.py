"""Figures over the years: a panel a variable, with its runs, its targets, and what was observed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from simcounty.calendar import is_total, is_yearly
from simcounty.plot.panels import characters_across, finish, new_figure, set_y_ticks, write_heading
from simcounty.plot.style import GOAL, HISTORY, RUN_START, SMALL, Stroke, styled
from simcounty.plot.text import (
    ZH,
    Mark,
    fit_at_ends,
    goal_label,
    label_ends,
    spread_ends,
    unit_name,
)
from simcounty.presentation.formatting import target_goal
from simcounty.units import display_unit, express

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

    from simcounty.scenario import Observation, Target

GOALS = {">=": "^", ">": "^", "<=": "v", "<": "v"}
BEFORE = 10  # years that history reaches back
BEYOND = 0.02  # of a run in another unit than years: the room at both of its ends
READING = "横轴刻度为年末，全年合计记在当年年末。"


@dataclass(frozen=True)
class ChartPanel:
    """One variable as drawn: its values by run and year, in the unit it is shown in."""

    key: str
    label: str
    unit: str
    total: bool
    factor: float
    series: xr.DataArray
    caption_unit: str = ""

    @property
    def caption(self) -> str:
        """The text above the axis: the unit, or what replaces it, and whether years are added up."""
        unit = self.caption_unit or unit_name(self.unit)
        return f"{unit}，全年合计" if self.total else unit


def panel_of(key: str, series: xr.DataArray, targets: Iterable[Target]) -> ChartPanel:
    """Return a series in the unit of the variable's targets, else in one that can be read."""
    own = series.attrs.get("units", "")
    wanted = next((target.unit for target in targets if target.variable == key), None)
    if wanted:
        unit, factor = wanted, express(1.0, own, wanted)
    else:
        unit, factor = display_unit(own, float(np.nanmax(np.abs(series))))
    label = str(series.attrs.get("long_name", key))
    return ChartPanel(key, label, unit, is_total(series), factor, factor * series)


@dataclass(frozen=True)
class History:
    """What was observed before and during runs, and where these begin; None where they begin apart."""

    observed: tuple[Observation, ...] = ()
    start: float | None = None

    @property
    def is_earlier(self) -> bool:
        """Whether anything was observed before the runs begin."""
        return self.start is not None and any(each.year < self.start for each in self.observed)

    def draw(self, axes: Axes, panel: ChartPanel) -> None:
        """Draw what was observed of a panel's variable, and where the runs begin."""
        for each in self.observed:
            if each.variable == panel.key:
                axes.plot(each.year, each.value * panel.factor, **HISTORY)
        if self.is_earlier:
            ends = [(self.start, 0.0), (self.start, 1.0)]
            draw_rule(axes, ends, axes.get_xaxis_transform(), RUN_START)

    def legend(self) -> list[Artist]:
        """Return the entries of a legend."""
        seen: list[Artist] = [Line2D([], [], label="实测", linestyle="", **HISTORY)] if self.observed else []
        return seen + ([Line2D([], [], label="推算起点", **RUN_START)] if self.is_earlier else [])


def history_of(observed: Iterable[Observation], keys: Iterable[str], start: float | None) -> History:
    """Return what was observed of variables, from `BEFORE` years before runs that all begin at `start`."""
    if start is None:
        return History()
    known = set(keys)
    recent = (each for each in observed if each.year >= start - BEFORE and each.variable in known)
    return History(tuple(recent), start)


@dataclass(frozen=True)
class Chart:
    """A figure over the years, not yet drawn: a panel a variable, and a stroke a run.

    names: of the runs; none where there is one without a name. goals: targets, each with its own colour or
    "" for the common one. width: "full" or "half".
    """

    panels: Sequence[ChartPanel]
    names: Sequence[str]
    strokes: Sequence[Stroke]
    goals: Mapping[Target, str]
    history: History
    title: str
    note: str
    width: str


DrawRuns = Callable[["Axes", ChartPanel, Sequence[Stroke]], None]


def draw_paths(axes: Axes, panel: ChartPanel, strokes: Sequence[Stroke]) -> None:
    """Draw a line a run."""
    for stroke, run in zip(strokes, panel.series, strict=True):
        axes.plot(run.time, run, **stroke)


def draw_chart(chart: Chart, draw_runs: DrawRuns = draw_paths, key: Sequence[Artist] = ()) -> Figure:
    """Draw a chart whose runs look as `draw_runs` draws them; `key` explains them in the legend.

    Without a key runs are named at the ends of their lines where these fit, else in the legend.
    """
    with styled():
        figure, cells = new_figure(len(chart.panels), chart.width)
        marks = [
            _draw_panel(axes, each, chart, draw_runs) for axes, each in zip(cells, chart.panels, strict=True)
        ]
        _align(cells, is_yearly(chart.panels[0].series))
        at_ends = not key and fit_at_ends(chart.names, len(cells), chart.width)
        ends = label_ends(cells[0], chart.names, cells[0].lines[: len(chart.names)]) if at_ends else []
        handles = list(key) if at_ends or key else _legend_of_runs(chart)
        handles += [goals_in_legend()] if any(marks) else []
        finish(figure, chart.title, handles + chart.history.legend(), chart.note, marks)
        spread_ends(cells[0], ends)
    return figure


def _draw_panel(axes: Axes, panel: ChartPanel, chart: Chart, draw_runs: DrawRuns) -> list[Mark]:
    """Draw a panel; return the marks of its targets."""
    draw_runs(axes, panel, chart.strokes)
    chart.history.draw(axes, panel)
    marks = _draw_goals(axes, panel, chart.goals)
    write_heading(axes, panel.label, panel.caption)
    axes.margins(y=0.12)
    most = max(2, min(6, int(characters_across(axes, SMALL) // 3.6)))
    whole = is_yearly(panel.series)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=most, integer=whole, steps=[1, 2, 5, 10]))
    set_y_ticks(axes)
    return marks


def _draw_goals(axes: Axes, panel: ChartPanel, goals: Mapping[Target, str]) -> list[Mark]:
    """Draw the targets of a panel's variable; a goal with its own colour is labelled without its clause."""
    marks = []
    for target, color in goals.items():
        if target.variable == panel.key and target.year is not None and math.isfinite(target.goal):
            look = {**GOAL, "color": color or GOAL["color"]}
            goal = express(target.goal, target.unit, panel.unit)
            if target.up_to is not None:
                most = express(target.up_to, target.unit, panel.unit)
                axes.plot([target.year] * 2, [goal, most], color=look["color"], linewidth=1.2, zorder=4)
            axes.plot(target.year, goal, marker=GOALS.get(target.operator, "D"), **look)
            text = target_goal(ZH, target) if color else goal_label(target)
            marks.append(Mark(target.year, goal, text))
    return marks


def _legend_of_runs(chart: Chart) -> list[Artist]:
    return [
        Line2D([], [], label=name, **stroke) for name, stroke in zip(chart.names, chart.strokes, strict=False)
    ]


def goals_in_legend() -> Line2D:
    """Return the entry of targets in a legend."""
    return Line2D([], [], label="目标（条款）", marker="^", linestyle="", **GOAL)


def draw_level(axes: Axes, height: float, look: Stroke) -> None:
    """Draw a line across a panel."""
    draw_rule(axes, [(0, height), (1, height)], axes.get_yaxis_transform(), look)


def draw_rule(axes: Axes, ends: Any, transform: Transform, look: Stroke) -> None:
    """Draw a line that is no data: it moves no axis, and text may cover it."""
    axes.add_artist(LineCollection([ends], transform=transform, zorder=1, **look))


def _align(cells: Sequence[Axes], yearly: bool) -> None:
    """Let all panels cover the same times: those of the runs, and of what was observed before them."""
    times = [float(x) for axes in cells for line in axes.lines for x in np.asarray(line.get_xdata())]
    beyond = 0.4 if yearly else BEYOND * (max(times) - min(times))
    for axes in cells:
        axes.set_xlim(min(times) - beyond, max(times) + beyond)


def reading_note(run: xr.Dataset) -> str:
    """Return how times are to be read, and from when on values are computed."""
    start = float(run.time[0])
    if is_yearly(run):
        return f"{start:g} 年末起为模型推算；{READING}"
    words = ZH.counting(str(run.time.attrs["units"]))
    return f"横轴为时间{words.in_unit}，自 {start:g} 起为模型推算。"
