"""Results go to stdout, messages to stderr; tables are boxed on a terminal and bare in a pipe."""

from __future__ import annotations

import json
import logging
import math
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, Literal, TextIO

from simcounty.presentation.messages import WORDS, Language

if TYPE_CHECKING:
    from rich.table import Table

PIPED_GAP, GAP = (0, 2, 0, 0), (0, 0, 0, 0)  # beside a cell; on a terminal the box adds one
SHORT = 12  # columns of a terminal: a cell up to this wide is never broken
PIPE_WIDTH = 10_000  # columns: a pipe has no edge to wrap at


@dataclass(frozen=True)
class Voice:
    """How a command speaks."""

    language: Language
    quiet: bool = False

    def __post_init__(self) -> None:
        if self.quiet:
            logging.getLogger("simcounty").setLevel(logging.ERROR)

    def word(self, name: str, **parts: Any) -> str:
        """Return a word or sentence of `WORDS` in the chosen language."""
        return WORDS[name][self.language is Language.zh].format(**parts)

    def message(self, name: str, **parts: Any) -> None:
        """Print a sentence to stderr, unless asked to be quiet."""
        if not self.quiet:
            say(self.word(name, **parts), sys.stderr)

    def result(self, name: str, **parts: Any) -> None:
        """Print a sentence to stdout."""
        say(self.word(name, **parts))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> None:
        """Print rows under headings: words of ours, translated, or names as they are.

        The columns named in `right` are set flush right.
        """
        from rich.box import SIMPLE_HEAD
        from rich.cells import cell_len
        from rich.table import Table
        from rich.text import Text

        shown, cells = sys.stdout.isatty(), [tuple(row) for row in rows]
        box, gap = (SIMPLE_HEAD, GAP) if shown else (None, PIPED_GAP)
        table = Table(box=box, pad_edge=False, padding=gap, header_style="bold")
        for place, name in enumerate(columns):
            widest = max((cell_len(row[place]) for row in cells), default=0)
            justify: Literal["left", "right"] = "right" if name in right else "left"
            fixed, heading = not shown or widest <= SHORT, self.word(name) if name in WORDS else name
            table.add_column(heading, justify=justify, no_wrap=fixed, overflow="fold")
        for row in cells:
            table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
        say(_drawn(table, shown))


def _drawn(table: Table, shown: bool) -> str:
    from rich.console import Console

    coloured: Literal["auto"] | None = "auto" if shown and not os.environ.get("NO_COLOR") else None
    console = Console(width=None if shown else PIPE_WIDTH, color_system=coloured, highlight=False)
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


STYLES = {word: "green" for name in ("met", "holds") for word in WORDS[name]} | {
    word: "bold red" for name in ("missed", "fails") for word in WORDS[name]
}


def decimals(goal: float) -> int:
    """Return how many decimals show four figures of something near a goal.

    >>> decimals(600), decimals(75), decimals(1.55)
    (1, 2, 3)
    """
    return max(0, 3 - math.floor(math.log10(abs(goal)))) if goal else 3


def say(text: str, stream: TextIO | None = None) -> None:
    """Print a line; once nobody reads any more go on in silence, for there are files to write."""
    stream = stream or sys.stdout
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def print_json(data: Any) -> None:
    """Print data for machines."""
    say(json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False, default=str))


def speak_utf8() -> None:
    """Write UTF-8 whatever the console's code page; what it cannot show must not stop a run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
