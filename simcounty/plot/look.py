"""The look all figures share, and the Chinese font they are set in.

The font is Noto Sans SC, brought along by the wheel `zhplot` (only its file is used), so that
a figure looks the same on every machine. Nothing here touches matplotlib's global settings
but the list of fonts it knows.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager

from simcounty.errors import InputError

INK, FAINT, RULE = "#222222", "#767676", "#e4e4e4"
LINES: Sequence[
    Mapping[str, Any]
] = (  # Okabe-Ito colours: safe for the colour-blind; the strokes for greyscale
    {"color": "#7a7a7a", "linestyle": (0, (5, 2)), "linewidth": 1.6},
    {"color": "#0072b2", "linestyle": "-", "linewidth": 2.2},
    {"color": "#d55e00", "linestyle": "-.", "linewidth": 1.8},
    {"color": "#009e73", "linestyle": (0, (1, 1.2)), "linewidth": 2.0},
    {"color": "#cc79a7", "linestyle": (0, (7, 2, 1, 2, 1, 2)), "linewidth": 1.8},
)
GOAL: Mapping[str, Any] = {
    "color": "#d55e00",
    "markersize": 8,
    "markeredgecolor": INK,
    "zorder": 5,
    "clip_on": False,
}
HISTORY: Mapping[str, Any] = {
    "color": "black",
    "marker": "o",
    "markersize": 4.5,
    "zorder": 4,
    "clip_on": False,
}


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


@cache
def font() -> Path:
    """Return the file of the Chinese font, known to matplotlib from then on."""
    found = find_spec("zhplot")
    home = Path((found.submodule_search_locations or [""])[0]) if found else Path()
    files = sorted((home / "fonts").glob("*.ttf"))
    if not files:
        raise InputError("the Chinese font is missing. Run: python -m pip install zhplot")
    font_manager.fontManager.addfont(files[0])
    return files[0]


def _settings() -> dict[str, Any]:
    family = font_manager.FontProperties(fname=font()).get_name()
    return {
        "font.family": [family, "DejaVu Sans"],
        "font.size": 9,
        "text.color": INK,
        "axes.edgecolor": FAINT,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.unicode_minus": True,
        "grid.color": RULE,
        "grid.linewidth": 0.7,
        "xtick.color": INK,
        "ytick.color": INK,
        "ytick.major.size": 0,
        "legend.handlelength": 2.4,
        "svg.hashsalt": "simcounty",
        "savefig.dpi": 200,
        "figure.dpi": 100,
    }


def strokes(runs: int) -> list[Mapping[str, Any]]:
    """Return a stroke for each run: the first of several is what the others are held against."""
    if runs > len(LINES):
        raise InputError(f"{runs} runs are too many for one figure. Choose at most {len(LINES)}.")
    return [LINES[1]] if runs == 1 else list(LINES[:runs])
