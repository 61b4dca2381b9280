"""Waterfalls: from one scenario's value of a target to another's, a bar for what each lever adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from simcounty.errors import InputError, did_you_mean
from simcounty.plot.labels import WORDS
from simcounty.plot.panels import count_across, explain, head, room, settle, sheet, source
from simcounty.plot.style import CM, FAINT, GOAL, INK, LINES, SMALL, styled
from simcounty.plot.text import wide as wide_of
from simcounty.plot.text import wording, wrapped
from simcounty.scenario.target import target_at
from simcounty.units import in_chinese

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

HEAD, ROW, NAME = 1.7, 0.58, 0.4  # cm above and below the rows, cm a row, part of the width that names take
SMALLEST = 0.01  # of the largest share: smaller ones are taken together
STILL = 1e-9  # of the values: less is no share
SEEN = 0.02  # of what the bars cover: orders that differ by less are not drawn
NEAR = 0.6  # of what the bars cover: a goal that lies farther away is not drawn
UP: Mapping[str, Any] = {"facecolor": LINES[1]["color"], "edgecolor": LINES[1]["color"]}
DOWN: Mapping[str, Any] = {"facecolor": "white", "edgecolor": LINES[4]["color"], "hatch": "/////"}
ORDERS: Mapping[str, Any] = {
    "color": INK,
    "linewidth": 0.9,
    "zorder": 3,
    "solid_capstyle": "butt",
    "path_effects": [withStroke(linewidth=2.1, foreground="white")],
}
EDGE = 0.04  # of what the bars cover: kept free at either side
ASKED: Mapping[str, Any] = {"color": GOAL["color"], "linestyle": (0, (4, 2)), "linewidth": 1.1}
END: Mapping[str, Any] = {"marker": "D", "color": INK, "markersize": 4.5, "linestyle": "", "zorder": 4}

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Step:
    """A bar: what it is called, what it adds, and what it adds first and last of all."""

    label: str
    share: float
    alone: float
    last: float


@dataclass(frozen=True)
class Beside:
    """A number beside a row: where, what, and to which side."""

    x: float
    text: str
    side: int


def waterfall(found: xr.Dataset, outcome: str, title: str = "", width: str = "full") -> Figure:
    """Draw what `waterfall` found of a target, the largest shares on top; bars that lower it are hatched.

    The lines on the bars go from what a lever adds first of all to what it adds last of all. `width` is
    "full" or "half", of the text on an A4 page.

    >>> import simcounty as sc
    >>> found = sc.waterfall(plan, plan.replace(hukou_openness=0.9), ["gdp-2027"])
    >>> waterfall(found, "gdp-2027").savefig("waterfall.png")
    """
    known = [str(name) for name in found.outcome.values]
    if outcome not in known:
        raise InputError(
            f"no outcome is called {outcome}; choose among {', '.join(known)}.{did_you_mean(outcome, known)}"
        )
    cell = found.sel(outcome=outcome)
    steps, still = _steps(cell)
    with styled():
        figure, (axes,) = sheet(1, width, 1, CM * (HEAD + ROW * (len(steps) + 2)))
        _draw(axes, cell, steps, width)
        handles = [Patch(label=name, **look) for name, look in (("提高", UP), ("降低", DOWN))]
        explain(figure, title or _heading(cell), handles, _note(found, still))
        settle(figure, [axes], [[]])
    return figure


def _steps(cell: xr.Dataset) -> tuple[list[Step], int]:
    """Return the bars, largest first, the small ones together at the end; and how many levers add nothing."""
    labels = [str(each) for each in cell.lever_label.values]
    rows = zip(labels, cell.share.values, cell.alone.values, cell.last.values, strict=True)
    steps = [Step(label, float(share), float(alone), float(last)) for label, share, alone, last in rows]
    scale = max(abs(float(cell.value_before)), abs(float(cell.value_after)))
    moving = [step for step in steps if max(abs(step.share), abs(step.alone), abs(step.last)) > STILL * scale]
    moving.sort(key=lambda step: -abs(step.share))
    least = SMALLEST * abs(moving[0].share) if moving else 0.0
    small = [step for step in moving if abs(step.share) < least]
    if len(small) > 1:
        moving = moving[: -len(small)]
        added = [sum(getattr(step, name) for step in small) for name in ("share", "alone", "last")]
        moving.append(Step(f"其余 {len(small)} 项合计", *added))
    return moving, len(steps) - len(moving) - max(0, len(small) - 1 if len(small) > 1 else 0)


def _draw(axes: Axes, cell: xr.Dataset, steps: Sequence[Step], width: str) -> None:
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True)
    axes.set_axisbelow(True)
    starts = float(cell.value_before) + np.cumsum([0.0, *(step.share for step in steps)])
    rows, wide = np.arange(len(steps) + 2), float(np.ptp(starts))
    for row, start, step in zip(rows[1:], starts, steps, strict=False):
        axes.barh(
            row, step.share, 0.62, left=start, linewidth=0.8, zorder=2, **(UP if step.share >= 0 else DOWN)
        )
        if abs(step.last - step.alone) > SEEN * wide:
            axes.plot(start + np.array([step.alone, step.last]), [row, row], **ORDERS)
        axes.plot([start, start], [row - 1, row + 0.31], color=FAINT, linewidth=0.6, zorder=1)
    axes.plot([starts[-1]] * 2, [rows[-1] - 1.31, rows[-1]], color=FAINT, linewidth=0.6, zorder=1)
    axes.plot(starts[[0, -1]], rows[[0, -1]], **END)
    _name_rows(axes, cell, steps)
    ends = _ends(cell, steps, starts)
    _bound(axes, cell, ends)
    _write(axes, ends)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    count_across(axes)


def _name_rows(axes: Axes, cell: xr.Dataset, steps: Sequence[Step]) -> None:
    across = NAME * room(axes, SMALL, 0.0)
    ends = (str(cell.attrs["before_title"]), str(cell.attrs["after_title"]))
    labels = [ends[0], *(step.label for step in steps), ends[1]]
    axes.set_yticks(range(len(labels)), ["\n".join(wrapped(label, across)) for label in labels])
    unit = in_chinese(str(cell.unit.item())) or "无量纲"
    goal = f"  目标 {wording(target_at(cell, 'outcome'))}" if np.isfinite(cell.goal) else ""
    head(axes, "", f"{unit}{goal}")


def _heading(cell: xr.Dataset) -> str:
    year = f"，{int(cell.year)} 年" if np.isfinite(cell.year) else ""
    return f"{cell.label.item()}{year}"


def _ends(cell: xr.Dataset, steps: Sequence[Step], starts: Numbers) -> list[Beside]:
    """Return the number of each row: the value before, what each lever adds, the value after."""
    digits = _digits([step.share for step in steps])
    found = [Beside(float(starts[0]), f"{starts[0]:,.{digits}f}", 1)]
    for start, step in zip(starts, steps, strict=False):
        side = 1 if step.share >= 0 else -1
        far = side * max(side * end for end in (step.share, step.alone, step.last, 0.0))
        found.append(Beside(float(start) + far, f"{step.share:+,.{digits}f}", side))
    return [*found, Beside(float(starts[-1]), f"{starts[-1]:,.{digits}f}", 1)]


def _bound(axes: Axes, cell: xr.Dataset, ends: Sequence[Beside]) -> None:
    """Choose what the axis covers: all bars, room for their numbers, and the goal where it lies near."""
    low, high = min(end.x for end in ends), max(end.x for end in ends)
    goal, wide = float(cell.goal), (high - low) or abs(high) or 1.0
    if np.isfinite(goal) and low - NEAR * wide <= goal <= high + NEAR * wide:
        axes.axvline(goal, zorder=1, **ASKED)
        low, high = min(low, goal), max(high, goal)
    across = room(axes, SMALL, 0.0) * (1.0 - NAME)
    left, right = low - EDGE * wide, high + EDGE * wide
    for _ in range(20):  # the wider the axis, the more of it a number takes
        taken = [(end, (right - left) * (wide_of(end.text) + 1.5) / across) for end in ends]
        left = min([left, *(end.x - room for end, room in taken if end.side < 0)])
        right = max([right, *(end.x + room for end, room in taken if end.side > 0)])
    axes.set_xlim(left, right)


def _write(axes: Axes, ends: Sequence[Beside]) -> None:
    """Write the number of each row beside it."""
    for row, end in enumerate(ends):
        look: Mapping[str, Any] = {**WORDS, "ha": "left" if end.side > 0 else "right", "va": "center"}
        spot, away = (end.x, row), (5 * end.side, 0)
        axes.annotate(end.text.replace("-", "−"), spot, away, textcoords="offset points", **look)


def _digits(shares: Sequence[float]) -> int:
    """Return how many decimals show three figures of the largest share."""
    largest = max(map(abs, shares), default=1.0) or 1.0
    return int(min(6, max(0, 2 - np.floor(np.log10(largest)))))


def _note(found: xr.Dataset, still: int) -> str:
    attrs = found.attrs
    said = [
        f"各项为 Shapley 值：{attrs['runs']:,} 次运行，各种采用次序的平均，合计等于全部变化",
        "细线两端为最先与最后采用时的贡献",
    ]
    said += ["同一条款的杠杆合并"] if attrs["by_clause"] else []
    said += [f"另有 {still} 项对其没有影响"] if still else []
    return f"{'；'.join(said)}。{source(found, [str(attrs[name]) for name in ('before', 'after')])}"
