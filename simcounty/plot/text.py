"""Text in figures: broken to fit, and placed beside marks and line ends where it covers least."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.patheffects import withStroke

from simcounty.plot.style import SMALL
from simcounty.presentation.formatting import target_goal, year_text
from simcounty.presentation.messages import Language, Messages
from simcounty.presentation.records import time_unit
from simcounty.presentation.wrapping import words_of, wrapped
from simcounty.units import in_chinese

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

    from simcounty.scenario import Target

Numbers = np.ndarray[Any, Any]
Horizontal = Literal["left", "center", "right"]
Vertical = Literal["bottom", "center", "top"]
Position = tuple[float, float, Horizontal, Vertical, float]  # points from the mark, alignment, cost

ZH = Messages(Language.zh)
LATIN = 0.58  # of the width of a Chinese character, on average

SIDES: Sequence[tuple[int, Horizontal]] = ((-1, "right"), (1, "left"))
HEIGHTS: Sequence[tuple[int, Vertical]] = ((1, "bottom"), (-1, "top"))
POSITIONS: Sequence[Position] = [  # nearest first
    (sign * across, rise * up, side, height, cost)
    for distance, cost in ((1.0, 0.0), (1.8, 15.0), (2.8, 40.0), (4.2, 80.0), (6.0, 130.0))
    for across, up in ((5 * distance, 4 * distance), (0, 6 * distance), (6 * distance, 0))
    for sign, side in SIDES
    for rise, height in HEIGHTS
]
LABEL: Mapping[str, Any] = {
    "fontsize": SMALL,
    "zorder": 6,
    "path_effects": [withStroke(linewidth=1.8, foreground="white")],
}
LINE_COST, MARKER_COST = 1.0, 40.0  # of covering a point of 300 along a line, and one of 5 of a marker
FEW = 40  # points of a line: more of them are a cloud, which text may cover
MARKER_POINTS = ((0, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))  # in radii
EDGE = 2.0  # pixels between a label and the side of its panel

LONGEST = 14  # Chinese characters of a name at the end of a line
BEHIND = 9.0  # points from the end of a line to its label
APART = 1.18  # label heights from the middle of a label to that of the next


@dataclass(frozen=True)
class Mark:
    """A point of a panel, in data units, and the text beside it."""

    x: float
    y: float
    text: str


def unit_name(unit: str) -> str:
    """Return a unit in Chinese, also of pure numbers.

    >>> unit_name("YiYuan"), unit_name("Dmnl")
    ('亿元', '无量纲')
    """
    return in_chinese(unit) or "无量纲"


def instant_text(cell: xr.Dataset) -> str:
    """Return when a target is measured, as titles end: ，2027 年; nothing for one without a year."""
    year = float(cell.year)
    words = ZH.counting(time_unit(cell))
    return words("figure.instant", year=year_text(year)) if np.isfinite(year) else ""


def goal_label(target: Target) -> str:
    """Return the text beside a target's mark: what it asks, and its clause."""
    space = " " if target.clause and not target.clause.startswith("（") else ""
    return f"{target_goal(ZH, target)}{space}{target.clause}"


def text_width(text: str) -> float:
    """Return the width of a text in Chinese characters; quotation marks and signs may be as wide as one.

    >>> text_width("县城"), round(text_width("2027"), 2)
    (2.0, 2.32)
    """
    return sum(1.0 if unicodedata.east_asian_width(letter) in "WFA" else LATIN for letter in text)


def wrap(text: str, width: float) -> list[str]:
    """Break a text into rows of at most `width` Chinese characters, between words where they are Latin."""
    return wrapped(words_of(text), width, text_width)


def legend_columns(labels: Sequence[str], room: float, beside: float = 4.2) -> int:
    """Return how many columns of a legend fit into `room`; `beside` is a key and its gaps.

    All widths are in Chinese characters.

    >>> names = ["基线", "规划", "目标（条款）"]
    >>> legend_columns(names, 40.0), legend_columns(names, 20.0), legend_columns(names, 10.0)
    (3, 2, 1)
    """
    for columns in range(len(labels), 1, -1):
        split = np.array_split(np.array([text_width(label) for label in labels]), columns)
        if sum(float(each.max()) + beside for each in split) <= room:  # split as matplotlib does
            return columns
    return 1


def label_marks(axes: Axes, marks: Sequence[Mark]) -> None:
    """Write each mark's text beside it; the layout of the figure must be final."""
    taken = _obstacles(axes) if marks else np.empty((0, 3))
    boxes: list[Bbox] = []
    for mark in marks:
        text = axes.annotate(mark.text, (mark.x, mark.y), (0, 0), textcoords="offset points", **LABEL)
        best = min(
            POSITIONS, key=lambda each: _cost(_move(text, each, axes), boxes, taken, axes.bbox, each[-1])
        )
        boxes.append(_move(text, best, axes))


