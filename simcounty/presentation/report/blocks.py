"""The blocks of a report: headings, paragraphs, tables and pictures, the last two numbered."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from simcounty.presentation.tables import Table

if TYPE_CHECKING:
    from simcounty.presentation.messages import Messages
    from simcounty.presentation.report.facts import ReportedScenario


@dataclass(frozen=True)
class SectionHeading:
    """A heading of level 1 or 2; `annexes` marks the first of the annexes, which begin on a new page."""

    text: str
    level: int = 1
    annexes: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, eq=False)
class Picture:
    """A matplotlib figure above its caption, with its source below it; drawn when a format first shows it."""

    caption: str
    drawn: Callable[[], Any]
    note: str = ""
    number: int = 0


Block = SectionHeading | Text | Table | Picture


@dataclass(frozen=True, eq=False)
class Report:
    """A report in one language: its blocks, and the scenarios it is about."""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    scenarios: tuple[ReportedScenario, ...]
    words: Messages
    date: datetime.date

    @property
    def pictures(self) -> list[Picture]:
        """Its pictures, in order."""
        return [each for each in self.blocks if isinstance(each, Picture)]


def numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    """Number tables and pictures, each kind from 1."""
    counts = {Table: 0, Picture: 0}
    for block in blocks:
        if isinstance(block, Table | Picture):
            counts[type(block)] += 1
            yield replace(block, number=counts[type(block)])
        else:
            yield block


def captioned(table: Table, caption: str, note: str = "") -> list[Block]:
    """Return a table with its caption and note, or nothing if it has no rows."""
    return [replace(table, caption=caption, note=note)] if table.rows else []
