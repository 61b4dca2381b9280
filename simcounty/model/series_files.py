"""Series that a user gives apart from a model: tables with times, and Vensim's exported .dat files."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from simcounty.errors import InputError, repeated
from simcounty.model.ast import key_of
from simcounty.model.graph import element_key

Points = tuple[tuple[float, float], ...]


def series_of(path: Path) -> dict[str, tuple[tuple[float, float], ...]]:
    """Return the series of a file by element key, as pairs of time and value.

    A .dat file is Vensim's own: a name on a line, then lines of time and value. A .csv or .tab file has
    times in its first column and a name above each other one, or times in its first row and a name before
    each other one. Empty cells are left out. Raises InputError for anything else.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file of data. Give a .csv, .tab or .dat file.")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8. Save it as UTF-8.") from None
    if path.suffix.lower() == ".dat":
        return _dat(path, text)
    separator = "," if path.suffix.lower() == ".csv" else "\t"
    try:
        rows = [row for row in csv.reader(text.splitlines(), delimiter=separator) if any(map(str.strip, row))]
    except csv.Error:
        raise InputError(f"{path}: is no table of series: a cell is too long.") from None
    if len(rows) > 1 and all(_is_number(cell) for cell in rows[0][1:] if cell.strip()):
        width = max(map(len, rows))
        rows = list(map(list, zip(*[row + [""] * (width - len(row)) for row in rows], strict=True)))
    names = [_element(name) for name in rows[0][1:]] if rows else []
    _assert_once(names, path)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in names if name}
    for line, row in enumerate(rows[1:], 2):
        for name, cell in zip(names, row[1:], strict=False):
            if name and cell.strip():
                found[name].append((_value(row[0], path, line), _value(cell, path, line)))
    if not any(found.values()):
        raise InputError(f"{path}: holds no series: a column of times, and a name above each other column.")
    return _ordered(found, path)


def _assert_once(names: Sequence[str], path: Path) -> None:
    if twice := repeated(name for name in names if name):
        raise InputError(f"{path}: {twice[0]} stands twice. Keep one series of it.")


def _ordered(
    found: Mapping[str, list[tuple[float, float]]], path: Path
) -> dict[str, tuple[tuple[float, float], ...]]:
    """Return series in the order of time; raise InputError for two values at one."""
    for name, points in found.items():
        if twice := repeated(f"{time:g}" for time, _ in points):
            raise InputError(f"{path}: {name} has two values at {twice[0]}. Keep one.")
    return {name: tuple(sorted(points)) for name, points in found.items() if points}


def _dat(path: Path, text: str) -> dict[str, tuple[tuple[float, float], ...]]:
    found: dict[str, list[tuple[float, float]]] = {}
    name = ""
    for line, row in enumerate(text.splitlines(), 1):
        cells = row.split("\t") if "\t" in row else row.split()
        if len(cells) == 2 and all(map(_is_number, cells)):
            if not name:
                raise InputError(f"{path}: line {line} has numbers before any name of a variable.")
            found[name].append((float(cells[0]), float(cells[1])))
        elif row.strip():
            name = _element(row)
            _assert_once([*found, name], path)
            found[name] = []
    if not any(found.values()):
        raise InputError(f"{path}: holds no series: a name on a line, then lines of time and value.")
    return _ordered(found, path)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _value(text: str, path: Path, line: int) -> float:
    if not _is_number(text):
        raise InputError(f"{path}: line {line}: {text.strip()[:40]!r} is no number.")
    return float(text)


def _element(name: str) -> str:
    """Return the element key of a name as written in a table: `Births[ north , p ]`."""
    variable, _, inside = name.strip().partition("[")
    subscripts = tuple(part.strip() for part in inside.rstrip("] ").split(",")) if inside else ()
    return element_key(key_of(variable), subscripts)
