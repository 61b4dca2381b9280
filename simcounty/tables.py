"""Tables that people fill in: rows under headings, in a CSV file or on a sheet of an Excel workbook."""

from __future__ import annotations

import datetime
import gzip
import io
import re
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from simcounty.errors import Findings, InputError, ScenarioError, did_you_mean, repeated
from simcounty.input_files import (
    MB,
    MOST_UNPACKED,
    assert_seen,
    content_of,
    csv_rows,
    office_content,
    opened_as,
    plain_text,
    text_of,
)
from simcounty.language import in_chinese_now, said
from simcounty.units import PURE_NUMBER, parse_number

WORKBOOKS = (".xlsx", ".xlsm")
IN_BRACKETS = re.compile(r".*\(\s*([^()]+?)\s*\)")
BIG = 1e15  # numbers up to here are integers where they look so
FAULTY = ("#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!")
MOST_CELLS = 500_000
MERGED = re.compile(rb"mergeCell\s[^>]*ref=.([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})")
HEADINGS: Mapping[str, str] = {
    "name": "名称", "value": "数值", "unit": "单位", "year": "年份", "source": "来源", "basis": "来源或依据",
    "kind": "类别", "range": "取值范围", "current": "现有数值", "current_year": "现有数值年份",
    "current_kind": "现有数值类别", "published_in": "公布于何处", "item": "项目", "content": "内容",
    "note": "备注", "lever": "杠杆", "clause": "条款", "low": "下限", "high": "上限", "default": "原值",
    "solved": "求得", "variable": "变量", "target": "目标", "label": "说明", "address": "网址",
    "operator": "比较", "goal": "目标值", "measure": "计量", "distribution": "分布", "mode": "众数",
    "mean": "均值", "sd": "标准差", "median": "中位数", "factor": "倍数", "alpha": "参数α", "beta": "参数β",
    "values": "各取值", "weights": "各权重",
    "confidence": "可靠程度",
}  # fmt: skip
"""What a column is called in Chinese, by its key."""

KEYS = {heading: key for key, heading in HEADINGS.items()}
ALIKE = {"source": ("basis",), "name": ("lever", "variable", "target")}
"""Columns that hold what others call a field."""

Line = tuple[str, list[str]]  # its place in the file, and its cells


@dataclass(frozen=True)
class InputRow:
    """A row of a table: its place in the file, and its cells by column; None beyond the end of a line.

    `letters` are the letters of a worksheet's columns; a file of text has none.
    """

    where: str
    cells: Mapping[str, str | None]
    letters: Mapping[str, str] = field(default_factory=dict)

    def text(self, column: str) -> str:
        """Return what a cell holds, without spaces around it; blank where there is no such cell."""
        return (self.cells.get(column) or "").strip()

    def unit(self, *numbers: str) -> str:
        """Return the unit of numbers of the row: blank where they bear it, that of pure numbers by default.

        >>> row = InputRow("line 2", {"unit": ""})
        >>> row.unit("8 亿元"), row.unit("8")
        ('', 'Dmnl')
        """
        written = any(parse_number(each)[1] for each in numbers)
        return self.text("unit") or ("" if written else PURE_NUMBER)

    def of(self, field: str) -> str:
        """Return where a field stands: the cell of a worksheet, 起点!B12; else the row.

        >>> InputRow("起点!12", {"name": "a", "value": "1"}, {"name": "A", "value": "B"}).of("value")
        '起点!B12'
        """
        if not self.letters:
            return self.where
        found = [each for each in (field, *ALIKE.get(field, ()), "value", "content") if each in self.letters]
        sheet, _, number = self.where.rpartition("!")
        return f"{sheet}!{self.letters[found[0]] if found else next(iter(self.letters.values()))}{number}"


@dataclass(frozen=True)
class InputTable:
    """A table as read: its columns, in order, its rows, and its headings as a row."""

    columns: tuple[str, ...]
    rows: tuple[InputRow, ...]
    head: InputRow

    def heading(self, column: str) -> str:
        """Return where a column's heading stands and what it is: 政策!I1: 明年."""
        if not self.head.letters:
            return said("table.column", column=column)
        return f"{self.head.of(column)}: {column}"


