"""The box of the levers a plan leaves open, and how the targets and lines come out at points of it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcounty.conditions.constraints import Constraint, constraints_of, slack
from simcounty.conditions.predicates import years_held
from simcounty.errors import Findings, InputError
from simcounty.judgement import is_met, margin_of, value_of
from simcounty.optimise.decision import HOPELESS, Dial, Problem, dial_of
from simcounty.optimise.pattern_search import Floats
from simcounty.sampling import Ensemble
from simcounty.scenario import Scenario
from simcounty.scenario.distributions import Column
from simcounty.simulation import simulate, variables_needed

TOGETHER = 8192  # members run at once at most

Flags = NDArray[np.bool_]
Draws = Mapping[str, Column]


@dataclass(frozen=True)
class Outcomes:
    """How targets and lines come out at points, each with every draw; a failed run meets and keeps nothing.

    values, in the targets' units, and margins, relative to the goals: (points, draws, targets), nan where a
    run failed. met: the same. rooms, how far inside its band the worst year of a line is, relative to an end
    of the band: (points, draws, lines), minus infinity where a run failed; kept: the same.
    """

    values: Floats
    margins: Floats
    met: Flags
    rooms: Floats
    kept: Flags

    @classmethod
    def of(cls, parts: Sequence[Outcomes]) -> Outcomes:
        """Return the outcomes of many points, one part after the other."""
        names = [each.name for each in dataclasses.fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, eq=False)
class Box:
    """A scenario with its targets, its constraints, and a dial for every lever left open."""

    problem: Problem
    constraints: tuple[Constraint, ...]

    @property
    def dials(self) -> tuple[Dial, ...]:
        return self.problem.dials

    @property
    def keys(self) -> list[str]:
        """The levers left open."""
        return [dial.setting.key for dial in self.dials]

    @cached_property
    def plan(self) -> Floats:
        """The point where the plan stands."""
        return self._shares([dial.setting.final for dial in self.dials])

    @cached_property
    def default(self) -> Floats:
        """The point where every lever keeps the value it has without the plan."""
        constants = self.problem.scenario.model.constants
        return self._shares([constants[key].value for key in self.keys])

    def _shares(self, values: list[float]) -> Floats:
        ends = [(dial.low, dial.high) for dial in self.dials]
        shares = [(value - low) / (high - low) for value, (low, high) in zip(values, ends, strict=True)]
        return np.asarray(np.clip(shares, 0.0, 1.0))

    def scenario_at(self, point: Floats, name: str) -> Scenario:
        """Return the scenario with the open levers where a point puts them; those the plan has there stay."""
        scenario, shares = self.problem.scenario, zip(self.dials, point, self.plan, strict=True)
        moved = {
            dial.setting.key: dial.setting_at(share) for dial, share, stands in shares if share != stands
        }
        return dataclasses.replace(scenario, name=name, levers={**scenario.levers, **moved})

    @cached_property
    def kept(self) -> list[str]:
        """The variables that targets and constraints are read from."""
        predicates = (each.predicate for each in self.constraints)
        return list(variables_needed(self.problem.scenario.model, *self.problem.targets, *predicates))

    def outcomes(self, points: Floats, drawn: Draws | None = None) -> Outcomes:
        """Return how every point comes out, with every draw; without draws, at the central inputs."""
        draws = len(next(iter(drawn.values()))) if drawn else 1
        at_once = max(1, TOGETHER // draws)
        parts = [points[i : i + at_once] for i in range(0, len(points), at_once)]
        return Outcomes.of([self._read(self.problem.ensemble(part, drawn), len(part)) for part in parts])

    def outcomes_of(self, scenario: Scenario, drawn: Draws) -> Outcomes:
        """Return how one setting, given as a scenario, comes out with every draw."""
        return self._read(Ensemble(scenario, drawn), 1)

    def _read(self, ensemble: Ensemble, points: int) -> Outcomes:
        run = simulate(ensemble, self.problem.backend, keep=self.kept)
        failed, run = run.failed.values, run.reset_coords(drop=True)  # what it does not carry costs no time
        targets = self.problem.targets
        values = [value_of(run, target) for target in targets]
        margins = [margin_of(target, value) for target, value in zip(targets, values, strict=True)]
        met = [is_met(target, margin) for target, margin in zip(targets, margins, strict=True)]
        room = [np.asarray(slack(each, run)) / _scale(each) for each in self.constraints]

        def laid_out(found: Sequence[Any], missing: Any) -> Any:
            table = np.array(found).reshape(len(found), ensemble.members).T
            table = np.where(failed[:, None], missing, table)
            return table.reshape(points, ensemble.members // points, len(found))

        return Outcomes(
            values=laid_out(values, np.nan),
            margins=laid_out(margins, np.nan) / self.problem.scales,
            met=laid_out(met, False),
            rooms=laid_out(room, -np.inf),
            kept=laid_out([each >= 0.0 for each in room], False),
        )


def box_of(scenario: Scenario) -> Box:
    """Return the box of a scenario: the levers that a clause gives it and fixes no number for.

    Raises InputError, all findings at once, for a scenario without targets, and for open levers that have no
    range to search in, or that move outside the years of the run.

    >>> box_of(plan).keys[:2]
    ['commerce_upgrade', 'investment_promotion']
    """
    findings, dials = [], []
    for key, lever in scenario.clause_levers.items():
        if lever.setting is None:
            try:
                dials.append(dial_of(scenario, key))
            except InputError as error:
                findings.append(f"lever {key}: {error}")
    if not scenario.targets:
        findings.append("it has no targets; name in `policies` a document that sets some for its county.")
    Findings(findings).raise_as(InputError, f"{scenario.name}: it cannot be audited:")
    problem = Problem(scenario, scenario.targets, tuple(dials), "compiled")
    bounded = (each for each in constraints_of(scenario.model) if _is_seen(each, scenario))
    return Box(problem, tuple(bounded))


def _scale(constraint: Constraint) -> float:
    """Return the scale of a constraint's slack: an end of its band, or one of its unit where that is 0."""
    ends = (abs(constraint.predicate.band.low), abs(constraint.predicate.band.high))
    return max((end for end in ends if math.isfinite(end)), default=0.0) or 1.0


