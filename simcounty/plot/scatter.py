"""Scatters: a target's value against the inputs it hangs on most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from simcounty.errors import InputError, did_you_mean
from simcounty.plot.labels import Mark
from simcounty.plot.panels import count_across, count_up, explain, head, settle, sheet, source
from simcounty.plot.style import FAINT, GOAL, LINES, styled
from simcounty.plot.text import number, wording
from simcounty.sensitivity_analysis.sensitivity import sensitivity, strongest
from simcounty.sweeps.futures import judgeable_targets, target_values
from simcounty.units import in_chinese, spoken

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from simcounty.scenario import Target
    from simcounty.sweeps.futures import Numbers

if TYPE_CHECKING:
    import xarray as xr


MOST_INPUTS = 12  # inputs a panel
METHODS = {
    "sobol": "Sobol 方差分解",
    "morris": "Morris 筛选",
    "factorial": "全因子设计的主效应",
    "spearman": "Spearman 秩相关",
}


def cells(indices: xr.Dataset, target: str, scenario: str | None = None) -> list[xr.Dataset]:
    """Return what is known of a target in each scenario that has it, or in the one named."""
    for name, given in (("target", target), ("scenario", scenario)):
        known = [str(each) for each in indices[name].values]
        if given is not None and given not in known:
            raise InputError(
                f"no {name} is called {given}; choose among {', '.join(known)}.{did_you_mean(given, known)}"
            )
    chosen = indices.sel(target=target)
    names = [scenario] if scenario else list(chosen.scenario.values)
    found = [chosen.sel(scenario=name) for name in names]
    return [each for each in found if str(each.operator.item())]


def label(indices: xr.Dataset, key: str) -> str:
    """Return what an input is called in Chinese, without its unit."""
    return str(indices.input_label.sel(input=key).item()) or key


def heading(cell: xr.Dataset) -> str:
    """Return the title of a target's figure: its label, year and clause."""
    year = f"，{int(cell.year)} 年" if np.isfinite(cell.year) else ""
    clause = str(cell.clause.item())
    space = "" if not clause or clause.startswith("（") else " "
    return f"{cell.label.item() or cell.target.item()}{year}{space}{clause}"


def unit(cell: xr.Dataset) -> str:
    """Return the unit of a target in Chinese."""
    return in_chinese(str(cell.unit.item())) or "无量纲"


def note(indices: xr.Dataset, shown: list[xr.Dataset], *said: str) -> str:
    """Say what the numbers are and what they rest on."""
    attrs, names = indices.attrs, [str(cell.scenario.item()) for cell in shown]
    dropped = int(indices.dropped.sel(scenario=names).sum())
    told = [*said, f"{METHODS[attrs['method']]}，{number(attrs['finished'])} 组，设计 {attrs['design']}"]
    told += [f"因失败弃用 {number(dropped)} 组"] if dropped else []
    return f"{'；'.join(filter(None, told))}。{source(indices, names)}"


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
    targets = {name: own[0] for name, own in judgeable_targets(futures, (target,)).items() if own}
    with styled():
        figure, panels = sheet(sum(map(len, drivers)), width, len(drivers[0]) if width == "full" else 1)
        marks, places = [], iter(panels)
        for cell, keys in zip(shown, drivers, strict=True):
            own = targets[str(cell.scenario.item())]
            values = target_values(futures, str(cell.scenario.item()), own)
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
