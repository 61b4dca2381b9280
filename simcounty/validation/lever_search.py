"""The search check: no combination of levers may be too good to be true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcounty.calendar import time_of
from simcounty.conditions.measures import Measurement, Predicate, levels
from simcounty.conditions.predicates import (
    PredicateShape,
    bind_predicate,
    is_lever,
    named_constants,
    years_of,
)
from simcounty.errors import Findings, RunError, ScenarioError
from simcounty.optimise.pattern_search import SearchState, axis_steps, joint_steps, pattern_search
from simcounty.sampling import Ensemble, vary
from simcounty.scenario import Scenario
from simcounty.scenario.lever_path import LeverPath, assert_inside
from simcounty.simulation import simulate, variables_needed
from simcounty.validation.schema import Check, Evaluation, SearchShape

Floats = NDArray[np.float64]

FEWEST = 10  # members a search needs
TOGETHER = 1000  # members run at once at most
SHOWN = 12  # levers named of the best combination


@dataclass(frozen=True)
class SearchCheck:
    """A search check, bound: points are (points, levers), each from 0 to 1 within its lever's range."""

    base: Scenario
    objective: Predicate
    sign: float
    keys: tuple[str, ...]
    low: Floats
    high: Floats
    shape: SearchShape

    @property
    def home(self) -> Floats:
        """The point of the base run."""
        values = np.array([self.base.model.constants[key].value for key in self.keys])
        return np.asarray((values - self.low) / (self.high - self.low))

    def values(self, points: Floats) -> Floats:
        """Return the objective at each point, larger being better; minus infinity where a run fails."""
        parts = [self._values(points[i : i + TOGETHER]) for i in range(0, len(points), TOGETHER)]
        return np.concatenate(parts)

    def _values(self, points: Floats) -> Floats:
        table = {key: self.at(points)[:, j] for j, key in enumerate(self.keys)}
        few = self.shape.members <= TOGETHER // 2  # not worth compiling for; the bits are the same
        keep = variables_needed(self.base.model, self.objective)
        run = simulate(Ensemble(self.base, table), "interpreted" if few else "compiled", keep=keep)
        keys, flow = self.objective.stocks or self.objective.keys, bool(self.objective.stocks)
        found = self.sign * levels(run, keys, self.objective.years, flow)[0, 0]
        return np.where(run.failed.values | ~np.isfinite(found), -np.inf, found)

    def at(self, points: Floats) -> Floats:
        """Return the levers' values at points, never outside their ranges."""
        return np.clip(self.low + (self.high - self.low) * points, self.low, self.high)


def bind(shape: SearchShape, base: Scenario, findings: Findings, where: str) -> SearchCheck | None:
    """Bind a search; None, and findings, where that cannot be done."""
    before = len(findings)
    objective: Predicate | None = None
    keys: tuple[str, ...] = ()
    start: float | None = None
    with findings.at(where):
        objective = _objective(shape, base)
    with findings.at(f"{where}, using"):
        keys = _levers(shape, base)
    with findings.at(f"{where}, from"):
        start = None if shape.starts is None else time_of(shape.starts)
        if start is not None:
            assert_inside(start, base.years)
    if shape.members < FEWEST:
        findings.append(f"{where}, members = {shape.members}: give at least {FEWEST}.")
    if shape.seed < 0:
        findings.append(f"{where}, seed = {shape.seed}: give a whole number from 0 on.")
    if objective is None or len(findings) > before:
        return None
    limits = [base.limits(key) for key in keys]
    return SearchCheck(
        base=base if start is None else base.replace(_own_values(base, keys, start)),
        objective=objective,
        sign=1.0 if shape.maximise else -1.0,
        keys=keys,
        low=np.array([each.low for each in limits], float),
        high=np.array([each.high for each in limits], float),
        shape=shape,
    )


