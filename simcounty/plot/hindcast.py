"""Runs held against what came: many counties as points on log axes, few as lines over the years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from simcounty.errors import InputError
from simcounty.plot.panels import (
    finish,
    new_figure,
    set_x_ticks,
    set_y_ticks,
    source_text,
    write_heading,
)
from simcounty.plot.style import FAINT, INK, STROKES, strokes, styled
from simcounty.plot.text import unit_name
from simcounty.units import display_unit

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEW = 3  # counties that are drawn as lines
MARKERS = "o^sDv"
CLOSE = 8  # times from the least to the most: one power of ten at most lies between
NARROW = 50  # times from the least to the most: fewer have less than two powers of ten between
ROOM = 1.08  # of the highest number: what a panel reaches up to
ACTUAL: Mapping[str, Any] = {"marker": "o", "linestyle": "", "markersize": 3.6, "markerfacecolor": "white"}


def scores(found: xr.Dataset, title: str = "", width: str = "full") -> Figure:
    """Draw what `score` gives: a panel for each variable of which anything came.

    Many counties are points, what came across and the run upwards, by the part of the country; few are a
    line each with what came as circles. `width` is "full" or "half", of the text on an A4 page.

    >>> import simcounty as sc
    >>> scores(sc.score("桐庐", "建德")).savefig("scores.png")
    """
    few = found.sizes["place"] <= FEW
    end = found.attrs["end"]
    shown = found if few else found.sel(year=[end])
    least = 1 if few else FEW + 1
    drawn = [k for k in range(found.sizes["outcome"]) if _came(shown.isel(outcome=k)).sum() >= least]
    if not drawn:
        raise InputError("nothing came of these counties in these years that could be drawn.")
    names = found.name.values.tolist() if few else list(dict.fromkeys(found.provinces.values.tolist()))
    looks = strokes(len(names) + 1)[1:]
    with styled():
        figure, cells = new_figure(len(drawn), width)
        for axes, k in zip(cells, drawn, strict=True):
            draw = _draw_years if few else _draw_points
            draw(axes, shown.isel(outcome=k), names)
        handles = [
            Line2D([], [], label=name, **(look if few else _dot(place)))
            for place, (name, look) in enumerate(zip(names, looks, strict=True))
        ]
        kept = Line2D([], [], label="实际值", color=INK, **ACTUAL) if few else _diagonal([], "仿真与实际相同")
        finish(figure, title or _title(found), [*handles, kept], _note(found))
    return figure


def _came(cell: xr.Dataset) -> np.ndarray[Any, Any]:
    """Return where both the run and what came are there, since the start."""
    both = np.isfinite(cell.actual) & np.isfinite(cell.forecast.sel(rule="model"))
    return np.asarray((both & (cell.year > cell.attrs["start"])).to_numpy())


def _draw_years(axes: Axes, cell: xr.Dataset, names: list[str]) -> None:
    made, came = (each.to_numpy() for each in (cell.forecast.sel(rule="model"), cell.actual))
    unit, factor = display_unit(str(cell.unit.item()), float(np.nanmax([made, came])))
    for i, stroke in zip(range(len(names)), strokes(len(names) + 1)[1:], strict=True):
        axes.plot(cell.year, factor * made[i], **stroke)
        axes.plot(cell.year, factor * came[i], color=stroke["color"], **ACTUAL)
    write_heading(axes, str(cell.label.item()), unit_name(unit))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.set_ylim(0, ROOM * factor * float(np.nanmax([made, came])))
    set_y_ticks(axes)


def _draw_points(axes: Axes, cell: xr.Dataset, names: list[str]) -> None:
    made, came = (each.to_numpy()[:, 0] for each in (cell.forecast.sel(rule="model"), cell.actual))
    both, log = _came(cell)[:, 0], bool(cell.log)
    unit, factor = display_unit(str(cell.unit.item()), float(np.nanmax(came[both])))
    for place, name in enumerate(names):
        here = both & (cell.provinces.values == name)
        axes.plot(factor * came[here], factor * made[here], **_dot(place))
    drawn = factor * np.concatenate([came[both], made[both]])
    axes.add_line(_diagonal([drawn.min(), drawn.max()]))
    write_heading(axes, str(cell.label.item()), f"仿真值，{unit_name(unit)}")
    axes.set_xlabel(f"实际值，{unit_name(unit)}", color=FAINT)
    axes.set_axisbelow(True)
    if log:
        _set_log(axes, drawn.max() / drawn.min())
    else:
        set_x_ticks(axes)
        set_y_ticks(axes)


def _set_log(axes: Axes, span: float) -> None:
    """Set logarithmic axes with round numbers: powers of ten, and what lies between where they are few."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    between = (1, 2, 5) if span < CLOSE else (1, 3) if span < NARROW else (1,)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=between, numticks=4))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(lambda number, _: f"{number:,g}")


def _dot(place: int) -> dict[str, Any]:
    stroke = STROKES[1:][place % (len(STROKES) - 1)]
    look = {"marker": MARKERS[place % len(MARKERS)], "linestyle": "", "markersize": 2.4, "alpha": 0.6}
    return {**look, "color": stroke["color"], "markeredgewidth": 0}


def _diagonal(ends: Sequence[float], label: str = "") -> Line2D:
    return Line2D(ends, ends, color=INK, linewidth=0.8, zorder=1, label=label)


def _title(found: xr.Dataset) -> str:
    names = found.name.values.tolist()
    place = "、".join(names) if len(names) <= FEW else f"{len(names)}个县（市、区）"
    about = found.attrs
    years = f"{about['start'] + 1}—{about['end']}" if len(names) <= FEW else f"{about['end']}"
    return f"{place}：{years}年仿真值与实际值"


def _note(found: xr.Dataset) -> str:
    about = found.attrs
    made = f"由{about['start']}年末起算，只用{about['known_by']}年及以前的数据，不含规划措施。"
    return f"{made}{source_text(found)}"
