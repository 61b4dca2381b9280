"""Texts and tables within so many columns: broken between words, never inside a number.

A Chinese text has no blanks, so every character may end a row; brackets and stops stay with theirs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from simcounty.presentation.tables import Table

WORD = re.compile(r"[（“《]*(?:[!-~–—−]+(?: %)?|.)[），。；：、”》]*", re.DOTALL)
PHRASE = re.compile(r"\S+(?: %\S*)?\s*")
SHORT = 12  # columns: a cell up to this wide is never broken
READABLE = 16  # columns a longer text needs
GAP = 1  # columns between two cells, and at both edges


def columns_wide(text: str) -> int:
    """Return how many columns of a terminal a text takes; a Chinese character takes two.

    >>> columns_wide("县城 2027")
    9
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def words_of(text: str) -> list[str]:
    """Return what may not be broken: Latin words, numbers, Chinese characters, each with its brackets.

    >>> words_of("约 53 %（11–49）")
    ['约', ' ', '53 %', '（11–49）']
    """
    return WORD.findall(text)


def phrases_of(text: str, width: float) -> list[str]:
    """Return what stands between blanks where that fits into so many columns, else its words.

    >>> phrases_of("远期通胀率假设 1%/年; 其他", 14)
    ['远期通胀率假设 ', '1%/年; ', '其他']
    """
    phrases = PHRASE.findall(text)
    return [
        piece
        for phrase in phrases
        for piece in ([phrase] if columns_wide(phrase.rstrip()) <= width else words_of(phrase))
    ]


def wrapped(pieces: Iterable[str], width: float, measure: Callable[[str], float] = columns_wide) -> list[str]:
    """Put the pieces of a text into rows of at most so wide.

    >>> wrapped(words_of("约各半，约 53 %（11–49）"), 12)
    ['约各半，约 ', '53 %', '（11–49）']
    """
    rows = [""]
    for piece in pieces:
        if rows[-1] and measure(rows[-1] + piece.rstrip()) > width:
            rows.append("")
        rows[-1] += piece if rows[-1] else piece.lstrip()
    return rows


def fitted(table: Table, width: int) -> list[tuple[Table, list[int]]]:
    """Return a table in parts that fit into a terminal so wide, and the widths of the columns of each.

    A table that is too wide goes on below, behind the first columns, that tell its rows apart, again. Texts
    are broken, numbers are not.
    """
    return [_wrapped(part, width) for part in _parts(table, width)]


def _parts(table: Table, width: int) -> list[Table]:
    needs = [_need(table, place) for place in range(len(table.columns))]
    named = _naming(table)
    parts = [[*range(named)]]
    for place in range(named, len(needs)):
        if len(parts[-1]) > named and _total([needs[each] for each in (*parts[-1], place)]) > width:
            parts.append([*range(named)])
        parts[-1].append(place)
    return [_of(table, places) for places in parts]


def _naming(table: Table) -> int:
    """Return how many columns name a row: the first, or two where it stands in several rows."""
    firsts = [row[:1] for row in table.rows]
    return 1 if len(set(firsts)) == len(firsts) else min(2, len(table.columns))


def _of(table: Table, places: Sequence[int]) -> Table:
    rows = tuple(tuple(row[place] for place in places) for row in table.rows)
    return replace(table, columns=tuple(table.columns[place] for place in places), rows=rows)


def _wrapped(table: Table, width: int) -> tuple[Table, list[int]]:
    """Return a table whose texts are broken so that it fits, the longest first."""
    every = range(len(table.columns))
    needs, widths = [_need(table, place) for place in every], [_natural(table, place) for place in every]
    while _total(widths) > width and (longer := [place for place in every if widths[place] > needs[place]]):
        widths[max(longer, key=lambda place: widths[place])] -= 1
    rows = (zip(row, widths, strict=True) for row in table.rows)
    broken = tuple(
        tuple("\n".join(wrapped(phrases_of(cell, wide), wide)) for cell, wide in row) for row in rows
    )
    return replace(table, rows=broken), widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) + 1)


def _natural(table: Table, place: int) -> int:
    cells = (row[place] for row in table.rows)
    return max(map(columns_wide, (table.columns[place].heading, *cells)))


def _need(table: Table, place: int) -> int:
    """Return the least width of a column: of a text a few words and the longest of them, else all of it."""
    natural = _natural(table, place)
    if table.columns[place].right or natural <= SHORT:
        return natural
    texts = (table.columns[place].heading, *(row[place] for row in table.rows))
    longest = max(columns_wide(word.strip()) for text in texts for word in words_of(text))
    return max(longest, min(natural, READABLE))