def _obstacles(axes: Axes) -> Numbers:
    """Return points on every line and marker of a panel: x and y in pixels, and the cost of covering one."""
    found = [np.empty((0, 3))]
    for line in axes.lines:
        x, y = (np.asarray(values, float) for values in line.get_data())
        known = np.isfinite(x) & np.isfinite(y)
        if known.sum() > 1 and line.get_linestyle() != "None":
            fine = np.linspace(x[known][0], x[known][-1], 300)
            points = np.column_stack([fine, np.interp(fine, x[known], y[known])])
            found.append(_with_cost(axes.transData.transform(points), LINE_COST))
        else:
            spots = axes.transData.transform(np.column_stack([x[known], y[known]]))
            radius = line.get_markersize() / 2 * axes.figure.dpi / 72
            around = [spots + radius * np.array(step) for step in MARKER_POINTS]
            found += [_with_cost(each, MARKER_COST if len(spots) <= FEW else LINE_COST) for each in around]
    return np.vstack(found)


def _with_cost(points: Numbers, cost: float) -> Numbers:
    return np.column_stack([points, np.full(len(points), cost)])


def _move(text: Annotation, position: Position, axes: Axes) -> Bbox:
    """Move a text beside its mark, within the sides of its panel; return what it covers, in pixels."""
    across, up, horizontal, vertical, _ = position
    text.set_position((across, up))
    text.set_horizontalalignment(horizontal)
    text.set_verticalalignment(vertical)
    box, frame = text.get_window_extent(), axes.bbox
    inwards = max(0.0, frame.x0 - box.x0 + EDGE) - max(0.0, box.x1 - frame.x1 + EDGE)
    text.set_position((across + inwards * 72 / axes.figure.dpi, up))
    return box.translated(inwards, 0)


def _cost(
    box: Bbox, boxes: Sequence[Bbox], taken: Numbers, frame: Bbox, distance_cost: float
) -> tuple[float, int, float]:
    """Return how far a box reaches out of its panel, how many texts it covers, and what else it costs."""
    out = max(0.0, frame.x0 - box.x0, box.x1 - frame.x1, frame.y0 - box.y0, box.y1 - frame.y1)
    padded = box.padded(2)
    covered = np.all((taken[:, :2] >= padded.min) & (taken[:, :2] <= padded.max), axis=1)
    overlaps = sum(padded.overlaps(each) for each in boxes)
    return out, overlaps, float(taken[covered, 2].sum()) + distance_cost


def fit_at_ends(names: Sequence[str], panels: int, width: str) -> bool:
    """Return whether names of lines fit at their ends: several short ones, in one panel of full width."""
    return panels == 1 and width == "full" and len(names) > 1 and max(map(text_width, names)) <= LONGEST


def label_ends(axes: Axes, names: Sequence[str], lines: Sequence[Line2D]) -> list[Annotation]:
    """Write names at the ends of lines, before the layout is final, so that it leaves them room."""
    written = []
    for name, line in zip(names, lines, strict=True):
        x, y = (np.asarray(values, float) for values in line.get_data())
        end = np.flatnonzero(np.isfinite(y))[-1]
        leader = {"arrowstyle": "-", "color": line.get_color(), "lw": 0.6, "relpos": (0, 0.5)}
        look: Mapping[str, Any] = {
            "arrowprops": leader | {"shrinkA": 0, "shrinkB": 0},
            "annotation_clip": False,
        }
        spot = (float(x[end]), float(y[end]))
        written.append(
            axes.annotate(
                name, spot, (BEHIND, 0), textcoords="offset points", fontsize=SMALL, va="center", **look
            )
        )
    return written


def spread_ends(axes: Axes, labels: Sequence[Annotation]) -> None:
    """Move labels at line ends apart, no further than they need; the layout of the figure must be final."""
    if not labels:
        return
    gap = APART * max(label.get_window_extent().height for label in labels)
    middles = np.array([axes.transData.transform((0, label.xy[1]))[1] for label in labels])
    apart = spread(middles, gap, axes.bbox.y0, axes.bbox.y1)
    for label, here, there in zip(labels, middles, apart, strict=True):
        label.set_position((BEHIND, (there - here) * 72 / axes.figure.dpi))


def spread(wanted: Numbers, gap: float, low: float, high: float) -> Numbers:
    """Return places at least `gap` apart, in sum of squares as near as can be to those wanted.

    They stay between `low` and `high` if they fit there; their order stays.

    >>> spread(np.array([1.0, 1.0, 9.0]), 2.0, 0.0, 10.0).tolist()
    [0.0, 2.0, 9.0]
    """
    from scipy.optimize import isotonic_regression

    order = np.argsort(wanted, kind="stable")
    offsets = gap * np.arange(wanted.size)  # less these, places need only not decrease
    level = isotonic_regression(wanted[order] - offsets).x
    placed = np.empty(wanted.size)
    placed[order] = np.clip(level, low, max(low, high - float(offsets[-1]))) + offsets
    return placed
