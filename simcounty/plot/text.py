"""Text in figures: broken into lines that fit, numbers and targets as they are written there."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcounty.units import in_chinese

if TYPE_CHECKING:
    from simcounty.scenario import Target

SIGNS = {">=": "≥", "<=": "≤", "~": "≈"}
WORD = re.compile(r"[（“《]*(?:[!-~]+|.)[），。；：、”》]*", re.DOTALL)
LATIN = 0.58  # of a Chinese character, on average


def number(value: float) -> str:
    """Write a number as an axis shows it."""
    return f"{value:,.6g}".replace("-", "−")


def wrapped(text: str, width: float) -> list[str]:
    """Break a text into lines of `width` Chinese characters, whole words of Latin ones half as wide."""
    lines = [""]
    for word in WORD.findall(text):
        if lines[-1] and wide(lines[-1] + word) > width:
            lines.append("")
        lines[-1] += word if lines[-1] else word.lstrip()
    return lines


def wide(text: str) -> float:
    """Return how wide a text is, in Chinese characters; quotation marks and signs may be as wide as one.

    >>> wide("县城"), round(wide("2027"), 2)
    (2.0, 2.32)
    """
    return sum(1.0 if unicodedata.east_asian_width(letter) in "WFA" else LATIN for letter in text)


def wording(target: Target) -> str:
    """Write a target as it stands beside its mark: what is asked, and by which clause."""
    clause = ("" if target.clause.startswith("（") else " ") + target.clause
    return f"{amount(target)}{clause}".rstrip()


def amount(target: Target) -> str:
    """Write what a target asks."""
    if not math.isfinite(target.goal):
        return "逐步下降"
    unit = in_chinese(target.unit)
    asked = f"{target.goal:g}" if target.up_to is None else f"{target.goal:g}–{target.up_to:g}"
    sign = "" if target.operator == "between" else f"{SIGNS.get(target.operator, target.operator)} "
    return f"{sign}{asked}{' ' if unit else ''}{unit}"


def columns_in(labels: Sequence[str], room: float, beside: float = 4.2) -> int:
    """Return in how many columns a legend fits into `room`, in characters; `beside` is a key and its gaps.

    >>> names = ["基线", "规划", "目标（条款）"]
    >>> columns_in(names, 40.0), columns_in(names, 20.0), columns_in(names, 10.0)
    (3, 2, 1)
    """
    for columns in range(len(labels), 1, -1):
        split = np.array_split(np.array([wide(label) for label in labels]), columns)  # as matplotlib does
        if sum(float(each.max()) + beside for each in split) <= room:
            return columns
    return 1
