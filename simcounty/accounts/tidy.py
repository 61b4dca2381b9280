"""Tidy tables read into figures: a row a figure, with code, year, variable, value, unit and source."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

from simcounty import units
from simcounty.accounts.panel import Figure
from simcounty.accounts.variables import variables
from simcounty.errors import Findings, InputError

PLACE, NAME = ("code", "area_code"), ("county", "area")


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
