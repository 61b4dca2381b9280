"""The look all figures share: colours and strokes that survive a greyscale copy, type of a printed page.

Nothing here touches matplotlib's global settings but the list of fonts it knows.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager

from simcounty.errors import InputError
from simcounty.plot.fonts import font
from simcounty.plot.paper import SMALL

INK, FAINT, RULE = "#222222", "#6b6b6b", "#e4e4e4"
LINES: Sequence[Mapping[str, Any]] = (
    {"color": "#818181", "linestyle": (0, (5, 2)), "linewidth": 1.3},
    {"color": "#004f8a", "linestyle": "-", "linewidth": 1.7},
    {"color": "#de8800", "linestyle": (0, (6, 1.5, 1, 1.5)), "linewidth": 1.6},
    {"color": "#55104a", "linestyle": (0, (1, 1.2)), "linewidth": 1.7},
    {"color": "#b83a16", "linestyle": (0, (3, 1, 1, 1, 1, 1)), "linewidth": 1.5},
)
"""Every two differ in lightness by a tenth of the way from black to white, and in their dashes; and in colour
for eyes that lack one kind of cone. The first of several is what the others are held against."""

GOAL: Mapping[str, Any] = {
    "color": "#b83a16",
    "markersize": 5.5,
    "markeredgecolor": INK,
    "markeredgewidth": 0.6,
    "zorder": 5,
    "clip_on": False,
}
HISTORY: Mapping[str, Any] = {
    "color": "black",
    "marker": "o",
    "markersize": 3.0,
    "zorder": 4,
    "clip_on": False,
}
BEGIN: Mapping[str, Any] = {"color": FAINT, "linestyle": (0, (1, 2)), "linewidth": 0.8}


@contextmanager
def styled() -> Iterator[None]:
    """Draw or write figures in the shared look; a character the font does not have is an InputError.

    >>> with styled():
    ...     mpl.rcParams["svg.hashsalt"]
    'simcounty'
    """
    settings: Any = _settings()
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph .* missing from font")
        try:
            yield
        except UserWarning as missing:
            raise InputError(f"the figure's font cannot write all of its text: {missing}") from None


def _settings() -> dict[str, Any]:
    family = font_manager.FontProperties(fname=font()).get_name()
    return {
        "font.family": [family, "DejaVu Sans"],
        "font.size": SMALL,
        "text.color": INK,
        "axes.edgecolor": FAINT,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.unicode_minus": True,
        "grid.color": RULE,
        "grid.linewidth": 0.5,
        "xtick.color": INK,
        "xtick.major.size": 2.5,
        "xtick.major.width": 0.6,
        "ytick.color": INK,
        "ytick.major.size": 0,
        "legend.handlelength": 2.2,
        "hatch.linewidth": 0.6,
        "pdf.fonttype": 42,  # TrueType, embedded as far as it is used: text can be marked and copied
        "svg.hashsalt": "simcounty",
        "savefig.dpi": 300,
        "figure.dpi": 150,
    }


def strokes(runs: int) -> list[Mapping[str, Any]]:
    """Return a stroke for each run: the first of several is what the others are held against."""
    if runs > len(LINES):
        raise InputError(f"{runs} runs are too many for one figure. Choose at most {len(LINES)}.")
    return [LINES[1]] if runs == 1 else list(LINES[:runs])
