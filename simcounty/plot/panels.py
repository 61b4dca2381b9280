"""What all figures are made of: a sheet of panels, their headings, and the words around them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation

from simcounty.plot.labels import Mark, place
from simcounty.plot.look import FAINT
from simcounty.units import convert, in_chinese

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from simcounty.scenario import Target

SIGNS = {">=": "≥", "<=": "≤", "~": "≈"}
LARGE = {"person": (1e5, "万人"), "yuan": (1e5, "万元"), "mu": (1e5, "万亩")}
TITLE, SMALL, NOTE = 11.5, 8.5, 8  # points
CAPTION = 5  # points above the axis
WORD = re.compile(r"[（“《]*(?:[!-~]+|.)[），。；：、”》]*", re.DOTALL)
WIDTH, HEIGHT = 3.8, 2.7  # inches a panel


def sheet(
    count: int, columns: int, width: float = WIDTH, height: float = HEIGHT
) -> tuple[Figure, list[Axes]]:
    """Return a figure of panels, row by row; width and height are those of a panel, in inches."""
    rows = math.ceil(count / columns)
    size = (0.6 + width * columns, 1.3 + height * rows)
    figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1))
    FigureCanvasAgg(figure)
    return figure, [figure.add_subplot(rows, columns, place) for place in range(1, count + 1)]


def columns_for(count: int) -> int:
    """Return how many panels stand side by side."""
    return 1 if count == 1 else 2 if count in (2, 4) else 3


def head(axes: Axes, label: str, caption: str, width: float = WIDTH) -> None:
    """Write what a panel shows, and above the axis in what unit."""
    title = wrapped(label, (width - 0.6) * 72 / TITLE)
    axes.set_title("\n".join(title), loc="left", fontsize=TITLE, pad=17)
    sheet = axes.figure
    above = ScaledTranslation(0, CAPTION / 72, sheet.dpi_scale_trans)
    axes.text(0, 1, caption, transform=axes.transAxes + above, color=FAINT, fontsize=SMALL)


def count_up(axes: Axes) -> None:
    """Put round numbers on the upright axis."""
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(number))


def count_across(axes: Axes) -> None:
    """Put round numbers on the level axis."""
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(number))


def number(value: float, place: int | None = None) -> str:
    """Write a number as an axis shows it."""
    return f"{value:,.6g}".replace("-", "−")


def explain(figure: Figure, title: str, handles: Sequence[Artist], note: str) -> None:
    """Add title, legend, and the note that says how to read the figure and where the numbers come from."""
    heading = {"title": title, "title_fontsize": 15, "alignment": "left"}
    figure.legend(handles=handles, loc="outside upper left", ncols=6, frameon=False, **heading)
    lines = "\n".join(wrapped(note, figure.get_figwidth() * 72 / NOTE - 2))
    figure.supxlabel(lines, x=0.012, ha="left", fontsize=NOTE, color=FAINT)


def settle(figure: Figure, cells: Sequence[Axes], marks: Sequence[Sequence[Mark]]) -> None:
    """Settle the layout, then write the words of each panel's marks; files then come out the same."""
    figure.canvas.draw()
    figure.set_layout_engine("none")
    for axes, placed in zip(cells, marks, strict=True):
        place(axes, placed)


def wrapped(text: str, width: float) -> list[str]:
    """Break a text into lines of `width` Chinese characters, whole words of Latin ones half as wide."""
    lines = [""]
    for word in WORD.findall(text):
        if lines[-1] and _wide(lines[-1] + word) > width:
            lines.append("")
        lines[-1] += word
    return lines


def _wide(text: str) -> float:
    return sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.55 for letter in text)


def wording(target: Target) -> str:
    """Write a target as it stands beside its mark."""
    unit = in_chinese(target.unit)
    amount = f"{SIGNS.get(target.operator, target.operator)} {target.goal:g}{' ' if unit else ''}{unit}"
    return amount + ("" if target.clause.startswith("（") else " ") + target.clause


def readable(unit: str, largest: float) -> tuple[str, float]:
    """Return the unit values are shown in, and the factor to it: ten thousands instead of many noughts."""
    least, larger = LARGE.get(unit, (math.inf, unit))
    return (larger, convert(1.0, unit, larger)) if largest >= least else (unit, 1.0)


def source(dataset: xr.Dataset, scenarios: Sequence[str] = ()) -> str:
    """Say what the numbers were made from: of several scenarios the last, or those named."""
    told = {name: str(text) for name, text in dataset.attrs.items()}
    model = (
        f"模型 {told['model']}（{told['model_hash'][:8]}）" if {"model", "model_hash"} <= told.keys() else ""
    )
    names = "、".join(scenarios) or told.get("scenario", "").rpartition(", ")[2]
    scenario = f"情景 {names}" if names else ""
    made = [f"simcounty {told.get('simcounty', '')}".strip(), model, scenario]
    return f"来源：{'，'.join(part for part in made if part)}。"
