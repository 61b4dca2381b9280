"""Draws: the values of every varied constant in any members of an ensemble."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simcounty.errors import Findings, ScenarioError, repeated
from simcounty.input_files import csv_rows, number_of, text_of
from simcounty.sampling.designs import DESIGNS, Design
from simcounty.scenario import County
from simcounty.scenario.county import NOWHERE
from simcounty.scenario.distributions import Column
from simcounty.scenario.uncertainty import Correlated, Uncertain, Uncertainty

GIVEN = "given"
"""The name of the design of a user's table."""
COUNTIES = "counties x "
"""What stands before the name of a design that every county has."""

JOINT = "(posterior)"
"""The coordinate of a design that chooses a row of jointly drawn values."""

SHOWN = 5  # bad cells of a table that are named


@dataclass(frozen=True, eq=False)
class Draws:
    """Uncertainties sampled by a design, or the values of a table, in every county alike.

    Member m is county m // rows with draw m % rows; what a county itself says comes before `uncertain`.
    """

    uncertain: Uncertain
    design: Design | None = None
    table: Mapping[str, Column] | None = None
    counties: tuple[County, ...] = (NOWHERE,)

    def __post_init__(self) -> None:
        if self.design is not None:
            _assert_made_for(self.design, self.uncertain)

    @property
    def keys(self) -> tuple[str, ...]:
        """The constants that vary, in the order of the design."""
        return tuple(self.table) if self.table is not None else self.uncertain.keys

    @property
    def members(self) -> int:
        """How many members there are."""
        return self.rows * len(self.counties)

    @property
    def rows(self) -> int:
        """How many draws every county has."""
        if self.table is not None:
            return len(next(iter(self.table.values())))
        assert self.design is not None
        return self.design.members

    @property
    def name(self) -> str:
        """The design's name."""
        name = self.design.name if self.design else GIVEN
        return name if len(self.counties) == 1 else f"{COUNTIES}{name}"

    def columns(self, members: range) -> dict[str, Column]:
        """Return the values of some members, in the units of the model."""
        rows = self.by_county(members)
        parts = [self._of_county(self.counties[place].uncertain.each, each) for place, each in rows.items()]
        return {key: np.concatenate([part[key] for part in parts]) for key in self.keys}

    def by_county(self, members: range) -> dict[int, range]:
        """Return which draws of which counties some members are, by the places of the counties."""
        found = {}
        for place in range(members.start // self.rows, -(-members.stop // self.rows)):
            first = place * self.rows
            found[place] = range(max(members.start - first, 0), min(members.stop - first, self.rows))
        return found

    def _of_county(self, own: Mapping[str, Uncertainty], rows: range) -> dict[str, Column]:
        if self.table is not None:
            return {key: column[rows.start : rows.stop] for key, column in self.table.items()}
        assert self.design is not None
        points = dict(zip(self.design.keys, self.design.points(rows), strict=True))
        for group in self.uncertain.correlated:
            points |= correlated(group, points)
        made = {key: own.get(key, each).distribution for key, each in self.uncertain.each.items()}
        each = {key: distribution.quantile(points[key]) for key, distribution in made.items()}
        return each | (self.uncertain.joint.at(points[JOINT]) if self.uncertain.joint else {})


def draws(uncertain: Uncertain, n: int, design: str = "random", seed: int = 0, counted: str = "n") -> Draws:
    """Sample uncertainties by a design of `n`, `counted` in errors; see `designs` for what it counts."""
    keys = (*uncertain.each, *([JOINT] if uncertain.joint else []))
    return Draws(uncertain, Design(design, keys, n, seed, counted))


def read_draws(path: Path) -> Draws:
    """Read draws from a CSV file: a column for each constant, a row for each member, in the model's units.

    Raises ScenarioError with the row and column of cells that are empty or no finite number.
    """
    rows = [row for _, row in csv_rows(text_of(path)) if row]
    if len(rows) < 2:
        raise ScenarioError(f"{path}: a line of keys and at least one line of values are needed.")
    keys = [key.strip() for key in rows[0]]
    wrong = [*repeated(filter(None, keys)), *([] if all(keys) else ["an empty name"])]
    findings = Findings(f"line 1: {key} stands twice or names nothing." for key in wrong)
    cells = [[_number(row, place) for place in range(len(keys))] for row in rows[1:]]
    findings += _bad_cells(keys, rows[1:], cells)
    findings.raise_as(ScenarioError, f"{path}: this table cannot be used:")
    columns = np.array(cells).T
    return Draws(Uncertain(), table={key: column.copy() for key, column in zip(keys, columns, strict=True)})


def _number(row: list[str], place: int) -> float:
    return number_of(row[place]) if place < len(row) else math.nan


def _bad_cells(keys: list[str], rows: list[list[str]], cells: list[list[float]]) -> list[str]:
    bad = [
        (line, key, rows[line][place].strip() if place < len(rows[line]) else "")
        for line, numbers in enumerate(cells)
        for place, (key, number) in enumerate(zip(keys, numbers, strict=True))
        if not math.isfinite(number)
    ]
    named = [
        f"row {line + 1} (line {line + 2}), column {key}: "
        + (f"{text!r} is not a finite number." if text else "is empty.")
        for line, key, text in bad[:SHOWN]
    ]
    long = [
        f"line {i + 2}: {len(row)} cells for {len(keys)} keys."
        for i, row in enumerate(rows)
        if len(row) > len(keys)
    ]
    more = [f"… and {len(bad) - SHOWN} more cells."] if len(bad) > SHOWN else []
    return named + long[:SHOWN] + more


def _assert_made_for(design: Design, uncertain: Uncertain) -> None:
    """Raise for distributions without ends on a grid, and for correlations where inputs are independent."""
    findings = [
        f"{key}: a normal has no ends for {design.name}; use truncated-normal."
        for key, each in uncertain.each.items()
        if DESIGNS[design.name].ends and math.isinf(each.distribution.ends[0])
    ]
    together = [group.keys for group in uncertain.correlated]
    together += [tuple(uncertain.joint.columns)] if uncertain.joint else []
    if together and design.name in ("saltelli", "morris", "factorial"):
        findings.append(
            f"{', '.join(together[0])} are correlated, but {design.name} needs independent inputs. "
            "Use random, lhs or sobol."
        )
    if findings:
        raise ScenarioError(" ".join(findings))


def correlated(group: Correlated, points: Mapping[str, Column]) -> dict[str, Column]:
    """Return points correlated by a Gaussian copula; the order of sums is fixed, so that bits repeat."""
    from scipy.special import ndtr, ndtri

    root = np.linalg.cholesky(np.array(group.matrix))
    normal = [ndtri(points[key]) for key in group.keys]
    mixed = [sum(root[i, j] * normal[j] for j in range(i + 1)) for i in range(len(normal))]
    return {key: ndtr(each) for key, each in zip(group.keys, mixed, strict=True)}
