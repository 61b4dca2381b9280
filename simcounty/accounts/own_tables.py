"""Tables of one's own: CSV files and workbooks, with the columns that tell the place and the year of a row.

The columns are found by their headings (`FIELDS`), or a TOML file beside the table names them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from simcounty import toml_files
from simcounty.accounts.places import find_place, namesakes, places, successors
from simcounty.errors import Findings, InputError, did_you_mean, repeated
from simcounty.tables import read_rows
from simcounty.toml_files import Shape

FIELDS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "area_code", "区划代码", "行政区划代码", "代码"),
    "name": ("county", "area", "name", "地区", "区县", "县(市、区)", "县市区", "县", "名称"),
    "prefecture": ("prefecture", "市", "地市", "地级", "市州"),
    "province": ("province", "省", "省份", "省级"),
    "year": ("year", "年份", "年度", "年"),
    "variable": ("variable", "指标", "指标名称"),
    "value": ("value", "数值"),
    "unit": ("unit", "单位", "计量单位"),
    "source": ("source", "来源", "数据来源", "资料来源"),
    "grade": ("confidence", "grade"),
}
"""What headings say of a row, and what is said of a figure in a tidy table."""

CODE = re.compile(r"(\d{4}(?:\d\d|Z\d))(?:0{6}|\.0)?")
YEAR = re.compile(r"((?:19|20)\d\d)年?")
MOST_FINDINGS = 40  # of a file that are listed


class ColumnShape(Shape):
    """What a column of a table holds."""

    variable: str
    unit: str = ""


class TableShape(Shape):
    """A file that says how to read a table; `year` is a year, or the heading of the column of years."""

    file: str
    sheet: str = ""
    code: str = ""
    name: str = ""
    prefecture: str = ""
    province: str = ""
    year: int | str = ""
    source: str = ""
    columns: dict[str, str | ColumnShape] = Field(default_factory=dict)


@dataclass(frozen=True)
class OwnRow:
    """A row: where it stands, and its cells that are not blank, by field or by heading."""

    where: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class OwnTable:
    """A table as read; `year` and `source` are of rows that have none.

    `headings` are those of columns that are no field; `columns` is what a TOML file says of them.
    """

    path: Path
    headings: tuple[str, ...]
    rows: tuple[OwnRow, ...]
    year: str = ""
    source: str = ""
    columns: Mapping[str, ColumnShape] | None = None

    def place(self, row: OwnRow) -> tuple[str, str]:
        """Return the code of today and the name of a row's place; raise InputError where it has none."""
        cells = row.cells
        within = cells.get("province", ""), cells.get("prefecture", "")
        return _place(cells.get("code", ""), cells.get("name", ""), *within)

    def misnamed(self) -> list[str]:
        """Return the places whose code is of one place of a prefecture and whose name is of another."""
        given = {(row.cells.get("code", ""), row.cells.get("name", "")) for row in self.rows}
        found = []
        for text, name in sorted(each for each in given if all(each)):
            code = successors().get(text, text)
            others = [each.code for each in namesakes(name) if each.code[:4] == code[:4]]
            if code in places() and others and code not in others:
                found.append(f"{text} {name} ({others[0]}; {code}: {places()[code].name})")
        return found

    def year_of(self, row: OwnRow) -> int:
        """Return the year of a row; raise InputError where it has none."""
        given = row.cells.get("year", self.year)
        found = YEAR.fullmatch(given)
        if not found:
            raise InputError(
                f"year is {given!r}; write a year such as 2023, or `year = 2023` in a TOML file."
            )
        return int(found[1])


def read_own(path: Path, findings: Findings) -> OwnTable | None:
    """Read a table, or the one that a TOML file names; None, and findings, where it cannot be used."""
    if path.suffix.lower() != ".toml":
        return _read(path, TableShape(file=path.name), findings)
    shape = toml_files.read(path, TableShape, findings)
    table = toml_files.named_file(path, "file", shape.file, findings) if shape else None
    return _read(table, shape, findings) if shape and table else None


def plain(heading: str) -> str:
    """Return a heading without blanks, and with brackets and digits of one form.

    >>> plain("户规模 （人/户）")
    '户规模(人/户)'
    """
    return "".join(unicodedata.normalize("NFKC", heading).split())


def shortened(findings: Sequence[str], most: int = MOST_FINDINGS) -> list[str]:
    """Return the first findings of a file, and how many more there are."""
    more = len(findings) - most
    return [*findings[:most], *([f"… and {more:,} findings more."] if more > 0 else [])]


def _read(path: Path, shape: TableShape, findings: Findings) -> OwnTable | None:
    read: list[OwnTable] = []
    with findings.at(path):
        (where, head), *lines = read_rows(path, shape.sheet, findings)
        keys = _keys(head, shape)
        if twice := repeated(filter(None, keys)):
            raise InputError(f"{where}: the column {twice[0]} stands twice. Keep one of the two.")
        rows = tuple(OwnRow(at, cells) for at, cells in _rows(keys, lines))
        columns = {
            plain(key): ColumnShape(variable=each) if isinstance(each, str) else each
            for key, each in shape.columns.items()
        }
        year = str(shape.year) if isinstance(shape.year, int) else ""
        headings = tuple(key for key in keys if key and key not in FIELDS)
        read.append(OwnTable(path, headings, rows, year, shape.source, columns))
    return read[0] if read else None


def _keys(head: Sequence[str], shape: TableShape) -> list[str]:
    """Return what each column is: a field, or its heading; raise InputError for missing columns."""
    fields = ((key, getattr(shape, key)) for key in ("code", "name", "prefecture", "province", "year"))
    given = {plain(text): key for key, text in fields if text and isinstance(text, str)}
    known = {plain(text): key for key, texts in FIELDS.items() for text in texts if key not in given.values()}
    headings = [plain(each) for each in head]
    wanted = {**given, **{plain(each): each for each in shape.columns}}
    missing = [each for each in wanted if each not in headings]
    if missing:
        guesses = "".join(did_you_mean(each, headings) for each in missing)
        raise InputError(f"has no column {', '.join(missing)}, which the TOML file names.{guesses}")
    return [given.get(each) or known.get(each) or _bracketed(each) or each for each in headings]


def _bracketed(heading: str) -> str:
    """Return the field whose key a heading ends with in brackets, as in 数值(value)."""
    found = re.fullmatch(r".+\((\w+)\)", heading)
    return next((key for key, texts in FIELDS.items() if found and found[1] in texts), "")


def _rows(
    keys: Sequence[str], lines: Sequence[tuple[str, list[str]]]
) -> Iterator[tuple[str, dict[str, str]]]:
    for where, line in lines:
        cells = {key: text.strip() for key, text in zip(keys, line, strict=False) if key and text.strip()}
        if cells:
            yield where, cells


@lru_cache(maxsize=8192)
def _place(given: str, name: str, province: str, prefecture: str) -> tuple[str, str]:
    if not given and not name:
        raise InputError("says of no place what it is: give a code (区划代码), or a name with its province.")
    if not given:
        place = find_place("".join(dict.fromkeys([province, prefecture, name])))
        return place.code, place.name
    found = CODE.fullmatch(given)
    if not found:
        raise InputError(f"code is {given!r}; write the six digits of the place, such as 330122.")
    code = successors().get(found[1], found[1])
    return code, places()[code].name if code in places() else name
