"""The look all figures share: strokes that survive a greyscale copy, the sizes of a page, a Chinese font.

matplotlib's global settings stay as they are, but for the list of fonts it knows.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager

from simcounty.errors import InputError, did_you_mean

Stroke = Mapping[str, Any]

INK, FAINT, RULE = "#222222", "#6b6b6b", "#e4e4e4"
STROKES: Sequence[Stroke] = (
    {"color": "#818181", "linestyle": (0, (5, 2)), "linewidth": 1.3},
    {"color": "#004f8a", "linestyle": "-", "linewidth": 1.7},
    {"color": "#de8800", "linestyle": (0, (6, 1.5, 1, 1.5)), "linewidth": 1.6},
    {"color": "#55104a", "linestyle": (0, (1, 1.2)), "linewidth": 1.7},
    {"color": "#b83a16", "linestyle": (0, (3, 1, 1, 1, 1, 1)), "linewidth": 1.5},
)
"""Every two differ in lightness by a tenth of the way from black to white, and in their dashes; and in colour
for eyes that lack one kind of cone. The first of several is what the others are held against."""

BLUE = STROKES[1]["color"]
"""The colour of a single run, or of the only kind of bar."""

GOAL: Stroke = {
    "color": "#b83a16",
    "markersize": 5.5,
    "markeredgecolor": INK,
    "markeredgewidth": 0.6,
    "zorder": 5,
    "clip_on": False,
}
GOAL_LINE: Stroke = {"color": GOAL["color"], "linestyle": (0, (4, 2)), "linewidth": 1.1}
HISTORY: Stroke = {
    "color": "black",
    "marker": "o",
    "markersize": 3.0,
    "zorder": 4,
    "clip_on": False,
}
RUN_START: Stroke = {"color": FAINT, "linestyle": (0, (1, 2)), "linewidth": 0.8}

CM = 1 / 2.54
"""Inches in a centimetre: matplotlib counts in inches."""

WIDTHS: Mapping[str, float] = {"full": 15.6, "half": 7.6}
"""In cm. 15.6 is the width of text on an A4 page of an official document (GB/T 9704: 156 mm by 225 mm);
two of 7.6 fit side by side, with 4 mm between."""

PAGE = 22.5
"""How tall that page's text is, in cm."""

HEADING, TITLE, SMALL, NOTE = 10.5, 9.0, 7.5, 7.0
"""Type sizes in points: figure, panel, everything in a panel, the note. 五号, 小五, 六号 and less."""

LEAST, LOWEST = 3.4, 2.1
"""How low a panel may become, in cm, with its title and labels and without, so that many stay on a page."""

WHEEL = "zhplot"
FAMILIES = (
    "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei",
    "PingFang SC", "Hiragino Sans GB", "Heiti SC", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
    "SimSun", "Songti SC",
)  # fmt: skip
SAMPLE = "县镇产业债务，≥（二）亿元"
"""A font that lacks one of these cannot write a figure."""


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


def strokes(runs: int) -> list[Stroke]:
    """Return a stroke for each run: the first of several is what the others are held against."""
    if runs > len(STROKES):
        raise InputError(f"{runs} runs are too many for one figure. Choose at most {len(STROKES)}.")
    return [STROKES[1]] if runs == 1 else list(STROKES[:runs])


def inches(width: str) -> float:
    """Return the inches of a named width.

    Raise InputError for an unknown name.

    >>> round(inches("full") / CM, 1)
    15.6
    """
    if width not in WIDTHS:
        known = ", ".join(f"{name} ({size:g} cm)" for name, size in WIDTHS.items())
        raise InputError(f"width {width!r}: choose one of {known}.{did_you_mean(str(width), WIDTHS)}")
    return WIDTHS[width] * CM


def columns_for(count: int, width: str = "full", most: int = 3) -> int:
    """Return how many panels are side by side.

    >>> columns_for(9), columns_for(4), columns_for(3, "half"), columns_for(9, "half")
    (3, 2, 1, 2)
    """
    if width == "half":
        return min(most, 1 if count <= 4 else 2)
    return min(most, count, 2 if count == 4 else 3)


def height_for(width: float) -> float:
    """Return how tall a panel of a width is, both in inches: flatter, the wider it is."""
    return min(7.0 * CM, 2.3 * CM + 0.42 * width)


@cache
def font() -> Path:
    """Return the file of the Chinese font, known to matplotlib from then on.

    Raise InputError, with what was tried, where no font has Chinese glyphs.

    >>> font().suffix
    '.ttf'
    """
    tried = []
    for place, find in _places():
        file = find()
        if file is None:
            tried.append(f"{place}: is not installed.")
        elif missing := _missing(file):
            tried.append(f"{place}: {file} has no {missing}.")
        else:
            font_manager.fontManager.addfont(file)
            return file
    headline = (
        "no font with Chinese glyphs was found, so no figure can be drawn. "
        f"Run: python -m pip install {WHEEL}, or install one of these fonts. Tried:"
    )
    raise InputError("\n".join([headline, *(f"  - {each}" for each in tried)]))


def _places() -> Iterator[tuple[str, Callable[[], Path | None]]]:
    """Yield where a font may be found, best first, and what looks there."""
    yield f"the wheel {WHEEL}", _in_wheel
    for family in FAMILIES:
        yield f"the system font {family}", partial(_in_system, family)


def _in_wheel() -> Path | None:
    found = find_spec(WHEEL)
    homes = [Path(each) for each in (found.submodule_search_locations or ())] if found else []
    return next((file for home in homes for file in sorted((home / "fonts").glob("*.ttf"))), None)


def _in_system(family: str) -> Path | None:
    known = [each for each in font_manager.fontManager.ttflist if each.name == family]
    regular = sorted(known, key=lambda each: (abs(_weight(each.weight) - 400), each.style != "normal"))
    return next((Path(each.fname) for each in regular if Path(each.fname).is_file()), None)


def _weight(given: int | str) -> int:
    return given if isinstance(given, int) else font_manager.weight_dict.get(given, 400)


def _missing(file: Path) -> str:
    """Return the characters of `SAMPLE` a font has no glyph for; all of them if it cannot be read."""
    try:
        face = font_manager.get_font(str(file))
    except (OSError, RuntimeError):
        return SAMPLE
    return "".join(letter for letter in SAMPLE if not face.get_char_index(ord(letter)))
