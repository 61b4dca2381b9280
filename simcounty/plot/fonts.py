"""The Chinese font of figures.

It is Noto Sans SC, brought along by the wheel `zhplot` (only its file is used), so that a figure looks the
same on every machine. Where that file is missing, a font of the system with Chinese glyphs takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

from matplotlib import font_manager

from simcounty.errors import InputError, raise_findings

WHEEL = "zhplot"
FAMILIES = (
    "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei",
    "PingFang SC", "Hiragino Sans GB", "Heiti SC", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
    "SimSun", "Songti SC",
)  # fmt: skip
SAMPLE = "县镇产业债务，≥（二）亿元"
"""A font that lacks one of these cannot write a figure."""


@cache
def font() -> Path:
    """Return the file of the Chinese font, known to matplotlib from then on.

    Raises InputError, saying what was tried, where no font has Chinese glyphs.

    >>> font().suffix
    '.ttf'
    """
    tried: list[str] = []
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
    raise_findings(InputError, headline, tried)
    raise AssertionError("some place was tried")


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
