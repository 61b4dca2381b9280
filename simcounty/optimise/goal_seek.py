"""Goal seeking: the lever settings that meet targets with the least effort.

Levers are scaled to 0 … 1 over their ranges. Effort is the squared distance from the reference point, summed
over the levers. From many starts a search first minimises the sum of the shortfalls, each relative to its
goal, so that a target out of reach does not cost those within; then it minimises the effort that leaves no
target further off. Each step needs the slopes of the targets by every lever, and the searches go in step: a
step of all of them is one set of runs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr
from scipy.optimize import minimize
from scipy.stats import qmc

from simcounty.errors import Findings, InputError, RunError
from simcounty.judgement import judge
from simcounty.model.names import once
from simcounty.optimise.decision import EXACT, DecisionSpace, DecisionVariable, decision_variable_of
from simcounty.optimise.outcomes import FAILED, outcomes_at
from simcounty.optimise.pattern_search import SLSQP, Floats, side_by_side, slopes_of
from simcounty.scenario import LeverPath, Scenario, Target
from simcounty.scenario.target import target_names
from simcounty.simulation import simulate

INSIDE = 1e-4  # of a goal: how far inside a target is aimed at, so that rounding a setting keeps it met
CLOSE = 1e-4  # of a lever's range: less is no distance from an end of it, or from the reference
SAME = 0.01  # of a lever's range: settings that differ by less are the same
NEGLIGIBLE = 1e-9  # an effort
AS_NEAR = 1e-6  # of a goal: shortfalls that differ by less count as equal
DIGITS = (3, 4, 5, 6, EXACT)  # of a setting: as few as keep what the solution meets
BINDING = 1e-3  # of a goal: a target met with a smaller margin is binding

Margins = Callable[[Floats], Floats]
"""Takes points (points, levers) and returns the targets' margins there (points, targets)."""


@dataclass(frozen=True)
class GoalSeekResult:
    """The settings that goal seeking found.

    scenario: the one given, with the settings found, each marked solved;
        levers that need not move keep the setting they have.
    settings: those found, by lever.
    effort: sum over the levers of ((value − reference) ÷ range)².
    all_met: whether all targets are met. verdict: `judge` of the scenario by the targets.
    binding: the targets met with no margin to spare. at_limit: the levers at an end of their range.
    shortfall: by how much each missed target is missed, in its own unit.
    agreeing: how many of the starts led to these settings. runs: how many runs it took.
    """

    scenario: Scenario
    settings: Mapping[str, LeverPath]
    effort: float
    all_met: bool
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
) -> GoalSeekResult:
    """Find lever settings that meet targets with the least effort.

    targets: names of the scenario's targets, or targets. using: the levers that may move, each within its
    range, along its clause's path. Where not all targets can be met, the settings come as near as they can.
    Raise InputError, all findings at once, for unknown targets and for levers that cannot be searched.

    >>> import simcounty as sc
    >>> plan = sc.load("tonglu/plan-2027").replace(ecological_relocation=0)
    >>> use = ["ecological_relocation"]
    >>> found = sc.seek(plan, ["urbanisation-2027"], use, starts=1, backend="interpreted")
    >>> found.scenario.levers["ecological_relocation"].solved
    True
    """
    space = _space(scenario, targets, using, backend)
    problem = _GoalSeek(space)
    if starts < 1:
        raise InputError(f"starts = {starts}: at least one start is needed.")
    cube = qmc.LatinHypercube(len(space.variables), rng=np.random.default_rng(seed))
    points = [space.reference, *cube.random(starts - 1)]  # the others are spread over all ranges
    nearest = problem.searched([partial(_nearest, start=start) for start in points])
    margins = problem.margins(nearest)
    shortfalls = np.maximum(0.0, -margins[_shortfall(margins).argmin()])
    allowed = np.where(shortfalls > 0.0, shortfalls + AS_NEAR / 2, 0.0)
    least = problem.searched([partial(_least_effort, start=each, allowed=allowed) for each in nearest])
    best = _best(problem, np.vstack([nearest, least]))
    agreeing = int((np.abs(least - best).max(axis=1) < SAME).sum())
    return _result(problem, best, starts, agreeing)


@dataclass
class _GoalSeek:
    """A decision space, with the targets' margins at any point, and a count of the runs made."""

    space: DecisionSpace
    runs: int = 0

    def margins(self, points: Floats) -> Floats:
        """Return the relative margin of every target (points, targets), from runs side by side."""
        self.runs += len(points)
        try:
            margins = outcomes_at(self.space, points).margins[:, 0]
        except RunError:  # of a single point; of several, those that fail are flagged
            return np.full((len(points), len(self.space.targets)), FAILED)
        return np.where(np.isnan(margins), FAILED, margins)

    def searched(self, searches: Sequence[Callable[..., Floats]]) -> Floats:
        """Return the points that searches end at, which go in step."""
        return np.array(side_by_side(self.margins, [partial(search, self.space) for search in searches]))

    def efforts(self, points: Floats) -> Floats:
        return np.asarray(((points - self.space.reference) ** 2).sum(axis=1))


