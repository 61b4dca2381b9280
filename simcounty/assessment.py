"""A scenario run beside its baseline, held against its targets and its constraints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcounty.conditions.constraints import Constraint, ConstraintStatus, constraint_status, constraints_of
from simcounty.judgement import judge
from simcounty.simulation import simulate

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Scenario


@dataclass(frozen=True)
class ConstraintOutcome:
    """How the plan and its baseline come out at a constraint; None where they hold none of its years."""

    constraint: Constraint
    plan: ConstraintStatus | None
    baseline: ConstraintStatus | None


@dataclass(frozen=True, eq=False)
class Assessment:
    """A scenario with its run and verdict, along `scenario`: the baseline first, the plan last.

    A scenario without levers is its own baseline and is run once.
    """

    scenario: Scenario
    run: xr.Dataset
    verdict: xr.Dataset
    constraints: tuple[ConstraintOutcome, ...]

    @property
    def is_compared(self) -> bool:
        """Whether it was run beside a baseline."""
        return bool(self.run.sizes["scenario"] > 1)


def assess(
    scenario: Scenario, *, backend: str = "auto", integrator: str = "euler", keep: Sequence[str] | None = None
) -> Assessment:
    """Run a scenario beside its baseline, judge its targets and measure its constraints.

    Raise ScenarioError, before anything is run, for constraints that cannot be used, and RunError where a run
    fails.

    >>> found = assess(plan)
    >>> found.run.scenario.values.tolist(), bool(found.verdict.met.sel(target="urbanisation-2027")[-1])
    (['tonglu/plan-2027 baseline', 'tonglu/plan-2027'], True)
    """
    constraints = constraints_of(scenario.model)
    runs = [scenario.baseline, scenario] if scenario.levers else [scenario]
    run = simulate(runs, backend=backend, integrator=integrator, keep=keep)
    outcomes = tuple(_outcome(each, run) for each in constraints)
    return Assessment(scenario, run, judge(run, scenario.targets), outcomes)


def _outcome(constraint: Constraint, run: xr.Dataset) -> ConstraintOutcome:
    statuses = constraint_status(constraint, run)
    plan, baseline = (statuses[-1], statuses[0]) if statuses else (None, None)
    return ConstraintOutcome(constraint, plan, baseline)
