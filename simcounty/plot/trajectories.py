"""Paths of variables over the years, one small panel each."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from simcounty.judge import series_of
from simcounty.plot.labels import Mark, place
from simcounty.plot.look import FAINT, GOAL, HISTORY, strokes, styled
from simcounty.units import convert, in_chinese
from simcounty.years import by_year, is_total

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from simcounty.scenario import Observation, Target

GOALS = {">=": "^", ">": "^", "<=": "v", "<": "v"}
SIGNS = {">=": "≥", "<=": "≤", "~": "≈"}
LARGE = {"person": (1e5, "万人"), "yuan": (1e5, "万元"), "mu": (1e5, "万亩")}
TITLE, SMALL, NOTE = 11.5, 8.5, 8  # points
BEFORE = 10  # years
WIDTH, HEIGHT = 3.8, 2.7  # inches a panel


@dataclass(frozen=True)
class Panel:
    """One variable as drawn: its values by run, in the unit it is shown in."""

    key: str
    label: str
    unit: str
    total: bool
    factor: float
    series: xr.DataArray

    @property
    def caption(self) -> str:
        """What stands above the axis: the unit, and whether years are added up."""
        unit = in_chinese(self.unit)
        return f"{unit or '无量纲'}，全年合计" if self.total else unit or "无量纲"


def trajectories(
    dataset: xr.Dataset,
    keys: Sequence[str],
    targets: Iterable[Target] = (),
    observed: Iterable[Observation] = (),
    title: str = "",
) -> Figure:
    """Draw one small panel a variable: every scenario, its targets with their clause, and what was observed.

    A flow that a stock accumulates is drawn as its total of each year, so that the target of a
    year lies on the curve; x = Y is the end of year Y. History reaches back `BEFORE` years.

    >>> trajectories(run, ["gdp"], plan.targets).savefig("gdp.png")
    """
    goals, first = list(targets), float(dataset.time[0]) - BEFORE
    dots = [each for each in observed if each.year >= first and each.variable in keys]
    with styled():
        yearly = by_year(dataset[_needed(dataset, keys)])
        panels = [_panel(dataset, yearly, key, goals) for key in keys]
        figure, cells = _canvas(len(panels))
        marks = [_draw(axes, each, goals, dots) for axes, each in zip(cells, panels, strict=True)]
        _align(cells)
        _explain(figure, dataset, title, _legend(dataset, any(marks), bool(dots)))
        figure.canvas.draw()  # settles the layout: labels are placed by it, and files come out the same
        figure.set_layout_engine("none")
        for axes, placed in zip(cells, marks, strict=True):
            place(axes, placed)
    return figure


def _canvas(count: int) -> tuple[Figure, list[Axes]]:
    columns = 1 if count == 1 else 2 if count in (2, 4) else 3
    rows = math.ceil(count / columns)
    size = (0.6 + WIDTH * columns, 1.3 + HEIGHT * rows)
    figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1))
    FigureCanvasAgg(figure)
    return figure, [figure.add_subplot(rows, columns, place) for place in range(1, count + 1)]


def _needed(dataset: xr.Dataset, keys: Sequence[str]) -> list[str]:
    """Return the variables that are drawn, and the stocks that add up their years."""
    drawn = [str(series_of(dataset, key).name) for key in keys]
    stocks = [dataset[name].attrs.get("accumulator", name) for name in drawn]
    return list(dict.fromkeys(name for name in (*drawn, *stocks) if name in dataset))


def _panel(dataset: xr.Dataset, yearly: xr.Dataset, key: str, targets: Iterable[Target]) -> Panel:
    """Choose what is drawn: totals of years where there are any, in the unit of the variable's targets."""
    whole = series_of(yearly, key)
    series = whole if is_total(whole) else series_of(dataset, key)
    own = series.attrs.get("units", "")
    unit = next((target.unit for target in targets if target.variable == key), None) or _readable(own, series)
    factor = 1.0 if unit == own else convert(1.0, own, unit)
    runs = series if "scenario" in series.dims else series.expand_dims(scenario=[""])
    label = str(series.attrs.get("long_name", key))
    return Panel(key, label, unit, is_total(series), factor, factor * runs.transpose("scenario", "time"))


