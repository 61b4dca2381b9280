"""Decision variables: the levers a search may move, each on a scale from 0 to 1 over its range."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simcounty.conditions.constraints import Constraint
from simcounty.errors import InputError, did_you_mean
from simcounty.optimise.pattern_search import Floats
from simcounty.sampling import Ensemble
from simcounty.scenario import LeverPath, Scenario, Target, binding
from simcounty.scenario.distributions import Column
from simcounty.scenario.lever_path import clause_path, in_span
from simcounty.simulation import variables_needed

Draws = Mapping[str, Column]
"""Values drawn for what is uncertain: one column of draws for each constant."""

EXACT = 17  # digits that keep a number as it is


@dataclass(frozen=True)
class DecisionVariable:
    """A lever that a search may move: its path, the range of the path's final value, and a reference value.

    reference: the final value that effort is measured from. It is that of the path; or, where an earlier goal
    seeking chose the path, the lever's value without one.
    """

    path: LeverPath
    low: float
    high: float
    reference: float

    @property
    def key(self) -> str:
        return self.path.key

    def path_at(self, fraction: float, digits: int = EXACT) -> LeverPath:
        """Return the path that ends at a fraction of the range, rounded to significant digits."""
        exact = float(self.values_at(np.array([fraction]))[0])
        final = min(self.high, max(self.low, float(f"{exact:.{digits}g}")))
        return dataclasses.replace(self.path.ending_at(final), solved=True)

    def values_at(self, fractions: Floats) -> Floats:
        """Return the lever's final values at fractions of its range, never outside the range."""
        return np.clip(self.low + (self.high - self.low) * np.clip(fractions, 0.0, 1.0), self.low, self.high)


@dataclass(frozen=True, eq=False)
class DecisionSpace:
    """All combinations of the decision variables' values, and what each of them is judged by.

    A point is an array with one number a variable: 0 at the low end of its range, 1 at the high end.
    Points are arrays (points, variables).
    """

    scenario: Scenario
    variables: tuple[DecisionVariable, ...]
    targets: tuple[Target, ...]
    constraints: tuple[Constraint, ...] = ()
    backend: str = "compiled"

    @property
    def keys(self) -> list[str]:
        """The levers that may move."""
        return [variable.key for variable in self.variables]

    @cached_property
    def reference(self) -> Floats:
        """The point that effort is measured from: every lever at its reference value."""
        return self._point([variable.reference for variable in self.variables])

    @cached_property
    def plan(self) -> Floats:
        """The point of the scenario as it is: every lever at its setting, else at its default."""
        return np.clip(self._point([variable.path.final for variable in self.variables]), 0.0, 1.0)

    @cached_property
    def default(self) -> Floats:
        """The point of the baseline: every lever at the value that model and county give it."""
        constants = self.scenario.model.constants
        return np.clip(self._point([constants[key].value for key in self.keys]), 0.0, 1.0)

    def _point(self, values: list[float]) -> Floats:
        pairs = zip(values, self.variables, strict=True)
        return np.array([(value - each.low) / (each.high - each.low) for value, each in pairs], float)

    def moved(self, point: Floats, origin: Floats) -> dict[str, tuple[DecisionVariable, float]]:
        """Return, by lever, the variables that are elsewhere than at the origin, each with its fraction."""
        places = zip(self.variables, point.tolist(), origin.tolist(), strict=True)
        return {variable.key: (variable, at) for variable, at, before in places if at != before}

    def scenario_at(self, point: Floats, name: str) -> Scenario:
        """Return the scenario with the levers of a point; one where the plan has it keeps its path."""
        moved = self.moved(point, self.plan).items()
        levers = {key: variable.path_at(fraction) for key, (variable, fraction) in moved}
        return dataclasses.replace(self.scenario, name=name, levers={**self.scenario.levers, **levers})

    def ensemble(self, points: Floats, draws: Draws | None = None) -> Ensemble:
        """Return one member for every point and draw; all draws of the first point come first."""
        count = count_draws(draws)
        columns = {
            variable.key: np.repeat(variable.values_at(fractions), count)
            for variable, fractions in zip(self.variables, points.T, strict=True)
        }
        columns |= {key: np.tile(column, len(points)) for key, column in (draws or {}).items()}
        return Ensemble(self.scenario, columns, {each.key: each.path for each in self.variables})

    @cached_property
    def scales(self) -> Floats:
        """What each target's margins are divided by: the goal, or 1 where that is 0 or no number."""
        goals = np.array([abs(target.goal) for target in self.targets])
        return np.where(np.isfinite(goals) & (goals > 0.0), goals, 1.0)

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The variables that targets and constraints are read from."""
        predicates = (each.predicate for each in self.constraints)
        return variables_needed(self.scenario.model, *self.targets, *predicates)


def count_draws(draws: Draws | None) -> int:
    """Return the number of draws; 1 where nothing is drawn and only the central inputs are run."""
    return len(next(iter(draws.values()))) if draws else 1


def decision_variable_of(scenario: Scenario, name: str) -> DecisionVariable:
    """Return the decision variable of a lever, by its key or label.

    Raise InputError for what is no lever, has no range, or moves outside the years of the run.
    """
    key = binding.constant_of(scenario.model, name).key
    limits = scenario.limits(key)
    levers = dict.fromkeys([*scenario.clause_levers, *scenario.levers])
    if key not in levers:
        raise InputError(
            f"is no lever of {scenario.name}: no clause names it and no setting moves it, and only levers "
            f"are sought.{did_you_mean(key, levers)}"
        )
    if limits.low is None or limits.high is None or limits.low >= limits.high:
        raise InputError(f"has no range to search in, {limits}. Give it one in {limits.given_by}.")
    constant = scenario.model.constants[key]
    lever = scenario.clause_levers.get(key)
    path = scenario.levers.get(key)
    if path is None and lever:
        path = clause_path(lever, constant, constant.value)
    elif path is None:
        path = scenario.lever_path(key, constant.value)
    in_span(path, scenario.years, scenario.model)
    reference = constant.value if path.solved else path.final
    path = dataclasses.replace(path, default=constant.value)
    return DecisionVariable(path, limits.low, limits.high, reference)
