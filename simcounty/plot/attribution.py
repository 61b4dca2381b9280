"""Waterfalls: from one scenario's value of a target to another's, a bar for what each factor contributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from simcounty.errors import InputError, did_you_mean
from simcounty.plot.panels import (
    characters_across,
    finish,
    new_figure,
    set_x_ticks,
    source_text,
    write_heading,
)
from simcounty.plot.style import BLUE, CM, FAINT, GOAL_LINE, INK, SMALL, STROKES, Stroke, styled
from simcounty.plot.text import LABEL, goal_label, instant_text, text_width, unit_name, wrap
from simcounty.presentation.formatting import MINUS, decimals
from simcounty.scenario.target import target_at

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

Numbers = np.ndarray[Any, Any]

HEAD, ROW, NAME = 1.7, 0.58, 0.4  # cm above and below the rows, cm a row, part of the width that names take
SMALL_SHARE = 0.01  # of the largest contribution: smaller ones are taken together
NONE = 1e-9  # of the values: less is no contribution
SEEN = 0.02  # of what the bars cover: orders that differ by less are not drawn
NEAR = 0.6  # of what the bars cover: a goal that is farther away is not drawn
EDGE = 0.04  # of what the bars cover: kept free on either side
UP: Stroke = {"facecolor": BLUE, "edgecolor": BLUE}
DOWN: Stroke = {"facecolor": "white", "edgecolor": STROKES[4]["color"], "hatch": "/////"}
ORDERS: Stroke = {
    "color": INK,
    "linewidth": 0.9,
    "zorder": 3,
    "solid_capstyle": "butt",
    "path_effects": [withStroke(linewidth=2.1, foreground="white")],
}
END: Stroke = {"marker": "D", "color": INK, "markersize": 4.5, "linestyle": "", "zorder": 4}
LINK: Stroke = {"color": FAINT, "linewidth": 0.6, "zorder": 1}


@dataclass(frozen=True)
class Contribution:
    """A bar: a factor's label, what it contributes on average, and what it adds first and last of all."""

    label: str
    mean: float
    alone: float
    last: float


@dataclass(frozen=True)
class RowNumber:
    """The number beside a row: where, its text, and to which side."""

    x: float
    text: str
    side: int


def waterfall(found: xr.Dataset, outcome: str, title: str = "", width: str = "full") -> Figure:
    """Draw how a target's change is divided: the largest contributions on top, those that lower it hatched.

    The lines on the bars go from what a factor adds first of all to what it adds last of all. `width` is
    "full" or "half", of the text on an A4 page.

    >>> import simcounty as sc
    >>> found = sc.attribution([plan.replace(hukou_openness=0.9), plan], ["gdp-2027"])
    >>> waterfall(found, "gdp-2027").savefig("waterfall.png")
    """
    known = [str(name) for name in found.outcome.values]
    if outcome not in known:
        raise InputError(
            f"no outcome is called {outcome}; choose among {', '.join(known)}.{did_you_mean(outcome, known)}"
        )
    cell = found.sel(outcome=outcome)
    bars, without = _contributions(cell)
    with styled():
        figure, (axes,) = new_figure(1, width, 1, CM * (HEAD + ROW * (len(bars) + 2)))
        _draw(axes, cell, bars)
        handles = [Patch(label=name, **look) for name, look in (("提高", UP), ("降低", DOWN))]
        finish(figure, title or f"{cell.label.item()}{instant_text(cell)}", handles, _note(found, without))
    return figure


def _contributions(cell: xr.Dataset) -> tuple[list[Contribution], int]:
    """Return the bars, largest first, small ones together at the end; and how many factors add nothing."""
    labels = [str(each) for each in cell.factor_label.values]
    columns = (cell.contribution.values, cell.alone.values, cell["last"].values)
    every = [Contribution(label, *map(float, row)) for label, *row in zip(labels, *columns, strict=True)]
    least = NONE * max(abs(float(cell.value_before)), abs(float(cell.value_after)))
    moving = [each for each in every if max(abs(each.mean), abs(each.alone), abs(each.last)) > least]
    moving.sort(key=lambda each: -abs(each.mean))
    without = len(every) - len(moving)
    small = [each for each in moving if abs(each.mean) < SMALL_SHARE * abs(moving[0].mean)]
    if len(small) > 1:
        added = [sum(getattr(each, name) for each in small) for name in ("mean", "alone", "last")]
        moving = [*moving[: -len(small)], Contribution(f"其余 {len(small)} 项合计", *added)]
    return moving, without


