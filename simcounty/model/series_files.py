"""Tables of numbers in files: series that a user gives apart from a model, and the cells of spreadsheets."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from simcounty.errors import InputError, in_file, repeated
from simcounty.input_files import csv_rows, number_of, office_content, text_of
from simcounty.model.ast import EquationError, key_of
from simcounty.model.graph import element_key
from simcounty.tables import column_letters, is_uncomputed, is_workbook, opened_workbook

SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
Points = tuple[tuple[float, float], ...]
MOST_CELLS = 5_000_000
Block = tuple[range, range]
"""Rows and columns of a table, from 0."""


def series_of(path: Path) -> dict[str, Points]:
    """Return the series of a file by element key, as pairs of time and value.

    A .dat file is Vensim's own: a name on a line, then lines of time and value. A .csv or .tab file has
    times in its first column and a name above each other one, or times in its first row and a name before
    each other one. Empty cells are left out. Raises InputError for anything else.
    """
    with in_file(path):
        text = text_of(path)
        suffix = path.suffix.lower()
        found = _dat(text) if suffix == ".dat" else _table(csv_rows(text, "," if suffix == ".csv" else "\t"))
        return _ordered(found)


def _table(lines: Sequence[tuple[int, list[str]]]) -> dict[str, list[tuple[float, float]]]:
    filled = [(line, row) for line, row in lines if any(map(str.strip, row))]
    numbers, rows = [line for line, _ in filled], [row for _, row in filled]
    if len(rows) > 1 and all(_is_number(cell) for cell in rows[0][1:] if cell.strip()):
        width = max(map(len, rows))
        if width * len(rows) > MOST_CELLS:
            raise InputError(f"holds more than {MOST_CELLS:,} cells. Give a smaller table.")
        rows = list(map(list, zip(*[row + [""] * (width - len(row)) for row in rows], strict=True)))
        numbers = [numbers[0]] * len(rows)
    names = [_element(name) for name in rows[0][1:]] if rows else []
    _assert_once(names)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in names if name}
    for line, row in zip(numbers[1:], rows[1:], strict=True):
        for name, cell in zip(names, row[1:], strict=False):
            if name and cell.strip():
                found[name].append((_value(row[0], line), _value(cell, line)))
    if not any(found.values()):
        raise InputError("holds no series: a column of times, and a name above each other column.")
    return found


def _assert_once(names: Sequence[str]) -> None:
    if twice := repeated(name for name in names if name):
        raise InputError(f"{twice[0]} stands twice. Keep one series of it.")


def _ordered(found: Mapping[str, list[tuple[float, float]]]) -> dict[str, Points]:
    """Return series in the order of time; raise InputError for two values at one."""
    for name, points in found.items():
        if twice := repeated(f"{time:g}" for time, _ in points):
            raise InputError(f"{name} has two values at {twice[0]}. Keep one.")
    return {name: tuple(sorted(points)) for name, points in found.items() if points}


def _dat(text: str) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    name = ""
    for line, row in enumerate(text.splitlines(), 1):
        cells = row.split("\t") if "\t" in row else row.split()
        if len(cells) == 2 and all(map(_is_number, cells)):
            if not name:
                raise InputError(f"line {line} has numbers before any name of a variable.")
            found[name].append((float(cells[0]), float(cells[1])))
        elif len(cells) == 2 and name and _is_number(cells[0]):
            raise InputError(f"line {line}: {cells[1][:40]!r} is no number.")
        elif row.strip():
            name = _element(row)
            _assert_once([*found, name])
            found[name] = []
    if not any(found.values()):
        raise InputError("holds no series: a name on a line, then lines of time and value.")
    return found


def _is_number(text: str) -> bool:
    return math.isfinite(number_of(text))


def _value(text: str, line: int) -> float:
    if not _is_number(text):
        raise InputError(f"line {line}: {text.strip()[:40]!r} is no number.")
    return float(text)


def _element(name: str) -> str:
    """Return the element key of a name as written in a table: `Births[ north , p ]`."""
    variable, _, inside = name.strip().partition("[")
    subscripts = tuple(part.strip() for part in inside.rstrip("] ").split(",")) if inside else ()
    return element_key(key_of(variable), subscripts)


def sheet_of(path: Path, sheet: str) -> str:
    """Return the name of a sheet as its file writes it; raise EquationError where there is none of it."""
    import pandas as pd  # type: ignore[import-untyped]

    try:
        if is_workbook(path) or path.suffix.lower() == ".ods":
            office_content(path)  # or refused, before a library fills memory with it
        with pd.ExcelFile(path) as book:
            sheets = [str(each) for each in book.sheet_names]
    except reading_failures() as error:
        raise EquationError(f"{path.name} is no spreadsheet that can be read ({cause_of(error)})") from None
    found = [each for each in sheets if each.lower() == sheet.lower()]
    if not found:
        raise EquationError(f"{path.name} has no sheet {sheet!r}; it has {', '.join(sheets)}")
    return found[0]


def cells_of(path: Path, tab: str) -> np.ndarray[Any, Any]:
    """Return the cells of a sheet, or of a table whose separator is `tab`, as they stand."""
    import pandas as pd

    if path.suffix.lower() in SHEETS:
        cells = np.asarray(pd.read_excel(path, sheet_name=tab, header=None, dtype=object), object)
        return _with_uncomputed(path, tab, cells) if is_workbook(path) else cells
    separator = tab if tab and not tab[0].isalnum() else "," if path.suffix.lower() == ".csv" else "\t"
    table = pd.read_csv(path, sep=separator, header=None, dtype=object, skip_blank_lines=False)
    return np.asarray(table, object)


def _with_uncomputed(path: Path, sheet: str, cells: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the cells of a sheet with errors and formulas as texts, which the reader leaves empty.

    #REF! and a formula that no program has computed are no number, and are not nothing either.
    """
    values, formulas = (book[sheet] for book in opened_workbook(path))
    found = {
        (cell.row - 1, cell.column - 1): str(formula.value)
        for row, behind in zip(values.iter_rows(), formulas.iter_rows(), strict=True)
        for cell, formula in zip(row, behind, strict=True)
        if cell.data_type == "e" or is_uncomputed(cell, formula)
    }
    height, width = (max([n, *(place[axis] + 1 for place in found)]) for axis, n in enumerate(cells.shape))
    whole = np.full((height, width), None, object)
    whole[: cells.shape[0], : cells.shape[1]] = cells
    for place, text in found.items():
        whole[place] = text
    return whole


