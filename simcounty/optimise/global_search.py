"""Search a whole decision space: by differential evolution, then by local searches from the best point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult, differential_evolution, minimize
from scipy.stats import qmc

from simcounty.optimise.outcomes import ALL_MET, PENALTY, BestMargin, Objective, Outcomes
from simcounty.optimise.pattern_search import (
    FINEST,
    SLSQP,
    Floats,
    SearchState,
    pattern_search,
    side_by_side,
    slopes_of,
)

INSIDE = 1e-4  # of a goal: how far inside its conditions a search with slopes stays, so as not to end outside
ASCENTS = 3  # of the points to start from: from so many, and the best of all, slopes are followed
MOST_RUNS = 2000  # points after which a pattern search ends
IDLE = 1e-5  # of a goal: levers that together contribute less are reset to where the plan has them
CLOSE = 1e-4  # of a lever's range: less is no distance from an end of it


@dataclass(frozen=True)
class SearchSize:
    """How much a differential evolution tries: the points of a generation, and the generations."""

    population: int
    generations: int


CENTRAL_SEARCH = SearchSize(population=64, generations=10)


@dataclass
class EvaluationLog:
    """Runs points, and keeps the outcomes of every one of them."""

    run: Callable[[Floats], Outcomes]
    parts: list[tuple[Floats, Outcomes]] = field(default_factory=list)

    def __call__(self, points: Floats) -> Outcomes:
        found = self.run(points)
        self.parts.append((points, found))
        return found

    def searched(self, searches: Sequence[Callable[[EvaluationLog], Floats]]) -> list[Floats]:
        """Return what searches find that go in step; each sees the points run before them, and its own."""

        def begin(search: Callable[[EvaluationLog], Floats], run: Callable[[Floats], Outcomes]) -> Any:
            own = EvaluationLog(run, self.parts.copy())
            return search(own), own.parts[len(self.parts) :]

        found = side_by_side(self.run, [partial(begin, search) for search in searches])
        self.parts += [part for _, parts in found for part in parts]
        return [point for point, _ in found]

    @property
    def count(self) -> int:
        """How many points were run."""
        return sum(len(points) for points, _ in self.parts)

    @property
    def outcomes(self) -> Outcomes:
        """The outcomes of every point run."""
        return Outcomes.joined([found for _, found in self.parts])

    def best(self, objective: Objective) -> Floats:
        """Return the best of all points run."""
        points = np.concatenate([points for points, _ in self.parts])
        return np.asarray(points[int(objective(self.outcomes).argmax())])


def best_for_each(
    log: EvaluationLog, objectives: Sequence[BestMargin], start: Floats, seeds: Sequence[Sequence[int]]
) -> list[Floats]:
    """Return the best point found for each objective, simplified; `start` holds the plan's point first.

    Searches over the whole range come first, then searches along slopes: from the best of all points run, and
    from the best of `start`.
    """
    pairs = list(zip(objectives, map(np.random.default_rng, seeds), strict=True))
    log.searched([partial(global_search, objective=each, start=start, random=rng) for each, rng in pairs])
    ascents, found = [], log.run(start)
    for objective in objectives:
        points = [log.best(objective), *start[np.argsort(-objective(found), kind="stable")[:ASCENTS]]]
        ascents += [partial(_gradient_search, objective=objective, point=point) for point in points]
    log.searched(ascents)
    return log.searched(
        [partial(simplified, objective=each, point=log.best(each), plan=start[0]) for each in objectives]
    )


def global_search(
    log: EvaluationLog, objective: Objective, start: Floats, random: np.random.Generator
) -> Floats:
    """Return the best point found by differential evolution, then by a pattern search.

    The optimum may be better than what is found, never worse.
    """
    evolution(log, objective, start, CENTRAL_SEARCH, random)
    return stepped(log, objective)


def evolution(
    log: EvaluationLog, objective: Objective, start: Floats, size: SearchSize, random: np.random.Generator
) -> Floats:
    """Return the best point run, after a differential evolution.

    start: points (points, axes) of the first generation; the others are spread evenly.
    """
    axes = start.shape[1]
    population = min(size.population, 16 * axes)
    spread = qmc.LatinHypercube(axes, rng=random).random(max(0, max(population, 5) - len(start)))
    differential_evolution(
        lambda x: -objective(log(x.T)),
        [(0.0, 1.0)] * axes,
        init=np.vstack([start, spread]),
        maxiter=size.generations,
        tol=1e-6,
        rng=random,
        updating="deferred",
        vectorized=True,
        polish=False,
        callback=_stop_where_all_is_met,
    )
    return log.best(objective)


def stepped(log: EvaluationLog, objective: Objective, finest: float = FINEST) -> Floats:
    """Return the best point of a pattern search from the best point run."""
    best = log.best(objective)
    state = SearchState(best, float(objective(log(best[None]))[0]))
    return pattern_search(lambda points: objective(log(points)), state, MOST_RUNS, finest).point


def _stop_where_all_is_met(intermediate_result: OptimizeResult) -> None:
    if intermediate_result.fun == -ALL_MET:
        raise StopIteration


def _gradient_search(log: EvaluationLog, objective: BestMargin, point: Floats) -> Floats:
    """Return the best point run, after a search along the slopes of a target's margin and its conditions."""
    subject_to = objective.subject_to

    def measured(points: Floats) -> Floats:
        found = log(points)
        margins = np.nan_to_num(found.margins[:, 0, [objective.target, *subject_to.targets]], nan=-PENALTY)
        return (
            np.hstack([margins, np.maximum(found.slack[:, 0], -PENALTY)]) if subject_to.feasible else margins
        )

    slopes = slopes_of(measured)
    constraint = {
        "type": "ineq",
        "fun": lambda x: slopes(x)[0][1:] - INSIDE,
        "jac": lambda x: slopes(x)[1][1:],
    }
    minimize(
        lambda x: -slopes(x)[0][0],
        point,
        jac=lambda x: -slopes(x)[1][0],
        bounds=[(0.0, 1.0)] * len(point),
        constraints=[constraint] if subject_to.targets or subject_to.feasible else [],
        **SLSQP,
    )
    return log.best(objective)


def simplified(log: EvaluationLog, objective: Objective, point: Floats, plan: Floats) -> Floats:
    """Return a simpler point that is as good: levers at an end of their range, or where the plan has them.

    Levers that contribute least are reset first.
    """
    ends = np.where(point < CLOSE, 0.0, np.where(point > 1.0 - CLOSE, 1.0, point))
    values = objective(log(np.vstack([point, ends])))
    point, least = (ends if values[1] >= values[0] - IDLE / 2 else point), values[0] - IDLE
    alone = objective(log(each_reset(point, plan)))
    order = np.argsort(-alone, kind="stable")
    steps = np.repeat(point[None], len(point), axis=0)
    for count in range(len(point)):
        steps[count, order[: count + 1]] = plan[order[: count + 1]]
    good = objective(log(steps)) >= least
    return np.asarray(steps[int(np.flatnonzero(good)[-1])] if good.any() else point)


def each_reset(point: Floats, plan: Floats) -> Floats:
    """Return one point a lever, with that lever alone reset to where the plan has it."""
    return np.where(np.eye(len(point), dtype=bool), plan, point)
