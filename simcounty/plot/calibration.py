"""Calibrations: priors and posteriors of the parameters, and forecasts of counties left out of the fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simcounty.errors import InputError
from simcounty.plot.panels import (
    finish,
    new_figure,
    set_x_ticks,
    set_y_ticks,
    source_text,
    write_heading,
)
from simcounty.plot.style import FAINT, INK, RULE, STROKES, strokes, styled
from simcounty.plot.text import ZH, unit_name

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

BINS = 40
MARKERS = "o^sDv"


def posterior(found: xr.Dataset, width: str = "full") -> Figure:
    """Draw the densities of every parameter: the prior as an area, the posterior of each group as a line.

    `found` is what `calibrate` returns; `width` is "full" or "half", of the text on an A4 page.
    """
    names = list(dict.fromkeys(zip(found.kind.values, found.key.values, strict=True)))
    groups = [str(group) for group in found.group.values]
    with styled():
        figure, cells = new_figure(len(names), width)
        for axes, (kind, key) in zip(cells, names, strict=True):
            here = (found.kind == kind) & (found.key == key)
            _densities(axes, found.isel(coordinate=np.flatnonzero(here.to_numpy())), groups)
        lines = [
            Line2D([], [], label=f"后验：{group or '各县共用'}", **stroke)
            for group, stroke in _strokes(groups).items()
            if group in found.of_group.values
        ]
        finish(figure, str(found.attrs["title"]), [Patch(color=RULE, label="先验"), *lines], _note(found))
    return figure


def _strokes(groups: list[str]) -> dict[str, Any]:
    """Return the strokes of what all counties share, named "", and of each group."""
    names = list(dict.fromkeys(["", *groups]))
    return dict(zip(names, strokes(len(names)), strict=True))


def _densities(axes: Axes, cells: xr.Dataset, groups: list[str]) -> None:
    first = cells.isel(coordinate=0)
    draws = cells.draws.to_numpy()
    low = min(float(draws.min()), float(first.prior_q05))
    high = max(float(draws.max()), float(first.prior_q95))
    edges = np.linspace(low, high, BINS + 1)
    axes.stairs(_density(first.prior_draws.to_numpy(), edges), edges, fill=True, color=RULE)
    known = _strokes(groups)
    for place, group in enumerate(cells.of_group.values):
        axes.stairs(_density(draws[:, place], edges), edges, baseline=None, **known[str(group)])
    name = ZH(f"kind_{first.kind.item()}", label=first.label.item())
    write_heading(axes, name, f"概率密度（{unit_name(str(first.unit.item()))}）")
    axes.set_yticks([])
    axes.set_axisbelow(True)
    set_x_ticks(axes)


def _density(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    counts = np.histogram(values, edges)[0]
    return np.asarray(counts / (len(values) * np.diff(edges)))


def holdout(found: xr.Dataset, width: str = "full") -> Figure:
    """Draw the forecasts of counties left out of the fit against the observations, one panel an observable.

    A point is a county; on the line the forecast came true. Changes since the start: per cent of people,
    points of fractions. Raises InputError for a calibration that left none out.
    """
    if "forecast_end" not in found:
        raise InputError("this calibration left no county out; there are no forecasts to draw.")
    provinces = list(dict.fromkeys(str(each) for each in found.province.values))
    with styled():
        figure, cells = new_figure(found.sizes["forecast"], width, 2)
        for axes, name in zip(cells, found.forecast.values, strict=True):
            _compare(axes, found.sel(forecast=name), found.sel(observable=name), provinces)
        dots = [
            Line2D([], [], color=stroke["color"], label=province or "各县", **_dot(place))
            for place, (province, stroke) in enumerate(zip(provinces, _colours(provinces), strict=True))
        ]
        line = Line2D([], [], color=INK, linewidth=0.8, label="预测与实际相同")
        note = f"每点为一县，由其余各县拟合的模型预测。{_note(found)}"
        finish(figure, str(found.attrs["title"]), [*dots, line], note)
    return figure


def _compare(axes: Axes, found: xr.Dataset, observable: xr.Dataset, provinces: list[str]) -> None:
    log = bool(observable.log)
    observed = _change(found.forecast_observed - found.forecast_start, log)
    forecast = _change(found.forecast_end.sel(rule="model") - found.forecast_start, log)
    for place, (province, stroke) in enumerate(zip(provinces, _colours(provinces), strict=True)):
        here = (found.province == province).to_numpy()
        axes.plot(observed[here], forecast[here], color=stroke["color"], **_dot(place))
    ends = [np.nanmin([observed, forecast]), np.nanmax([observed, forecast])]
    axes.plot(ends, ends, color=INK, linewidth=0.8, zorder=1)
    unit = "%" if log else "个百分点"
    span = f"{found.attrs['first_year']}—{found.attrs['last_year']}年"
    write_heading(axes, f"{observable.observable_label.item()}，{span}变化", f"预测，{unit}")
    axes.set_xlabel(f"实际，{unit}", color=FAINT)
    axes.set_axisbelow(True)
    set_x_ticks(axes)
    set_y_ticks(axes)


def _change(difference: xr.DataArray, log: bool) -> NDArray[np.float64]:
    values = difference.to_numpy()
    return np.asarray(100 * (np.expm1(values) if log else values))


def _colours(provinces: list[str]) -> list[Any]:
    if len(provinces) >= len(STROKES):
        raise InputError(
            f"{len(provinces)} provinces are too many for one figure; at most {len(STROKES) - 1}."
        )
    return list(STROKES[1 : 1 + len(provinces)])


def _dot(place: int) -> dict[str, Any]:
    return {"marker": MARKERS[place], "linestyle": "", "markersize": 3.0, "alpha": 0.75, "markeredgewidth": 0}


def _note(found: xr.Dataset) -> str:
    about = found.attrs
    return (
        f"校准 {about['calibration']}：{about['counties']} 个县，{about['data']} 个数据。{source_text(found)}"
    )
