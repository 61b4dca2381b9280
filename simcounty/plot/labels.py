"""Words beside marks, placed where they cover least of what is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.patheffects import withStroke

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

Across = Literal["left", "center", "right"]
Up = Literal["bottom", "center", "top"]
Place = tuple[float, float, Across, Up]
SIDES: Sequence[tuple[int, Across]] = ((-1, "right"), (1, "left"))
HEIGHTS: Sequence[tuple[int, Up]] = ((1, "bottom"), (-1, "top"))
PLACES: Sequence[Place] = [  # points from the mark, nearest first
    (sign * across, rise * up, side, height)
    for distance in (1.0, 1.8, 2.8)
    for across, up in ((7 * distance, 5 * distance), (0, 9 * distance), (9 * distance, 0))
    for sign, side in SIDES
    for rise, height in HEIGHTS
]
WORDS: Mapping[str, Any] = {
    "fontsize": 8.5,
    "zorder": 6,
    "path_effects": [withStroke(linewidth=2.5, foreground="white")],
}


@dataclass(frozen=True)
class Mark:
    """A point of a panel, in data units, and what is written beside it."""

    x: float
    y: float
    text: str


def place(axes: Axes, marks: Sequence[Mark]) -> None:
    """Write each mark's text beside it; the layout of the figure must be settled."""
    taken = _obstacles(axes) if marks else np.empty((0, 2))
    for mark in marks:
        text = axes.annotate(mark.text, (mark.x, mark.y), (0, 0), textcoords="offset points", **WORDS)
        best = min(PLACES, key=lambda each: _cost(_box(text, each), taken, axes.bbox))
        box = _box(text, best)
        xs, ys = np.meshgrid(np.linspace(box.x0, box.x1, 15), np.linspace(box.y0, box.y1, 5))
        taken = np.vstack([taken, np.column_stack([xs.ravel(), ys.ravel()])])


def _obstacles(axes: Axes) -> np.ndarray[Any, Any]:
    """Return points on every line and marker of a panel, in pixels."""
    found = []
    for line in axes.lines:
        x, y = (np.asarray(values, float) for values in line.get_data())
        known = np.isfinite(x) & np.isfinite(y)
        if line.get_linestyle() == "None":
            found.append(axes.transData.transform(np.column_stack([x[known], y[known]])))
            continue
        fine = np.linspace(x[known][0], x[known][-1], 300 if known.sum() > 1 else 1)
        found.append(axes.transData.transform(np.column_stack([fine, np.interp(fine, x[known], y[known])])))
    return np.vstack(found)


def _box(text: Annotation, place: Place) -> Bbox:
    """Move a text to a place beside its mark and return what it covers there, in pixels."""
    across, up, horizontal, vertical = place
    text.set_position((across, up))
    text.set_horizontalalignment(horizontal)
    text.set_verticalalignment(vertical)
    return text.get_window_extent()


def _cost(box: Bbox, taken: np.ndarray[Any, Any], frame: Bbox) -> tuple[float, int]:
    """Return how far a box reaches out of its panel, then how much it covers."""
    out = max(0.0, frame.x0 - box.x0, box.x1 - frame.x1, frame.y0 - box.y0, box.y1 - frame.y1)
    wide = box.padded(3)
    covered = np.all((taken >= wide.min) & (taken <= wide.max), axis=1)
    return out, int(covered.sum())
