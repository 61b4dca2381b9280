"""What is known of a place: its figures of the panel, and those of the censuses beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simcounty.accounts import census
from simcounty.accounts.panel import Figure, Panel, shipped
from simcounty.accounts.places import DIGITS, Place, counties_of

FILES = "(Dong Lei, PKU; leiii/census data/census/census_county_{year}_v1.xlsx)"
CENSUSES = {
    2010: ("2010.csv", "code_2010", "code_2020", "六普分县资料2010"),
    2020: ("2020.csv", "code", "code", "中国人口普查分县资料—2020"),
}
"""Table, the column of codes of the time and that of codes of today, and source, by year."""

COMPLETE = (2020,)
"""The censuses whose table holds the counties of the nation."""

SUMMED = "；各县（市、区）合计"


def known_of(place: Place, known_by: int | None = None, panel: Panel | None = None) -> list[Figure]:
    """Return the figures of a place by variable and year; no later ones than of the year `known_by`.

    They are those of the censuses and of a panel, by default the one that is shipped.

    >>> from simcounty.accounts.places import find_place
    >>> known_of(find_place("桐庐"), known_by=2021)[-1].year <= 2021
    True
    """
    figures = (shipped() if panel is None else panel).figures(place.code)
    own = Panel.of([*_of_censuses(place), *figures])
    return list(own if known_by is None else own.known_by(known_by))


def counties_known(place: Place, known_by: int | None = None, panel: Panel | None = None) -> dict[str, int]:
    """Return of how many counties in a place each variable of a panel has a figure in use."""
    inside = {each.code for each in counties_of(place)}
    panel = shipped() if panel is None else panel
    panel = panel if known_by is None else panel.known_by(known_by)
    counts = {}
    for variable in panel.texts["variables"]:
        numbers, _, _ = panel.table(variable)
        counts[variable] = len({panel.codes[number] for number in set(numbers.tolist())} & inside)
    return {variable: count for variable, count in counts.items() if count}


def _of_censuses(place: Place) -> Iterator[Figure]:
    for year, (*_, source) in CENSUSES.items():
        rows = _rows(place, year)
        residents = sum(int(row["residents"]) for row in rows)
        if residents:
            share = 100 * sum(int(row["town_residents"]) for row in rows) / residents
            told = f"{source} {FILES.format(year=year)}{'' if place.level == 'county' else SUMMED}"
            for variable, value in (("census_residents", float(residents)), ("census_town_share", share)):
                yield Figure(place.code, place.name, variable, year, value, told)


def _rows(place: Place, year: int) -> Sequence[census.Row]:
    """Return the rows of a census that make up a place; of a county the one of its area."""
    file, then, today, _ = CENSUSES[year]
    rows = census.rows(file)
    if place.level == "county":
        return [row for row in rows if place.code == (row[today] or row[then])]
    if place.level == "nation" and year not in COMPLETE:
        return ()
    digits = DIGITS[place.level]
    return [row for row in rows if row[then][:digits] == place.code[:digits]]
