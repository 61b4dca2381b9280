"""Searching the box: differential evolution over all of it, then climbing from the best point found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import OptimizeResult, differential_evolution, minimize
from scipy.stats import qmc

from simcounty.optimise.evaluate import ALL, BESIDE, Aim, Outcomes, furthest
from simcounty.optimise.pattern_search import METHOD, Floats, Memo, Stand, refined, slopes

Run = Callable[[Floats], Outcomes]

INSIDE = 1e-4  # of a goal: how far inside its conditions a climb with slopes stays, so as not to end outside
SPENT = 2000  # points after which climbing ends
IDLE = 1e-5  # of a goal: levers that together bring less are put back to where the plan has them
CLOSE = 1e-4  # of a lever's range: less is no distance from an end of it


@dataclass(frozen=True)
class Effort:
    """How much a search tries: points side by side, and how often they move on."""

    points: int
    rounds: int


AT_CENTRE = Effort(points=128, rounds=30)


@dataclass
class Log:
    """Runs points, and keeps how every one of them came out."""

    run: Run
    parts: list[tuple[Floats, Outcomes]] = field(default_factory=list)

    def __call__(self, points: Floats) -> Outcomes:
        found = self.run(points)
        self.parts.append((points, found))
        return found

    @property
    def count(self) -> int:
        """How many points were tried."""
        return sum(len(points) for points, _ in self.parts)

    @property
    def points(self) -> Floats:
        """Every point tried."""
        return np.concatenate([points for points, _ in self.parts])

    @property
    def outcomes(self) -> Outcomes:
        """How they came out."""
        return Outcomes.of([found for _, found in self.parts])

    def best(self, aim: Aim) -> Floats:
        """Return the best of all points tried."""
        return np.asarray(self.points[int(aim(self.outcomes).argmax())])


def sought(
    log: Log, wanted: tuple[int, Sequence[int], bool], begin: Floats, random: np.random.Generator
) -> Floats:
    """Return the best point found for `furthest(*wanted)`, tidied; `begin` holds the plan's point first."""
    aim = furthest(*wanted)
    point = slid(log, *wanted, hunted(log, aim, begin, AT_CENTRE, random))
    return tidied(log, aim, point, begin[0])


def hunted(log: Log, aim: Aim, begin: Floats, effort: Effort, random: np.random.Generator) -> Floats:
    """Return the best point found for an aim: by differential evolution, then by climbing.

    begin: points (points, axes) to begin with; the others are spread evenly. What is found is a lower bound
    of what there is.
    """
    axes = begin.shape[1]
    size = min(effort.points, 16 * axes)
    fill = qmc.LatinHypercube(axes, rng=random).random(max(0, max(size, 5) - len(begin)))
    differential_evolution(
        lambda x: -aim(log(x.T)),
        [(0.0, 1.0)] * axes,
        init=np.vstack([begin, fill]),
        maxiter=effort.rounds,
        tol=1e-6,
        rng=random,
        updating="deferred",
        vectorized=True,
        polish=False,
        callback=_done,
    )
    return climbed(log, aim, log.best(aim))


def _done(intermediate_result: OptimizeResult) -> None:
    """Stop where nothing is left to wish for."""
    if intermediate_result.fun == -ALL:
        raise StopIteration


def climbed(log: Log, aim: Aim, point: Floats) -> Floats:
    """Return the best point that steps from a point lead to."""

    def values(points: Floats) -> Floats:
        return aim(log(points))

    found = refined(values, Stand(point, float(values(point[None])[0])), SPENT)
    return found.point


def slid(log: Log, target: int, beside: Sequence[int], paid: bool, point: Floats) -> Floats:
    """Return the best point for `furthest`, after a climb along the slopes of margin and conditions."""
    conditions = [*beside]

    def measured(points: Floats) -> Floats:
        found = log(points)
        margins = np.nan_to_num(found.margins[:, 0, [target, *conditions]], nan=-BESIDE)
        return np.hstack([margins, np.maximum(found.rooms[:, 0], -BESIDE)]) if paid else margins

    memo = Memo(lambda point: slopes(measured, point))
    constraint = {
        "type": "ineq",
        "fun": lambda x: memo(x)[0][1:] - INSIDE,
        "jac": lambda x: memo(x)[1][1:],
    }
    minimize(
        lambda x: -memo(x)[0][0],
        point,
        jac=lambda x: -memo(x)[1][0],
        bounds=[(0.0, 1.0)] * len(point),
        constraints=[constraint] if conditions or paid else [],
        **METHOD,
    )
    return log.best(furthest(target, beside, paid))


def tidied(log: Log, aim: Aim, point: Floats, home: Floats) -> Floats:
    """Return a point as good, with levers at an end of their range or where the plan has them if they can be.

    Levers that bring least are put back first.
    """
    ends = np.where(point < CLOSE, 0.0, np.where(point > 1.0 - CLOSE, 1.0, point))
    values = aim(log(np.vstack([point, ends])))
    point, least = (ends if values[1] >= values[0] - IDLE / 2 else point), values[0] - IDLE
    alone = aim(log(put_back(point, home)))
    order = np.argsort(-alone, kind="stable")
    steps = np.repeat(point[None], len(point), axis=0)
    for count in range(len(point)):
        steps[count, order[: count + 1]] = home[order[: count + 1]]
    good = aim(log(steps)) >= least
    return np.asarray(steps[int(np.flatnonzero(good)[-1])] if good.any() else point)


def put_back(point: Floats, home: Floats) -> Floats:
    """Return the points that have one lever back where the plan has it, one a lever."""
    return np.where(np.eye(len(point), dtype=bool), home, point)
