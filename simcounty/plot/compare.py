"""Comparisons: one small panel a variable with a line a scenario, and how far each departs from the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from simcounty.errors import InputError
from simcounty.plot.labels import Mark, fit_behind, name_ends, part_ends
from simcounty.plot.panels import explain, settle, sheet, source
from simcounty.plot.style import FAINT, GOAL, strokes, styled
from simcounty.plot.text import amount
from simcounty.plot.years import (
    BEFORE,
    READING,
    Panel,
    align,
    begin,
    frame,
    goals,
    goals_in_legend,
    history,
    history_in_legend,
    level,
    panel,
)
from simcounty.scenario import Observation, Target
from simcounty.scenario.target import target_at

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

INDEX, POINTS = "{base:g}年=100", "个百分点"
ZERO: Mapping[str, Any] = {"color": FAINT, "linewidth": 0.8}


def compare(
    found: xr.Dataset, observed: Iterable[Observation] = (), title: str = "", width: str = "full"
) -> Figure:
    """Draw what `compare` found: a panel a variable, a line a scenario, the targets with their clause.

    Of one county also what was observed, from ten years before the run on. `width` is "full" or "half", of
    the text on an A4 page. Raises InputError for more than five scenarios.

    >>> import simcounty as sc
    >>> compare(sc.compare([plan.baseline, plan], ["gdp"])).savefig("gdp.png")
    """
    start = _start(found)
    dots = [
        each
        for each in observed
        if start is not None and each.year >= start - BEFORE and each.variable in found.variable.values
    ]
    past = any(start is not None and each.year < start for each in dots)
    with styled():
        targets = _targets(found)
        panels = [_panel(found, "level", key, list(targets)) for key in _keys(found)]
        figure, cells = sheet(len(panels), width)
        marks = []
        for axes, each in zip(cells, panels, strict=True):
            marks.append(_draw(axes, each, targets, dots))
            if past and start is not None:
                begin(axes, start)
        align(cells)
        _finish(figure, cells, marks, found, title, width, bool(dots), past)
    return figure


def differences(found: xr.Dataset, title: str = "", width: str = "full") -> Figure:
    """Draw how far each scenario departs from the first, a panel a variable.

    Shares depart by percentage points, an index by its points. `width` is "full" or "half", of the text on
    an A4 page.
    """
    first, others = _names(found)[0], found.isel(scenario=slice(1, None))
    with styled():
        panels = [_panel(others, "difference", key, list(_targets(found))) for key in _keys(found)]
        figure, cells = sheet(len(panels), width)
        for axes, each in zip(cells, panels, strict=True):
            _lines(axes, each, strokes(found.sizes["scenario"])[1:])
            level(axes, 0.0, ZERO)
            frame(axes, each)
        align(cells)
        _finish(figure, cells, [[] for _ in cells], others, title, width, reference=first)
    return figure


def _keys(found: xr.Dataset) -> list[str]:
    if not found.sizes["variable"]:
        raise InputError("the comparison follows no variable, so there is nothing to draw. Name some.")
    return [str(key) for key in found.variable.values]


def _start(found: xr.Dataset) -> float | None:
    """Return where all runs begin; None where they begin apart, or are of several counties."""
    same = len(set(found.county.values)) == 1 and len(set(found.first_year.values)) == 1
    return float(found.first_year[0]) if same else None


def _targets(found: xr.Dataset) -> dict[Target, str]:
    """Return every goal once; where scenarios have several of one name, also the colour of whose it is."""
    known: dict[Target, str] = {}
    looks = strokes(found.sizes["scenario"])
    for name in found.target.values:
        cells = [found.sel(target=name).isel(scenario=place) for place in range(found.sizes["scenario"])]
        judged = [(cell, look) for cell, look in zip(cells, looks, strict=True) if np.isfinite(cell.value)]
        several = len({float(cell.goal) for cell, _ in judged}) > 1
        for cell, look in judged:
            target = replace(target_at(cell), variable=str(cell.target_variable.item()))
            known.setdefault(target, str(look["color"]) if several else "")
    return known


def _panel(found: xr.Dataset, field: str, key: str, targets: Sequence[Target]) -> Panel:
    """Return a variable as drawn; targets are for what is measured as they measure it."""
    cell = found[field].sel(variable=key)
    about = {"units": str(cell.variable_unit.item()), "long_name": str(cell.variable_label.item())}
    series = cell.assign_attrs(about | ({"total": 1} if bool(cell.total) else {}))
    measure = str(cell.measure.item())
    drawn = panel(key, series, targets if measure == "level" else ())
    said = ""
    if measure == "index":
        said = INDEX.format(base=float(cell.base)) if field == "level" else "指数点"
        said, drawn = f"{said}，全年" if drawn.total else said, replace(drawn, total=False)
    elif field == "difference" and drawn.unit == "%":
        said = POINTS
    elif measure == "per" and drawn.unit == "%":
        said = f"%（除以{found.attrs['per']}）"
    return replace(drawn, key=key if measure == "level" else "", instead=said)


def _draw(
    axes: Axes, panel: Panel, targets: Mapping[Target, str], observed: Iterable[Observation]
) -> list[Mark]:
    _lines(axes, panel, strokes(panel.series.sizes["scenario"]))
    history(axes, panel, observed)
    marks = [
        replace(mark, text=amount(target) if color else mark.text)
        for target, color in targets.items()
        for mark in goals(axes, panel, [target], color or GOAL["color"])
    ]
    frame(axes, panel)
    return marks


def _lines(axes: Axes, panel: Panel, looks: Sequence[Mapping[str, object]]) -> None:
    for stroke, run in zip(looks, panel.series, strict=True):
        axes.plot(run.time, run, **stroke)  # type: ignore[arg-type]


def _finish(
    figure: Figure,
    cells: list[Axes],
    marks: list[list[Mark]],
    found: xr.Dataset,
    title: str,
    width: str,
    dots: bool = False,
    past: bool = False,
    reference: str = "",
) -> None:
    """Name the lines, say how the figure is read and what it rests on, and settle it."""
    names, looks = _names(found), strokes(found.sizes["scenario"] + bool(reference))[bool(reference) :]
    behind = fit_behind(names, len(cells), width)
    drawn = [line for line in cells[0].lines if len(np.asarray(line.get_xdata())) > 2]
    ends = name_ends(cells[0], names, drawn[: len(names)]) if behind else []
    handles = [
        Line2D([], [], label=name, **look) for name, look in zip(names, looks, strict=True) if not behind
    ]
    handles += [goals_in_legend()] if any(marks) else []
    handles += history_in_legend(dots, past)
    explain(figure, title, handles, _note(found, reference))
    settle(figure, cells, marks)
    part_ends(cells[0], ends)


def _names(found: xr.Dataset) -> list[str]:
    """Return the titles of scenarios, or where these do not tell them apart what they are called."""
    titles, labels = (
        [str(each) for each in values] for values in (found.title.values, found.scenario.values)
    )
    return titles if len(set(titles)) == len(titles) and all(titles) else labels


def _note(found: xr.Dataset, reference: str) -> str:
    begins = dict.fromkeys(found.first_year.values.tolist())
    said = [f"各线为与“{reference}”之差"] if reference else []
    said += [f"{next(iter(begins)):g} 年末起为模型推算"] if len(begins) == 1 else [_begins(found)]
    measures = set(found.measure.values)
    said += ["各县规模不同，总量以指数比较"] if "index" in measures and "per" not in measures else []
    said += [f"各县规模不同，总量除以{found.attrs['per']}"] if "per" in measures else []
    return f"{'；'.join(said)}；{READING}{source(found, str(found.attrs['scenario']).split(', '))}"


def _begins(found: xr.Dataset) -> str:
    each = [
        f"{name}自 {year:g} 年末" for name, year in zip(_names(found), found.first_year.values, strict=True)
    ]
    return f"模型推算：{'，'.join(each)}"
