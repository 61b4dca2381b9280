"""Series that a user gives apart from a model: tables with times, and Vensim's exported .dat files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from simcounty.errors import InputError, in_file, repeated
from simcounty.input_files import csv_rows, number_of, text_of
from simcounty.model.ast import key_of
from simcounty.model.graph import element_key

Points = tuple[tuple[float, float], ...]
MOST_CELLS = 5_000_000


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