def _draw(axes: Axes, cell: xr.Dataset, bars: Sequence[Contribution]) -> None:
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True)
    axes.set_axisbelow(True)
    starts = float(cell.value_before) + np.cumsum([0.0, *(each.mean for each in bars)])
    last, across = len(bars) + 1, float(np.ptp(starts))
    for row, (start, bar) in enumerate(zip(starts, bars, strict=False), 1):
        look = UP if bar.mean >= 0 else DOWN
        axes.barh(row, bar.mean, 0.62, left=start, linewidth=0.8, zorder=2, **look)
        if abs(bar.last - bar.alone) > SEEN * across:
            axes.plot(start + np.array([bar.alone, bar.last]), [row, row], **ORDERS)
        axes.plot([start, start], [row - 1, row + 0.31], **LINK)
    axes.plot([starts[-1]] * 2, [last - 1.31, last], **LINK)
    axes.plot(starts[[0, -1]], [0, last], **END)
    _name_rows(axes, cell, bars)
    numbers = _row_numbers(bars, starts)
    _bound(axes, cell, numbers)
    for row, each in enumerate(numbers):
        side: Stroke = {"ha": "left" if each.side > 0 else "right", "va": "center"}
        spot, away = (each.x, row), (5 * each.side, 0)
        axes.annotate(each.text.replace("-", MINUS), spot, away, textcoords="offset points", **LABEL, **side)
    axes.set_ylim(last + 0.6, -0.6)
    set_x_ticks(axes)


def _name_rows(axes: Axes, cell: xr.Dataset, bars: Sequence[Contribution]) -> None:
    across = NAME * characters_across(axes, SMALL, 0.0)
    labels = [str(cell.attrs["before_title"]), *(each.label for each in bars), str(cell.attrs["after_title"])]
    axes.set_yticks(range(len(labels)), ["\n".join(wrap(label, across)) for label in labels])
    goal = f"  目标 {goal_label(target_at(cell, 'outcome'))}" if np.isfinite(cell.goal) else ""
    write_heading(axes, "", f"{unit_name(str(cell.unit.item()))}{goal}")


def _row_numbers(bars: Sequence[Contribution], starts: Numbers) -> list[RowNumber]:
    """Return the number of each row: the value before, what each factor contributes, the value after."""
    digits = decimals(max((abs(each.mean) for each in bars), default=1.0) or 1.0, figures=3)
    found = [RowNumber(float(starts[0]), f"{starts[0]:,.{digits}f}", 1)]
    for start, bar in zip(starts, bars, strict=False):
        side = 1 if bar.mean >= 0 else -1
        far = side * max(side * end for end in (bar.mean, bar.alone, bar.last, 0.0))
        found.append(RowNumber(float(start) + far, f"{bar.mean:+,.{digits}f}", side))
    return [*found, RowNumber(float(starts[-1]), f"{starts[-1]:,.{digits}f}", 1)]


def _bound(axes: Axes, cell: xr.Dataset, numbers: Sequence[RowNumber]) -> None:
    """Choose what the axis covers: all bars, room for their numbers, and the goal where it is near."""
    low, high = min(each.x for each in numbers), max(each.x for each in numbers)
    goal, wide = float(cell.goal), (high - low) or abs(high) or 1.0
    if np.isfinite(goal) and low - NEAR * wide <= goal <= high + NEAR * wide:
        axes.axvline(goal, zorder=1, **GOAL_LINE)
        low, high = min(low, goal), max(high, goal)
    across = characters_across(axes, SMALL, 0.0) * (1.0 - NAME)
    left, right = low - EDGE * wide, high + EDGE * wide
    for _ in range(20):  # the wider the axis, the more of it a number takes
        taken = [(each, (right - left) * (text_width(each.text) + 1.5) / across) for each in numbers]
        left = min([left, *(each.x - room for each, room in taken if each.side < 0)])
        right = max([right, *(each.x + room for each, room in taken if each.side > 0)])
    axes.set_xlim(left, right)


def _note(found: xr.Dataset, without: int) -> str:
    attrs = found.attrs
    parts = [
        f"各项为 Shapley 值：{attrs['runs']:,} 次运行，各种采用次序的平均，合计等于全部变化",
        "细线两端为最先与最后采用时的贡献",
    ]
    parts += ["同一条款的杠杆合并"] if attrs["by_clause"] else []
    parts += [f"另有 {without} 项对其没有影响"] if without else []
    return f"{'；'.join(parts)}。{source_text(found, [str(attrs[name]) for name in ('before', 'after')])}"
