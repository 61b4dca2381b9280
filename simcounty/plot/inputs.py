"""Scatters: a target's value in every future against the inputs that move it most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from simcounty.errors import InputError
from simcounty.plot.panels import finish, new_figure, set_x_ticks, set_y_ticks, write_heading
from simcounty.plot.sensitivity import cells_of, heading_of, input_label, note_of, unit_of
from simcounty.plot.style import BLUE, FAINT, GOAL_LINE, styled
from simcounty.plot.text import Mark, goal_label, unit_name
from simcounty.sensitivity_analysis.sensitivity import sensitivity, strongest
from simcounty.sweeps.futures import judgeable_targets, target_values
from simcounty.units import as_percentage

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from simcounty.scenario import Target
    from simcounty.sweeps.futures import Numbers

INPUTS = 2  # a scenario
MANY = 5_000  # members: more are counted in hexagons
MOST_SCENARIOS = 3


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
    shown = [cell for cell in cells_of(known, target, scenario) if not bool(cell.constant)][:MOST_SCENARIOS]
    if not shown:
        raise InputError(f"target {target}: its value is the same in every run; there is nothing to scatter.")
    inputs = [strongest(cell, INPUTS) for cell in shown]
    targets = {name: own[0] for name, own in judgeable_targets(futures, (target,)).items() if own}
    with styled():
        figure, panels = new_figure(sum(map(len, inputs)), width, len(inputs[0]) if width == "full" else 1)
        marks, places = [], iter(panels)
        for cell, keys in zip(shown, inputs, strict=True):
            name = str(cell.scenario.item())
            up = target_values(futures, name, targets[name])
            for key in keys:
                axes = next(places)
                write_heading(axes, input_label(cell, key), f"{unit_of(cell)}（{name}）")
                factor, unit = as_percentage(1.0, str(cell.input_unit.sel(input=key).item()))
                axes.set_xlabel(unit_name(unit), color=FAINT)
                marks.append(_draw(axes, factor * futures[key].values, up, targets[name]))
        many = futures.sizes["member"] > MANY
        reading = "颜色越深，落在该处的运行越多（对数）" if many else "每点为一次运行"
        finish(figure, heading_of(shown[0]), [], note_of(known, shown, reading, "虚线为目标值"), marks)
    return figure


def _draw(axes: Axes, across: Numbers, up: Numbers, target: Target) -> list[Mark]:
    """Draw the runs that did not fail, and the goal; return the mark of the goal."""
    known = np.isfinite(up)
    across, up = across[known], up[known]
    start, end, has_goal = float(across.min()), float(across.max()), bool(np.isfinite(target.goal))
    if has_goal:
        axes.plot([start, end], [target.goal] * 2, zorder=5, **GOAL_LINE)
    if up.size > MANY:
        axes.hexbin(across, up, gridsize=(30, 11), bins="log", mincnt=1, cmap="Blues", linewidths=0.1)
    else:
        axes.plot(across, up, ".", color=BLUE, alpha=0.45, markersize=3.2, markeredgewidth=0)
    axes.set_axisbelow(True)
    axes.margins(y=0.12)
    set_x_ticks(axes)
    set_y_ticks(axes)
    return [Mark(start, target.goal, goal_label(target))] if has_goal else []
