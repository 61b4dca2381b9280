"""What all figures are made of: a sheet of panels, their headings, and the words around them."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import Formatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation

from simcounty.plot.labels import Mark, place
from simcounty.plot.style import (
    CM,
    FAINT,
    HEADING,
    LEAST,
    LOWEST,
    NOTE,
    PAGE,
    SMALL,
    TITLE,
    columns_for,
    height_for,
    inches,
    styled,
)
from simcounty.plot.text import columns_in, number, wrapped

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

CAPTION = 4.0  # points above the axis
LEADING = 1.35  # line to line, in type sizes
TICKS = 0.42  # inches a panel keeps for the numbers beside it
LEGEND: Mapping[str, Any] = {
    "title_fontsize": HEADING,
    "fontsize": SMALL,
    "alignment": "left",
    "frameon": False,
    "borderaxespad": 0.2,
    "columnspacing": 1.2,
    "handletextpad": 0.6,
}
FITTING = 0.96  # of a width: what a line of text may fill of it
PADS: Mapping[str, Any] = {"w_pad": 0.03, "h_pad": 0.05}
SHOWN, FINE = 780, 2  # pixels a figure of full width takes in a notebook, each drawn as so many


class Sheet(Figure):
    """A figure that keeps its look when it is written later, and that a notebook shows by itself."""

    def savefig(self, *where: Any, **how: Any) -> None:
        """Write the figure, with the fonts and settings it was drawn with; see matplotlib."""
        with styled():
            super().savefig(*where, **how)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return what a notebook shows: a fine PNG, and the size it takes on the page."""
        shown = io.BytesIO()
        pixels = SHOWN / inches("full")  # an inch
        self.savefig(shown, format="png", dpi=FINE * pixels)
        size = {"width": self.get_figwidth(), "height": self.get_figheight()}
        return shown.getvalue(), {name: round(pixels * long) for name, long in size.items()}


def sheet(
    count: int, width: str = "full", most: int = 3, height: float | None = None
) -> tuple[Figure, list[Axes]]:
    """Return a figure of panels, row by row: at most so many side by side, each so many inches tall."""
    wide, columns = inches(width), columns_for(count, width, most)
    rows = math.ceil(count / columns)
    size = (wide, rows * (height or height_for(wide / columns)))
    figure = Sheet(figsize=size, layout=ConstrainedLayoutEngine(**PADS))
    FigureCanvasAgg(figure)
    return figure, [figure.add_subplot(rows, columns, place) for place in range(1, count + 1)]


def room(axes: Axes, size: float, beside: float = TICKS) -> float:
    """Return how many Chinese characters of a type size fit across a panel."""
    spec = axes.get_subplotspec()
    columns = spec.get_gridspec().ncols if spec else 1
    return (axes.figure.bbox.width / axes.figure.dpi / columns - beside) * 72 / size * FITTING


def head(axes: Axes, label: str, caption: str) -> None:
    """Write what a panel shows, if the figure's title does not say it, and above the axis in what unit."""
    said = wrapped(caption, room(axes, SMALL))
    pad = CAPTION + len(said) * SMALL * LEADING + 1.5  # below the tails of Latin letters
    if label:
        axes.set_title("\n".join(wrapped(label, room(axes, TITLE))), loc="left", fontsize=TITLE, pad=pad)
    above = ScaledTranslation(0, CAPTION / 72, axes.figure.dpi_scale_trans)
    look: Mapping[str, Any] = {"color": FAINT, "fontsize": SMALL, "linespacing": 1.15}
    axes.text(0, 1, "\n".join(said), transform=axes.transAxes + above, va="bottom", **look)


