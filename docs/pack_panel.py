"""Write scenarios/panel/panel.npz, the panel that is shipped, from tidy tables.

    python docs/pack_panel.py FOLDER

FOLDER holds `panel/`, `provinces/` and `observations.csv` as they were collected. Only what may be shipped is
read (`SHIPPED`); rows that say otherwise (`NOT_SHIPPED`) are left out. Codes are brought to those of the
census of 2020, and what is doubtful is set aside with its reason, not dropped.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

from simcounty import catalog, units
from simcounty.accounts.panel import FILE, NATION, Figure, Panel, save
from simcounty.accounts.screening import screened
from simcounty.accounts.variables import variables
from simcounty.errors import Findings, InputError

SHIPPED = (
    "panel/yearbook_core.csv.gz",
    "panel/yearbook_social.csv.gz",
    "panel/government_debt_guangdong_hainan.csv.gz",
    "panel/hangzhou_housing.csv.gz",
    "provinces/nation_2010_2026.csv",
    "provinces/province_gdp_nbs_2006_2024.csv",
    "provinces/province_budget_expenditure_nbs_2007_2024.csv",
    "provinces/province_budget_items_2014_2017.csv",
    "provinces/province_gov_debt_celma_2015_2025.csv",
    "provinces/province_budget_funds_celma_2015_2025.csv",
    "provinces/province_population_2010_2024.csv",
    "provinces/province_urbanisation_2010_2024.csv",
    "provinces/province_urban_unit_employment_nbs_2008_2024.csv",
)
OBSERVED = "observations.csv"
CHANGES = "scenarios/panel/code_changes.csv"
NOT_SHIPPED = re.compile(r"\blow\b|do not ship|2025 not final|2025 NOT final|policy target|unsourced")
NATIONAL_NOT_SHIPPED = re.compile(r"derived|medium")
COMPILED = re.compile(r"secondary|compil|panel|SRC-|普查|World Bank|recollection|derived")
FIRST_YEAR = {
    "provinces/province_population_2010_2024.csv": 2015,
    "provinces/province_urbanisation_2010_2024.csv": 2015,
}
ENDS_IN_2011 = ("14", "15", "36", "51", "62")
"""Provinces whose county figures end in 2011 on purpose: forecasts are scored there."""
PLACE, NAME = (
    ("code", "area_code"),
    ("county", "area"),
)  # of places, in county tables and in those of provinces


def main(folder: Path) -> None:
    findings = Findings()
    read = [each for file in SHIPPED for each in _shippable(file, read_tidy(folder / file, findings))]
    read += [
        each for each in read_tidy(folder / OBSERVED, Findings()) if _observed(each)
    ]  # some have no year
    findings.raise_as(InputError, f"{folder}: cannot be packed:")
    successors = _successors()
    figures = [replace(each, code=successors.get(each.code, each.code)) for each in read]
    panel = screened(Panel.of(figures))
    save(panel, catalog.home() / FILE)
    _report(panel, len(read))


def _shippable(file: str, figures: Iterable[Figure]) -> Iterator[Figure]:
    for each in figures:
        refused = NOT_SHIPPED.search(each.grade)
        if each.code == NATION:
            refused = refused or NATIONAL_NOT_SHIPPED.search(each.grade)
        if not refused and each.year >= FIRST_YEAR.get(file, 0):
            yield each


def _observed(figure: Figure) -> bool:
    """Return whether a figure is of a bulletin, document or city yearbook, and may be shipped."""
    place = re.fullmatch(r"\d{6}", figure.code) is not None and not figure.code.endswith("0000")
    late = figure.year > (2025 if figure.code.endswith("00") else 2023)
    ended = figure.code.startswith(ENDS_IN_2011) and figure.year > 2011
    refused = COMPILED.search(figure.source + figure.grade) or NOT_SHIPPED.search(figure.grade)
    return place and not (late or ended or refused)


def read_tidy(path: Path, findings: Findings) -> Iterator[Figure]:
    """Yield the figures of a CSV file, plain or gzip, whose variables the panel has, in the panel's units."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for number, row in enumerate(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))), 2):
        if row["variable"] in variables():
            with findings.at(path, f"line {number}"):
                yield _figure(row)


def _figure(row: dict[str, str]) -> Figure:
    code, name = (next(row[column] for column in columns if column in row) for columns in (PLACE, NAME))
    if not row["year"].isdecimal():
        raise InputError(f"year is {row['year']!r}; write a year such as 2023.")
    value, variable = float(row["value"]), variables()[row["variable"]]
    factor = _factor(row["unit"], variable.unit)
    number = value if factor == 1 else float(Fraction(row["value"]) * factor)
    return Figure(
        code, name, row["variable"], int(row["year"]), number, row["source"], row.get("confidence", "")
    )


@cache
def _factor(unit: str, wanted: str) -> Fraction:
    """Return how many of the wanted unit one of a unit is."""
    if unit == wanted:
        return Fraction(1)
    factor = units.ratio(units.unit_of(unit), units.unit_of(wanted))
    if factor is None:
        raise InputError(f"unit is {unit!r}, which is not one of {wanted}.")
    return factor


def _successors() -> dict[str, str]:
    """Return the code of 2020 of each code that changed, where the area stayed about the same."""
    with open(catalog.home() / CHANGES, encoding="utf-8") as file:
        return {row["code_old"]: row["code_new"] for row in csv.DictReader(file) if not row["area"]}


def _report(panel: Panel, read: int) -> None:
    reasons = Counter(each.variable for each in panel if each.set_aside)
    size = (catalog.home() / FILE).stat().st_size
    print(f"{read} figures read, {len(panel)} of {len(panel.codes)} places packed into {size / 1e6:.2f} MB")
    print(f"set aside: {dict(reasons)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
