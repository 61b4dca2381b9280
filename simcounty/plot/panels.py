"""What all figures are made of: a page of panels, their headings and axes, and the text around them."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import Formatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation

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
from simcounty.plot.text import Mark, label_marks, legend_columns, wrap
from simcounty.presentation.formatting import MINUS

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

CAPTION = 4.0  # points above the axis
LEADING = 1.35  # line to line, in type sizes
TICKS = 0.42  # inches a panel keeps for the numbers beside it
LEGEND: Mapping[str, Any] = {
    "loc": "outside upper left",
    "title_fontsize": HEADING,
    "fontsize": SMALL,
    "alignment": "left",
    "frameon": False,
    "borderaxespad": 0.2,
    "columnspacing": 1.2,
    "handletextpad": 0.6,
}
FITTING = 0.96  # of a width: what a row of text may fill of it
PADS: Mapping[str, Any] = {"w_pad": 0.03, "h_pad": 0.05}
STEPS = (1, 2, 2.5, 5, 10)  # of round numbers on an axis
SHOWN, FINE = 780, 2  # pixels a figure of full width takes in a notebook, each drawn as so many


class StyledFigure(Figure):
    """A figure that keeps its look when it is written later, and that a notebook shows by itself."""

    def savefig(self, *where: Any, **how: Any) -> None:
        """Write the figure, with the fonts and settings it was drawn with; see matplotlib."""
        with styled():
            super().savefig(*where, **how)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return what a notebook shows: a fine PNG, and its size on the page."""
        shown = io.BytesIO()
        pixels = SHOWN / inches("full")  # an inch
        self.savefig(shown, format="png", dpi=FINE * pixels)
        size = {"width": self.get_figwidth(), "height": self.get_figheight()}
        return shown.getvalue(), {name: round(pixels * long) for name, long in size.items()}


def new_figure(
    count: int, width: str = "full", most: int = 3, height: float | None = None
) -> tuple[Figure, list[Axes]]:
    """Return a figure of `count` panels: at most `most` side by side, each `height` inches tall."""
    across, columns = inches(width), columns_for(count, width, most)
    rows = math.ceil(count / columns)
    size = (across, rows * (height or height_for(across / columns)))
    figure = StyledFigure(figsize=size)
    figure.set_layout_engine("none")  # `finish` lays it out, once: with an engine each file is drawn twice
    FigureCanvasAgg(figure)
    return figure, [figure.add_subplot(rows, columns, place) for place in range(1, count + 1)]


def characters_across(axes: Axes, size: float, beside: float = TICKS) -> float:
    """Return how many Chinese characters of a type size fit across a panel, `beside` inches left free."""
    spec = axes.get_subplotspec()
    columns = spec.get_gridspec().ncols if spec else 1
    return (axes.figure.bbox.width / axes.figure.dpi / columns - beside) * 72 / size * FITTING


def write_heading(axes: Axes, label: str, caption: str) -> None:
    """Write a panel's label, unless the figure's title says it, and above the axis what it is measured in."""
    rows = wrap(caption, characters_across(axes, SMALL))
    pad = CAPTION + len(rows) * SMALL * LEADING + 1.5  # below the tails of Latin letters
    if label:
        title = "\n".join(wrap(label, characters_across(axes, TITLE)))
        axes.set_title(title, loc="left", fontsize=TITLE, pad=pad)
    above = ScaledTranslation(0, CAPTION / 72, axes.figure.dpi_scale_trans)
    look: Mapping[str, Any] = {"color": FAINT, "fontsize": SMALL, "linespacing": 1.15}
    axes.text(0, 1, "\n".join(rows), transform=axes.transAxes + above, va="bottom", **look)