class Rounded(Formatter):
    """Writes the numbers of an axis, all with as many decimals."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return number(x)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        plain = [f"{value:.6g}" for value in values]
        if any("e" in each for each in plain):
            return [number(value) for value in values]
        digits = max((len(each.partition(".")[2]) for each in plain), default=0)
        return [f"{value:,.{digits}f}".replace("-", "−") for value in values]


def count_up(axes: Axes) -> None:
    """Put round numbers on the upright axis."""
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(Rounded())


def count_across(axes: Axes) -> None:
    """Put round numbers on the level axis, as many as fit."""
    most = max(2, min(5, int(room(axes, SMALL) // 5)))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(Rounded())


def explain(figure: Figure, title: str, handles: Sequence[Artist], note: str) -> None:
    """Add title, legend, and the note that says how to read the figure and where the numbers come from.

    The figure grows by what they take; many panels become lower, so that it stays on one page.
    """
    wide = figure.get_figwidth() * 72 * FITTING
    heading = wrapped(title, wide / HEADING) if title else []
    columns = columns_in([str(each.get_label()) for each in handles], wide / SMALL)
    if handles or heading:
        place: Mapping[str, Any] = {
            "loc": "outside upper left",
            "ncols": columns,
            "title": "\n".join(heading),
        }
        figure.legend(handles=handles, **place, **LEGEND)
    lines = wrapped(note, wide / NOTE)
    figure.supxlabel("\n".join(lines), x=0.012, ha="left", fontsize=NOTE, color=FAINT, linespacing=1.2)
    rows = math.ceil(len(handles) / columns)
    points = LEADING * (HEADING * len(heading) + SMALL * rows + NOTE * len(lines)) + 14
    _grow(figure, points / 72)


def _grow(figure: Figure, words: float) -> None:
    """Make room for words; figures of several rows keep to a page as long as their panels stay legible."""
    panels = figure.get_figheight()
    spec = figure.axes[0].get_subplotspec()
    least = (spec.get_gridspec().nrows if spec else 1) * LEAST * CM
    figure.set_figheight(words + min(panels, max(least, PAGE * CM - words)))


def lay_out(figure: Figure) -> None:
    """Lay a settled figure out anew, whose axes have other numbers now, and draw it."""
    figure.set_layout_engine(ConstrainedLayoutEngine(**PADS))
    figure.canvas.draw()
    figure.set_layout_engine("none")


def settle(figure: Figure, cells: Sequence[Axes], marks: Sequence[Sequence[Mark]]) -> None:
    """Settle the layout, then write the words of each panel's marks; files then come out the same.

    Panels that long titles and labels leave too little height get more, as far as the page goes.
    """
    figure.canvas.draw()
    if missing := min(_missing(figure, cells), PAGE * CM - figure.get_figheight()):
        figure.set_figheight(figure.get_figheight() + max(0.0, missing))
        figure.canvas.draw()
    figure.set_layout_engine("none")
    for axes, placed in zip(cells, marks, strict=True):
        place(axes, placed)


def _missing(figure: Figure, cells: Sequence[Axes]) -> float:
    """Return by how much the plots of all rows together fall short of the least height, in inches."""
    rows: dict[int, float] = {}
    for axes in cells:
        spec = axes.get_subplotspec()
        row, tall = (spec.rowspan.start if spec else 0), axes.bbox.height / figure.dpi
        rows[row] = max(rows.get(row, 0.0), LOWEST * CM - tall)
    return sum(rows.values())


def source(dataset: xr.Dataset, scenarios: Sequence[str] = ()) -> str:
    """Say what the numbers were made from: of several scenarios the last, or those named."""
    told = {name: str(text) for name, text in dataset.attrs.items()}
    files = zip(told.get("model", "").split(", "), told.get("model_hash", "").split(", "), strict=False)
    models = "、".join(f"{file}（{digest[:8]}）" for file, digest in files if digest)
    model = f"模型 {models}" if models else ""
    names = "、".join(scenarios) or told.get("scenario", "").rpartition(", ")[2]
    scenario = f"情景 {names}" if names else ""
    made = [f"simcounty {told.get('simcounty', '')}".strip(), model, scenario]
    return f"来源：{'，'.join(part for part in made if part)}。"
