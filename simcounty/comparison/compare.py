"""Comparisons: scenarios side by side, target by target and variable by variable, held against the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from simcounty.comparison.constraint_levels import levels_of
from simcounty.comparison.request import asked
from simcounty.comparison.run import constraints_satisfied, runs_of, verdicts_of
from simcounty.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["compare"]


def compare(
    scenarios: Scenario | Sequence[Scenario] | Mapping[str, Scenario],
    variables: Sequence[str] = (),
    targets: Sequence[str] = (),
    years: Sequence[int] = (),
    per: str = "",
) -> xr.Dataset:
    """Run scenarios and lay them side by side; a single one is held against its baseline.

    They may be of different counties, models and years. By default all their targets are judged, and their
    headline variables followed; a target that one scenario brings judges the others it is meant for.
    Returns, with the differences from the first scenario,
        by `scenario` and `target`: value, goal, margin, met, in the target's unit; nan where not judged;
        by `scenario`, `variable` and `time`: level, at the ends of years or the flow of the year;
        by `scenario` and `line`: worst, worst_year, kept, of the constraints.
    Amounts of different counties, such as people or yuan, do not compare: they are divided by the variable
    `per` of their county, or become an index, 100 in the first year all runs have. `measure` says which:
    "level", "index" or "per". `years` are those a table shows: the last year of a target, if none is named.
    Raises InputError, all findings at once, for variables, targets and years that the runs do not hold.

    >>> import simcounty as sc
    >>> found = sc.compare(sc.load("tonglu/plan-2027"), ["gdp"])
    >>> found.scenario.values.tolist(), found.attrs["years"]
    (['tonglu/plan-2027 baseline', 'tonglu/plan-2027'], '2027')
    """
    question = asked(scenarios, variables, targets, years, per)
    runs = runs_of(question)
    verdicts, constraints = verdicts_of(question, runs), constraints_satisfied(question, runs)
    return levels_of(question, runs).merge(verdicts).merge(constraints)
