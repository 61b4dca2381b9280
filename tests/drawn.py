"""What a figure says and where, and how light its colours are."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

Numbers = np.ndarray[Any, Any]

XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
ONE_CONE_LESS = {  # Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB
    "protanopia": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
    ],
}  # fmt: skip


def words(figure: Any) -> str:
    """Return all text of a figure, a line a piece."""
    return "\n".join(text.get_text() for text in figure.findobj(mpl.text.Text))


def texts(figure: Figure) -> list[Text]:
    """Return every piece of text that a reader sees."""
    hidden = {label for axes in figure.axes for label in _out_of_view(axes)}
    return [
        each
        for each in figure.findobj(Text)
        if isinstance(each, Text) and each.get_visible() and each.get_text().strip() and each not in hidden
    ]


def _out_of_view(axes: Axes) -> list[Text]:
    found: list[Text] = []
    for axis, ends in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        low, high = sorted(ends)
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        found += [tick.label1 for tick in ticks if not low <= tick.get_loc() <= high]
        found += [tick.label2 for tick in ticks]
    return found


def collisions(figure: Figure, slack: float = 1.0) -> list[tuple[str, str]]:
    """Return the pairs of texts whose boxes overlap by more than a pixel or so."""
    figure.canvas.draw()
    boxes = [(each.get_text(), _shrunk(_box(each), slack)) for each in texts(figure)]
    return [(one, other) for (one, a), (other, b) in combinations(boxes, 2) if a.overlaps(b)]


def outside(figure: Figure, slack: float = 3.0) -> list[str]:
    """Return the texts that are cut by the edge of the figure."""
    edge = figure.bbox.padded(slack)
    return [
        each.get_text()
        for each in texts(figure)
        if not all(edge.contains(x, y) for x, y in _box(each).corners())
    ]


def _box(text: Text) -> Bbox:
    """Return where the words themselves are, without an arrow that leads to them."""
    return Text.get_window_extent(text)


def _shrunk(box: Bbox, by: float) -> Bbox:
    return Bbox.from_extents(box.x0 + by, box.y0 + by, box.x1 - by, box.y1 - by)


def lab(color: str, seen_by: Any = None) -> Numbers:
    """A colour in CIE L*a*b*: L* is its lightness, from 0 for black to 100 for white."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    if seen_by is not None:
        linear = np.clip(np.array(seen_by) @ linear, 0.0, 1.0)
    ratio = XYZ @ linear / WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