def _space(
    scenario: Scenario, targets: Iterable[str | Target], using: Iterable[str], backend: str
) -> DecisionSpace:
    """Return the space of the levers named, judged by the targets named."""
    findings = Findings()
    named = {target.name: target for target in scenario.targets}
    variables: dict[str, DecisionVariable] = {}
    wanted: Iterable[str | Target] = [targets] if isinstance(targets, str) else targets  # no letters of it
    chosen = dict.fromkeys(
        target
        for each in wanted
        for target in ([each] if isinstance(each, Target) else _named(each, named, findings))
    )
    for name in dict.fromkeys([using] if isinstance(using, str) else using):
        with findings.at(f"lever {name}"):
            variable = decision_variable_of(scenario, name)
            variables[once(variable.key, variables)] = variable
    if not findings and not (chosen and variables):
        findings.append("name at least one target and at least one lever.")
    findings.raise_as(InputError, f"{scenario.name}: nothing can be sought:")
    return DecisionSpace(scenario, tuple(variables.values()), tuple(chosen), backend=backend)


def _named(name: str, known: Mapping[str, Target], findings: Findings) -> list[Target]:
    return [known[each] for each in target_names([name], known.values(), findings)]


def _shortfall(margins: Floats) -> Floats:
    """Return the sum of the relative shortfalls at each point; 0 where every target is met."""
    return np.asarray(np.maximum(0.0, -margins).sum(axis=1))


def _nearest(space: DecisionSpace, margins_at: Margins, start: Floats) -> Floats:
    """Return the point near a start where the sum of the relative shortfalls is smallest.

    The shortfalls are unknowns beside the levers: their sum is minimised, and no margin may be
    below the negative of its shortfall.
    """
    margins, axes, targets = slopes_of(margins_at), len(start), len(space.targets)
    short = np.maximum(0.0, INSIDE - margins(start)[0])
    if not short.any():
        return start
    slope = np.append(np.zeros(axes), np.ones(targets))
    found = minimize(
        lambda x: slope @ x,
        np.append(start, short),
        jac=lambda x: slope,
        bounds=[(0.0, 1.0)] * axes + [(0.0, None)] * targets,
        constraints={
            "type": "ineq",
            "fun": lambda x: margins(x[:axes])[0] - INSIDE + x[axes:],
            "jac": lambda x: np.hstack([margins(x[:axes])[1], np.eye(targets)]),
        },
        **SLSQP,
    )
    return np.asarray(np.clip(found.x[:axes], 0.0, 1.0))


def _least_effort(space: DecisionSpace, margins_at: Margins, start: Floats, allowed: Floats) -> Floats:
    """Return the point of least effort where no target falls short by more than is allowed."""
    margins, reference = slopes_of(margins_at), space.reference
    scale = max(float(((start - reference) ** 2).sum()), NEGLIGIBLE)  # SciPy's tolerance is absolute
    found = minimize(
        lambda x: ((x - reference) ** 2).sum() / scale,
        start,
        jac=lambda x: 2 * (x - reference) / scale,
        bounds=[(0.0, 1.0)] * len(start),
        constraints={
            "type": "ineq",
            "fun": lambda x: margins(x)[0] - INSIDE + allowed,
            "jac": lambda x: margins(x)[1],
        },
        **SLSQP,
    )
    return np.asarray(np.clip(found.x, 0.0, 1.0))


def _best(problem: _GoalSeek, points: Floats) -> Floats:
    """Return the point of least effort among those whose shortfalls are as small as any."""
    for place in (0.0, 1.0, problem.space.reference):
        points = np.where(np.abs(points - place) < CLOSE, place, points)
    shortfalls = _shortfall(problem.margins(points))
    near = shortfalls <= (0.0 if shortfalls.min() == 0.0 else shortfalls.min() + AS_NEAR)
    return np.asarray(points[near][problem.efforts(points[near]).argmin()])


def _result(problem: _GoalSeek, point: Floats, starts: int, agreeing: int) -> GoalSeekResult:
    scenario, verdict = _rounded(problem, point)
    margins = dict(zip(verdict.target.values.tolist(), verdict.margin.values.tolist(), strict=True))
    missed = {name for name, met in zip(margins, verdict.met.values, strict=True) if not met}
    small = {target.name: BINDING * abs(target.goal) for target in problem.space.targets}
    moved = problem.space.moved(point, problem.space.reference)
    return GoalSeekResult(
        scenario=scenario,
        settings={key: scenario.levers[key] for key in moved},
        effort=float(problem.efforts(point[None])[0]),
        all_met=not missed,
        binding=tuple(name for name, margin in margins.items() if margin < small[name]),
        at_limit=tuple(key for key, (_, fraction) in moved.items() if fraction in (0.0, 1.0)),
        shortfall={name: -margins[name] for name in margins if name in missed},
        verdict=verdict,
        starts=starts,
        agreeing=agreeing,
        runs=problem.runs,
    )


def _rounded(problem: _GoalSeek, point: Floats) -> tuple[Scenario, xr.Dataset]:
    """Return the scenario with the settings of a point, and its verdict.

    Settings are rounded for people to read, as far as no target is missed by that.
    """
    space = problem.space
    moved, met = space.moved(point, space.reference).items(), problem.margins(point[None])[0] >= 0.0
    levers = space.scenario.levers.items()  # without what an earlier goal seeking found for these levers
    stay = {key: path for key, path in levers if not (path.solved and key in space.keys)}
    base = dataclasses.replace(space.scenario, levers=stay)
    for digits in DIGITS:
        scenario = base.replace({key: each.path_at(fraction, digits) for key, (each, fraction) in moved})
        verdict = judge(simulate(scenario, keep=space.needed), space.targets)
        if not (met & ~verdict.met.values).any():
            break
    return scenario, verdict
