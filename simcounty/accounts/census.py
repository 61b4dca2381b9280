"""The census: every county-level unit of 2020, and the accounts of the region it belongs to.

`scenarios/census/` holds three tables: `2020.csv` with a row for each unit, `2010.csv` for the units of 26
provinces, `regions.csv` with the published accounts of provinces and prefectures. The columns are named
after the constants of `models/start.mdl` that they fill: a constant `census_X` takes column X of the
unit's row, `earlier_X` that of 2010, `region_X`, `structure_X` and `province_X` those of its regions.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from simcounty import catalog
from simcounty.errors import InputError, did_you_mean, listed
from simcounty.input_files import text_of
from simcounty.language import said

FOLDER = "scenarios/census"
CENSUS_YEAR = 2020
TEXTS = {
    "code", "code_2010", "code_2020", "province", "prefecture", "county", "name", "structure", "source",
    "confidence", "note",
}  # fmt: skip
"""The columns of texts; all others are of numbers."""

MANY = 12  # units listed in a message
Row = Mapping[str, str]
DISTRICT = re.compile(r"(0[1-9]|1\d|20|7\d|Z\d)$")
"""The end of the code of a district or a development zone; other units are counties and their cities."""


@dataclass(frozen=True)
class Unit:
    """A county-level unit; `inputs` holds its numbers by the constants of the start model.

    What is not published for it is not in `inputs`.
    """

    code: str
    county: str
    prefecture: str
    province: str
    inputs: Mapping[str, float] = field(default_factory=dict)
    region: str = ""
    structure: str = ""

    def __str__(self) -> str:
        place = "" if self.prefecture == self.province else f" {self.prefecture}"
        return f"{self.code} ({self.province}{place} {self.county})"


Units = Mapping[str, Unit]
"""Units by code."""


def find_unit(code_or_name: str, among: Units | None = None) -> Unit:
    """Return the unit of a code or of a name; a name may begin with its prefecture or province.

    It is one of the census that is shipped, or `among` others. Raises
    InputError that lists the units of an ambiguous name, or a guess for an unknown one.

    >>> find_unit("洛川县").code, find_unit("南京市鼓楼区").code
    ('610629', '320106')
    """
    wanted, units = "".join(code_or_name.split()), shipped_units() if among is None else among
    if wanted in units:
        return units[wanted]
    found = _called(units, wanted)
    if len(found) == 1:
        return found[0]
    if found:
        about = {"count": len(found), "names": listed(found, MANY)}
        raise InputError(said("census.several", name=code_or_name, **about))
    near = [unit for unit in units.values() if wanted and wanted in unit.county]
    near = near or [unit for unit in units.values() if wanted and unit.prefecture.startswith(wanted)]
    names = {unit.county for unit in units.values()}
    guess = said("guess", names=listed(near, MANY)) if near else did_you_mean(wanted, names)
    path = catalog.home() / FOLDER / "2020.csv"
    raise InputError(
        said("census.none", name=code_or_name, guess=guess, path=path, count=len(shipped_units()))
    )


def how_to_make(name: str) -> str:
    """Return a message of how a county of the census becomes a scenario; an empty text for other names.

    >>> how_to_make("洛川/plan").partition(":")[0], how_to_make("tonglu")
    (' 610629 (陕西省 延安市 洛川县) is in the census', '')
    """
    wanted = "".join(name.partition("/")[0].split())
    if wanted.isascii() and not wanted.isdecimal():
        return ""
    units = shipped_units()
    by_code = [units[wanted]] if wanted in units else []
    found = by_code or _called(units, wanted) or _called(units, *(wanted + end for end in "县市区"))
    if not found:
        return ""
    one = f"{listed(found, MANY)} is in the census: write its county file and a baseline, to be run, by"
    several = f"{len(found)} counties of the census have it: {listed(found, MANY)}. Write the files of one by"
    return f" {one if len(found) == 1 else several} simcounty new {found[0].code}."


def _called(units: Units, *names: str) -> list[Unit]:
    return [unit for unit in units.values() if not _spellings(unit).isdisjoint(names)]


def units_of(place: str = "", among: Units | None = None) -> list[Unit]:
    """Return the units of a province or prefecture, by name or by how their codes begin; by default all.

    They are those of the census that is shipped, or `among` others.

    >>> len(units_of("陕西省")), len(units_of("6105")), len(units_of())
    (107, 11, 2987)
    """
    units = shipped_units() if among is None else among
    found = [
        unit
        for unit in units.values()
        if place in {"", "全国", unit.province, unit.prefecture}
        or (place.isdecimal() and unit.code.startswith(place))
    ]
    if not found:
        places = {name for unit in units.values() for name in (unit.province, unit.prefecture)}
        raise InputError(
            f"{place}: no unit of the census of 2020 lies there.{did_you_mean(place, places)} "
            "Give a province, a prefecture, the first digits of a code, or 全国."
        )
    return found


@cache
def shipped_units() -> Units:
    """Return the units of the census that is shipped."""
    return units_with({}, {})


def units_with(later: Mapping[str, Row], earlier: Mapping[str, Row]) -> Units:
    """Return the units with rows of the censuses of 2020 and 2010, by code, in the place of theirs."""
    before = {row["code_2020"]: row for row in rows("2010.csv") if row["code_2020"]} | dict(earlier)
    after: dict[str, Row] = {row["code"]: row for row in rows("2020.csv")} | dict(later)
    return LazyUnits(after, before, {row["code"]: row for row in rows("regions.csv")})


class LazyUnits(Mapping[str, Unit]):
    """Units by code, each made of its rows when it is first asked for."""

    def __init__(self, now: Mapping[str, Row], before: Mapping[str, Row], regions: Mapping[str, Row]) -> None:
        self._now, self._before, self._regions = now, before, regions
        self._made: dict[str, Unit] = {}

    def __getitem__(self, code: str) -> Unit:
        if code not in self._made:
            self._made[code] = _unit(self._now[code], self._before.get(code, {}), self._regions)
        return self._made[code]

    def __contains__(self, code: object) -> bool:
        return code in self._now

    def __iter__(self) -> Iterator[str]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)


def _unit(row: Row, earlier: Row, regions: Mapping[str, Row]) -> Unit:
    region = next(regions[code] for code in _region_codes(row["code"]) if code in regions)
    structure = regions[region["structure"]]
    inputs = _named("census", row) | _named("earlier", earlier) | _of_region(region["code"], row["code"][:2])
    place = (row["code"], row["county"], row["prefecture"], row["province"])
    return Unit(*place, MappingProxyType(inputs), region["name"], structure["name"])


@cache
def _of_region(code: str, province_digits: str) -> dict[str, float]:
    """Return the numbers that all units of a region of a province share."""
    regions = {row["code"]: row for row in rows("regions.csv")}
    province, region = regions[f"{province_digits}0000"], regions[code]
    structure = regions[region["structure"]]
    return {
        **_named("region", province, structure, region),
        **_named("structure", structure),
        **_named("province", province),
    }


def _region_codes(code: str) -> Iterable[str]:
    """Yield the regions a unit may belong to, the closest first."""
    prefecture, province = f"{code[:4]}00", f"{code[:2]}0000"
    yield f"{prefecture}-{'districts' if DISTRICT.search(code) else 'counties'}"
    yield from (prefecture, f"{province}-rest", province)


def _named(prefix: str, *rows: Row) -> dict[str, float]:
    """Return the numbers of rows by constant; where several rows have one, the last."""
    return {
        f"{prefix}_{column}": float(value)
        for row in rows
        for column, value in row.items()
        if value and column not in TEXTS
    }


@cache
def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of `scenarios/census/`, as texts by column."""
    path: Path = catalog.home() / FOLDER / name
    return list(csv.DictReader(io.StringIO(text_of(path))))


def _spellings(unit: Unit) -> set[str]:
    before = ("", unit.prefecture, unit.province, unit.province + unit.prefecture)
    return {f"{place}{unit.county}" for place in before}