def _is_seen(constraint: Constraint, scenario: Scenario) -> bool:
    held = years_held(scenario.years.start, scenario.years.end)
    return any(year in held[1 if constraint.predicate.stocks else 0 :] for year in constraint.predicate.years)


Aim = Callable[[Outcomes], Floats]

BESIDE = 1e3  # of a goal: no margin makes up for a condition that is broken
TIE = 1e-3  # of a probability, a goal of shortfall: what decides among settings as likely to meet all
ALL = 1.0  # what `together` gives where every draw meets everything


def furthest(target: int, beside: Sequence[int] = (), paid: bool = False) -> Aim:
    """Want a target as far on the met side as can be, others being met and, if `paid`, all lines kept."""

    def value(found: Outcomes) -> Floats:
        margin = found.margins[:, 0, target]
        broken = ~holding(found, beside, paid)[:, 0]
        short = _shortfall(found, beside, paid)[:, 0]
        wanted = np.where(broken, -BESIDE - short, margin)
        return np.where(np.isnan(margin), -np.inf, wanted)

    return value


def together(targets: Sequence[int], paid: bool) -> Aim:
    """Want as many draws as can be in which targets are met at once and, if `paid`, all lines kept.

    Among settings of which that is the same share, the one whose shortfalls, relative to the goals, are
    smallest in sum over the targets and on average over the draws.
    """

    def value(found: Outcomes) -> Floats:
        share = holding(found, targets, paid).mean(axis=1)
        return np.asarray(share - TIE * _shortfall(found, targets, paid).mean(axis=1))

    return value


def holding(found: Outcomes, targets: Sequence[int], paid: bool) -> Flags:
    """Tell which points with which draws meet targets at once and, if `paid`, keep all lines."""
    met = found.met[..., list(targets)].all(axis=-1)
    return np.asarray(met & found.kept.all(axis=-1) if paid else met)


def _shortfall(found: Outcomes, targets: Sequence[int], paid: bool) -> Floats:
    margins = np.nan_to_num(found.margins[..., list(targets)], nan=HOPELESS)
    short = np.maximum(0.0, -margins).sum(axis=-1)
    rooms = np.maximum(found.rooms, HOPELESS)
    return np.asarray(short + np.maximum(0.0, -rooms).sum(axis=-1) if paid else short)
