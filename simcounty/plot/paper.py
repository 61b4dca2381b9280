"""The paper figures are drawn for: how wide they stand in a plan draft, and the sizes of their type.

A figure is drawn at the size it is printed in, so that it goes into a document unscaled and its type stays
what it is here.
"""

from __future__ import annotations

from collections.abc import Mapping

from simcounty.errors import InputError, did_you_mean

CM = 1 / 2.54
"""Inches in a centimetre: matplotlib counts in inches."""

WIDTHS: Mapping[str, float] = {"full": 15.6, "half": 7.6}
"""In cm. 15.6 is the width of text on an A4 page of an official document (GB/T 9704: 156 mm by 225 mm);
two of 7.6 stand side by side in it with 4 mm between."""

PAGE = 22.5
"""How tall that page's text is, in cm."""

HEADING, TITLE, SMALL, NOTE = 10.5, 9.0, 7.5, 7.0
"""Type sizes in points: figure, panel, everything in a panel, the note. 五号, 小五, 六号 and less."""

LEAST, LOWEST = 3.4, 2.1
"""How low a panel may become, in cm, with its title and labels and without, so that many stay on a page."""


def inches(width: str) -> float:
    """Return how wide a figure of this name is.

    Raises InputError for a name that is none.

    >>> round(inches("full") / CM, 1)
    15.6
    """
    if width not in WIDTHS:
        known = ", ".join(f"{name} ({size:g} cm)" for name, size in WIDTHS.items())
        raise InputError(f"width {width!r}: choose one of {known}.{did_you_mean(str(width), WIDTHS)}")
    return WIDTHS[width] * CM


def columns_for(count: int, width: str = "full", most: int = 3) -> int:
    """Return how many panels stand side by side.

    >>> columns_for(9), columns_for(4), columns_for(3, "half"), columns_for(9, "half")
    (3, 2, 1, 2)
    """
    if width == "half":
        return min(most, 1 if count <= 4 else 2)
    return min(most, count, 2 if count == 4 else 3)


def height_for(width: float) -> float:
    """Return how tall a panel of a width is, both in inches: flatter, the wider it is."""
    return min(7.0 * CM, 2.3 * CM + 0.42 * width)
