"""What a report is made of: headings, sentences, tables and pictures, the last two numbered."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simcounty.presentation.messages import Messages
    from simcounty.presentation.report.data import Told


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 or 2; an annex begins on a page of its own."""

    text: str
    level: int = 1
    annex: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its share of the width, and whether it is set flush right."""

    heading: str
    width: float
    right: bool = False


@dataclass(frozen=True)
class Table:
    """A table under its caption, with a note below it."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    number: int = 0


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure above its caption, with its source below it; it is drawn when a format first shows it."""

    caption: str
    drawn: Callable[[], Figure]
    note: str = ""
    number: int = 0


Block = Heading | Text | Table | Picture


@dataclass(frozen=True, eq=False)
class Report:
    """A report in one language: what stands in it, and the runs it tells of."""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    told: tuple[Told, ...]
    words: Messages
    date: datetime.date

    @property
    def pictures(self) -> list[Picture]:
        """Its pictures, in order."""
        return [each for each in self.blocks if isinstance(each, Picture)]


def numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    """Number tables and pictures, each kind from 1."""
    tables = pictures = 0
    for block in blocks:
        if isinstance(block, Table):
            tables += 1
            yield replace(block, number=tables)
        elif isinstance(block, Picture):
            pictures += 1
            yield replace(block, number=pictures)
        else:
            yield block


def table(
    caption: str, columns: Sequence[Column], rows: Iterable[Sequence[str]], note: str = ""
) -> list[Block]:
    """Return a table, or nothing where it would have no rows."""
    cells = tuple(tuple(row) for row in rows)
    return [Table(caption, tuple(columns), cells, note)] if cells else []
