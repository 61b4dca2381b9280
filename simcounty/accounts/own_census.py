"""Census tables of one's own: a row a unit, with columns as in `scenarios/census/` or census headings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path

from simcounty import catalog, toml_files
from simcounty.accounts.census import FOLDER, MANY, Row, rows, shipped_units
from simcounty.accounts.own_figures import Remark
from simcounty.accounts.own_tables import OwnRow, OwnTable, plain, read_own, shortened
from simcounty.accounts.places import changes, places
from simcounty.errors import Findings, InputError, listed
from simcounty.toml_files import Shape
from simcounty.units import parse_number

LATER, EARLIER = 2020, 2010
FILE = f"{FOLDER}/headings.toml"
PARTS = {"(%)": 100, "(‰)": 1000}
UNEQUAL = 0.01  # of residents, by which their ages may miss them
AGES = ("residents[age_", "residents_by_age[age_")


class HeadingsShape(Shape):
    """The file of headings: by census and column those that are added up."""

    optional: list[str]
    blank_is_none: list[str]
    columns: dict[str, dict[str, list[str]]]


@dataclass(frozen=True)
class OwnCensus:
    """Rows of a table by the code of the unit, as texts by column, of the censuses of 2020 and of 2010."""

    later: Mapping[str, Row] = field(default_factory=dict)
    earlier: Mapping[str, Row] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()


def read_census(path: Path, findings: Findings) -> OwnCensus:
    """Read a census table of units; it is of 2020 or 2010 by its column of years, else by its columns.

    Columns that the rule cannot do without are findings where they are missing; the others are remarked.
    """
    own = Findings()
    table = read_own(path, own)
    read = _units(table, own) if table and not own else OwnCensus()
    findings += shortened(own)
    return read


def _units(table: OwnTable, findings: Findings) -> OwnCensus:
    columns = {year: _columns(table, each) for year, each in _headings().columns.items()}
    if any(each.unit for each in (table.columns or {}).values()):
        findings.append(f"{table.path}: census columns take no unit: people are counted one by one.")
    year = _only_year(table, columns)
    lacking = {each: _lacking(each, columns[each]) for each in columns}
    found: dict[str, dict[str, Row]] = {each: {} for each in columns}
    left: dict[str, None] = {}
    for row in table.rows:
        with findings.at(table.path, row.where):
            of = str(table.year_of(row)) if table.year or "year" in row.cells else year
            if of not in columns or lacking[of]:
                raise InputError(_cannot(of, lacking))
            code, name = table.place(row)
            if code not in shipped_units() and (code.endswith("00") or of == str(EARLIER)):
                left[f"{code} {name}"] = None
                continue
            made = _row(code, name, row, columns[of])
            if code in found[of]:
                raise InputError(f"{code} stands twice. Keep one row.")
            found[of][code] = made
        if findings and (lacking.get(year) or year not in columns):
            break  # what lacks, lacks in every row
    remarks = [*_optional(table, columns, found), *_count(table, found)]
    linked = {code: row for code, row in found[str(EARLIER)].items() if code not in _other_areas()}
    left |= {
        f"{code} {row['county']}": None for code, row in found[str(EARLIER)].items() if code not in linked
    }
    if left:
        about = {"file": table.path, "count": len(left), "names": listed(list(left), MANY)}
        remarks.append(Remark("own.census_left", about))
    return OwnCensus(found[str(LATER)], linked, tuple(remarks))


def _only_year(table: OwnTable, columns: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    """Return the census of a table that says none: the one it has most columns of."""
    return max(columns, key=lambda year: len(columns[year]) - len(_lacking(year, columns[year])))


def _columns(table: OwnTable, known: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the headings of a table that make up each column, of those that are there in full."""
    given: dict[str, list[str]] = {}
    for heading, about in (table.columns or {}).items():
        given.setdefault(about.variable, []).append(heading)
    found = {}
    for column, headings in known.items():
        own = [plain(each) for each in headings]
        named = given.get(column) or ([column] if column in table.headings else own)
        if all(each in table.headings for each in named):
            found[column] = named
    return found


def _lacking(year: str, columns: Mapping[str, object]) -> list[str]:
    known = _headings()
    return [each for each in known.columns[year] if each not in columns and each not in known.optional]