class RoundNumbers(Formatter):
    """Writes the numbers of an axis, all with as many decimals."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Write one number."""
        return f"{x:,.6g}".replace("-", MINUS)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Write the numbers of all ticks."""
        plain = [f"{value:.6g}" for value in values]
        if any("e" in each for each in plain):
            return [self(value) for value in values]
        digits = max((len(each.partition(".")[2]) for each in plain), default=0)
        return [f"{value:,.{digits}f}".replace("-", MINUS) for value in values]


def set_y_ticks(axes: Axes) -> None:
    """Set round numbers on the vertical axis."""
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=STEPS))
    axes.yaxis.set_major_formatter(RoundNumbers())


def set_x_ticks(axes: Axes) -> None:
    """Set round numbers on the horizontal axis, as many as fit."""
    most = max(2, min(5, int(characters_across(axes, SMALL) // 5)))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=most, steps=STEPS))
    axes.xaxis.set_major_formatter(RoundNumbers())


def finish(
    figure: Figure,
    title: str,
    handles: Sequence[Artist],
    note: str,
    marks: Sequence[Sequence[Mark]] = (),
) -> None:
    """Add title, legend and note, make the layout final, and write the text of each panel's marks.

    The note says how to read the figure and where its numbers come from. The figure grows by what the text
    takes; many panels become lower, so that it stays on one page. Files then come out the same every time.
    """
    _write_around(figure, title, handles, note)
    ConstrainedLayoutEngine(**PADS).execute(figure)
    if missing := min(_missing_height(figure), PAGE * CM - figure.get_figheight()):
        figure.set_figheight(figure.get_figheight() + max(0.0, missing))
        ConstrainedLayoutEngine(**PADS).execute(figure)
    for axes, own in zip(figure.axes, marks, strict=False):
        label_marks(axes, own)


def lay_out(figure: Figure) -> None:
    """Lay a finished figure out again, after the numbers on its axes have changed, and draw it."""
    ConstrainedLayoutEngine(**PADS).execute(figure)
    figure.canvas.draw()


def _write_around(figure: Figure, title: str, handles: Sequence[Artist], note: str) -> None:
    """Add title, legend and note, and make room for them."""
    points = figure.get_figwidth() * 72 * FITTING
    heading = wrap(title, points / HEADING) if title else []
    columns = legend_columns([str(each.get_label()) for each in handles], points / SMALL)
    if handles or heading:
        figure.legend(handles=handles, ncols=columns, title="\n".join(heading), **LEGEND)
    rows = wrap(note, points / NOTE)
    figure.supxlabel("\n".join(rows), x=0.012, ha="left", fontsize=NOTE, color=FAINT, linespacing=1.2)
    keys = math.ceil(len(handles) / columns)
    taken = LEADING * (HEADING * len(heading) + SMALL * keys + NOTE * len(rows)) + 14
    _grow(figure, taken / 72)


def _grow(figure: Figure, text: float) -> None:
    """Add inches for text; figures of several rows keep to a page as long as their panels stay legible."""
    panels = figure.get_figheight()
    spec = figure.axes[0].get_subplotspec()
    least = (spec.get_gridspec().nrows if spec else 1) * LEAST * CM
    figure.set_figheight(text + min(panels, max(least, PAGE * CM - text)))


def _missing_height(figure: Figure) -> float:
    """Return how many inches the plots of all rows fall short of the least height, where titles are long."""
    rows: dict[int, float] = {}
    for axes in figure.axes:
        spec = axes.get_subplotspec()
        row, tall = (spec.rowspan.start if spec else 0), axes.bbox.height / figure.dpi
        rows[row] = max(rows.get(row, 0.0), LOWEST * CM - tall)
    return sum(rows.values())


def _last(names: str, changed: Iterable[str]) -> str:
    """Return the last of several names; that of a scenario that was changed may hold commas."""
    return next((name for name in changed if names.endswith(name)), names.rpartition(", ")[2])


def source_text(dataset: xr.Dataset, scenarios: Sequence[str] = ()) -> str:
    """Return what the numbers were made from: of several scenarios the last, or those named."""
    attrs = {str(name): str(text) for name, text in dataset.attrs.items()}
    files = zip(attrs.get("model", "").split(", "), attrs.get("model_hash", "").split(", "), strict=False)
    models = "、".join(f"{file}（{digest[:8]}）" for file, digest in files if digest)
    names = "、".join(scenarios) or _last(attrs.get("scenario", ""), json.loads(attrs.get("changes", "{}")))
    made = (
        f"simcounty {attrs.get('simcounty', '')}".strip(),
        models and f"模型 {models}",
        names and f"情景 {names}",
    )
    return f"来源：{'，'.join(filter(None, made))}。"
