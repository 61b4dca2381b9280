"""How targets and constraints come out at points of a decision space, and the objectives of searches."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcounty.conditions.constraints import Constraint, slack
from simcounty.judgement import is_met, margin_of, value_of
from simcounty.model_error.futures import with_errors
from simcounty.optimise.decision import DecisionSpace, Draws, count_draws
from simcounty.optimise.future_draws import FutureDraws
from simcounty.optimise.pattern_search import Floats
from simcounty.sampling import Ensemble
from simcounty.scenario import Scenario
from simcounty.simulation import simulate

Flags = NDArray[np.bool_]

AT_ONCE = 8192  # members run at once at most
FAILED = -10.0  # the relative margin that a failed run is given, in order to be ranked
PENALTY = 1e3  # of a goal: no margin makes up for a condition that does not hold
TIE = 1e-3  # of a probability, a goal of shortfall: what decides among settings that are equally likely
ALL_MET = 1.0  # the value of `JointProbability` where every draw meets everything


@dataclass(frozen=True)
class Outcomes:
    """How targets and constraints come out at points, with every draw at each of them.

    values: of the targets, in their units; (points, draws, targets), NaN where a run failed.
    margins: relative to the goals; met: False where a run failed. Both are shaped like values.
    slack: how far inside its band the worst year of a constraint is, relative to an end of the band;
        (points, draws, constraints), minus infinity where a run failed. satisfied: shaped like slack.
    """

    values: Floats
    margins: Floats
    met: Flags
    slack: Floats
    satisfied: Flags

    @property
    def feasible(self) -> Flags:
        """Whether all constraints are satisfied (points, draws)."""
        return np.asarray(self.satisfied.all(axis=-1))

    def __getitem__(self, points: slice) -> Outcomes:
        """Return the outcomes of some of the points."""
        return Outcomes(*(getattr(self, each.name)[points] for each in dataclasses.fields(self)))

    @classmethod
    def joined(cls, parts: Sequence[Outcomes]) -> Outcomes:
        """Return the outcomes of many points, one part after the other."""
        names = [each.name for each in dataclasses.fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def outcomes_at(space: DecisionSpace, points: Floats, draws: Draws | None = None) -> Outcomes:
    """Run every point with every draw; without draws, at the central inputs."""
    at_once = max(1, AT_ONCE // count_draws(draws))
    parts = [points[i : i + at_once] for i in range(0, len(points), at_once)]
    return Outcomes.joined([_outcomes(space, space.ensemble(part, draws), len(part)) for part in parts])


def outcomes_of(space: DecisionSpace, scenario: Scenario, draws: FutureDraws) -> Outcomes:
    """Run one scenario in every future, and judge it by the targets and constraints of a space."""
    return _outcomes(space, draws.ensemble(scenario), 1, draws.errors)


def _outcomes(
    space: DecisionSpace, ensemble: Ensemble, points: int, errors: Floats | None = None
) -> Outcomes:
    run = simulate(ensemble, space.backend, keep=space.needed)
    run = run if errors is None else with_errors(run, errors, space.scenario.model)
    failed, run = run.failed.values, run.reset_coords(drop=True)  # fewer coordinates, less time
    values = [value_of(run, target) for target in space.targets]
    margins = [margin_of(target, value) for target, value in zip(space.targets, values, strict=True)]
    met = [is_met(target, margin) for target, margin in zip(space.targets, margins, strict=True)]
    inside = [np.asarray(slack(each, run)) / _scale(each) for each in space.constraints]

    def by_point(found: Sequence[Any], missing: Any) -> Any:
        table = np.array(found).reshape(len(found), ensemble.members).T
        table = np.where(failed[:, None], missing, table)
        return table.reshape(points, ensemble.members // points, len(found))

    return Outcomes(
        values=by_point(values, np.nan),
        margins=by_point(margins, np.nan) / space.scales,
        met=by_point(met, False),
        slack=by_point(inside, -np.inf),
        satisfied=by_point([each >= 0.0 for each in inside], False),
    )


def _scale(constraint: Constraint) -> float:
    """Return what slack is relative to: an end of the constraint's band, or 1 of its unit where that is 0."""
    ends = (abs(constraint.predicate.band.low), abs(constraint.predicate.band.high))
    return max((end for end in ends if math.isfinite(end)), default=0.0) or 1.0


Objective = Callable[[Outcomes], Floats]
"""What a search maximises: a number for every point."""


@dataclass(frozen=True)
class Conditions:
    """Targets, by their position, to be met at once and, if `feasible`, with every constraint satisfied."""

    targets: tuple[int, ...]
    feasible: bool

    def hold(self, found: Outcomes) -> Flags:
        """Return whether the conditions hold (points, draws)."""
        met = found.met[..., list(self.targets)].all(axis=-1)
        return np.asarray(met & found.feasible if self.feasible else met)

    def shortfall(self, found: Outcomes) -> Floats:
        """Return the sum of what is missing, relative to goals and bands (points, draws)."""
        margins = np.nan_to_num(found.margins[..., list(self.targets)], nan=FAILED)
        short = np.maximum(0.0, -margins).sum(axis=-1)
        slack = np.maximum(found.slack, FAILED)
        return np.asarray(short + np.maximum(0.0, -slack).sum(axis=-1) if self.feasible else short)


@dataclass(frozen=True)
class BestMargin:
    """Objective: maximise one target's margin at the central inputs, subject to conditions."""

    target: int
    subject_to: Conditions

    def __call__(self, found: Outcomes) -> Floats:
        margin = found.margins[:, 0, self.target]
        short = self.subject_to.shortfall(found)[:, 0]
        value = np.where(self.subject_to.hold(found)[:, 0], margin, -PENALTY - short)
        return np.where(np.isnan(margin), -np.inf, value)


@dataclass(frozen=True)
class JointProbability:
    """Objective: maximise the fraction of draws in which conditions hold.

    Among settings of the same fraction, the better one has the smaller shortfall, averaged over the draws.
    """

    conditions: Conditions

    def __call__(self, found: Outcomes) -> Floats:
        fraction = self.conditions.hold(found).mean(axis=1)
        return np.asarray(fraction - TIE * self.conditions.shortfall(found).mean(axis=1))
