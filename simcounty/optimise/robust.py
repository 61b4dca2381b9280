"""The setting that meets most targets at once under uncertainty, and the draws to search and score it on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simcounty.errors import InputError
from simcounty.optimise.attainable import AttainableRanges
from simcounty.optimise.decision import DecisionSpace, Draws
from simcounty.optimise.global_search import EvaluationLog, SearchSize, global_search, simplified
from simcounty.optimise.outcomes import Conditions, JointProbability, outcomes_at
from simcounty.optimise.pattern_search import Floats
from simcounty.scenario import Scenario
from simcounty.sweeps import Specification, specify

SEARCH_OVER_DRAWS = SearchSize(population=48, generations=10)
LIKELY = 0.5  # of the draws: a target that some setting meets in as many is attainable
SEARCH_DRAWS = 64
"""Draws to search on, at most: few, so that many settings can be tried."""


@dataclass(frozen=True)
class AuditDraws:
    """Draws of what is uncertain: those that a search runs on, and others that settings are scored on."""

    search: Draws
    scoring: Draws


@dataclass(frozen=True)
class JointSetting:
    """The point that meets most at once, the conditions it was sought for, and how many points were tried."""

    point: Floats
    conditions: Conditions
    tried: int


def audit_draws(scenario: Scenario, n: int, seed: int, uncertainties: Path | None) -> AuditDraws | None:
    """Draw what a file, or else the county and the policies, name as uncertain; None where nothing is.

    Raise ScenarioError, all findings at once, for what cannot be drawn so.
    """
    if n < 1:
        raise InputError(f"n = {n}: at least one draw is needed.")
    if uncertainties is None and not scenario.uncertain.each:
        return None
    first = min(SEARCH_DRAWS, n)
    draws = specify([scenario], Specification(first + n, uncertainties=uncertainties, seed=seed)).draws
    columns = draws.columns(range(draws.members))
    clauses = scenario.clause_levers
    open_levers = [key for key in columns if key in clauses and clauses[key].setting is None]
    if open_levers:
        raise InputError(
            f"{', '.join(open_levers)}: said to be uncertain, but the plan leaves these levers open, so an "
            "audit sets them. Leave them out of what is uncertain."
        )
    search = {key: column[:first] for key, column in columns.items()}
    return AuditDraws(search, {key: column[first:] for key, column in columns.items()})


def joint_setting(
    space: DecisionSpace, ranges: AttainableRanges, draws: Draws | None, seed: int
) -> JointSetting:
    """Search for the setting with which most draws meet all targets and satisfy all constraints.

    Where no draw does so at any point, all points would rank alike. So constraints are left out where nothing
    satisfies them, and so are targets that are not attainable: that no point meets at the central inputs, nor
    any of those run so far in half of the draws. Without draws the central inputs count.
    """
    log = EvaluationLog(lambda points: outcomes_at(space, points, draws))
    random = np.random.default_rng([seed, len(ranges.attainable)])
    start, places = np.unique(ranges.start, axis=0, return_index=True)
    start = start[np.argsort(places)]  # the plan stays first
    found = log(start)
    best_fraction = found.met.mean(axis=1).max(axis=0)
    everything = tuple(range(len(ranges.attainable)))
    attainable = tuple(i for i in everything if ranges.attainable[i] != "no" or best_fraction[i] >= LIKELY)
    conditions = Conditions(everything, feasible=bool(found.feasible.any()))
    point = _best(log, conditions, start, random)
    if attainable and attainable != everything and not conditions.hold(log.run(point[None])).any():
        conditions = Conditions(attainable, conditions.feasible)
        point = _best(log, conditions, start, random)
    point = simplified(log, JointProbability(conditions), point, start[0])
    return JointSetting(point, conditions, log.count)


def _best(log: EvaluationLog, conditions: Conditions, start: Floats, random: np.random.Generator) -> Floats:
    """Search from the better half of the points to start from."""
    objective = JointProbability(conditions)
    order = np.argsort(-objective(log.run(start)), kind="stable")
    start = start[order][: SEARCH_OVER_DRAWS.population // 2]
    return global_search(log, objective, start, SEARCH_OVER_DRAWS, random)