def is_workbook(path: Path) -> bool:
    """Return whether a file is an Excel workbook, by its suffix."""
    return path.suffix.lower() in WORKBOOKS


def read_table(path: Path, sheet: str, needed: Sequence[str], findings: Findings) -> InputTable | None:
    """Read a CSV file, or the sheet of that name of a workbook; None, and findings, where it cannot be used.

    A heading is a column's key, its Chinese name of `HEADINGS`, or ends with the key in brackets: `数值
    (value)`. Blank rows are left out. A row that ends before a needed column becomes a finding and is left
    out too.
    """
    rows: list[InputRow] = []
    try:
        head, *lines = read_rows(path, sheet, findings)
        columns = _columns(*head, needed)
    except InputError as error:
        findings.append(f"{path}: {error}")
        return None
    letters = {key: column_letters(i) for i, key in enumerate(columns) if key} if is_workbook(path) else {}
    for where, line in lines:
        with findings.at(path, where):
            cells = dict(zip_longest(columns, line[: len(columns)]))
            short = [shown(column) for column in needed if cells[column] is None]
            if any(map(str.strip, line)) and short:
                raise ScenarioError(said("table.short", columns=said("listed").join(short)))
            rows += [InputRow(where, cells, letters)] if any(map(str.strip, line)) else []
    return InputTable(tuple(filter(None, columns)), tuple(rows), InputRow(head[0], {}, letters))


def read_rows(path: Path, sheet: str, findings: Findings) -> list[Line]:
    """Return every row of a CSV file, plain or gzip, or of a sheet of a workbook, "" for its first.

    Raises ScenarioError where the file cannot be used; cells that cannot become findings.
    """
    return _from_workbook(path, sheet, findings) if is_workbook(path) else _from_csv(path)


def shown(column: str) -> str:
    """Return what a message calls a column."""
    return HEADINGS.get(column, column) if in_chinese_now() else column


def sourced_year(row: InputRow, source: str = "source") -> int:
    """Return the year of a row; raise ScenarioError where it is no year, or the row has no source."""
    year = year_of(row)
    if not row.text(source):
        raise ScenarioError(said("source.none"), "source")
    return year


def year_of(row: InputRow, column: str = "year") -> int:
    """Return the year in a cell, 2023 or 2023年; raise ScenarioError where it is none."""
    text = row.text(column).removesuffix("年")
    if not (text.isdecimal() and len(text) == 4):
        raise ScenarioError(said("year.none", given=row.text(column)), "year")
    return int(text)


def _columns(where: str, headings: Sequence[str], needed: Sequence[str]) -> list[str]:
    """Return the columns of a table; raise ScenarioError where one is given twice or a needed one lacks."""
    columns = [_key(heading) for heading in headings]
    if twice := repeated(filter(None, columns)):
        raise ScenarioError(said("table.twice", where=where, column=shown(twice[0])))
    if missing := [column for column in needed if column not in columns]:
        strange = [column for column in columns if column not in needed]
        guesses = {column: did_you_mean(shown(column), strange) for column in missing}
        meant = "".join(
            said("table.rename", guess=guess, column=shown(column))
            for column, guess in guesses.items()
            if guess
        )
        names = said("listed").join(map(shown, missing))
        raise ScenarioError(said("table.missing", where=where, columns=names, meant=meant))
    return columns


def _key(heading: str) -> str:
    """Return the key a heading stands for.

    >>> _key("数值 (value)"), _key("数值（value）"), _key("数值"), _key(" 2025 ")
    ('value', 'value', 'value', '2025')
    """
    plain = unicodedata.normalize("NFKC", heading).strip()
    found = IN_BRACKETS.fullmatch(plain)
    return found[1] if found else KEYS.get(plain, plain)


