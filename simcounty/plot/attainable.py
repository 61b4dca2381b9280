"""Audits: for each target its goal, its attainable range, and its value in the plan and the best settings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simcounty.plot.panels import (
    characters_across,
    finish,
    new_figure,
    set_y_ticks,
    source_text,
    write_heading,
)
from simcounty.plot.style import BLUE, GOAL, INK, SMALL, STROKES, styled
from simcounty.plot.text import goal_label, text_width, unit_name
from simcounty.scenario import Target
from simcounty.scenario.target import target_at

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

ATTAINABLE = "#e3eef6"
DASHED = (0, (4, 2))
GOAL_LINE: Mapping[str, Any] = {"color": GOAL["color"], "linewidth": 1.1, "linestyle": DASHED, "zorder": 2}
NAMES = {"baseline": "基线", "plan": "规划", "best": "最佳", "feasible": "最佳\n满足约束", "together": "兼顾"}
SHADES = {"baseline": STROKES[0]["color"], "plan": BLUE}
BARS = ((0.05, 0.95, 0.9), (0.25, 0.75, 3.0))  # from, to, width in points


def audit(found: xr.Dataset, title: str = "", width: str = "full") -> Figure:
    """Draw an audit, one panel a target: its goal, its attainable range, and its value in each setting.

    A dot is a setting at the central inputs, hollow where it violates a constraint; the bars hold 50 and
    90 % of the draws. `width` is "full" or "half", of the text on an A4 page.
    """
    targets = [target_at(found.sel(target=name)) for name in found.target.values]
    kinds = _kinds(found)
    with styled():
        figure, cells = new_figure(len(targets), width)
        for axes, target in zip(cells, targets, strict=True):
            _draw(axes, found.sel(target=target.name), target, kinds)
        finish(figure, title, _legend(found), _note(found, kinds))
    return figure


def _kinds(found: xr.Dataset) -> list[str]:
    """Return the settings that are drawn: a feasible one only where there are constraints."""
    if "together" not in found.setting.values:
        return ["baseline", "plan"]
    return [kind for kind in NAMES if kind != "feasible" or found.constraint.size]


def _draw(axes: Axes, cell: xr.Dataset, target: Target, kinds: Sequence[str]) -> None:
    axes.set_axisbelow(True)
    if math.isfinite(cell.lowest):
        low, high = float(cell.lowest), float(cell.highest)
        axes.axhspan(low, high, color=ATTAINABLE, linewidth=0, zorder=0)
    ends = [each for each in (target.goal, target.up_to) if each is not None and math.isfinite(each)]
    for end in ends:
        axes.axhline(end, **GOAL_LINE)
    for place, kind in enumerate(kinds):
        name = str(cell[f"{kind}_setting"].item()) if kind in ("best", "feasible") else kind
        if name:
            _setting(axes, place, cell.sel(setting=name), SHADES.get(kind, INK))
    axes.set_xlim(-0.6, len(kinds) - 0.4)
    axes.set_xticks(range(len(kinds)), _names(axes, kinds), fontsize=SMALL)
    unit = unit_name(target.unit)
    write_heading(axes, target.label, f"{unit}  目标 {goal_label(target)}" if ends else unit)
    axes.margins(y=0.14)
    set_y_ticks(axes)


def _names(axes: Axes, kinds: Sequence[str]) -> list[str]:
    """Return what settings are called, from top to bottom where they do not fit side by side."""
    names = [NAMES[kind] for kind in kinds]
    if characters_across(axes, SMALL) > sum(max(map(text_width, name.split("\n"))) + 0.4 for name in names):
        return names
    return ["\n".join(name.rpartition("\n")[2]) for name in names]


def _setting(axes: Axes, place: int, at: xr.Dataset, color: str) -> None:
    for low, high, width in BARS:
        ends = [float(at.spread.sel(quantile=each)) for each in (low, high)]
        if all(map(math.isfinite, ends)):
            axes.plot([place, place], ends, color=color, linewidth=width, solid_capstyle="butt", zorder=3)
    fill = color if bool(np.all(at.satisfied.values)) else "white"
    axes.plot(place, float(at.value), "o", color=color, markerfacecolor=fill, markersize=4.5, zorder=4)


def _legend(found: xr.Dataset) -> list[Artist]:
    dot: dict[str, Any] = {"color": INK, "marker": "o", "linestyle": "", "markersize": 4.5}
    handles: list[Artist] = [Line2D([], [], label="目标（条款）", **GOAL_LINE)]
    handles.append(Line2D([], [], label="中心取值" + ("，满足约束" if found.constraint.size else ""), **dot))
    if found.constraint.size:
        handles.append(Line2D([], [], label="中心取值，突破约束", markerfacecolor="white", **dot))
    if found.attrs["draws"]:
        handles += [
            Line2D([], [], color=INK, linewidth=width, label=f"{100 * low:g}–{100 * high:g} %")
            for low, high, width in BARS
        ]
    return handles + (
        [Patch(color=ATTAINABLE, label="所试取值的范围")] if found.lowest.notnull().any() else []
    )


def _note(found: xr.Dataset, kinds: Sequence[str]) -> str:
    """Write what the settings are, how many were tried, and what the bars are made of."""
    notes = []
    if "best" in kinds:
        notes += [
            f"搜索了 {found.sizes['lever']} 项未定杠杆的 {found.attrs['settings_tried']:,} 组取值，所得为下界"
        ]
        notes += ["“最佳”为单就该目标而言"]
        notes += ["“满足约束”为其中满足全部约束者"] if "feasible" in kinds else []
        notes += ["“兼顾”为同时达到各可及目标的概率最高者"]
    if found.attrs["draws"]:
        notes += [f"竖条为 {found.attrs['draws']:,} 组抽样的 5–95 % 与 25–75 % 分位，未用于搜索"]
    return f"{'；'.join(notes)}。{source_text(found)}" if notes else source_text(found)
