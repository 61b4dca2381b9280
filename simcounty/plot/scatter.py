"""Scatters: a target's value against the inputs it hangs on most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from simcounty.analysis import reading
from simcounty.analysis.sensitivity import sensitivity, strongest
from simcounty.errors import InputError
from simcounty.plot.inputs import cells, heading, label, note, unit
from simcounty.plot.labels import Mark
from simcounty.plot.look import FAINT, GOAL, LINES, styled
from simcounty.plot.panels import count_across, count_up, explain, head, settle, sheet
from simcounty.plot.text import wording
from simcounty.units import in_chinese, spoken

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from simcounty.analysis.reading import Numbers
    from simcounty.scenario import Target

DRIVERS = 2
MANY = 5_000  # members: more are counted in hexagons
MOST = 3  # scenarios


def scatter(
    futures: xr.Dataset,
    target: str,
    indices: xr.Dataset | None = None,
    scenario: str | None = None,
    width: str = "full",
) -> Figure:
    """Draw a target's value in every future against its two strongest inputs, with the goal as a line.

    A row of panels a scenario, at most three. `indices` are those of `sensitivity`, which is called without
    failed runs if they are not given. Many futures are counted in hexagons. `width` is "full" or "half", of
    the text on an A4 page.

    >>> scatter(futures, "gdp-2027").savefig("scatter.png")
    """
    known = sensitivity(futures, [target], repair=True) if indices is None else indices
    shown = [cell for cell in cells(known, target, scenario) if not bool(cell.constant)][:MOST]
    if not shown:
        raise InputError(f"target {target}: its value is the same in every run; there is nothing to scatter.")
    drivers = [strongest(cell, DRIVERS) for cell in shown]
    targets = {name: own[0] for name, own in reading.judged_by(futures, (target,)).items() if own}
    with styled():
        figure, panels = sheet(sum(map(len, drivers)), width, len(drivers[0]) if width == "full" else 1)
        marks, places = [], iter(panels)
        for cell, keys in zip(shown, drivers, strict=True):
            own = targets[str(cell.scenario.item())]
            values = reading.values(futures, str(cell.scenario.item()), own)
            marks += [_draw(next(places), futures, key, values, own, cell) for key in keys]
        many = futures.sizes["member"] > MANY
        said = "颜色越深，落在该处的运行越多（对数）" if many else "每点为一次运行"
        explain(figure, heading(shown[0]), [], note(known, shown, said, "虚线为目标值"))
        settle(figure, panels, marks)
    return figure


def _draw(
    axes: Axes, futures: xr.Dataset, key: str, values: Numbers, target: Target, cell: xr.Dataset
) -> list[Mark]:
    known = np.isfinite(values)
    factor, unit_across = spoken(1.0, str(cell.input_unit.sel(input=key).item()))
    across, up = factor * futures[key].values[known], values[known]
    head(axes, label(cell, key), f"{unit(cell)}（{cell.scenario.item()}）")
    goal, ends = target.goal, [across.min(), across.max()]
    drawn = bool(np.isfinite(goal))  # a value that is asked to decrease has no line
    if drawn:
        axes.plot(ends, [goal, goal], color=GOAL["color"], linestyle=(0, (4, 2)), linewidth=1.1, zorder=5)
    if up.size > MANY:
        axes.hexbin(across, up, gridsize=(30, 11), bins="log", mincnt=1, cmap="Blues", linewidths=0.1)
    else:
        axes.plot(across, up, ".", color=LINES[1]["color"], alpha=0.45, markersize=3.2, markeredgewidth=0)
    axes.set_axisbelow(True)
    axes.set_xlabel(in_chinese(unit_across) or "无量纲", color=FAINT)
    axes.margins(y=0.12)
    count_across(axes)
    count_up(axes)
    return [Mark(float(ends[0]), goal, wording(target))] if drawn else []
