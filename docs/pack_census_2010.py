"""Write scenarios/census/2010.csv, the census of 2010 by county, from a table with its own headings.

    python docs/pack_census_2010.py census_counties_2010.csv.gz

`code_2020` is the unit of 2020 where the area is the same or nearly: by the table of changes, else by code.
What is known to differ, or looks as if it did (`RESIDENTS`, `REGISTERED`), gets a note and no code.
"""

from __future__ import annotations

import csv
import gzip
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from simcounty import catalog

CENSUS = catalog.home() / "scenarios/census"
CHANGES = catalog.home() / "scenarios/panel/code_changes.csv"
Row = Mapping[str, str]

WHOLE = {
    "441900",
    "442000",
    "460200",
}  # cities without districts, of which the rows of prefectures are the unit
FITTED = {"330122", "330127", "330182", "610323", "610422", "610431", "610528"}
"""Counties whose ages `scenarios/calibration/people.toml` was fitted with, when no others were at hand."""

INTERCHANGED = {"230108": "230110", "230110": "230108", "654002": "654003", "654003": "654002"}
NAMES = {"130207": "丰南区", "130208": "丰润区", "610626": "吴起县"}
"""Names that the source interchanges or misspells."""

ROUNDING = 5e-4
RESIDENTS, REGISTERED = (0.4, 2.5), (0.3, 1.5)
"""Of 2020 over 2010: residents; those registered where they live over all registered. Else it is doubted."""

COUNTS = {
    "residents": "合计",
    "town_residents": "城镇人口",
    "registered_population": "户籍人口",
    "registered_in_another_township": "迁入人口（人）-本县（市）/ 本市市区",
    "registered_in_another_county": "迁入人口（人）-本省其他县 （市）、市区",
    "registered_in_another_province": "迁入人口（人）-外省",
    "households": "户数",
}
LEVELS = {
    "household_size": ("户规模 （人/户）", 1, 2),
    "floor_area_per_person": ("人均住房 建筑面积 （平方米/人）", 1, 2),
    "share_aged_0_14": ("0-14岁（%）", 100, 4),
    "share_aged_15_64": ("15-64岁（%）", 100, 4),
    "share_aged_65_plus": ("65岁及以上（%）", 100, 4),
    "share_of_workers_primary": ("第一产业（%）", 100, 4),
    "share_of_workers_secondary": ("第二产业（%）", 100, 4),
    "share_of_workers_tertiary": ("第三产业（%）", 100, 4),
    "non_agricultural_registration_share": ("非农业户口 人口比重 （%）", 100, 4),
    "birth_rate": ("出生率（‰）", 1000, 5),
    "death_rate": ("死亡率（‰）", 1000, 5),
    "natural_growth_rate": ("自然增长率（‰）", 1000, 5),
}
"""Column: the census's heading, what it is divided by, decimals."""

AGE = re.compile(r"(\d+)(?:-(\d+))?岁(?:及以上)?（[男女]")
OLDEST = 80
MERGED = "merged into the new unit"
WHAT_HAPPENED = {
    MERGED: ("merged into {new}", "took in {old}"),
    "the new unit was split off it": ("{new} was split off", ""),
    "towns passed to the new unit": ("gave towns to {new}", "took towns from {old}"),
}
"""Kinds of change of area: what is said of the old unit and of the new one."""


