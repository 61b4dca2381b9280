"""County figures of one's own: tidy tables with a row a figure, and wide ones with a column a variable."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from simcounty.accounts.own_tables import OwnRow, OwnTable, plain, read_own, shortened
from simcounty.accounts.panel import Figure
from simcounty.accounts.places import places
from simcounty.accounts.variables import key_of, variables
from simcounty.errors import Findings, InputError, did_you_mean, listed
from simcounty.units import convert, parse_number

TIDY = ("variable", "value")
NO_FIGURE = {"-", "--", "—", "——", "–", "…", "...", "NA", "nan"}
"""How tables write that nothing is known."""

UNIT = re.compile(r"(.+?)\(([^()]+)\)")


@dataclass(frozen=True)
class Remark:
    """What a reader of tables noticed and did not refuse: a code of `messages.json`, and its parts."""

    code: str
    parts: Mapping[str, Any]


@dataclass(frozen=True)
class OwnFigures:
    """The figures of a table in the panel's units, and what has to be said of it."""

    figures: tuple[Figure, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class WrittenNumber:
    """A number as a table writes it, and the variable it is of."""

    heading: str
    variable: str
    text: str
    unit: str


def read_figures(path: Path, findings: Findings, known_by: int | None = None) -> OwnFigures:
    """Read a table of county figures; of rows later than the year `known_by` nothing but the year is read.

    Columns and variables that the panel does not have are left out with a remark, and so is what is blank.
    """
    own = Findings()
    table = read_own(path, own)
    if table is None:
        findings += own
        return OwnFigures()
    ignored: dict[str, None] = {}
    columns = _columns(table, own, ignored)
    figures: dict[tuple[str, int, str], tuple[str, Figure]] = {}
    for row in table.rows:
        with own.at(table.path, row.where):
            year = table.year_of(row)
            if known_by is None or year <= known_by:
                _add(figures, row, _figures(table, row, year, _cells(row, columns, ignored)))
    if not figures and not own and known_by is None:
        own.append(f"{table.path}: holds no figure that is known.{_guess(ignored)} {HOW}")
    findings += shortened(own)
    found = tuple(each for _, each in figures.values())
    return OwnFigures(found, tuple(_remarks(table, found, ignored)))


HOW = "Headings are such as 地区生产总值（亿元）; `simcounty data 全国` and other places show the names."


def _columns(
    table: OwnTable, findings: Findings, ignored: dict[str, None]
) -> dict[str, tuple[str, str]] | None:
    """Return variable and unit by the headings of a wide table; None for a tidy one."""
    if any(set(TIDY) <= row.cells.keys() for row in table.rows):
        ignored |= dict.fromkeys(
            each for each in table.headings if _key(each) or each in (table.columns or ())
        )
        return None
    found: dict[str, tuple[str, str]] = {}
    for heading in table.headings:
        with findings.at(table.path, f"column {heading}"):
            meant = _meant(heading, table)
            if meant is None:
                ignored[heading] = None
            elif meant[0] in {key for key, _ in found.values()}:
                raise InputError(f"a second column of {meant[0]}. Keep one of the two.")
            else:
                found[heading] = meant
    return found


def _meant(heading: str, table: OwnTable) -> tuple[str, str] | None:
    """Return variable and unit of a column; None for a heading that is not known."""
    given = (table.columns or {}).get(heading)
    split = None if _key(heading) else UNIT.fullmatch(heading)
    name, unit = (split[1], split[2]) if split else (heading, "")
    key = key_of(given.variable) if given else _key(name)
    if not key:
        return None
    unit = given.unit if given and given.unit else unit
    if not unit:
        label = variables()[key].label
        raise InputError(f"has no unit. Write it in brackets: {label}（{variables()[key].unit}）.")
    convert(1.0, unit, variables()[key].unit)
    return key, unit


@cache
def _labels() -> dict[str, str]:
    return {
        **{key: key for key in variables()},
        **{plain(each.label): key for key, each in variables().items()},
    }


def _key(name: str) -> str:
    return _labels().get(plain(name), "")


def _cells(
    row: OwnRow, columns: Mapping[str, tuple[str, str]] | None, ignored: dict[str, None]
) -> Iterator[WrittenNumber]:
    if columns is not None:
        for heading, (key, unit) in columns.items():
            yield WrittenNumber(heading, key, row.cells.get(heading, ""), unit)
        return
    name = row.cells.get("variable", "")
    if _key(name):
        yield WrittenNumber("", _key(name), row.cells.get("value", ""), row.cells.get("unit", ""))
    elif name:
        ignored[name] = None


def _figures(table: OwnTable, row: OwnRow, year: int, cells: Iterable[WrittenNumber]) -> Iterator[Figure]:
    source, grade = row.cells.get("source", table.source), row.cells.get("grade", "")
    for cell in cells:
        if cell.text and cell.text not in NO_FIGURE:
            code, name = table.place(row)
            yield Figure(code, name, cell.variable, year, _number(cell), source, grade)


def _number(cell: WrittenNumber) -> float:
    """Return a number in the panel's unit; raise InputError that names its column."""
    where = f"{cell.heading}: " if cell.heading else ""
    try:
        value, written = parse_number(cell.text)
        unit = written or cell.unit
        if not unit:
            raise InputError(f"unit is empty; write it, such as {variables()[cell.variable].unit}.")
        return convert(value, unit, variables()[cell.variable].unit)
    except InputError as error:
        raise InputError(f"{where}{error}") from None


def _add(figures: dict[tuple[str, int, str], tuple[str, Figure]], row: OwnRow, new: Iterable[Figure]) -> None:
    """Add the figures of a row; raise InputError for one that stands there already with another value."""
    given = row.cells.get("code", "")
    for each in new:
        key = (each.code, each.year, each.variable)
        first, there = figures.get(key, (given, each))
        if first == given and there.value != each.value:
            label = variables()[each.variable].label
            raise InputError(
                f"{label} of {each.name} {each.year} is {each.value:g}, above {there.value:g}. Keep one."
            )
        if (
            first == given or given == each.code
        ):  # what its code of today says stands before that of a former one
            figures[key] = given, each


def _remarks(table: OwnTable, figures: Iterable[Figure], ignored: Iterable[str]) -> Iterator[Remark]:
    names = list(ignored)
    if names:
        yield Remark("own.ignored", {"file": table.path, "names": "、".join(names), "guess": _guess(names)})
    if misnamed := table.misnamed():
        yield Remark("own.misnamed", {"file": table.path, "names": listed(misnamed)})
    strange = {each.code: f"{each.code} {each.name}".strip() for each in figures if each.code not in places()}
    if strange:
        about = {"file": table.path, "count": len(strange), "names": listed(list(strange.values()))}
        yield Remark("own.strange", about)


def _guess(names: Iterable[str]) -> str:
    """Return guesses for names that are close to one of the panel's."""
    guesses = (did_you_mean(UNIT.sub(r"\1", name), _labels()) for name in names if not name.isascii())
    return "".join(dict.fromkeys(guesses))


def sourced(figures: Iterable[Figure], file: Path) -> Iterator[Figure]:
    """Yield figures whose source begins with the file they were read from."""
    return (replace(each, source=": ".join(filter(None, [file.name, each.source]))) for each in figures)
