"""Tornados: the inputs a target hangs on, strongest on top."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from simcounty.errors import InputError
from simcounty.plot.labels import Mark
from simcounty.plot.panels import count_across, count_up, explain, head, room, settle, sheet
from simcounty.plot.scatter import MOST_INPUTS, cells, heading, label, note, unit
from simcounty.plot.style import CM, FAINT, INK, LINES, SMALL, styled
from simcounty.plot.text import wrapped

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


Ends = Callable[["xr.Dataset"], tuple["xr.DataArray", "xr.DataArray"]]
HEAD, ROW, NAME = 1.7, 0.64, 0.42  # cm above and below the bars, cm a bar, part of a panel that names take
LIGHT, DARK = "#a6cbe3", LINES[1]["color"]
WHISKER: Mapping[str, Any] = {"fmt": "none", "ecolor": INK, "elinewidth": 0.7, "capsize": 1.5}


@dataclass(frozen=True)
class Bar:
    """One of the bars of an input: a field, its colour and width, and the ends of its 95 % interval."""

    field: str
    name: str
    color: str
    width: float
    ends: Ends | None = None
    beside: float = 0.0  # how far below the middle of the bar its whisker lies


def _within(field: str, half: str) -> Ends:
    return lambda cell: (cell[field] - cell[half], cell[field] + cell[half])


BARS: Mapping[str, tuple[Bar, ...]] = {
    "sobol": (
        Bar("total", "总效应指数", LIGHT, 0.76, _within("total", "total_error"), 0.28),
        Bar("first", "一阶指数", DARK, 0.34, _within("first", "first_error")),
    ),
    "morris": (Bar("mu_star", "μ*", DARK, 0.6, _within("mu_star", "mu_star_error")),),
    "factorial": (Bar("effect", "主效应", DARK, 0.6),),
    "spearman": (Bar("correlation", "秩相关系数", DARK, 0.6, lambda cell: (cell.low, cell.high)),),
}
CAPTIONS = {
    "sobol": "占方差的比重",
    "morris": "投入走完全程时目标值变动的平均幅度 μ*，{unit}",
    "factorial": "投入由最低档到最高档，目标值平均变动，{unit}",
    "spearman": "秩相关系数（−1 至 1）",
}


def tornado(sensitivity: xr.Dataset, target: str, scenario: str | None = None, width: str = "full") -> Figure:
    """Draw the inputs of a target as bars, the strongest on top, with whiskers of their 95 % intervals.

    One panel a scenario, all in the order of the strongest; see `sensitivity` for what the bars are. At most
    twelve inputs are drawn. `width` is "full" or "half", of the text on an A4 page.

    >>> import simcounty as sc
    >>> tornado(sc.sensitivity(futures), "gdp-2027").savefig("tornado.png")
    """
    shown = cells(sensitivity, target, scenario)
    if not shown:
        raise InputError(f"{scenario}: it has no target {target}.")
    order = _order(sensitivity, shown)
    with styled():
        figure, panels = sheet(
            len(shown), width, 2 if width == "full" else 1, CM * (HEAD + ROW * max(len(order), 3))
        )
        for axes, cell in zip(panels, shown, strict=True):
            _draw(axes, cell, order, sensitivity)
        bars = BARS[sensitivity.attrs["method"]]
        handles = [_swatch(bar) for bar in bars] if len(bars) > 1 else []
        left = sensitivity.sizes["input"] - len(order)
        rest = f"另有 {left} 项投入影响更小，未画" if left and order else ""
        whiskers = "须线为 95 % 置信区间" if bars[0].ends and order else ""
        explain(figure, heading(shown[0]), handles, note(sensitivity, shown, whiskers, rest))
        settle(figure, panels, [[] for _ in panels])
    return figure


def _order(sensitivity: xr.Dataset, shown: list[xr.Dataset]) -> list[str]:
    """Return the inputs that are drawn, by how strong they are where they are strongest."""
    key = sensitivity.attrs["key"]
    varying = [np.abs(cell[key].values) for cell in shown if not bool(cell.constant)]
    if not varying:
        return []
    power = np.max(varying, axis=0)
    return [str(sensitivity.input.values[place]) for place in np.argsort(-power, kind="stable")[:MOST_INPUTS]]


def _draw(axes: Axes, cell: xr.Dataset, order: list[str], indices: xr.Dataset) -> None:
    method = indices.attrs["method"]
    head(axes, str(cell.scenario.item()), CAPTIONS[method].format(unit=unit(cell)))
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True)
    axes.set_axisbelow(True)
    count_across(axes)
    rows = np.arange(len(order))
    axes.set_yticks(rows, _names(axes, indices, order), fontsize=SMALL)
    axes.set_ylim(max(len(order), 1) - 0.4, -0.6)
    if bool(cell.constant):
        axes.set_axis_off()
        said = "各次运行的目标值相同，不随任何投入变动"
        axes.text(0.5, 0.5, said, transform=axes.transAxes, ha="center", va="center", color=FAINT)
        return
    axes.axvline(0, color=FAINT, linewidth=0.8)
    chosen = cell.sel(input=order)
    for bar in BARS[method]:
        lengths = chosen[bar.field].values
        axes.barh(rows, lengths, bar.width, color=bar.color)
        if bar.ends:
            low, high = (each.values for each in bar.ends(chosen))
            axes.errorbar(lengths, rows + bar.beside, xerr=[lengths - low, high - lengths], **WHISKER)


def _names(axes: Axes, indices: xr.Dataset, order: list[str]) -> list[str]:
    """Return what the inputs are called, in lines that leave the bars their room."""
    across = NAME * room(axes, SMALL, 0.0)
    return ["\n".join(wrapped(label(indices, key), across)) for key in order]


def _swatch(bar: Bar) -> Any:
    from matplotlib.patches import Patch

    return Patch(color=bar.color, label=bar.name)


DEPENDS = "虚线（σ = μ*）以上的投入，其影响随其他投入或自身取值而变"
NAMED = 6  # inputs written beside their mark
LEAST = 0.05  # of the strongest: weaker inputs lie too close together to be named
HEIGHT = 6.6  # cm a panel


def morris(sensitivity: xr.Dataset, target: str, scenario: str | None = None, width: str = "full") -> Figure:
    """Draw mu* against sigma of every input of a target, one panel a scenario, the strongest named.

    An input above the dashed line, sigma = mu*, acts through others, or bends. `width` is "full" or
    "half", of the text on an A4 page.
    """
    shown = [cell for cell in cells(sensitivity, target, scenario) if not bool(cell.constant)]
    if sensitivity.attrs["method"] != "morris" or not shown:
        raise InputError(
            f"target {target}: only the futures of a morris design that vary have such a figure."
        )
    with styled():
        figure, panels = sheet(len(shown), width, 2 if width == "full" else 1, HEIGHT * CM)
        marks = [_draw_morri(axes, cell) for axes, cell in zip(panels, shown, strict=True)]
        explain(
            figure,
            heading(shown[0]),
            [],
            note(sensitivity, shown, DEPENDS),
        )
        settle(figure, panels, marks)
    return figure


def _draw_morri(axes: Axes, cell: xr.Dataset) -> list[Mark]:
    star, scatter = cell.mu_star.values, cell.sigma.values
    head(axes, str(cell.scenario.item()), f"效应的离散 σ，{unit(cell)}")
    end = 1.05 * float(star.max())
    axes.plot([0, end], [0, end], color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.plot(star, scatter, "o", color=LINES[1]["color"], markersize=4.2, clip_on=False)
    axes.set_xlim(0, end)
    axes.set_ylim(0, 1.15 * max(float(scatter.max()), 0.15 * end))
    axes.set_xlabel(f"平均影响 μ*，{unit(cell)}", color=FAINT)
    count_across(axes)
    count_up(axes)
    named = [i for i in star.argsort()[::-1][:NAMED] if star[i] >= LEAST * star.max()]
    return [Mark(float(star[i]), float(scatter[i]), label(cell, str(cell.input.values[i]))) for i in named]
