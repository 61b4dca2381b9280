"""Goal seeking: the lever settings that meet targets with the least effort.

Levers are scaled to 0 … 1 over their ranges. Effort is the squared distance from where they
stand, summed over the levers. From many starts a search first makes the shortfalls, each
relative to its goal, as small as it can in sum, so that a target out of reach does not cost
those within; then it takes the least effort that leaves no target further off. Each step
needs the targets' slopes by every lever: those runs are made side by side.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.optimize import minimize
from scipy.stats import qmc

from simcounty.errors import InputError
from simcounty.judgement import judge
from simcounty.optimise.decision import EXACT, Problem, kept, problem_of
from simcounty.optimise.pattern_search import METHOD, Floats, Memo
from simcounty.scenario import LeverPath, Scenario, Target
from simcounty.simulation import simulate

INSIDE = 1e-4  # of a goal: how far inside a target is aimed at, so that rounding a setting keeps it met
STILL = 1e-4  # of a lever's range: less is no distance from an end of it, or from where a lever stands
SAME = 0.01  # of a lever's range: settings that differ by less are the same
NEGLIGIBLE = 1e-9  # an effort
AS_NEAR = 1e-6  # of a goal: shortfalls that differ by less count as equal
DIGITS = (3, 4, 5, 6, EXACT)  # of a setting: as few as keep what the solution meets
BINDING = 1e-3  # of a goal: a target met with less room than this binds


@dataclass(frozen=True)
class Found:
    """What a search found.

    scenario: the one asked about, with the settings found, each marked solved;
        levers that need not move keep the setting they have.
    effort: sum over the levers of ((value − where it stood) ÷ range)².
    feasible: whether all targets are met. verdict: `judge` of the found scenario.
    binding: the targets without room to spare. at_limit: the levers at an end of their range.
    shortfall: how far each missed target is missed, in its own unit.
    agreeing: how many of the starts came to these settings. runs: how many runs it took.
    """

    scenario: Scenario
    settings: Mapping[str, LeverPath]
    effort: float
    feasible: bool
    binding: tuple[str, ...]
    at_limit: tuple[str, ...]
    shortfall: Mapping[str, float]
    verdict: xr.Dataset
    starts: int
    agreeing: int
    runs: int


def seek(
    scenario: Scenario,
    targets: Iterable[str | Target],
    using: Iterable[str],
    starts: int = 20,
    seed: int = 0,
    backend: str = "compiled",
) -> Scenario:
    """Return the scenario with levers set so that targets are met with the least effort.

    `targets` are names of the scenario's targets, or targets; `using` are the levers that may
    move, each within its range, along its clause's path. Where the targets cannot all be met
    the settings come as near as they can; `search` tells by how much they miss.

    >>> import simcounty as sc
    >>> plan = sc.load("tonglu/plan-2027").replace(ecological_relocation=0)
    >>> use = ["ecological_relocation"]
    >>> found = sc.seek(plan, ["urbanisation-2027"], use, starts=1, backend="interpreted")
    >>> found.levers["ecological_relocation"].solved
    True
    """
    return search(scenario, targets, using, starts, seed, backend).scenario


def search(
    scenario: Scenario,
    targets: Iterable[str | Target],
    using: Iterable[str],
    starts: int = 20,
    seed: int = 0,
    backend: str = "compiled",
) -> Found:
    """Do what `seek` does, and report effort, what binds, and what is missed by how much."""
    problem = problem_of(scenario, targets, using, backend)
    if starts < 1:
        raise InputError(f"starts = {starts}: at least one start is needed.")
    nearest = np.array([_nearest(problem, start) for start in _begins(problem, starts, seed)])
    margins = problem.margins(nearest)
    shortfalls = np.maximum(0.0, -margins[_shortfall(margins).argmin()])
    allowed = np.where(shortfalls > 0.0, shortfalls + AS_NEAR / 2, 0.0)
    easiest = np.array([_easiest(problem, start, allowed) for start in nearest])
    best = _best(problem, np.vstack([nearest, easiest]))
    agreeing = int((np.abs(easiest - best).max(axis=1) < SAME).sum())
    return _found(problem, best, starts, agreeing)


def _shortfall(margins: Floats) -> Floats:
    """Return the sum of the relative shortfalls at each point; 0 where every target is met."""
    return np.asarray(np.maximum(0.0, -margins).sum(axis=1))


def _begins(problem: Problem, starts: int, seed: int) -> Floats:
    """Return where to start: where the levers stand, then points spread over all ranges."""
    spread = qmc.LatinHypercube(len(problem.dials), rng=np.random.default_rng(seed)).random(starts - 1)
    return np.vstack([problem.home, spread])


def _nearest(problem: Problem, start: Floats) -> Floats:
    """Return the point near a start where the sum of the relative shortfalls is smallest.

    The shortfalls are unknowns beside the levers: their sum is minimised, and no margin may be
    below the negative of its shortfall.
    """
    margins, dials, targets = Memo(problem.slopes), len(problem.dials), len(problem.targets)
    short = np.maximum(0.0, INSIDE - margins(start)[0])
    if not short.any():
        return start
    slope = np.append(np.zeros(dials), np.ones(targets))
    found = minimize(
        lambda x: slope @ x,
        np.append(start, short),
        jac=lambda x: slope,
        bounds=[(0.0, 1.0)] * dials + [(0.0, None)] * targets,
        constraints={
            "type": "ineq",
            "fun": lambda x: margins(x[:dials])[0] - INSIDE + x[dials:],
            "jac": lambda x: np.hstack([margins(x[:dials])[1], np.eye(targets)]),
        },
        **METHOD,
    )
    return np.asarray(np.clip(found.x[:dials], 0.0, 1.0))


def _easiest(problem: Problem, start: Floats, allowed: Floats) -> Floats:
    """Return the point of least effort where no target falls short by more than is allowed."""
    margins = Memo(problem.slopes)
    scale = max(float(((start - problem.home) ** 2).sum()), NEGLIGIBLE)  # SciPy's tolerance is absolute
    found = minimize(
        lambda x: ((x - problem.home) ** 2).sum() / scale,
        start,
        jac=lambda x: 2 * (x - problem.home) / scale,
        bounds=[(0.0, 1.0)] * len(start),
        constraints={
            "type": "ineq",
            "fun": lambda x: margins(x)[0] - INSIDE + allowed,
            "jac": lambda x: margins(x)[1],
        },
        **METHOD,
    )
    return np.asarray(np.clip(found.x, 0.0, 1.0))


def _best(problem: Problem, points: Floats) -> Floats:
    """Return the point of least effort among those whose shortfalls are as small as any."""
    for place in (0.0, 1.0, problem.home):
        points = np.where(np.abs(points - place) < STILL, place, points)
    shortfalls = _shortfall(problem.margins(points))
    near = shortfalls <= (0.0 if shortfalls.min() == 0.0 else shortfalls.min() + AS_NEAR)
    return np.asarray(points[near][problem.efforts(points[near]).argmin()])


def _found(problem: Problem, point: Floats, starts: int, agreeing: int) -> Found:
    scenario, verdict = _put(problem, point)
    margins = dict(zip(verdict.target.values.tolist(), verdict.margin.values.tolist(), strict=True))
    missed = {name for name, met in zip(margins, verdict.met.values, strict=True) if not met}
    room = {target.name: BINDING * abs(target.goal) for target in problem.targets}
    moved = problem.moved(point)
    return Found(
        scenario=scenario,
        settings={key: scenario.levers[key] for key in moved},
        effort=float(problem.efforts(point[None])[0]),
        feasible=not missed,
        binding=tuple(name for name, margin in margins.items() if margin < room[name]),
        at_limit=tuple(key for key, (_, share) in moved.items() if share in (0.0, 1.0)),
        shortfall={name: -margins[name] for name in margins if name in missed},
        verdict=verdict,
        starts=starts,
        agreeing=agreeing,
        runs=problem.runs[0],
    )


def _put(problem: Problem, point: Floats) -> tuple[Scenario, xr.Dataset]:
    """Return the scenario with what was found, and its verdict.

    Settings are rounded for people to read, as far as that loses no target.
    """
    base, wanted = _unsolved(problem), kept(problem.scenario, problem.targets)
    moved, met = problem.moved(point), problem.margins(point[None])[0] >= 0.0
    for digits in DIGITS:
        scenario = base.replace({key: dial.setting_at(share, digits) for key, (dial, share) in moved.items()})
        verdict = judge(simulate(scenario, keep=wanted), problem.targets)
        if not (met & ~verdict.met.values).any():
            break
    return scenario, verdict


def _unsolved(problem: Problem) -> Scenario:
    """Return the scenario without what an earlier search found for the levers that may move."""
    turned = {dial.setting.key for dial in problem.dials}
    levers = problem.scenario.levers.items()
    stay = {key: setting for key, setting in levers if not (setting.solved and key in turned)}
    return dataclasses.replace(problem.scenario, levers=stay)
