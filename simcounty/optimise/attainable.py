"""What the open levers can attain: each target alone, two at a time, and all at once over draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from simcounty.errors import InputError
from simcounty.optimise.decision import DecisionSpace, Draws
from simcounty.optimise.future_draws import FutureDraws, future_draws
from simcounty.optimise.global_search import (
    EvaluationLog,
    SearchSize,
    best_for_each,
    evolution,
    global_search,
    simplified,
    stepped,
)
from simcounty.optimise.outcomes import BestMargin, Conditions, JointProbability, outcomes_at
from simcounty.optimise.pattern_search import Floats
from simcounty.sampling.designs import MOST_MEMBERS
from simcounty.scenario import Scenario
from simcounty.sweeps import Specification, specify

Progress = Callable[[str], None]


@dataclass(frozen=True)
class AttainableRanges:
    """What the searches found for targets, by their position.

    attainable: whether some setting meets the target: "feasible", with all constraints satisfied;
    "infeasible", only with one violated; or "no".
    best, feasible: the names of the best setting, and of the best that satisfies all constraints; "" where
    none was found. points: those of the settings named.
    pairs (targets, targets): whether both can be met at once: "feasible"; "infeasible"; "conflict", where
    each can be but not both; or "unattainable", where one cannot be met alone.
    best_with (targets, targets): how far the first of a conflicting pair gets, in its unit, while the second
    is met.
    low, high: the ends of what all points gave, in the targets' units.
    start: the points searches started from, the plan's first; then those found. tried: the points run.
    """

    attainable: tuple[str, ...]
    best: tuple[str, ...]
    feasible: tuple[str, ...]
    points: Mapping[str, Floats]
    pairs: Any
    best_with: Floats
    low: Floats
    high: Floats
    start: Floats
    tried: int


def attainable_ranges(space: DecisionSpace, seed: int, progress: Progress) -> AttainableRanges:
    """Search for every target, with and without the constraints, then for every pair in doubt."""
    log = EvaluationLog(partial(outcomes_at, space))
    start = _start(space, log)
    for target in space.targets:
        progress(target.label)
    everything = range(len(space.targets))
    best = _best_margins(log, everything, start, seed, feasible=False)
    start = np.vstack([start, *best.values()])
    doubted = [i for i in everything if space.constraints and not _is_feasible(log, best[i])]
    other = _best_margins(log, doubted, start, seed, feasible=True)
    start = np.vstack([start, *other.values()])
    points: dict[str, Floats] = {}
    feasible: list[str] = []
    for i, target in enumerate(space.targets):
        points[f"best {target.name}"] = best[i]
        point = other.get(i, best[i])
        name = f"best {target.name}" if np.array_equal(point, best[i]) else f"feasible {target.name}"
        feasible.append(name if _is_feasible(log, point) else "")
        if feasible[-1]:
            points[name] = point
    attainable = tuple(_attainable(log, (i,)) for i in everything)
    pairs, best_with = _pairs(log, attainable, start, seed)
    values = log.outcomes.values[:, 0]
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    names = (tuple(f"best {target.name}" for target in space.targets), tuple(feasible))
    return AttainableRanges(attainable, *names, points, pairs, best_with, low, high, start, log.count)


def _best_margins(
    log: EvaluationLog, targets: Sequence[int], start: Floats, seed: int, feasible: bool
) -> dict[int, Floats]:
    """Return, by target, the point where its margin is best, with or without all constraints satisfied."""
    objectives = [BestMargin(i, Conditions((), feasible)) for i in targets]
    found = best_for_each(log, objectives, start, [[seed, i, int(feasible)] for i in targets])
    return dict(zip(targets, found, strict=True))


def nothing_searched(space: DecisionSpace) -> AttainableRanges:
    """Return the ranges of a space without variables: nothing was run, and nothing is known."""
    count = len(space.targets)
    unknown, pairs = np.full((count, count), np.nan), np.full((count, count), "")
    names = ("",) * count
    return AttainableRanges(
        names, names, names, {}, pairs, unknown, unknown[0], unknown[0], space.plan[None], tried=0
    )


def _start(space: DecisionSpace, log: EvaluationLog) -> Floats:
    """Return the plan, the defaults, and for each target the corners where every lever helps, and harms, it.

    What helps is found by moving one lever at a time from the plan to either end of its range.
    """
    axes = len(space.variables)
    one = np.eye(axes, dtype=bool)
    ends = log(np.vstack([np.where(one, 1.0, space.plan), np.where(one, 0.0, space.plan)]))
    margins = np.nan_to_num(ends.margins[:, 0], nan=-np.inf)
    helps = (margins[:axes] >= margins[axes:]).T.astype(float)
    return np.vstack([space.plan, space.default, helps, 1.0 - helps])


def _is_feasible(log: EvaluationLog, point: Floats) -> bool:
    return bool(log.run(point[None]).feasible.all())


def _attainable(log: EvaluationLog, targets: tuple[int, ...]) -> str:
    """Return whether any point run so far meets targets at once."""
    found = log.outcomes
    if Conditions(targets, feasible=True).hold(found).any():
        return "feasible"
    return "infeasible" if Conditions(targets, feasible=False).hold(found).any() else "no"


def _pairs(log: EvaluationLog, attainable: tuple[str, ...], start: Floats, seed: int) -> tuple[Any, Floats]:
    """Return, for every two targets, whether they can be met at once, and how far each gets if not."""
    count = len(attainable)
    pairs, best_with = np.full((count, count), "", "<U12"), np.full((count, count), np.nan)
    alone = [i for i in range(count) if attainable[i] != "no"]
    for feasible in (True, False):
        _search_pairs(log, list(combinations(alone, 2)), feasible, start, seed)
    for i, j in combinations(range(count), 2):
        found = _attainable(log, (i, j)) if i in alone and j in alone else "unattainable"
        pairs[i, j] = pairs[j, i] = "conflict" if found == "no" else found
    torn = [(int(i), int(j)) for i, j in np.argwhere(pairs == "conflict")]
    objectives = [BestMargin(i, Conditions((j,), feasible=False)) for i, j in torn]
    points = best_for_each(log, objectives, start, [[seed, i, j, 2] for i, j in torn])
    for (i, j), point in zip(torn, points, strict=True):
        best_with[i, j] = log.run(point[None]).values[0, 0, i]
    return pairs, best_with


def _search_pairs(
    log: EvaluationLog, pairs: Sequence[tuple[int, int]], feasible: bool, start: Floats, seed: int
) -> None:
    """Search for settings that meet two attainable targets at once, where the points run leave doubt."""
    enough = ("feasible",) if feasible else ("feasible", "infeasible")
    doubted = [pair for pair in pairs if _attainable(log, pair) not in enough]

    def search(pair: tuple[int, int], own: EvaluationLog) -> Floats:
        random = np.random.default_rng([seed, *pair, 3 + feasible])
        objective = JointProbability(Conditions(pair, feasible))
        return global_search(own, objective, start, random)

    log.searched([partial(search, pair) for pair in doubted])


SEARCH_OVER_DRAWS = SearchSize(population=48, generations=10)
FINEST_OVER_DRAWS = 1 / 64  # of an axis: what no fraction of so few draws would show is not searched
LIKELY = 0.5  # of the draws: a target that some setting meets in as many is attainable
SEARCH_DRAWS, FEW_DRAWS = 64, 16
"""Draws to search on, at most, so that many settings can be tried; and those that a search begins on."""


@dataclass(frozen=True)
class AuditDraws:
    """Draws of what is uncertain: those that a search runs on, and others that settings are scored on.

    Those scored on have the model error and the delivery of policies too, and are as probable as what was
    observed since the start makes them.
    """

    search: Draws
    scoring: FutureDraws


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
    if not 1 <= n <= MOST_MEMBERS:
        raise InputError(f"n = {n}: from 1 to {MOST_MEMBERS:,} draws can be scored on.")
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
    return AuditDraws(search, future_draws(scenario, draws, range(first, first + n), seed))


def joint_setting(
    space: DecisionSpace, ranges: AttainableRanges, draws: Draws | None, seed: int
) -> JointSetting:
    """Search for the setting with which most draws meet all targets and satisfy all constraints.

    Where no draw does so at any point, all points would rank alike. So constraints are left out where nothing
    satisfies them, and so are targets that are not attainable: that no point meets at the central inputs, nor
    any of those run so far in half of the draws. Without draws the central inputs count.
    """
    few = {key: column[:FEW_DRAWS] for key, column in draws.items()} if draws else None
    first, log = (EvaluationLog(partial(outcomes_at, space, draws=each)) for each in (few, draws))
    random = np.random.default_rng([seed, len(ranges.attainable)])
    start, places = np.unique(ranges.start, axis=0, return_index=True)
    start = start[np.argsort(places)]  # the plan stays first
    found = log(start)
    best_fraction = found.met.mean(axis=1).max(axis=0)
    everything = tuple(range(len(ranges.attainable)))
    attainable = tuple(i for i in everything if ranges.attainable[i] != "no" or best_fraction[i] >= LIKELY)
    conditions = Conditions(everything, feasible=bool(found.feasible.any()))
    _begin(first, log, conditions, start, random)
    if attainable and attainable != everything and not conditions.hold(log.outcomes).any():
        conditions = Conditions(attainable, conditions.feasible)
        _begin(first, log, conditions, start, random)
    point = stepped(log, JointProbability(conditions), FINEST_OVER_DRAWS)
    point = simplified(log, JointProbability(conditions), point, start[0])
    return JointSetting(point, conditions, first.count + log.count)


def _begin(
    first: EvaluationLog,
    log: EvaluationLog,
    conditions: Conditions,
    start: Floats,
    random: np.random.Generator,
) -> None:
    """Search on few draws, from the better half of the points to start from, and run the best on all."""
    objective = JointProbability(conditions)
    order = np.argsort(-objective(first(start)), kind="stable")
    start = start[order][: SEARCH_OVER_DRAWS.population // 2]
    log(evolution(first, objective, start, SEARCH_OVER_DRAWS, random)[None])
