"""The lines beside every verdict: what must hold in any run of a model, whatever it was run for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simcounty.conditions.measures import Predicate, levels, worst_place
from simcounty.conditions.predicates import years_held
from simcounty.model import Model
from simcounty.validation.load import files_of, load_lines

if TYPE_CHECKING:
    import xarray as xr

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """A line: its name, the level it bounds, and its name in Chinese if it has one."""

    name: str
    predicate: Predicate
    label: str = ""


@dataclass(frozen=True)
class Nearest:
    """Where a run comes nearest to a line, or goes furthest beyond it, and whether it keeps it."""

    key: str
    year: int
    value: float
    kept: bool


def lines_of(model: Model) -> tuple[Line, ...]:
    """Return the lines that the check files beside a model draw.

    Raises ScenarioError for a check file whose lines cannot be used.

    >>> [line.predicate.measure for line in lines_of(model) if line.predicate.measure != "value"]
    []
    """
    cases = (case for path in files_of(model.path) for case in load_lines(path))
    return tuple(Line(case.it, predicate, case.label) for case in cases for predicate in case.predicates)


def nearest(line: Line, runs: xr.Dataset) -> tuple[Nearest, ...] | None:
    """Return how each of the runs of a dataset stands to a line; None where they hold none of its years."""
    seen = _seen(line, runs)
    if seen is None:
        return None
    predicate, numbers = seen
    return tuple(_nearest(predicate, numbers[..., i]) for i in range(numbers.shape[-1]))


def rooms(line: Line, runs: xr.Dataset) -> Numbers | None:
    """Return how far inside a line each run stays, negative where it goes beyond; None as for `nearest`."""
    seen = _seen(line, runs)
    if seen is None:
        return None
    predicate, numbers = seen
    outside = predicate.band.outsides(numbers).max(axis=(0, 1))
    return np.asarray(0.0 - outside)


def _seen(line: Line, runs: xr.Dataset) -> tuple[Predicate, Numbers] | None:
    """Return a line for the years that the runs hold, and what they have there: (elements, years, runs)."""
    held = years_held(float(runs.time.values[0]), float(runs.time.values[-1]))
    flow = bool(line.predicate.stocks)
    years = tuple(year for year in line.predicate.years if year in held[1 if flow else 0 :])
    if not years:
        return None
    keys = line.predicate.stocks or line.predicate.keys
    return replace(line.predicate, years=years), levels(runs, keys, years, flow)


def _nearest(predicate: Predicate, numbers: Numbers) -> Nearest:
    place = worst_place(predicate.band, numbers)
    value = float(numbers[place])
    kept = predicate.band.holds(value)
    return Nearest(predicate.keys[place[0]], predicate.years[place[1]], value, kept)
