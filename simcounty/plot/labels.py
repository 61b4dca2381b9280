"""Words beside marks and at the ends of lines, placed where they cover least of what is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.patheffects import withStroke

from simcounty.plot.style import SMALL
from simcounty.plot.text import wide

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

Across = Literal["left", "center", "right"]
Up = Literal["bottom", "center", "top"]
Place = tuple[float, float, Across, Up, float]  # across, up, alignments, and what the distance costs
Numbers = np.ndarray[Any, Any]
SIDES: Sequence[tuple[int, Across]] = ((-1, "right"), (1, "left"))
HEIGHTS: Sequence[tuple[int, Up]] = ((1, "bottom"), (-1, "top"))
PLACES: Sequence[Place] = [  # points from the mark, nearest first
    (sign * across, rise * up, side, height, toll)
    for distance, toll in ((1.0, 0.0), (1.8, 15.0), (2.8, 40.0), (4.2, 80.0), (6.0, 130.0))
    for across, up in ((5 * distance, 4 * distance), (0, 6 * distance), (6 * distance, 0))
    for sign, side in SIDES
    for rise, height in HEIGHTS
]
WORDS: Mapping[str, Any] = {
    "fontsize": SMALL,
    "zorder": 6,
    "path_effects": [withStroke(linewidth=1.8, foreground="white")],
}
LINE, MARKER = 1.0, 40.0  # what it costs to cover a point of 300 along a line, and one of 5 of a marker
FEW = 40  # points of a line: more of them are a cloud, on which words may lie
AROUND = ((0, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))
APART = 1.18  # times its height: how far the middle of a label lies from that of the next
EDGE = 2.0  # pixels between a label and the side of its panel
LONGEST = 14  # Chinese characters of a name behind a line
TIGHT = {"shrinkA": 0, "shrinkB": 0}
AWAY = 9.0  # points from the end of a line to its label


@dataclass(frozen=True)
class Mark:
    """A point of a panel, in data units, and what is written beside it."""

    x: float
    y: float
    text: str


def place(axes: Axes, marks: Sequence[Mark]) -> None:
    """Write each mark's text beside it; the layout of the figure must be settled."""
    taken = _obstacles(axes) if marks else np.empty((0, 3))
    boxes: list[Bbox] = []
    for mark in marks:
        text = axes.annotate(mark.text, (mark.x, mark.y), (0, 0), textcoords="offset points", **WORDS)
        best = min(PLACES, key=lambda each: _cost(_box(text, each, axes), boxes, taken, axes.bbox, each[-1]))
        boxes.append(_box(text, best, axes))


def _obstacles(axes: Axes) -> Numbers:
    """Return points on every line and marker of a panel: x and y in pixels, and what covering one costs."""
    found = [np.empty((0, 3))]
    for line in axes.lines:
        x, y = (np.asarray(values, float) for values in line.get_data())
        known = np.isfinite(x) & np.isfinite(y)
        if known.sum() > 1 and line.get_linestyle() != "None":
            fine = np.linspace(x[known][0], x[known][-1], 300)
            points = np.column_stack([fine, np.interp(fine, x[known], y[known])])
            found.append(_costing(axes.transData.transform(points), LINE))
        else:
            spots = axes.transData.transform(np.column_stack([x[known], y[known]]))
            reach = line.get_markersize() / 2 * axes.figure.dpi / 72
            around = [spots + reach * np.array(step) for step in AROUND]
            found += [_costing(each, MARKER if len(spots) <= FEW else LINE) for each in around]
    return np.vstack(found)


def _costing(points: Numbers, cost: float) -> Numbers:
    return np.column_stack([points, np.full(len(points), cost)])


def _box(text: Annotation, place: Place, axes: Axes) -> Bbox:
    """Move a text beside its mark, never out of the sides of its panel; return what it covers, in pixels."""
    across, up, horizontal, vertical, _ = place
    text.set_position((across, up))
    text.set_horizontalalignment(horizontal)
    text.set_verticalalignment(vertical)
    box, frame = text.get_window_extent(), axes.bbox
    inwards = max(0.0, frame.x0 - box.x0 + EDGE) - max(0.0, box.x1 - frame.x1 + EDGE)
    text.set_position((across + inwards * 72 / axes.figure.dpi, up))
    return box.translated(inwards, 0)


def _cost(
    box: Bbox, boxes: Sequence[Bbox], taken: Numbers, frame: Bbox, toll: float
) -> tuple[float, int, float]:
    """Return how far a box reaches out of its panel, how many words it covers, and what else it costs."""
    out = max(0.0, frame.x0 - box.x0, box.x1 - frame.x1, frame.y0 - box.y0, box.y1 - frame.y1)
    padded = box.padded(2)
    covered = np.all((taken[:, :2] >= padded.min) & (taken[:, :2] <= padded.max), axis=1)
    return out, sum(padded.overlaps(each) for each in boxes), float(taken[covered, 2].sum()) + toll


def fit_behind(names: Sequence[str], panels: int, width: str) -> bool:
    """Tell whether lines are named at their ends: several of them, alone on a wide sheet, by short names."""
    return panels == 1 and width == "full" and len(names) > 1 and max(map(wide, names)) <= LONGEST


def name_ends(axes: Axes, names: Sequence[str], lines: Sequence[Line2D]) -> list[Annotation]:
    """Write names behind the ends of lines, before the layout is settled, so that it leaves them room."""
    written = []
    for name, line in zip(names, lines, strict=True):
        x, y = (np.asarray(values, float) for values in line.get_data())
        end = np.flatnonzero(np.isfinite(y))[-1]
        leader = {"arrowstyle": "-", "color": line.get_color(), "lw": 0.6, "relpos": (0, 0.5), **TIGHT}
        look: Mapping[str, Any] = {"fontsize": SMALL, "va": "center", "arrowprops": leader}
        spot = (float(x[end]), float(y[end]))
        written.append(
            axes.annotate(name, spot, (AWAY, 0), textcoords="offset points", annotation_clip=False, **look)
        )
    return written


def part_ends(axes: Axes, names: Sequence[Annotation]) -> None:
    """Push names apart that would lie on each other, no further than that takes; the layout is settled."""
    if not names:
        return
    heights = [name.get_window_extent().height for name in names]
    middles = np.array([axes.transData.transform((0, name.xy[1]))[1] for name in names])
    gap = APART * max(heights)
    apart = spread(middles, gap, axes.bbox.y0, axes.bbox.y1)
    pixels_a_point = axes.figure.dpi / 72
    for name, here, there in zip(names, middles, apart, strict=True):
        name.set_position((AWAY, (there - here) / pixels_a_point))


def spread(wanted: Numbers, gap: float, low: float, high: float) -> Numbers:
    """Return places at least `gap` apart, in sum of squares as near as can be to those wanted.

    They stay between `low` and `high` if they fit there; their order stays.

    >>> spread(np.array([1.0, 1.0, 9.0]), 2.0, 0.0, 10.0).tolist()
    [0.0, 2.0, 9.0]
    """
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(wanted.size)
    pools: list[list[float]] = []  # of mean and count: neighbours that push each other move together
    for value in (wanted[order] - steps).tolist():
        pools.append([value, 1.0])
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            mean, count = pools.pop()
            before = pools[-1]
            before[0] = (before[0] * before[1] + mean * count) / (before[1] + count)
            before[1] += count
    level = np.repeat([mean for mean, _ in pools], [int(count) for _, count in pools])
    top = max(low, high - float(steps[-1]))
    placed = np.empty(wanted.size)
    placed[order] = np.clip(level, low, top) + steps
    return placed
