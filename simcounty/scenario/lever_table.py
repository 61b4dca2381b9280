"""Paths of levers from a table: a row a lever, a column a date; a blank cell says nothing of its date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcounty.calendar import is_date, time_of
from simcounty.errors import Findings, ScenarioError, did_you_mean
from simcounty.scenario import binding
from simcounty.scenario.lever_path import LeverPath, LeverPathShape
from simcounty.scenario.tables import InputRow, read_table
from simcounty.units import parse_number

if TYPE_CHECKING:
    from simcounty.scenario.scenario import Scenario

SHEET = "levers"
NEEDED = ("lever", "unit")
READ = ("solved", "default")
BESIDE = ("label", "low", "high", "clause", "note")
"""Columns for the reader of a table: they are not read, and may be left out."""
YES = ("yes", "true", "1", "是")


def read_lever_paths(path: Path, scenario: Scenario, findings: Findings) -> dict[str, LeverPath]:
    """Read the paths of levers from a CSV file or the sheet `levers` of a workbook, bound to a scenario.

    A row without any number sets nothing. What does not fit becomes a finding with its row.
    """
    table = read_table(path, SHEET, NEEDED, findings)
    if table is None:
        return {}
    dates = _dates(path, table.columns, findings)
    found: dict[str, LeverPath] = {}
    seen: dict[str, str] = {}
    for row in table.rows:
        key = (row.cells["lever"] or "").strip()
        with findings.at(path, row.where, key or "lever"):
            if key in seen:
                raise ScenarioError(f"stands already in {seen[key]}. Give each lever one row.")
            seen[key] = row.where
            points = _points(path, row, key, dates, scenario, findings)
            if points:
                found[key] = scenario.lever_path(key, _shape(row, points))
    return found


def _dates(path: Path, columns: Iterable[str], findings: Findings) -> list[str]:
    """Return the columns that are dates, in their order; a column that is nothing known becomes a finding."""
    known, dates = (*NEEDED, *READ, *BESIDE), []
    for column in columns:
        if column in known:
            continue
        with findings.at(path, f"column {column}"):
            if not is_date(column):
                raise ScenarioError(
                    f"is neither a date, such as 2025 or 2023-07-01, nor one of {', '.join(known)}."
                    f"{did_you_mean(column, known)}"
                )
            time_of(column)
            dates.append(column)
    return sorted(dates, key=time_of)


def _points(
    path: Path, row: InputRow, key: str, dates: Iterable[str], scenario: Scenario, findings: Findings
) -> dict[str, float]:
    """Return the numbers of a row by date, in the unit of the model; each that does not fit is a finding."""
    given = {date: text for date in dates if (text := (row.cells[date] or "").strip())}
    if not key:
        raise ScenarioError("is empty. Name one, or clear the row.")
    constant, limits = binding.constant_of(scenario.model, key), scenario.limits(key)
    points, before = {}, len(findings)
    for date, text in given.items():
        with findings.at(path, row.where, key, date):
            _, own = parse_number(text)
            points[date] = binding.bound(text, "" if own else (row.cells["unit"] or ""), constant, limits)
    return points if len(findings) == before else {}


def _shape(row: InputRow, points: Mapping[str, float]) -> LeverPathShape:
    solved = (row.cells.get("solved") or "").strip().lower()
    default = (row.cells.get("default") or "").strip()
    more: dict[str, Any] = {"default": default} if default and solved in YES else {}
    return LeverPathShape.model_construct(None, solved=solved in YES, **points, **more)
