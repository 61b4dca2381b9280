"""A result as a table for people, made once for terminals, notebooks, Word and Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcounty.presentation.messages import Messages

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]


@dataclass(frozen=True)
class Column:
    """A column: its heading, whether it is set flush right, and its width on paper in cm."""

    heading: str
    right: bool = False
    width: float = 2.0


@dataclass(frozen=True)
class Table:
    """Rows of written cells under headings; on paper also a caption, a number and a note below."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    note: str = ""
    number: int = 0

    def without(self, names: Iterable[str]) -> Table:
        """Return the table without the columns of these headings."""
        hidden = set(names)
        shown = [place for place, column in enumerate(self.columns) if column.heading not in hidden]
        rows = tuple(tuple(row[place] for place in shown) for row in self.rows)
        return Table(
            tuple(self.columns[place] for place in shown), rows, self.caption, self.note, self.number
        )


View = Iterable[Table | str]
"""What people see of a result: tables and sentences, in order."""


def table_of(
    words: Messages,
    names: Sequence[str],
    rows: Iterable[Sequence[str]],
    right: Sequence[str] = (),
    widths: Mapping[str, float] = {},
) -> Table:
    """Return a table whose columns are named by codes of messages; a name without a text is its own heading.

    `right` names the columns set flush right, `widths` gives widths on paper in cm.

    >>> from simcounty.presentation.messages import Language
    >>> table_of(Messages(Language.zh), ("target", "goal"), [("城镇化率", "≥ 75")]).columns[0].heading
    '目标'
    """
    columns = tuple(Column(words.heading(name), name in right, widths.get(name, 2.0)) for name in names)
    return Table(columns, tuple(tuple(row) for row in rows))


def frame(table: Table) -> pd.DataFrame:
    """Return a table as a DataFrame whose index is the first column."""
    import pandas as pd

    first, *others = (column.heading for column in table.columns)
    index = pd.Index([row[0] for row in table.rows], name=first)
    return pd.DataFrame([row[1:] for row in table.rows], index=index, columns=others)