def _objective(shape: SearchShape, base: Scenario) -> Predicate:
    """Bind the objective, `variable@year`."""
    if bool(shape.maximise) == bool(shape.minimise):
        raise ScenarioError('give either maximise or minimise, such as maximise = "gdp@2035".')
    text = shape.maximise or shape.minimise
    variable, _, year = text.rpartition("@")
    if not (variable and year.isdigit()):
        raise ScenarioError(
            f"{text!r}: write the variable and the year, such as {text.split('@')[0]}@{years_of(base)[-1]}."
        )
    ends, open_band = (int(year), int(year)), ("-inf", "inf")
    sought = PredicateShape.model_construct(
        variable=variable, years=ends, measure=shape.measure, value=open_band
    )
    bound = bind_predicate(sought, base, (), ("value",))
    if len(bound.keys) > 1:
        raise ScenarioError(
            f"{variable} has {len(bound.keys)} elements. Name one of them: {', '.join(bound.keys[:6])}."
        )
    return bound


def _levers(shape: SearchShape, base: Scenario) -> tuple[str, ...]:
    """Return the constants that may move: those named, or all under the model's heading for levers."""
    constants = base.model.constants
    if shape.using == "all":
        named = [key for key in base.model.free if is_lever(constants[key])]
        if not named:
            raise ScenarioError(
                f"{base.model.path} has no levers under a heading of that name. Name the levers."
            )
    else:
        named = [each for key in shape.using for each in named_constants(base, key)]
    ranges = {key: base.limits(key) for key in named}
    open_ones = [
        key for key, each in ranges.items() if each.low is None or each.high is None or each.low >= each.high
    ]
    if open_ones:
        raise ScenarioError(f"{', '.join(open_ones)}: no range to search in. Give one in {base.model.path}.")
    return tuple(ranges)


def _own_values(base: Scenario, keys: tuple[str, ...], start: float) -> dict[str, LeverPath]:
    """Return a path for every lever that holds its own value; others apply from `start` on."""
    return {key: LeverPath(key, (start,), (base.model.constants[key].value,)) for key in keys}


def evaluate(check: Check) -> Evaluation:
    """Search, and measure by how much the best combination found exceeds the base."""
    search: SearchCheck = check.spec
    at_home = search.values(search.home[None])
    if not np.isfinite(at_home[0]):
        simulate(search.base, "interpreted")  # names what went wrong
        raise RunError(f"{search.objective.variable} is not a finite number in the base run.")
    begun = _spread(search, SearchState(search.home, float(at_home[0])).counting(at_home))
    found = pattern_search(search.values, begun, search.shape.members)
    home, best = search.sign * float(at_home[0]), search.sign * found.value
    gain = float((best - home) / abs(home)) if home else float("nan")
    sought = search.objective
    measured = tuple(
        Measurement(sought.variable, sought.years, "best", gain, gain, each.band, each.band.holds(gain))
        for each in check.predicates
    )
    failed = f", {found.failed} failed" if found.failed else ""
    runs = f"{found.runs} runs{failed}"
    return measured, f"{runs}; {home:.4g} becomes {best:.4g} at {_spelled(search, found.point)}"


def _spread(search: SearchCheck, home: SearchState) -> SearchState:
    """Return the best of the base, each lever alone at its ends, those joined, and a Sobol design."""
    alone = axis_steps(home.point, 1.0)
    tried = search.values(alone)
    joined = joint_steps(home.point, alone, tried - home.value)
    ranges: dict[str, tuple[str | float, str | float]] = {
        key: (low, high)
        for key, low, high in zip(search.keys, search.low.tolist(), search.high.tolist(), strict=True)
    }
    table = vary(search.base, ranges, max(1, search.shape.members // 2), "sobol", search.shape.seed).table
    sobol = (np.column_stack([table[key] for key in search.keys]) - search.low) / (search.high - search.low)
    more = np.vstack([joined, sobol])
    return home.improved_by(np.vstack([alone, more]), np.concatenate([tried, search.values(more)]))


def _spelled(search: SearchCheck, point: Floats) -> str:
    """Name the levers that the best combination moves, the furthest moved first."""
    home, values = search.home, search.at(point[None])[0]
    moved = [j for j in np.argsort(-np.abs(point - home), kind="stable") if point[j] != home[j]]
    named = [f"{search.keys[j]} = {values[j]:.4g}" for j in moved[:SHOWN]]
    more = [f"and {len(moved) - SHOWN} more"] if len(moved) > SHOWN else []
    return ", ".join(named + more) or "the base itself"
