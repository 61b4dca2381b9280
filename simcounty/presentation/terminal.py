"""Results go to stdout, messages to stderr; tables are boxed on a terminal and bare in a pipe."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TextIO

from simcounty.errors import CONTROL
from simcounty.presentation.messages import YEAR, Language, Messages, catalogue
from simcounty.presentation.tables import Table, View, table_of
from simcounty.presentation.wrapping import fitted

if TYPE_CHECKING:
    import rich.table

PIPED_GAP, GAP = (0, 2, 0, 0), (0, 0, 0, 0)  # beside a cell; on a terminal the box adds one
PIPE_WIDTH = 10_000  # columns: a pipe has no edge to wrap at
STYLES = {"met": "green", "holds": "green", "missed": "bold red", "fails": "bold red"}
"""How words of a verdict are coloured, by their code."""


@dataclass(frozen=True)
class Terminal:
    """Where a command prints: in a language, and quietly or not."""

    language: Language
    quiet: bool = False

    def __post_init__(self) -> None:
        if self.quiet:
            logging.getLogger("simcounty").setLevel(logging.ERROR)

    @property
    def words(self) -> Messages:
        """The texts of its language."""
        return Messages(self.language)

    def message(self, code: str, /, **parts: object) -> None:
        """Print a text to stderr, unless asked to be quiet; no name in it steers the terminal."""
        if not self.quiet:
            say(CONTROL.sub("�", self.words(code, **parts)), sys.stderr)

    def table(self, names: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> None:
        """Print rows under headings; see `table_of`."""
        self.print(table_of(self.words, names, rows, right))

    def wrote(self, files: Iterable[object]) -> None:
        """Print which files were written to stderr."""
        self.message("wrote", files=", ".join(map(str, files)))

    def show(self, record: Any, view: Callable[[Any, Messages], View], as_json: bool = False) -> None:
        """Print a record as JSON for machines, or its view for people, in the record's own unit of time."""
        if as_json:
            say(json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False, default=str))
            return
        counted = record.get("time_unit", YEAR) if isinstance(record, Mapping) else YEAR
        for block in view(record, self.words.counting(counted)):
            self.print(block)

    def print(self, block: Table | str) -> None:
        """Print a table or a sentence to stdout."""
        if isinstance(block, str):
            say(block)
        else:
            terminal = sys.stdout.isatty()
            width = shutil.get_terminal_size().columns if terminal else None
            say(table_text(block, width, colour=terminal and not os.environ.get("NO_COLOR")))


def table_text(table: Table, width: int | None = None, colour: bool = False) -> str:
    """Return a table as text: boxed and wrapped to so many columns, or bare and as wide as its rows.

    >>> from simcounty.presentation.tables import Column
    >>> print(table_text(Table((Column("Target"), Column("Goal", right=True)), (("GDP", "≥ 600"),))))
    Target   Goal
    GDP     ≥ 600
    """
    from rich.console import Console

    colours: Literal["auto"] | None = "auto" if colour else None
    console = Console(width=width or PIPE_WIDTH, color_system=colours, highlight=False)
    parts = [(table, None)] if width is None else fitted(table, width)
    with console.capture() as captured:
        for part, widths in parts:
            console.print(_rich(part, widths))
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def _rich(table: Table, widths: Sequence[int] | None) -> rich.table.Table:
    """Return a table of `rich`: boxed with columns so wide, or bare with every cell on one line."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as RichTable
    from rich.text import Text

    box, gap = (None, PIPED_GAP) if widths is None else (SIMPLE_HEAD, GAP)
    made = RichTable(box=box, pad_edge=False, padding=gap, header_style="bold")
    styles = {text: style for code, style in STYLES.items() for text in catalogue()[code].values()}
    for place, column in enumerate(table.columns):
        wide = widths[place] if widths else None
        justify: Literal["left", "right"] = "right" if column.right else "left"
        made.add_column(column.heading, justify=justify, no_wrap=wide is None, overflow="fold", width=wide)
    for row in table.rows:
        made.add_row(*(Text(cell, style=styles.get(cell, "")) for cell in row))
    return made


def say(text: str, stream: TextIO | None = None) -> None:
    """Print a line at once."""
    print(text, file=stream or sys.stdout, flush=True)
