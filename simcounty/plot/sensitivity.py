"""What moves a target: tornados of its inputs, Morris figures, and scatters of its values against them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from simcounty.errors import InputError, did_you_mean
from simcounty.plot.panels import (
    characters_across,
    finish,
    new_figure,
    set_x_ticks,
    set_y_ticks,
    source_text,
    write_heading,
)
from simcounty.plot.style import BLUE, CM, FAINT, GOAL_LINE, INK, SMALL, styled
from simcounty.plot.text import Mark, goal_label, instant_text, unit_name, wrap
from simcounty.sensitivity_analysis import sensitivity as indices_of
from simcounty.sensitivity_analysis import strongest
from simcounty.sweeps.futures import judgeable_targets, target_values
from simcounty.units import as_percentage

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from simcounty.scenario import Target
    from simcounty.sweeps.futures import Numbers

Ends = Callable[["xr.Dataset"], tuple["xr.DataArray", "xr.DataArray"]]
METHODS = {
    "sobol": "Sobol 方差分解",
    "morris": "Morris 筛选",
    "factorial": "全因子设计的主效应",
    "spearman": "Spearman 秩相关",
}
MOST_INPUTS = 12  # of a tornado
HEAD, ROW, NAME = 1.7, 0.64, 0.42  # cm above and below the bars, cm a bar, part of a panel that names take
LIGHT_BLUE = "#a6cbe3"
WHISKER: Mapping[str, Any] = {"fmt": "none", "ecolor": INK, "elinewidth": 0.7, "capsize": 1.5}
ABOVE_DIAGONAL = "虚线（σ = μ*）以上的投入，其影响随其他投入或自身取值而变"
MOST_NAMED = 6  # inputs of a Morris figure
LEAST_NAMED = 0.05  # of the strongest: weaker inputs are too close together to be named
MORRIS_HEIGHT = 6.6  # cm a panel
SCATTERED = 2  # inputs a scenario
MANY = 5_000  # members: more are counted in hexagons
MOST_SCENARIOS = 3  # of a scatter


@dataclass(frozen=True)
class Bar:
    """One of the bars of an input: a field, its colour and width, and the ends of its 95 % interval."""

    field: str
    name: str
    color: str
    width: float
    ends: Ends | None = None
    offset: float = 0.0  # of the whisker, below the middle of the bar


def _within(field: str, half: str) -> Ends:
    return lambda cell: (cell[field] - cell[half], cell[field] + cell[half])


BARS: Mapping[str, tuple[Bar, ...]] = {
    "sobol": (
        Bar("total", "总效应指数", LIGHT_BLUE, 0.76, _within("total", "total_error"), 0.28),
        Bar("first", "一阶指数", BLUE, 0.34, _within("first", "first_error")),
    ),
    "morris": (Bar("mu_star", "μ*", BLUE, 0.6, _within("mu_star", "mu_star_error")),),
    "factorial": (Bar("effect", "主效应", BLUE, 0.6),),
    "spearman": (Bar("correlation", "秩相关系数", BLUE, 0.6, lambda cell: (cell.low, cell.high)),),
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
    shown = _cells(sensitivity, target, scenario)
    if not shown:
        raise InputError(f"{scenario}: it has no target {target}.")
    order, bars = _order(sensitivity, shown), BARS[sensitivity.attrs["method"]]
    height = CM * (HEAD + ROW * max(len(order), 3))
    with styled():
        figure, panels = new_figure(len(shown), width, 2 if width == "full" else 1, height)
        for axes, cell in zip(panels, shown, strict=True):
            _draw_bars(axes, cell, order, sensitivity)
        handles = [Patch(color=bar.color, label=bar.name) for bar in bars] if len(bars) > 1 else []
        left = sensitivity.sizes["input"] - len(order)
        whiskers = "须线为 95 % 置信区间" if bars[0].ends and order else ""
        rest = f"另有 {left} 项投入影响更小，未画" if left and order else ""
        finish(figure, _heading(shown[0]), handles, _note(sensitivity, shown, whiskers, rest))
    return figure


def _order(sensitivity: xr.Dataset, shown: list[xr.Dataset]) -> list[str]:
    """Return the inputs that are drawn, by how strong they are where they are strongest."""
    key = sensitivity.attrs["key"]
    varying = [np.abs(cell[key].values) for cell in shown if not bool(cell.constant)]
    if not varying:
        return []
    strength = np.max(varying, axis=0)
    return [str(sensitivity.input.values[i]) for i in np.argsort(-strength, kind="stable")[:MOST_INPUTS]]


def _draw_bars(axes: Axes, cell: xr.Dataset, order: list[str], indices: xr.Dataset) -> None:
    method = indices.attrs["method"]
    write_heading(axes, str(cell.scenario.item()), CAPTIONS[method].format(unit=_unit(cell)))
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True)
    axes.set_axisbelow(True)
    set_x_ticks(axes)
    rows, across = np.arange(len(order)), NAME * characters_across(axes, SMALL, 0.0)
    names = ["\n".join(wrap(_input_label(indices, key), across)) for key in order]
    axes.set_yticks(rows, names, fontsize=SMALL)
    axes.set_ylim(max(len(order), 1) - 0.4, -0.6)
    if bool(cell.constant):
        axes.set_axis_off()
        text = "各次运行的目标值相同，不随任何投入变动"
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=FAINT)
        return
    axes.axvline(0, color=FAINT, linewidth=0.8)
    chosen = cell.sel(input=order)
    for bar in BARS[method]:
        lengths = chosen[bar.field].values
        axes.barh(rows, lengths, bar.width, color=bar.color)
        if bar.ends:
            low, high = (each.values for each in bar.ends(chosen))
            axes.errorbar(lengths, rows + bar.offset, xerr=[lengths - low, high - lengths], **WHISKER)


def morris(sensitivity: xr.Dataset, target: str, scenario: str | None = None, width: str = "full") -> Figure:
    """Draw mu* against sigma of every input of a target, one panel a scenario, the strongest named.

    An input above the dashed line, sigma = mu*, acts through others, or its effect bends. `width` is "full"
    or "half", of the text on an A4 page.
    """
    shown = [cell for cell in _cells(sensitivity, target, scenario) if not bool(cell.constant)]
    if sensitivity.attrs["method"] != "morris" or not shown:
        raise InputError(
            f"target {target}: only the futures of a morris design that vary have such a figure."
        )
    with styled():
        figure, panels = new_figure(len(shown), width, 2 if width == "full" else 1, MORRIS_HEIGHT * CM)
        marks = [_draw_effects(axes, cell) for axes, cell in zip(panels, shown, strict=True)]
        finish(figure, _heading(shown[0]), [], _note(sensitivity, shown, ABOVE_DIAGONAL), marks)
    return figure


def _draw_effects(axes: Axes, cell: xr.Dataset) -> list[Mark]:
    """Draw mu* and sigma of all inputs; return the marks of the strongest."""
    mean, deviation = cell.mu_star.values, cell.sigma.values
    write_heading(axes, str(cell.scenario.item()), f"效应的离散 σ，{_unit(cell)}")
    end = 1.05 * float(mean.max())
    axes.plot([0, end], [0, end], color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.plot(mean, deviation, "o", color=BLUE, markersize=4.2, clip_on=False)
    axes.set_xlim(0, end)
    axes.set_ylim(0, 1.15 * max(float(deviation.max()), 0.15 * end))
    axes.set_xlabel(f"平均影响 μ*，{_unit(cell)}", color=FAINT)
    set_x_ticks(axes)
    set_y_ticks(axes)
    named = [i for i in mean.argsort()[::-1][:MOST_NAMED] if mean[i] >= LEAST_NAMED * mean.max()]
    keys = [str(key) for key in cell.input.values]
    return [Mark(float(mean[i]), float(deviation[i]), _input_label(cell, keys[i])) for i in named]


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
    known = indices_of(futures, [target], repair=True) if indices is None else indices
    shown = [cell for cell in _cells(known, target, scenario) if not bool(cell.constant)][:MOST_SCENARIOS]
    if not shown:
        raise InputError(f"target {target}: its value is the same in every run; there is nothing to scatter.")
    inputs = [strongest(cell, SCATTERED) for cell in shown]
    targets = {name: own[0] for name, own in judgeable_targets(futures, (target,)).items() if own}
    with styled():
        figure, panels = new_figure(sum(map(len, inputs)), width, len(inputs[0]) if width == "full" else 1)
        marks, places = [], iter(panels)
        for cell, keys in zip(shown, inputs, strict=True):
            name = str(cell.scenario.item())
            up = target_values(futures, name, targets[name])
            for key in keys:
                axes = next(places)
                write_heading(axes, _input_label(cell, key), f"{_unit(cell)}（{name}）")
                factor, unit = as_percentage(1.0, str(cell.input_unit.sel(input=key).item()))
                axes.set_xlabel(unit_name(unit), color=FAINT)
                marks.append(_draw_runs(axes, factor * futures[key].values, up, targets[name]))
        many = futures.sizes["member"] > MANY
        reading = "颜色越深，落在该处的运行越多（对数）" if many else "每点为一次运行"
        finish(figure, _heading(shown[0]), [], _note(known, shown, reading, "虚线为目标值"), marks)
    return figure


def _draw_runs(axes: Axes, across: Numbers, up: Numbers, target: Target) -> list[Mark]:
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


def _cells(indices: xr.Dataset, target: str, scenario: str | None = None) -> list[xr.Dataset]:
    """Return the indices of a target in each scenario that has it, or in the one named.

    Raise InputError for a target or scenario that is not there.
    """
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


def _input_label(indices: xr.Dataset, key: str) -> str:
    """Return an input's label in Chinese, without its unit."""
    return str(indices.input_label.sel(input=key).item()) or key


def _heading(cell: xr.Dataset) -> str:
    """Return the title of a target's figure: its label, year and clause."""
    clause = str(cell.clause.item())
    space = "" if not clause or clause.startswith("（") else " "
    return f"{cell.label.item() or cell.target.item()}{instant_text(cell)}{space}{clause}"


def _unit(cell: xr.Dataset) -> str:
    """Return the unit of a target in Chinese."""
    return unit_name(str(cell.unit.item()))


def _note(indices: xr.Dataset, shown: list[xr.Dataset], *reading: str) -> str:
    """Return how a figure is read, and what its numbers rest on."""
    attrs, names = indices.attrs, [str(cell.scenario.item()) for cell in shown]
    dropped = int(indices.dropped.sel(scenario=names).sum())
    parts = [*reading, f"{METHODS[attrs['method']]}，{attrs['finished']:,} 组，设计 {attrs['design']}"]
    parts += [f"因失败弃用 {dropped:,} 组"] if dropped else []
    return f"{'；'.join(filter(None, parts))}。{source_text(indices, names)}"