def _cannot(year: str, lacking: Mapping[str, Sequence[str]]) -> str:
    if year not in lacking:
        taken = " and ".join(lacking)
        return f"is of {year}; the rule takes the censuses of {taken}. Figures of other years: --panel."
    known = _headings().columns[year]
    named = "; ".join(f"{each} ({' + '.join(known[each][:4])})" for each in lacking[year])
    return (
        f"a table of the census of {year} needs more columns: {named}. Nothing else stands in for them; name "
        f"yours in a TOML file, or see {catalog.home() / FOLDER / 'README.md'}."
    )


def _row(code: str, name: str, row: OwnRow, columns: Mapping[str, Sequence[str]]) -> Row:
    """Return the row of a unit by the columns of `scenarios/census/`; raise InputError for what cannot be."""
    values = {column: _number(row, headings) for column, headings in columns.items()}
    values |= {each: 0.0 for each in _headings().blank_is_none if math.isnan(values[each])}
    known = values.keys() - set(_headings().optional)
    if blank := sorted(each for each in known if math.isnan(values[each])):
        raise InputError(f"{code} {name}: blank: {', '.join(blank)}.")
    ages = sum(values[each] for each in values if each.startswith(AGES))
    if abs(ages - values["residents"]) > UNEQUAL * values["residents"]:
        raise InputError(f"{code} {name}: ages add up to {ages:g}, residents are {values['residents']:g}.")
    if not 0 <= values["town_residents"] <= values["residents"]:
        raise InputError(f"{code} {name}: more live in towns than live there.")
    texts = {
        column: format(Decimal(repr(value)), "f") for column, value in values.items() if not math.isnan(value)
    }
    return {**_names(code, name, row), **texts}


def _number(row: OwnRow, headings: Sequence[str]) -> float:
    """Return the sum of cells, nan where all are blank; shares as fractions."""
    numbers = []
    for heading in headings:
        if heading in row.cells:
            try:
                number = parse_number(row.cells[heading])[0]
            except InputError as error:
                raise InputError(f"{heading}: {error}") from None
            if number < 0 and "自然增长" not in heading and "growth" not in heading:
                raise InputError(f"{heading}: {number:g} is below 0.")
            by = next((PARTS[end] for end in PARTS if heading.endswith(end)), 1)
            numbers.append(number / by)
    return math.fsum(numbers) if numbers else math.nan


def _names(code: str, name: str, row: OwnRow) -> dict[str, str]:
    """Return code and names of a unit; raise InputError for one that nobody names."""
    known = places().get(code)
    province = row.cells.get("province") or (known.province if known else "")
    prefecture = row.cells.get("prefecture") or (known.prefecture if known else "") or province
    if f"{code[:2]}0000" not in {each["code"] for each in rows("regions.csv")} or not (province and name):
        raise InputError(
            f"{code} {name}: is no unit of the census of 2020. Mend the code, or give its name, prefecture "
            "and province in the columns 区县, 市, 省."
        )
    return {"code": code, "county": name, "prefecture": prefecture, "province": province}


def _optional(
    table: OwnTable, columns: Mapping[str, Mapping[str, object]], found: Mapping[str, Mapping[str, Row]]
) -> list[Remark]:
    known = _headings()
    lacking = {
        year: [each for each in known.optional if each in known.columns[year] and each not in columns[year]]
        for year in found
        if found[year]
    }
    return [
        Remark("own.census_lacks", {"file": table.path, "columns": ", ".join(each)})
        for each in lacking.values()
        if each
    ]


def _count(table: OwnTable, found: Mapping[str, Mapping[str, Row]]) -> list[Remark]:
    return [
        Remark("own.census", {"file": table.path, "year": year, "count": len(units)})
        for year, units in found.items()
        if units
    ]


@cache
def _other_areas() -> frozenset[str]:
    """Return the codes whose area of 2010 was another than that of 2020."""
    since = [each for each in changes() if each.area and each.last_year >= EARLIER]
    return frozenset(code for each in since for code in (each.code_old, each.code_new))


def _headings() -> HeadingsShape:
    return toml_files.shipped(FILE, HeadingsShape)
