"""Tables that people fill in: rows under headings, in a CSV file or on a sheet of an Excel workbook."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from simcounty import toml_files
from simcounty.errors import Findings, InputError, ScenarioError, did_you_mean, repeated

WORKBOOKS = (".xlsx", ".xlsm")
IN_BRACKETS = re.compile(r".*\(\s*([^()]+?)\s*\)")
MOST_UNPACKED = 200_000_000  # bytes of a table under gzip
BIG = 1e15  # numbers up to here are integers where they look so
FAULTY = ("#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!")
Line = tuple[str, list[str]]  # its place in the file, and its cells


@dataclass(frozen=True)
class InputRow:
    """A row of a table: its place in the file, and its cells by column; None beyond the end of a line."""

    where: str
    cells: Mapping[str, str | None]

    def text(self, column: str) -> str:
        """Return what a cell holds, without spaces around it; blank where there is no such cell."""
        return (self.cells.get(column) or "").strip()


@dataclass(frozen=True)
class InputTable:
    """A table as read: its columns, in order, and its rows."""

    columns: tuple[str, ...]
    rows: tuple[InputRow, ...]


def read_table(path: Path, sheet: str, needed: Sequence[str], findings: Findings) -> InputTable | None:
    """Read a CSV file, or the sheet of that name of a workbook; None, and findings, where it cannot be used.

    A heading is a column's key, or ends with it in brackets: `数值 (value)`. Blank rows are left out. A row
    that ends before a needed column becomes a finding and is left out too.
    """
    rows: list[InputRow] = []
    try:
        head, *lines = read_rows(path, sheet, findings)
        columns = _columns(*head, needed)
    except InputError as error:
        findings.append(f"{path}: {error}")
        return None
    for where, line in lines:
        with findings.at(path, where):
            cells = dict(zip_longest(columns, line[: len(columns)]))
            short = [column for column in needed if cells[column] is None]
            if any(map(str.strip, line)) and short:
                raise ScenarioError(f"the row ends before {', '.join(short)}. Write every column.")
            rows += [InputRow(where, cells)] if any(map(str.strip, line)) else []
    return InputTable(tuple(filter(None, columns)), tuple(rows))


def read_rows(path: Path, sheet: str, findings: Findings) -> list[Line]:
    """Return every row of a CSV file, plain or gzip, or of a sheet of a workbook, "" for its first.

    Raises ScenarioError where the file cannot be used; cells that cannot become findings.
    """
    if not path.is_file():
        raise ScenarioError(toml_files.absent(path))
    workbook = path.suffix.lower() in WORKBOOKS
    return _from_workbook(path, sheet, findings) if workbook else _from_csv(path)


def sourced_year(row: InputRow) -> int:
    """Return the year of a row; raise ScenarioError where it is no year, or the row has no source."""
    if not row.text("year").isdecimal():
        raise ScenarioError(f"year is {row.text('year')!r}; write a year such as 2025.")
    if not row.text("source"):
        raise ScenarioError("source is empty; say where the number stands.")
    return int(row.text("year"))


def _columns(where: str, headings: Sequence[str], needed: Sequence[str]) -> list[str]:
    """Return the columns of a table; raise ScenarioError where one is given twice or a needed one lacks."""
    columns = [_key(heading) for heading in headings]
    if twice := repeated(filter(None, columns)):
        raise ScenarioError(f"{where}: the column {twice[0]} stands twice. Keep one of the two.")
    if missing := [column for column in needed if column not in columns]:
        strange = [column for column in columns if column not in needed]
        guesses = {column: did_you_mean(column, strange) for column in missing}
        meant = "".join(f"{guess} Rename it {column}." for column, guess in guesses.items() if guess)
        raise ScenarioError(f"{where}: the columns {', '.join(missing)} are missing. Add them.{meant}")
    return columns


def _key(heading: str) -> str:
    """Return the key a heading stands for.

    >>> _key("数值 (value)"), _key("数值（value）"), _key(" 2025 ")
    ('value', 'value', '2025')
    """
    plain = unicodedata.normalize("NFKC", heading).strip()
    found = IN_BRACKETS.fullmatch(plain)
    return found[1] if found else plain


def _from_csv(path: Path) -> list[Line]:
    text = _unpacked(path) if path.suffix.lower() == ".gz" else toml_files.text_of(path)
    reader = csv.reader(io.StringIO(text))
    return [(f"line {reader.line_num}", cells) for cells in reader] or [("line 1", [])]


def _unpacked(path: Path) -> str:
    try:
        with gzip.open(path) as file:
            content = file.read(MOST_UNPACKED + 1)
        if len(content) > MOST_UNPACKED:
            raise ScenarioError(f"unpacks to more than {MOST_UNPACKED:,} bytes. Give a smaller table.")
        return content.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ScenarioError(f"cannot be read as a CSV file under gzip ({error}).") from error


def _from_workbook(path: Path, sheet: str, findings: Findings) -> list[Line]:
    values, formulas = _opened(path, values=True), _opened(path, values=False)
    sheet = sheet or values.sheetnames[0]
    if sheet not in values.sheetnames:
        known = ", ".join(values.sheetnames)
        raise ScenarioError(
            f"has no sheet {sheet!r}.{did_you_mean(sheet, values.sheetnames)} It has {known}. "
            "Rename the sheet, or begin with a template: simcounty copy … --xlsx."
        )
    lines: list[Line] = []
    pairs = zip(values[sheet].iter_rows(), formulas[sheet].iter_rows(), strict=True)
    for number, (cells, behind) in enumerate(pairs, start=1):
        where = f"sheet {sheet}, row {number}"
        for cell, formula in zip(cells, behind, strict=True):
            with findings.at(path, where):
                _assert_computed(cell, formula)
        lines.append((where, list(map(_text, cells))))
    return lines or [(f"sheet {sheet}", [])]


def _opened(path: Path, values: bool) -> Any:
    """Open a workbook for the values of its cells, or for the formulas behind them."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return load_workbook(path, data_only=values)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, OSError, SyntaxError) as error:
        raise ScenarioError(
            f"cannot be opened as an Excel workbook ({error}). "
            "Open it in Excel, take off its password if it has one, and save it as .xlsx again."
        ) from error


def _assert_computed(cell: Any, formula: Any) -> None:
    if formula.data_type == "f" and cell.value is None:
        raise ScenarioError(
            f"cell {formula.coordinate} holds a formula nobody has computed. Open the file in Excel or "
            "LibreOffice and save it, or write the number."
        )
    if isinstance(cell.value, str) and cell.value in FAULTY:
        raise ScenarioError(f"cell {cell.coordinate} says {cell.value}. Mend its formula.")


def _text(cell: Any) -> str:
    """Write a cell as a text file would: 3 without a point, a date as 2025-01-31, a percentage as 75%."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool):
        percent = "%" in str(cell.number_format)
        number = Decimal(repr(value)) * (100 if percent else 1)
        integral = number == number.to_integral_value() and abs(number) < BIG
        return f"{int(number) if integral else number}{'%' if percent else ''}"
    return str(value)
