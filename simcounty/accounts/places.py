"""Places of the panel: counties, prefectures, provinces and the nation, by code, name or former name."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from simcounty import catalog
from simcounty.accounts import census
from simcounty.accounts.panel import NATION, level_of, shipped
from simcounty.accounts.variables import Level
from simcounty.errors import Findings, InputError, did_you_mean, listed
from simcounty.input_files import text_of

CHANGES = "scenarios/panel/code_changes.csv"
NATION_NAMES = ("全国", "中国")
DIGITS = {"nation": 0, "province": 2, "prefecture": 4}
"""With how many digits of a place the codes of the counties in it begin."""

MANY = 12  # places listed in a message
ENDING = re.compile(r"[^省市区县州]*自治[区州县旗]|[省市区县旗盟]|地区|林区|特区|新区")
"""What may be left out at the end of a name: 桐庐 for 桐庐县, 新疆 for 新疆维吾尔自治区."""


@dataclass(frozen=True)
class Change:
    """A code that changed; `area` says why figures of the old code are none of the new one, or ""."""

    code_old: str
    code_new: str
    name_old: str
    name_new: str
    last_year: int
    how: str
    area: str = ""


@dataclass(frozen=True)
class Place:
    """A county, prefecture, province or the nation; `followed` is the change by which it was found."""

    code: str
    name: str
    level: Level
    province: str = ""
    prefecture: str = ""
    followed: Change | None = None

    def __str__(self) -> str:
        within = dict.fromkeys(each for each in (self.province, self.prefecture) if each != self.name)
        return f"{self.code} ({' '.join(filter(None, [*within, self.name]))})"


def find_places(codes_or_names: Iterable[str]) -> list[Place]:
    """Return the places of codes or names, each once; raise InputError with all that cannot be found."""
    found, findings = [], Findings()
    for each in codes_or_names:
        try:
            found.append(find_place(each))
        except InputError as error:
            findings.append(str(error))
    findings.raise_as(InputError, "these places cannot be found:")
    return list({each.code: each for each in found}.values())


def find_place(code_or_name: str) -> Place:
    """Return the place of a code or a name, also of one it had before; a name may begin with where it lies.

    The end of a name, as of 桐庐县, may be left out. Raises InputError that lists the places of an ambiguous
    name, or guesses for an unknown one.

    >>> find_place("桐庐").code, find_place("3301").name, find_place("户县").name, find_place("全国").code
    ('330122', '杭州市', '鄠邑区', '000000')
    """
    wanted = "".join(code_or_name.split())
    if place := _by_code(wanted):
        return place
    found = _by_name().get(wanted) or _without_ending(wanted)
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"{code_or_name}: {len(found)} places have this name: {listed(found, MANY)}. "
            "Give the code of one, or its full name."
        )
    raise InputError(
        f"{code_or_name}: no county, prefecture or province has this code or name.{_guess(wanted)} "
        f"{catalog.home() / census.FOLDER / '2020.csv'} lists the counties; 全国 is the nation."
    )


def find_unit(code_or_name: str, among: census.Units | None = None) -> census.Unit:
    """Return the unit of the census of a code or a name, also of one it had before or without its ending.

    `among` are units of a census of one's own. Raises InputError as `census.find_unit` does.

    >>> find_unit("桐庐").code, find_unit("户县").code
    ('330122', '610118')
    """
    try:
        return census.find_unit(code_or_name, among)
    except InputError:
        with suppress(InputError):
            return census.find_unit(find_place(code_or_name).code, among)
        raise


def namesakes(name: str) -> Sequence[Place]:
    """Return the places of a name or former name; none for one that is not known.

    >>> [place.code for place in namesakes("桐庐县")]
    ['330122']
    """
    return _by_name().get("".join(name.split()), ())


def _guess(wanted: str) -> str:
    """Return a guess for a name: what contains it, else what looks like it, with an ending or without."""
    near = [place for place in places().values() if wanted and wanted in place.name]
    if near:
        return f" Did you mean {listed(near, MANY)}?"
    guesses = (did_you_mean(f"{wanted}{ending}", _by_name()) for ending in ("", "县", "市", "区"))
    return next(filter(None, guesses), "")


def counties_of(place: Place) -> list[Place]:
    """Return the counties, cities and districts of 2020 that lie in a place; a county lies in none.

    >>> len(counties_of(find_place("陕西省"))), len(counties_of(find_place("杭州市")))
    (107, 13)
    """
    digits = DIGITS.get(place.level)
    if digits is None:
        return []
    units = census.rows("2020.csv")
    return [
        places()[row["code"]] for row in units if row["code"][:digits] == place.code[:digits] != row["code"]
    ]


@cache
def changes() -> tuple[Change, ...]:
    """Return every code that changed."""
    text = text_of(catalog.home() / CHANGES)
    rows = csv.DictReader(io.StringIO(text))
    return tuple(Change(**{**row, "last_year": int(row["last_year"])}) for row in rows)  # type: ignore[arg-type]


@cache
def successors() -> Mapping[str, str]:
    """Return the code of today of each code that changed, where the area stayed about the same."""
    return MappingProxyType({each.code_old: each.code_new for each in changes() if not each.area})


@cache
def places() -> Mapping[str, Place]:
    """Return every place by its code: of the census of 2020, and what else the panel has."""
    units = [
        Place(row["code"], row["county"], "county", row["province"], row["prefecture"])
        for row in census.rows("2020.csv")
    ]
    own = {(each.province, each.name) for each in units}  # 东莞市 is a prefecture and its only county
    found = {NATION: Place(NATION, NATION_NAMES[0], "nation")}
    for each in units:
        found.setdefault(f"{each.code[:2]}0000", Place(f"{each.code[:2]}0000", each.province, "province"))
        if (each.province, each.prefecture) not in own and each.prefecture != each.province:
            city = Place(f"{each.code[:4]}00", each.prefecture, "prefecture", each.province)
            found.setdefault(city.code, city)
    found |= {each.code: each for each in units}
    panel = shipped()
    for code in panel.codes:
        if code not in found:
            within = [found.get(f"{code[:digits]:0<6}") for digits in (2, 4)]
            province, prefecture = (above.name if above and above.code != code else "" for above in within)
            found[code] = Place(code, panel.name(code), level_of(code), province, prefecture)
    return MappingProxyType(found)


def _by_code(wanted: str) -> Place | None:
    if not wanted[:2].isdecimal():
        return None
    code = wanted.ljust(6, "0")
    followed = next((each for each in changes() if each.code_old == code), None)
    if code not in places() and followed:
        return _after(followed)
    return places().get(code)


def _after(change: Change) -> Place:
    """Return the place that a code or name is of since a change."""
    place = places()[change.code_new]
    return Place(place.code, place.name, place.level, place.province, place.prefecture, change)


@cache
def _by_name() -> Mapping[str, Sequence[Place]]:
    """Return the places of every name and former name, alone or behind the names of where it lies."""
    found: dict[str, dict[str, Place]] = defaultdict(dict)
    for place in places().values():
        for name in _spellings(place):
            found[name][place.code] = place
    former: dict[str, dict[str, Place]] = defaultdict(dict)
    for change in changes():
        if not change.area and change.code_new in places():
            after = _after(change)
            for name in _with_places(after, change.name_old):
                former[name][after.code] = after
    for name in NATION_NAMES:
        found[name] = {NATION: places()[NATION]}
    every = {**former, **found}  # a name of today comes before one of old
    return MappingProxyType({name: list(each.values()) for name, each in every.items()})


def _spellings(place: Place) -> Iterator[str]:
    yield from _with_places(place, place.name)
    panel = shipped()
    if place.code in panel.codes and panel.name(place.code) != place.name:
        yield from _with_places(place, panel.name(place.code))


def _with_places(place: Place, name: str) -> set[str]:
    before = ("", place.prefecture, place.province, place.province + place.prefecture)
    return {f"{each}{name}" for each in before}


def _without_ending(wanted: str) -> list[Place]:
    """Return the places whose name has only an ending more; of names of today, else of former ones."""
    found = {
        place.code: place
        for name, own in _by_name().items()
        if wanted and name.startswith(wanted) and ENDING.fullmatch(name, len(wanted))
        for place in own
    }
    today = [place for place in found.values() if not place.followed]
    return today or list(found.values())
