"""A scenario run beside its baseline, held against its targets and its constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from simcounty.conditions.constraints import Constraint, ConstraintStatus, constraint_status, constraints_of
from simcounty.dataset import Result, to_dataset
from simcounty.judgement import Numbers, is_met, margin_of, measured, values_of
from simcounty.simulation import run_scenarios
from simcounty.units import express

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Scenario, Target


@dataclass(frozen=True)
class ConstraintOutcome:
    """How the plan and its baseline come out at a constraint; None where they hold none of its years."""

    constraint: Constraint
    plan: ConstraintStatus | None
    baseline: ConstraintStatus | None


@dataclass(frozen=True, eq=False)
class Assessment:
    """A scenario with its result and the verdict on its targets: the baseline first, the plan last.

    What a command changed is last, and what its file asks stands between.

    verdict: the value and the margin of each target in each run, and whether it is met.
    A scenario without levers is its own baseline and is run once.
    """

    scenario: Scenario
    result: Result
    verdict: Mapping[str, Numbers]
    constraints: tuple[ConstraintOutcome, ...]

    @cached_property
    def run(self) -> xr.Dataset:
        """The result with its labels, along `scenario`."""
        return to_dataset(self.result)

    @property
    def is_compared(self) -> bool:
        """Whether it was run beside a baseline."""
        return len(self.result.bases) > 1


def assess(
    scenario: Scenario, *, backend: str = "auto", integrator: str | None = None, seed: int = 0
) -> Assessment:
    """Run a scenario beside its baseline, judge its targets and measure its constraints.

    One that a command changed is run beside the file's own, where the two can be compared, and its baseline.
    Raise ScenarioError, before anything is run, for constraints that cannot be used, and RunError where a run
    fails. The verdict is read from the numbers as they are, so that it need not wait for their labels.

    >>> found = assess(plan)
    >>> found.run.scenario.values.tolist(), bool(found.verdict["met"][0, -1])
    (['tonglu/plan-2027 baseline', 'tonglu/plan-2027'], True)
    """
    constraints = constraints_of(scenario.model)
    own = scenario.unchanged or scenario
    beside = [own.baseline, own] if own.levers else [own]
    runs = [*beside, scenario] if scenario.unchanged else beside
    result = run_scenarios(runs, backend, integrator, seed)
    outcomes = tuple(_outcome(each, result) for each in constraints)
    return Assessment(scenario, result, _verdict(result, scenario.targets), outcomes)


def _outcome(constraint: Constraint, result: Result) -> ConstraintOutcome:
    statuses = constraint_status(constraint, result)
    plan, baseline = (statuses[-1], statuses[0]) if statuses else (None, None)
    return ConstraintOutcome(constraint, plan, baseline)


def _verdict(result: Result, targets: Sequence[Target]) -> dict[str, Numbers]:
    """Judge a result as `judge` does its labelled numbers."""
    values = values_of(targets, partial(_value, result))
    margins = [margin_of(*each) for each in zip(targets, values, strict=True)]
    met = [is_met(*each) for each in zip(targets, margins, strict=True)]
    return {"value": np.array(values), "margin": np.array(margins), "met": np.array(met, bool)}


def _value(result: Result, target: Target) -> Numbers:
    stock = result.model.accumulator(target.variable) or ""  # a flow of a year was bound with its own
    key = stock if target.measure == "year" else target.variable
    first, last = result.inputs.times[[0, -1]].tolist()
    unit = result.model.graph.elements[key].unit
    return measured(target, partial(result.level, key), first, last) * express(1.0, unit, target.unit)