def main(path: Path) -> None:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        source = list(csv.DictReader(file))
    names = {row["区划代码"]: _clean(row["地区"]) for row in source}
    later = {row["code"]: row for row in _rows(CENSUS / "2020.csv")}
    units = [row for row in source if not row["区划代码"].endswith("00") or row["区划代码"] in WHOLE]
    links = _links({row["区划代码"]: names[row["区划代码"]] for row in units}, later)
    rows = [_row(row, names, links, later) for row in units]
    with open(CENSUS / "2010.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    linked = sum(bool(row["code_2020"]) for row in rows)
    print(
        f"{len(rows)} units, {sum(int(row['residents']) for row in rows)} residents; {linked} with code_2020"
    )


def _row(row: Row, names: Row, links: Mapping[str, str], later: Mapping[str, Row]) -> dict[str, str]:
    code = row["区划代码"]
    values = {column: str(int(float(row[heading] or 0))) for column, heading in COUNTS.items()}
    values |= {column: _level(row, *about) for column, about in LEVELS.items()}
    ages = _ages(row)
    summed = sum(ages.values()) == int(values["residents"])
    notes = _mended(values, row, ages)
    values |= {f"residents_by_age[{age}]": str(n) if summed else "" for age, n in ages.items()}
    values["ages_in_fit"] = "1" if code in FITTED else ""
    link, changes = _judged(code, links.get(code, ""), values, later)
    notes = changes + notes
    notes += [] if summed else [f"ages of the source add up to {sum(ages.values())} and are left out"]
    near = later.get(links.get(code, ""), {})
    place = {
        "code_2020": link,
        "code_2010": code,
        "province": names[f"{code[:2]}0000"],
        "prefecture": names.get(f"{code[:4]}00") or near.get("prefecture", names[f"{code[:2]}0000"]),
        "county": NAMES.get(code, names[code]),
    }
    return place | values | {"note": "; ".join(notes)}


def _links(units: Row, later: Mapping[str, Row]) -> dict[str, str]:
    """Return the unit of 2020 that follows each of 2010, whether or not its area is the same."""
    changes = _rows(CHANGES)
    followed = {row["code_old"]: row["code_new"] for row in changes}
    followed |= {row["code_old"]: row["code_new"] for row in changes if not row["area"]}
    stayed = {code for code, name in units.items() if code in later and later[code]["county"] == name}
    return {
        code: code if code in stayed else followed.get(code, code)
        for code in units
        if code in stayed or followed.get(code, code) in later
    }


def _judged(code: str, link: str, values: Row, later: Mapping[str, Row]) -> tuple[str, list[str]]:
    """Return the code of 2020, or none where the area is another, and what there is to say of it."""
    same, notes = bool(link), []
    changes = [row for row in _rows(CHANGES) if row["area"] and int(row["last_year"]) >= 2010]
    merged = [row for row in changes if row["code_old"] == code and row["area"] == MERGED]
    for row in merged or changes:
        apart, note = _change(code, link, row)
        same, notes = same and not apart, notes + [note] * bool(note)
    if code in INTERCHANGED:
        same = False
        notes.append(f"the source seems to interchange it with {INTERCHANGED[code]}")
    if same:
        notes += _doubts(values, later[link])
        same = not any("doubted" in each for each in notes)
    if same and _beside_zones(link, later):
        notes.append("boundary may differ: development zones of the city are counted apart in 2020")
    return link if same else "", notes


def _change(code: str, link: str, row: Row) -> tuple[bool, str]:
    """Return whether a change made another area of the unit, and what is said of it."""
    old, new, year = row["code_old"], row["code_new"], row["last_year"]
    of_old, of_new = WHAT_HAPPENED.get(row["area"], (row["area"], ""))
    if code == old:
        return not of_old.startswith("gave towns"), f"{of_old.format(new=new)} by {year}"
    if link == new and of_new:
        return True, f"{of_new.format(old=old)} by {year}"
    return False, ""


def _doubts(values: Row, later: Row) -> Iterator[str]:
    elsewhere = int(later["registered_in_another_county"]) + int(later["registered_in_another_province"])
    residents = int(later["residents"]) / int(values["residents"])
    registered = (int(later["residents"]) - elsewhere) / int(values["registered_population"])
    if not RESIDENTS[0] <= residents <= RESIDENTS[1]:
        yield f"area doubted: residents of 2020 are {residents:.2f} times those of 2010"
    if not REGISTERED[0] <= registered <= REGISTERED[1]:
        yield f"area doubted: residents registered there in 2020 are {registered:.2f} times the registered"


def _beside_zones(code: str, later: Iterable[str]) -> bool:
    district = re.search(r"(0[1-9]|1\d|20)$", code)
    return bool(district) and any(re.fullmatch(rf"{code[:4]}(7\d|Z\d)", each) for each in later)


def _ages(row: Row) -> dict[str, int]:
    found: dict[str, int] = {}
    for heading, value in row.items():
        age = AGE.match(heading)
        if age:
            low = min(int(age[1]) // 5 * 5, OLDEST)
            key = f"age_{low}_plus" if low == OLDEST else f"age_{low}_{low + 4}"
            found[key] = found.get(key, 0) + int(float(value or 0))
    return found


def _mended(values: dict[str, str], row: Row, ages: Mapping[str, int]) -> list[str]:
    """Count shares that do not add up anew, of ages or of people with work; return what was done."""
    notes = []
    for kind, counted in (
        ("share_aged", lambda: _broad_ages(ages)),
        ("share_of_workers", lambda: _sectors(row)),
    ):
        columns = [column for column in values if column.startswith(kind)]
        if abs(sum(float(values[column] or 0) for column in columns) - 1) > ROUNDING:
            parts = counted()
            whole = sum(parts)
            values |= {c: f"{round(part / whole, 4):g}" for c, part in zip(columns, parts, strict=True)}
            notes.append(f"{kind} of the source does not add up, counted anew")
    return notes


def _broad_ages(ages: Mapping[str, int]) -> tuple[int, int, int]:
    counts = list(ages.values())
    return sum(counts[:3]), sum(counts[3:13]), sum(counts[13:])


def _sectors(row: Row) -> tuple[float, float, float]:
    first, second = ("农林牧渔业",), ("采矿业", "制造业", "电力、燃气 及水的生产 和供应业", "建筑业")
    of = [sum(float(row[heading] or 0) for heading in each) for each in (first, second)]
    return of[0], of[1], float(row["各种行业人口 总计"]) - sum(of)


def _level(row: Row, heading: str, by: int, decimals: int) -> str:
    return f"{round(float(row[heading]) / by, decimals):g}" if row[heading] else ""


def _clean(name: str) -> str:
    return name.strip().replace("巿", "市")


def _rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
