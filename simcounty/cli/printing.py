"""Results go to stdout, messages to stderr; tables are boxed on a terminal and bare in a pipe."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, Literal

from simcounty.cli.words import WORDS, Language

if TYPE_CHECKING:
    from rich.table import Table

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
            print(self.word(name, **parts), file=sys.stderr, flush=True)

    def result(self, name: str, **parts: Any) -> None:
        """Print a sentence to stdout."""
        print(self.word(name, **parts), flush=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> None:
        """Print rows under translated headings; the columns named in `right` are set flush right."""
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        shown = sys.stdout.isatty()
        table = Table(box=SIMPLE_HEAD if shown else None, pad_edge=False, header_style="bold")
        for name in columns:
            table.add_column(self.word(name), justify="right" if name in right else "left", no_wrap=not shown)
        for row in rows:
            table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
        print(_drawn(table, shown), flush=True)


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


def print_json(data: Any) -> None:
    """Print data for machines."""
    print(json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False, default=str), flush=True)


def speak_utf8() -> None:
    """Write UTF-8 whatever the console's code page; what it cannot show must not stop a run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
