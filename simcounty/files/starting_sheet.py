"""The sheet 起点: published figures that starting values are made of, and the starting values themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from simcounty.accounts.own_accounts import taken
from simcounty.accounts.panel import shipped
from simcounty.accounts.variables import Variable, key_of, variables
from simcounty.errors import InputError
from simcounty.files.workbook import Cell, SheetColumn, Worksheet
from simcounty.model import Model
from simcounty.model.graph import variable_of
from simcounty.model.names import chinese_name
from simcounty.presentation.formatting import exact, format_of
from simcounty.scenario import Scenario
from simcounty.scenario.county import CountyShape, ValueShape
from simcounty.scenario.county_value import KINDS, CountyValue
from simcounty.scenario.workbook import ACCOUNTS, BASES, START, START_COLUMNS, VALUES
from simcounty.tables import HEADINGS
from simcounty.units import display_unit, in_chinese, parse_number

BESIDE = ("range", "current", "current_year", "current_kind", "published_in")
COLUMNS = (*START_COLUMNS, *BESIDE, "confidence")
"""Of the sheet; the last stands there only where a county grades its sources."""

WIDTHS = {"name": 34, "year": 6, "basis": 20, "kind": 14, "range": 16, "published_in": 38}
MANY = 1e5  # people or mu, from which a county's figures are given in tens of thousands
KNOWN = "已知"
"""The kind of a current figure of the panel."""

Row = list[Cell]
Ranged = tuple[Row, tuple[float, float] | None]
"""A row, and the range of the number that may be typed in."""


def starting_sheet(scenario: Scenario, shape: CountyShape) -> Worksheet:
    """Return the sheet 起点 of a county: what its file gives is filled in, the rest stands beside it."""
    figures = [(row, None) for row in _accounts(shape)] if shape.start is not None else []
    values = list(_values(scenario, shape))
    rows = [*(_headed(ACCOUNTS, figures) if figures else ()), *_headed(VALUES, values)]
    columns = COLUMNS if any(each.confidence for each in shape.values.values()) else COLUMNS[:-1]
    place = COLUMNS.index("value")
    return Worksheet(
        START,
        [SheetColumn(HEADINGS[each], WIDTHS.get(each, 10), grey=each in BESIDE) for each in columns],
        [row[: len(columns)] for row, _ in rows],
        allowed={i: ends for i, (_, ends) in enumerate(rows) if ends},
        entered=(place, place),
        choices={COLUMNS.index("kind"): list(BASES)},
        headed=[i for i, (row, _) in enumerate(rows) if row[0] in (ACCOUNTS, VALUES)],
    )


def _headed(title: str, rows: Iterable[Ranged]) -> list[Ranged]:
    return [([title, *([None] * (len(COLUMNS) - 1))], None), *rows]


def called(model: Model, name: str) -> str:
    """Return the Chinese name of a variable or element, its key where several bear the name.

    >>> called(model, "initial_adequacy[school]")
    '初始满足率（学校）'
    """
    key = model.key_of(name)
    element = model.graph.elements.get(key)
    chinese = chinese_name(element) if element else model.variables[key][0].about.label
    with suppress(InputError):
        return chinese if model.key_of(chinese) == key else key
    return key


def _accounts(shape: CountyShape) -> Iterator[Row]:
    """Yield a row for each figure that is given, and one to fill in for each variable without any."""
    given = {key_of(name): figures for name, figures in shape.accounts.items()}
    for key in taken():
        about = variables()[key]
        known = shipped().years(shape.code, key) if shape.code else {}
        year = max(known, default=None)
        unit, factor = _usual(about, known.get(year, 0.0) if year else 0.0)
        beside = [None if year is None else float(f"{known[year] * factor:.6g}"), year]
        rest = [None, *beside, KNOWN if year else None, about.published_in, None]
        for each in given.get(key, ()):
            unit_given = in_chinese(each.unit) or in_chinese(about.unit)
            yield [about.label, plain(each.value), unit_given, each.year, each.source, None, *rest]
        if key not in given:
            yield [about.label, None, unit, None, None, None, *rest]


def _usual(about: Variable, value: float) -> tuple[str, float]:
    """Return the unit figures are printed in, and the factor to it: stocks of people and land in 万."""
    unit, factor = display_unit(about.unit, max(value, MANY if about.kind == "stock" else 0.0))
    return in_chinese(unit), factor


def _values(scenario: Scenario, shape: CountyShape) -> Iterator[Ranged]:
    """Yield a row for each starting value, with the range of the number in its unit."""
    model = scenario.model
    given = {model.key_of(name): each for name, each in shape.values.items()}
    current = {each.key: each for each in scenario.county.values}
    sizes: dict[str, list[float]] = {}
    for each in current.values():
        sizes.setdefault(variable_of(each.key), []).append(each.value)
    for each in current.values():
        yield _value(model, each, sizes[variable_of(each.key)], given.get(each.key))


def _value(model: Model, current: CountyValue, sizes: Iterable[float], given: ValueShape | None) -> Ranged:
    """Return the row of a value, in a unit that suits the `sizes` of all elements of its variable."""
    constant = model.constants[current.key]
    shown = format_of(constant.unit, constant.label, sizes)
    low, high = (None if end is None else end * shown.factor for end in constant.range)
    ends = f"{_short(low)}—{_short(high)}"
    beside: Row = [
        ends,
        float(f"{current.value * shown.factor:.6g}"),
        current.year,
        _kind(current.kind),
        None,
    ]
    name = called(model, constant.key)
    if given is None or given.value is None:
        allowed = (low, high) if low is not None and high is not None else None
        return [name, None, shown.unit, None, None, None, *beside, None], allowed
    kind = next(kind for kind in KINDS if getattr(given, kind))
    written = in_chinese(given.unit) if given.unit else in_chinese(constant.unit)
    unit = "" if isinstance(given.value, str) and parse_number(given.value)[1] else written
    return [
        name,
        plain(given.value),
        unit,
        given.year,
        getattr(given, kind),
        _name(kind),
        *beside,
        given.confidence,
    ], None


def _short(end: float | None) -> str:
    return "" if end is None else exact(end)


def _kind(kind: str) -> str:
    return _name(next(key for key, each in KINDS.items() if each == kind))


def _name(key: str) -> str:
    return next(name for name, each in BASES.items() if each == key)


def plain(given: str | float) -> Cell:
    """Return a plain number as a number; "8 亿元" and what is no number stay texts.

    >>> plain("3.50"), plain("8 亿元"), plain(3)
    (3.5, '8 亿元', 3.0)
    """
    with suppress(InputError):
        number, unit = parse_number(given)
        return str(given) if unit else number
    return str(given)
