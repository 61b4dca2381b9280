"""What people track themselves: the values of targets that no model computes, and what has been done."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simcounty.errors import ScenarioError, did_you_mean
from simcounty.scenario import binding, files
from simcounty.scenario.files import Findings, collected
from simcounty.scenario.targets import Target

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
    """Read a CSV file with the columns of `COLUMNS`; a row without a value says nothing yet.

    A value is a number in `unit`, or "done" or "not done" (完成, 未完成) for an item of a checklist.
    What does not fit becomes a finding with its line.
    """
    known = {target.name: target for target in targets}
    found: list[Tracked] = []
    if not path.is_file():
        findings.append(f"{path}: {files.absent(path)}")
        return ()
    with collected(findings, path):
        reader = csv.DictReader(io.StringIO(files.text_of(path)))
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise ScenarioError(f"line 1: the columns {', '.join(missing)} are missing. Add them.")
        for row in reader:
            with collected(findings, path, f"line {reader.line_num}"):
                short = [column for column in COLUMNS if row[column] is None]
                if short:
                    raise ScenarioError(f"the row ends before {', '.join(short)}. Write every column.")
                if row["value"]:
                    found.append(_tracked(row, known))
    return tuple(found)


def latest(tracked: Iterable[Tracked], target: Target) -> Tracked | None:
    """Return the last that is known of a target by its year."""
    until = math.inf if target.year is None else target.year
    known = [each for each in tracked if each.target == target.name and each.year <= until]
    return max(known, key=lambda each: each.year, default=None)


def _tracked(row: Mapping[str, Any], known: Mapping[str, Target]) -> Tracked:
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
