"""The figures of places as a Dataset: place × year, a variable each, with its source beside every figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.accounts.known import known_of
from simcounty.accounts.panel import Figure
from simcounty.accounts.places import Place, counties_of, find_places
from simcounty.accounts.variables import keys_of
from simcounty.accounts.variables import variables as published
from simcounty.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.accounts.sources import Sources

DIMS = ("place", "year")
Column = tuple[tuple[str, ...], np.ndarray[Any, Any], dict[str, Any]]


def panel(
    *places: str,
    variables: Iterable[str] = (),
    known_by: int | None = None,
    counties: bool = True,
    sources: Sources | None = None,
) -> xr.Dataset:
    """Return the published figures of places as a Dataset (place, year), in the units of yearbooks.

    `places` are codes or names, also former ones, of counties, prefectures, provinces or 全国; those that
    hold counties are followed by these, unless `counties` is False. `variables` are keys or Chinese names;
    by default all that any of the places has. `known_by` leaves out what nobody knew in a year. `sources` are
    those of `read_sources`, with tables of one's own.

    Beside `gdp` stands `gdp_source` with the source of each figure; where figures are set aside as doubtful,
    they are missing in `gdp`, stand in `gdp_set_aside`, and its attribute `reasons` says why. Breaks in the
    definition of a variable are in its attribute `breaks`. Raises InputError for what cannot be found.

    >>> figures = panel("桐庐", "建德市", variables=["gdp", "户籍人口"])
    >>> figures.gdp.sel(place="330122", year=2023).item(), figures.gdp.units
    (469.23, '亿元')
    """
    import xarray as xr

    if not places:
        raise InputError('no place is named; name at least one, such as "桐庐县", "330100" or "全国".')
    found = find_places(places)
    inside = [each for place in found for each in counties_of(place)] if counties else []
    rows = list({each.code: each for each in [*found, *inside]}.values())
    wanted, own = set(keys_of(variables)), sources.panel if sources else None
    every = (each for place in rows for each in known_of(place, known_by, own))
    figures = [each for each in every if not wanted or each.variable in wanted]
    years = sorted({each.year for each in figures})
    columns = {
        name: column
        for key, its in _by_variable(figures, wanted).items()
        for name, column in _columns(key, its, rows, years)
    }
    attrs = {"known_by": known_by} if known_by is not None else {}
    return xr.Dataset(columns, coords=_coordinates(rows, years), attrs=attrs)


def _by_variable(figures: Sequence[Figure], wanted: Iterable[str]) -> dict[str, list[Figure]]:
    """Return the figures of each variable that there are or that are wanted, in the order of the file."""
    found: dict[str, list[Figure]] = {key: [] for key in published()}
    for each in figures:
        found[each.variable].append(each)
    return {key: own for key, own in found.items() if own or key in wanted}


def _columns(
    key: str, figures: Sequence[Figure], places: Sequence[Place], years: Sequence[int]
) -> list[tuple[str, Column]]:
    """Return a variable, the sources of its figures, and what is set aside, each by place and year."""
    about, shape = published()[key], (len(places), len(years))
    row = {place.code: number for number, place in enumerate(places)}
    column = {year: number for number, year in enumerate(years)}
    values, aside, sources = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, "", dtype=object)
    reasons = []
    for each in figures:
        cell = row[each.code], column[each.year]
        (aside if each.set_aside else values)[cell] = each.value
        sources[cell] = each.source
        if each.set_aside:
            reasons.append(f"{each.code} {each.name} {each.year}: {each.set_aside}")
    attrs = {"long_name": about.label, "units": about.unit, "kind": about.kind, "meaning": about.meaning}
    attrs |= _named("breaks", [f"{'–'.join(map(str, each.between))} ({', '.join(each.levels)}): {each.reason}"
                               for each in about.breaks])  # fmt: skip
    attrs |= _named("notes", [f"{'、'.join(each.provinces)}: {each.text}" for each in about.notes])
    found: list[tuple[str, Column]] = [(key, (DIMS, values, attrs))]
    found.append((f"{key}_source", (DIMS, sources, {"long_name": f"{about.label}：来源"})))
    if reasons:
        told = {
            "long_name": f"{about.label}：未采用的数值",
            "units": about.unit,
            "reasons": "\n".join(reasons),
        }
        found.append((f"{key}_set_aside", (DIMS, aside, told)))
    return found


def _named(name: str, texts: Sequence[str]) -> dict[str, str]:
    return {name: "\n".join(texts)} if texts else {}


def _coordinates(places: Sequence[Place], years: Sequence[int]) -> Mapping[str, Any]:
    labels = {"name": "名称", "level": "层级", "prefecture": "地级", "province": "省级"}
    return {
        "place": ("place", [each.code for each in places], {"long_name": "代码"}),
        "year": ("year", np.array(years, dtype=int), {"long_name": "年份"}),
        **{
            name: ("place", [getattr(each, name) for each in places], {"long_name": label})
            for name, label in labels.items()
        },
    }
