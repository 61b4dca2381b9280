"""What people track themselves: the values of targets that no model computes, and what has been done."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from simcounty.errors import ScenarioError, did_you_mean
from simcounty.scenario import binding
from simcounty.scenario.files import Findings, collected
from simcounty.scenario.tables import read_table
from simcounty.scenario.targets import Target

SHEET = "tracked"
COLUMNS = ("target", "year", "value", "unit", "source")
DONE: Mapping[str, bool] = {"done": True, "not done": False, "完成": True, "未完成": False}
COMPUTED = ("model outcome", "lever setting")


@dataclass(frozen=True)
class Tracked:
    """What a target was at the end of a year: a number in the target's unit, or whether it is done."""

    target: str
    year: int
    value: float
    done: bool | None
    source: str


def read_tracked(path: Path, targets: Iterable[Target], findings: Findings) -> tuple[Tracked, ...]:
    """Read a CSV file, or the sheet `tracked` of a workbook, with these `COLUMNS`.

    A value is a number in `unit`, or "done" or "not done" (完成, 未完成) for an item of a checklist; a row
    without one says nothing yet. What does not fit becomes a finding with its row.
    """
    known = {target.name: target for target in targets}
    found: list[Tracked] = []
    table = read_table(path, SHEET, COLUMNS, findings)
    for row in table.rows if table else ():
        with collected(findings, path, row.where):
            cells = {name: row.cells[name] or "" for name in COLUMNS}
            if cells["value"]:
                found.append(_tracked(cells, known))
    return tuple(found)


def latest(tracked: Iterable[Tracked], target: Target) -> Tracked | None:
    """Return the last that is known of a target by its year."""
    until = math.inf if target.year is None else target.year
    known = [each for each in tracked if each.target == target.name and each.year <= until]
    return max(known, key=lambda each: each.year, default=None)


def _tracked(row: Mapping[str, str], known: Mapping[str, Target]) -> Tracked:
    target = known.get(row["target"])
    if target is None:
        raise ScenarioError(f"no target {row['target']!r} here.{did_you_mean(row['target'], known)}")
    if target.kind in COMPUTED:
        raise ScenarioError(f"{target.name} is a {target.kind}, which the model judges. Leave the row out.")
    if not row["year"].isdecimal():
        raise ScenarioError(f"year is {row['year']!r}; write a year such as 2025.")
    if not row["source"]:
        raise ScenarioError("source is empty; say where the value stands.")
    done = DONE.get(row["value"])
    if done is not None and target.kind != "checklist":
        raise ScenarioError(f"{target.name} is a {target.kind}: give a number, not {row['value']!r}.")
    value = math.nan if done is not None else binding.amount(row["value"], row["unit"], target.unit)
    return Tracked(target.name, int(row["year"]), value, done, row["source"])
