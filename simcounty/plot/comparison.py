"""Comparisons: a small panel a variable with a line a scenario, and how far each departs from the first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from simcounty.calendar import is_yearly
from simcounty.errors import InputError
from simcounty.plot.panels import source_text
from simcounty.plot.style import FAINT, Stroke, strokes
from simcounty.plot.text import ZH
from simcounty.plot.years import (
    READING,
    Chart,
    ChartPanel,
    History,
    draw_chart,
    draw_level,
    draw_paths,
    history_of,
    panel_of,
)
from simcounty.presentation.records import time_unit
from simcounty.scenario.target import target_at

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from simcounty.scenario import Observation, Target

ZERO: Stroke = {"color": FAINT, "linewidth": 0.8}


def compare(
    found: xr.Dataset, observed: Iterable[Observation] = (), title: str = "", width: str = "full"
) -> Figure:
    """Draw a comparison: a panel a variable, a line a scenario, the targets with their clause.

    Of one county also what was observed, from ten years before the run on. `width` is "full" or "half", of
    the text on an A4 page. Raise InputError for more than five scenarios.

    >>> import simcounty as sc
    >>> compare(sc.compare([plan.baseline, plan], ["gdp"])).savefig("gdp.png")
    """
    looks, goals = strokes(found.sizes["scenario"]), _goals(found)
    chart = Chart(
        panels=[_panel(found, "level", key, list(goals)) for key in _keys(found)],
        names=_names(found),
        strokes=looks,
        goals=goals,
        history=history_of(observed, map(str, found.variable.values), _start(found)),
        title=title,
        note=_note(found),
        width=width,
    )
    return draw_chart(chart)


def differences(found: xr.Dataset, title: str = "", width: str = "full") -> Figure:
    """Draw how far each scenario departs from the first, a panel a variable.

    Percentages depart by percentage points, an index by its points. `width` is "full" or "half", of the text
    on an A4 page.
    """
    reference, others = _names(found)[0], found.isel(scenario=slice(1, None))
    goals = list(_goals(found))
    chart = Chart(
        panels=[_panel(others, "difference", key, goals) for key in _keys(found)],
        names=_names(others),
        strokes=strokes(found.sizes["scenario"])[1:],
        goals={},
        history=History(),
        title=title,
        note=_note(others, f"各线为与“{reference}”之差；"),
        width=width,
    )

    def draw(axes: Axes, panel: ChartPanel, looks: Sequence[Stroke]) -> None:
        draw_paths(axes, panel, looks)
        draw_level(axes, 0.0, ZERO)

    return draw_chart(chart, draw)


def _keys(found: xr.Dataset) -> list[str]:
    if not found.sizes["variable"]:
        raise InputError("the comparison follows no variable, so there is nothing to draw. Name some.")
    return [str(key) for key in found.variable.values]


def _start(found: xr.Dataset) -> float | None:
    """Return where all runs begin; None where they begin apart, or are of several counties."""
    same = len(set(found.county.values)) == 1 and len(set(found.first_year.values)) == 1
    return float(found.first_year[0]) if same else None


def _goals(found: xr.Dataset) -> dict[Target, str]:
    """Return every target once; where scenarios differ in its goal, with the colour of its scenario."""
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


def _panel(found: xr.Dataset, field: str, key: str, targets: Sequence[Target]) -> ChartPanel:
    """Return a variable as drawn; targets are for what is measured as they measure it."""
    cell = found[field].sel(variable=key)
    about = {"units": str(cell.variable_unit.item()), "long_name": str(cell.variable_label.item())}
    series = cell.assign_attrs(about | ({"total": 1} if bool(cell.total) else {}))
    measure = str(cell.measure.item())
    drawn = panel_of(key, series, targets if measure == "level" else ())
    unit = ""
    if measure == "index":
        base = ZH.counting(time_unit(found))("figure.base", base=f"{float(cell.base):g}")
        unit = base if field == "level" else "指数点"
        unit, drawn = f"{unit}，全年" if drawn.total else unit, replace(drawn, total=False)
    elif field == "difference" and drawn.unit == "%":
        unit = "个百分点"
    elif measure == "per" and drawn.unit == "%":
        unit = f"%（除以{found.attrs['per']}）"
    return replace(drawn, key=key if measure == "level" else "", caption_unit=unit)


def _names(found: xr.Dataset) -> list[str]:
    """Return the titles of scenarios, or their names where titles do not tell them apart."""
    titles = [str(each) for each in found.title.values]
    if len(set(titles)) == len(titles) and all(titles):
        return titles
    return [str(each) for each in found.scenario.values]


def _note(found: xr.Dataset, before: str = "") -> str:
    starts = found.first_year.values.tolist()
    if not is_yearly(found):
        source = source_text(found, found.scenario.values.tolist())
        return f"{before}横轴为时间{ZH.counting(time_unit(found)).in_unit}。{source}"
    if len(set(starts)) == 1:
        parts = [f"{starts[0]:g} 年末起为模型推算"]
    else:
        each = (f"{name}自 {year:g} 年末" for name, year in zip(_names(found), starts, strict=True))
        parts = [f"模型推算：{'，'.join(each)}"]
    measures = set(found.measure.values)
    if "per" in measures:
        parts.append(f"各县规模不同，总量除以{found.attrs['per']}")
    elif "index" in measures:
        parts.append("各县规模不同，总量以指数比较")
    names = found.scenario.values.tolist()
    return f"{before}{'；'.join(parts)}；{READING}{source_text(found, names)}"
