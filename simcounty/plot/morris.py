"""Morris figures: how strongly an input acts against how much that depends on the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from simcounty.errors import InputError
from simcounty.plot.inputs import cells, heading, label, note, unit
from simcounty.plot.labels import Mark
from simcounty.plot.look import FAINT, LINES, styled
from simcounty.plot.panels import count_across, count_up, explain, head, settle, sheet
from simcounty.plot.paper import CM

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

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
        marks = [_draw(axes, cell) for axes, cell in zip(panels, shown, strict=True)]
        explain(
            figure,
            heading(shown[0]),
            [],
            note(sensitivity, shown, DEPENDS),
        )
        settle(figure, panels, marks)
    return figure


def _draw(axes: Axes, cell: xr.Dataset) -> list[Mark]:
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
