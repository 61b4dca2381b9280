"""Excel workbooks: sheets of rows under headings, the same bytes for the same rows."""

from __future__ import annotations

import datetime
import io
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simcounty.atomic import atomic_write

Cell = str | float | None
UNDATED = datetime.datetime(2000, 1, 1)
ADDED = 200  # rows below the last in which a choice is offered
HEAD_HEIGHT = 32  # points: two lines
A4 = 9  # Excel's number of the paper
PLAIN_WIDTH, LONGEST_NAME, BARRED = 12, 31, str.maketrans("[]:*?/\\'", "(): ·  ’".replace(":", "："))


@dataclass(frozen=True)
class SheetColumn:
    """A column of a worksheet: its heading, its width in characters, and the Excel format of its numbers."""

    heading: str | float
    width: float = PLAIN_WIDTH
    digits: str = "General"
    grey: bool = False


@dataclass(frozen=True)
class Worksheet:
    """A worksheet: rows under headings; the headings and the first `fixed` columns do not scroll.

    digits: Excel formats of single rows, counted from 0, in place of their columns'.
    allowed: ranges for the numbers of single rows, in the columns from the first to the last `entered`.
    choices: what may be chosen in a column, also in the rows that are added below.
    headed: rows that are headings of those below.
    """

    name: str
    columns: Sequence[SheetColumn]
    rows: Sequence[Sequence[Cell]]
    fixed: int = 1
    digits: Mapping[int, str] = field(default_factory=dict)
    allowed: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    entered: tuple[int, int] = (0, 0)
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)
    headed: Collection[int] = ()


def save_workbook(path: Path, sheets: Iterable[Worksheet], created: datetime.datetime = UNDATED) -> Path:
    """Write a workbook, completely or not at all. Texts are never read as formulas or addresses."""
    with _opened(path, created) as book:
        formats = _Formats(book)
        taken: set[str] = set()
        for each in sheets:
            name = free_name(each.name, taken)
            taken.add(name.lower())
            _fill(book.add_worksheet(name), each, formats)
    return path


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Return a name that Excel allows for a sheet, and that differs from all others in more than case.

    >>> free_name("tonglu/plan-2027", []), free_name("Plan", ["plan"])
    ('tonglu plan-2027', 'Plan 2')
    """
    plain = wanted.translate(BARRED).strip() or "sheet"
    names = (plain[:LONGEST_NAME], *(f"{plain[: LONGEST_NAME - 4]} {count}" for count in range(2, 999)))
    used = {each.lower() for each in taken}
    return next(name for name in names if name.lower() not in used)


@contextmanager
def _opened(path: Path, created: datetime.datetime) -> Iterator[Any]:
    import xlsxwriter

    made = io.BytesIO()  # a zip file on a full disk raises again when it is collected
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(made, {**plain, "in_memory": True})
    book.set_properties({"created": created, "author": "simcounty"})
    yield book
    book.close()
    with atomic_write(path) as part:
        part.write_bytes(made.getvalue())


class _Formats:
    """The cell formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, bool], Any] = {}
        self.part = book.add_format({"bold": True})
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"})

    def of(self, digits: str, grey: bool) -> Any:
        if (digits, grey) not in self._made:
            shade = {"font_color": "#555555", "bg_color": "#F2F2F2"} if grey else {}
            self._made[digits, grey] = self._book.add_format({"num_format": digits, **shade})
        return self._made[digits, grey]


def _fill(sheet: Any, each: Worksheet, formats: _Formats) -> None:
    sheet.set_row(0, HEAD_HEIGHT)
    for place, column in enumerate(each.columns):
        _write(sheet, 0, place, column.heading, formats.head)
        sheet.set_column(place, place, column.width, formats.of(column.digits, column.grey))
    for number, cells in enumerate(each.rows):
        for place, (cell, column) in enumerate(zip(cells, each.columns, strict=True)):
            digits = each.digits.get(number, column.digits)
            form = formats.part if number in each.headed else formats.of(digits, column.grey)
            _write(sheet, 1 + number, place, cell, form)
    for number, ends in each.allowed.items():
        _validate(sheet, 1 + number, each, ends)
    for place, names in each.choices.items():
        rule = {"validate": "list", "source": list(names), "error_message": "、".join(names)}
        sheet.data_validation(1, place, len(each.rows) + ADDED, place, rule)
    sheet.freeze_panes(1, each.fixed)
    sheet.repeat_rows(0, 0)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)


def _write(sheet: Any, row: int, place: int, cell: Cell, form: Any) -> None:
    if cell is None or cell == "" or (isinstance(cell, float) and not math.isfinite(cell)):
        return
    if isinstance(cell, str):
        sheet.write_string(row, place, cell, form)
    else:
        sheet.write_number(row, place, cell, form)


def _validate(sheet: Any, row: int, each: Worksheet, ends: tuple[float, float]) -> None:
    """Make Excel warn of a number outside its range when it is typed."""
    rule = {"validate": "decimal", "criteria": "between", "minimum": ends[0], "maximum": ends[1]}
    warning = {"error_type": "warning", "error_message": f"{ends[0]:g} … {ends[1]:g}"}
    first, last = each.entered
    sheet.data_validation(row, first, row, last, rule | warning)
