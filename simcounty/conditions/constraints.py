"""Constraints: what must hold in every run of a model, whatever it was run for.

The constraints of `models/county.mdl` are in `models/constraints/county.toml`:

    [[constraint]]
    name = "Solvency"
    label = "偿付能力"                   # its name in Chinese
    variable = "general_payout"
    value = [0.995, inf]                # in the variable's unit, or with units: ["99.5 %", inf]
    reason = "a target met with unpaid wages is not met"

`years`, one or the first and the last, are all if left out. `measure = "year"` means the flow of the calendar
year, for which the model needs a stock that accumulates it; the default "at" means the end of the year.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simcounty import toml_files
from simcounty.conditions.measures import Predicate, levels, worst_place
from simcounty.conditions.predicates import Ends, PredicateShape, Years, bind_predicate, years_held
from simcounty.dataset import Result
from simcounty.errors import Findings, ScenarioError
from simcounty.model import Model
from simcounty.scenario import Scenario, Span
from simcounty.scenario.target import Measure
from simcounty.toml_files import Shape

if TYPE_CHECKING:
    import xarray as xr

FOLDER = "constraints"
"""Beside a model file: the folder its constraints are in."""

Numbers = NDArray[np.float64]


class ConstraintShape(Shape):
    """`[[constraint]]` of a constraint file."""

    name: str = Field(min_length=1)
    label: str = ""
    variable: str
    years: Years | None = None
    measure: Measure = "at"
    value: Ends
    reason: str = Field(min_length=1)


class ConstraintsShape(Shape):
    """A constraint file."""

    constraint: list[ConstraintShape] = Field(min_length=1)


@dataclass(frozen=True)
class Constraint:
    """A constraint: its name, the level it bounds, its name in Chinese if it has one, and why it is there."""

    name: str
    predicate: Predicate
    label: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ConstraintStatus:
    """The worst year of a run under a constraint: the element, its value, and whether the band holds it."""

    key: str
    year: int
    value: float
    satisfied: bool


def constraints_file(model: str | Path) -> Path | None:
    """Return the file with the constraints of a model file, or None if it has none.

    >>> constraints_file(model.path).as_posix().endswith("models/constraints/county.toml")
    True
    """
    file = Path(model).parent / FOLDER / f"{Path(model).stem}.toml"
    return file if file.is_file() else None


def constraints_of(model: Model) -> tuple[Constraint, ...]:
    """Load the constraints of a model; a model without a constraint file has none.

    Raise ScenarioError, with every finding, for a file that cannot be used.

    >>> [constraint.predicate.variable for constraint in constraints_of(model)]
    ['general_payout', 'fund_payout', 'platform_payout', 'arrears_ratio']
    """
    file = constraints_file(model.path)
    if file is None:
        return ()
    findings = Findings()
    shape = toml_files.read(file, ConstraintsShape, findings)
    found = _bound(file, shape, model, findings) if shape else ()
    findings.raise_as(ScenarioError, f"{file}: these constraints cannot be used:")
    return found


def _bound(file: Path, shape: ConstraintsShape, model: Model, findings: Findings) -> tuple[Constraint, ...]:
    """Bind constraints to a model; what does not fit is left out and becomes a finding."""
    clock = model.graph.clock
    run = Scenario("constraints", "constraints", model, Span(clock.start, clock.end))
    bound: dict[tuple[str, tuple[str, ...]], Constraint] = {}
    for number, each in enumerate(shape.constraint, 1):
        with findings.at(file, f"constraint #{number}"):
            predicate = bind_predicate(PredicateShape.model_construct(**dict(each)), run, (), ("value",))
            if (each.name, predicate.keys) in bound:
                raise ScenarioError(
                    f"{each.name!r} bounds {each.variable} already. Keep one, or name them differently."
                )
            bound[each.name, predicate.keys] = Constraint(each.name, predicate, each.label, each.reason)
    return tuple(bound.values())


def constraint_status(
    constraint: Constraint, runs: xr.Dataset | Result
) -> tuple[ConstraintStatus, ...] | None:
    """Return the worst year of each run; None where the runs hold none of the years bounded."""
    seen = _seen(constraint, runs)
    if seen is None:
        return None
    predicate, numbers = seen
    return tuple(_status(predicate, numbers[..., i]) for i in range(numbers.shape[-1]))


def slack(constraint: Constraint, runs: xr.Dataset) -> Numbers | None:
    """Return how far inside its bounds each run stays, negative outside; None as for `constraint_status`."""
    seen = _seen(constraint, runs)
    if seen is None:
        return None
    predicate, numbers = seen
    outside = predicate.band.outsides(numbers).max(axis=(0, 1))
    return np.asarray(0.0 - outside)


def years_bounded(constraint: Constraint, start: float, end: float) -> tuple[int, ...]:
    """Return the years that a constraint bounds and that a run between these times holds."""
    held = years_held(start, end)[1 if constraint.predicate.stocks else 0 :]
    return tuple(year for year in constraint.predicate.years if year in held)


def _seen(constraint: Constraint, runs: xr.Dataset | Result) -> tuple[Predicate, Numbers] | None:
    """Return the predicate for the years that the runs hold, and its numbers: (elements, years, runs)."""
    predicate = constraint.predicate
    times = runs.inputs.times if isinstance(runs, Result) else runs.time.values
    years = years_bounded(constraint, float(times[0]), float(times[-1]))
    if not years:
        return None
    keys, flow = predicate.stocks or predicate.keys, bool(predicate.stocks)
    return replace(predicate, years=years), levels(runs, keys, years, flow)


def _status(predicate: Predicate, numbers: Numbers) -> ConstraintStatus:
    place = worst_place(predicate.band, numbers)
    value = float(numbers[place])
    satisfied = predicate.band.holds(value)
    return ConstraintStatus(predicate.keys[place[0]], predicate.years[place[1]], value, satisfied)