def _from_csv(path: Path) -> list[Line]:
    text = _unpacked(path) if path.suffix.lower() == ".gz" else text_of(path)
    return [(f"line {line}", cells) for line, cells in csv_rows(text)] or [("line 1", [])]


def _unpacked(path: Path) -> str:
    packed = io.BytesIO(content_of(path))
    with opened_as("gz"), gzip.open(packed) as file:
        content = file.read(MOST_UNPACKED + 1)
        if len(content) > MOST_UNPACKED:
            raise ScenarioError(said("file.swollen", most=MOST_UNPACKED // MB))
        return plain_text(content)


def _from_workbook(path: Path, sheet: str, findings: Findings) -> list[Line]:
    values, formulas = opened_workbook(path)
    sheet = sheet or values.sheetnames[0]
    if sheet not in values.sheetnames:
        guess, names = did_you_mean(sheet, values.sheetnames), said("listed").join(values.sheetnames)
        raise ScenarioError(said("book.sheet", sheet=sheet, guess=guess, names=names))
    lines: list[Line] = []
    pairs = zip(values[sheet].iter_rows(), formulas[sheet].iter_rows(), strict=True)
    for number, (cells, behind) in enumerate(pairs, start=1):
        for cell, formula in zip(cells, behind, strict=True):
            with findings.at(path, f"{sheet}!{formula.coordinate}"):
                _assert_computed(cell, formula)
        lines.append((f"{sheet}!{number}", list(map(_text, cells))))
    return lines or [(sheet, [])]


def opened_workbook(path: Path) -> tuple[Any, Any]:
    """Open a workbook for the values of its cells, and for the formulas behind them.

    Raises ScenarioError for one that cannot be opened, or not without filling memory.
    """
    content = office_content(path)
    with ZipFile(io.BytesIO(content)) as packed:
        merged = sum(map(_merged, (packed.read(each) for each in packed.namelist() if each.endswith(".xml"))))
    if merged > MOST_CELLS:
        raise ScenarioError(said("book.merged", most=MOST_CELLS))
    return _parsed(content)


def _merged(sheet: bytes) -> int:
    """Return how many cells the merged ranges of a sheet have, which a library makes one by one."""
    from openpyxl.utils import range_boundaries

    found = (range_boundaries(each.decode()) for each in MERGED.findall(sheet))
    return sum((right - left + 1) * (last - first + 1) for left, first, right, last in found)


@lru_cache(maxsize=4)
def _parsed(content: bytes) -> tuple[Any, Any]:
    """Return a workbook's values and formulas; raise ScenarioError for a sheet that is too wide or long."""
    from openpyxl import load_workbook

    with opened_as("xlsx"), warnings.catch_warnings(action="ignore"):  # of what openpyxl leaves out
        books = tuple(load_workbook(io.BytesIO(content), data_only=only) for only in (True, False))
    for sheet in books[0].worksheets:
        if sheet.max_row * sheet.max_column > MOST_CELLS:
            cell = f"{column_letters(sheet.max_column - 1)}{sheet.max_row}"
            raise ScenarioError(said("book.wide", sheet=sheet.title, cell=cell, most=MOST_CELLS))
    return books[0], books[1]


def column_letters(place: int) -> str:
    """Return the letters of a column.

    >>> column_letters(0), column_letters(27)
    ('A', 'AB')
    """
    above, last = divmod(place, 26)
    return (column_letters(above - 1) if above else "") + chr(ord("A") + last)


def is_uncomputed(cell: Any, formula: Any) -> bool:
    """Return whether a cell has a formula, and no value that a program stored for it."""
    return formula.data_type == "f" and cell.value is None


def _assert_computed(cell: Any, formula: Any) -> None:
    if is_uncomputed(cell, formula):
        raise ScenarioError(said("book.formula", cell=formula.coordinate))
    if isinstance(cell.value, str) and cell.value in FAULTY:
        raise ScenarioError(said("book.faulty", cell=cell.coordinate, text=cell.value))
    if isinstance(cell.value, str):
        assert_seen(cell.value)


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