def _readable(unit: str, series: xr.DataArray) -> str:
    """Count in ten thousands what would otherwise fill the axis with noughts."""
    least, larger = LARGE.get(unit, (math.inf, unit))
    return larger if float(np.nanmax(np.abs(series))) >= least else unit


def _draw(axes: Axes, panel: Panel, targets: Iterable[Target], observed: Iterable[Observation]) -> list[Mark]:
    for stroke, run in zip(strokes(panel.series.sizes["scenario"]), panel.series, strict=False):
        axes.plot(run.time, run, **stroke)
    for each in observed:
        if each.variable == panel.key:
            axes.plot(each.year, each.value * panel.factor, **HISTORY)
    marks = []
    for target in targets:
        if target.variable == panel.key and target.year is not None:
            goal = convert(target.shown_goal, target.unit, panel.unit)
            axes.plot(target.year, goal, marker=GOALS.get(target.operator, "D"), **GOAL)
            marks.append(Mark(target.year, goal, _wording(target)))
    _frame(axes, panel)
    return marks


def _wording(target: Target) -> str:
    unit = in_chinese(target.unit)
    amount = f"{SIGNS.get(target.operator, target.operator)} {target.shown_goal:g}{' ' if unit else ''}{unit}"
    return amount + ("" if target.clause.startswith("（") else " ") + target.clause


def _frame(axes: Axes, panel: Panel) -> None:
    title = _wrapped(panel.label, (WIDTH - 0.6) * 72 / TITLE)
    axes.set_title("\n".join(title), loc="left", fontsize=TITLE, pad=17)
    axes.text(0, 1.035, panel.caption, transform=axes.transAxes, color=FAINT, fontsize=SMALL)
    axes.margins(y=0.12)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(_number))


def _align(cells: Iterable[Axes]) -> None:
    """Let all panels cover the same years: those of the run, and of what was observed before it."""
    panels = list(cells)
    years = [float(x) for axes in panels for line in axes.lines for x in np.asarray(line.get_xdata())]
    for axes in panels:
        axes.set_xlim(min(years) - 0.4, max(years) + 0.4)


def _number(value: float, place: int | None = None) -> str:
    return f"{value:,.6g}".replace("-", "−")


def _explain(figure: Figure, dataset: xr.Dataset, title: str, handles: list[Line2D]) -> None:
    """Add title, legend, and the note that says where the numbers come from."""
    heading = {"title": title, "title_fontsize": 15, "alignment": "left"}
    figure.legend(handles=handles, loc="outside upper left", ncols=6, frameon=False, **heading)
    note = "\n".join(_wrapped(_note(dataset), figure.get_figwidth() * 72 / NOTE - 2))
    figure.supxlabel(note, x=0.012, ha="left", fontsize=NOTE, color=FAINT)


def _legend(dataset: xr.Dataset, goals: bool, history: bool) -> list[Line2D]:
    names = [str(name) for name in dataset.scenario.values] if "scenario" in dataset.dims else []
    handles = [
        Line2D([], [], label=name, **stroke) for name, stroke in zip(names, strokes(len(names)), strict=True)
    ]
    handles += [Line2D([], [], label="目标（条款）", marker="^", linestyle="", **GOAL)] if goals else []
    return handles + ([Line2D([], [], label="实测", linestyle="", **HISTORY)] if history else [])


def _wrapped(text: str, width: float) -> list[str]:
    """Break a text into lines of `width` Chinese characters; a Latin one is about half as wide."""
    lines, used = [""], 0.0
    for letter in text:
        wide = 1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.55
        if used + wide > width:
            lines, used = [*lines, ""], 0.0
        lines[-1] += letter
        used += wide
    return lines


def _note(dataset: xr.Dataset) -> str:
    """Say how to read the axis, and what the numbers were made from."""
    told = {name: str(text) for name, text in dataset.attrs.items()}
    model = (
        f"模型 {told['model']}（{told['model_hash'][:8]}）" if {"model", "model_hash"} <= told.keys() else ""
    )
    scenario = f"情景 {told['scenario'].rpartition(', ')[2]}" if told.get("scenario") else ""
    made = [f"simcounty {told.get('simcounty', '')}".strip(), model, scenario]
    return f"横轴刻度为年末，全年合计记在当年年末。来源：{'，'.join(part for part in made if part)}。"