def reading_failures() -> tuple[type[Exception], ...]:
    """Return what readers of tables raise for a file, a sheet or a range that is not as it should be."""
    from xml.sax import SAXException
    from zipfile import BadZipFile

    from xlrd import XLRDError  # type: ignore[import-untyped]
    from xlrd.compdoc import CompDocError  # type: ignore[import-untyped]

    garbled = (BadZipFile, zlib.error, struct.error, SAXException, SyntaxError, EOFError, RuntimeError)
    readers = (XLRDError, CompDocError, ImportError, InputError)
    return (OSError, ValueError, LookupError, TypeError, AttributeError, AssertionError, *garbled, *readers)


def cause_of(error: Exception) -> str:
    """Return what an error says, in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"


def number_in(cell: Any) -> float | None:
    """Return the number of a cell, nan for an empty one, None for one that holds something else."""
    if isinstance(cell, bool | np.bool_):
        return None
    if isinstance(cell, int | float | np.number):
        return float(cell)
    if cell is None or not str(cell).strip() or str(cell) == "NaT":
        return math.nan
    value = number_of(cell) if isinstance(cell, str) else math.nan
    return value if math.isfinite(value) else None


def numbers_in(cells: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return a table of floats; what holds no number is nan, for readers that then leave it out."""
    rows = [[math.nan if (n := number_in(cell)) is None else n for cell in row] for row in cells]
    return np.array(rows, float).reshape(cells.shape)


def places_of(block: Block) -> Iterator[tuple[int, int]]:
    """Yield the row and column of each cell."""
    return product(*block)


def places_of_series(cells: np.ndarray[Any, Any], times: Block, values: Block) -> Iterator[tuple[int, int]]:
    """Yield the cells of a series: its times, up to the last and what follows at once, and their values."""
    across = len(times[0]) == 1 and len(times[1]) > 1
    along = list(places_of(times))
    numbers = [number_in(cells[place]) for place in along]
    known = [i for i, number in enumerate(numbers) if number is not None and not math.isnan(number)]
    for i, place in enumerate(along[: known[-1] + 2 if known else 1]):
        yield place
        if i in known and across:
            yield from ((row, values[1][i]) for row in values[0])
        elif i in known:
            yield from ((values[0][i], col) for col in values[1])


def assert_numbers(
    texts: Sequence[str], cells: np.ndarray[Any, Any], places: Iterable[tuple[int, int]], may_be_empty: bool
) -> None:
    """Refuse, by file, sheet and cell, a cell that holds no number where numbers are read."""
    for row, col in places:
        cell = cells[row, col]
        number = number_in(cell)
        if number is None or (math.isnan(number) and not may_be_empty):
            sheet = f", sheet {texts[1]}" if Path(texts[0]).suffix.lower() in SHEETS else ""
            holds = "is empty" if number is not None else f"holds {str(cell)[:40]!r}"
            allowed = "a number, or nothing," if may_be_empty else "a number"
            place = f"{texts[0]}{sheet}: cell {column_letters(col)}{row + 1}"
            raise EquationError(f"{place} {holds} where {allowed} is read")
