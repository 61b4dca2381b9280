"""Local searches in the unit box: from a point to better ones near it, many points run side by side.

A pattern search, by steps along the axes, suits anything that can be ranked; SciPy's SLSQP what has slopes.
Several searches go side by side: a step of all of them is one set of runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from threading import Barrier, BrokenBarrierError
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Slopes = Callable[[Floats], tuple[Floats, Floats]]
"""A function of a point that returns values, and their slopes (values, axes)."""

Found = TypeVar("Found")

FINEST = 1 / 256  # of an axis: the smallest step of a pattern search
NUDGE = 1e-4  # of an axis: how far a point is moved to measure a slope
SLSQP: dict[str, Any] = {"method": "SLSQP", "options": {"maxiter": 50, "ftol": 1e-6}}


@dataclass(frozen=True)
class SearchState:
    """How far a search has come: the best point, its value, and how many points were run and failed."""

    point: Floats
    value: float
    runs: int = 0
    failed: int = 0

    def counting(self, values: Floats) -> SearchState:
        """Return the same state after runs that gave these values."""
        failed = int(np.isneginf(values).sum())
        return replace(self, runs=self.runs + len(values), failed=self.failed + failed)

    def improved_by(self, points: Floats, values: Floats) -> SearchState:
        """Return the state after points were run: at the best of them, if it is better."""
        state, best = self.counting(values), int(values.argmax())
        if values[best] > state.value + abs(state.value) * 1e-12:
            return replace(state, point=points[best], value=float(values[best]))
        return state


def pattern_search(
    values: Callable[[Floats], Floats], state: SearchState, most_runs: int, finest: float = FINEST
) -> SearchState:
    """Step along every axis, then along those that gained together, by ever smaller steps.

    values: returns a value for each point of (points, axes), the larger the better; -inf where a run fails.
    Ends when no step gains any more, or after `most_runs`.
    """
    size = 1.0
    while size >= finest and state.runs < most_runs:
        points = axis_steps(state.point, size)
        alone = values(points)
        joined = joint_steps(state.point, points, alone - state.value)
        together = values(joined) if len(joined) else np.empty(0)
        after = state.improved_by(np.vstack([points, joined]), np.concatenate([alone, together]))
        size = size if after.value > state.value else size / 2
        state = after
    return state


def axis_steps(point: Floats, size: float) -> Floats:
    """Return the points one step up, then those one step down, along each axis."""
    steps = np.vstack([np.diag(np.full(len(point), sign * size)) for sign in (1.0, -1.0)])
    return np.asarray(np.clip(point + steps, 0.0, 1.0))


def joint_steps(point: Floats, points: Floats, gains: Floats) -> Floats:
    """Return points that take the best steps along 2, 4, 8 … axes at once, then along all that gain.

    points, gains: those of `axis_steps`.
    """
    axes = len(point)
    better = np.where(gains[:axes] >= gains[axes:], np.arange(axes), np.arange(axes) + axes)
    order = better[np.argsort(-gains[better], kind="stable")]
    gaining = [int(i) for i in order if gains[i] > 0.0]
    counts = sorted({*(2**k for k in range(1, 16) if 2**k < len(gaining)), len(gaining)} - {0, 1})
    steps = points - point
    return np.array([point + steps[gaining[:count]].sum(axis=0) for count in counts]).reshape(-1, axes)


def slopes_of(function: Callable[[Floats], Floats]) -> Slopes:
    """Return a function of one point that returns the values of `function` there, and their slopes.

    function: takes points (points, axes) and returns (points, values); a slope's points are run side by side.
    The last point is remembered: SciPy asks for values and for slopes, and one set of runs gives both.
    """

    @lru_cache(maxsize=1)
    def measured(data: bytes) -> tuple[Floats, Floats]:
        point = np.frombuffer(data)
        nudges = np.where(point > 0.5, -NUDGE, NUDGE)
        found = function(np.vstack([point, point + np.diag(nudges)]))
        return found[0], ((found[1:] - found[0]) / nudges[:, None]).T

    return lambda point: measured((np.clip(point, 0.0, 1.0) + 0.0).tobytes())  # + 0.0: never -0.0


def side_by_side(run: Callable[[Floats], Any], searches: Sequence[Callable[[Any], Found]]) -> list[Found]:
    """Return what searches find that go in step: the points of all that still go on are run as one set.

    run: takes points (points, axes) and returns something to take rows of. searches: each is given a function
    that it asks in the place of `run`.
    """
    asked: list[Floats | None] = [None] * len(searches)
    answers: list[Any] = [None] * len(searches)

    def answer() -> None:
        sets = {place: points for place, points in enumerate(asked) if points is not None}
        found: Any = run(np.concatenate([*sets.values()])) if sets else None
        end = 0
        answers[:] = [bool(sets)] * len(searches)  # for those that ended: whether any goes on
        for place, points in sets.items():
            answers[place], end = found[end : end + len(points)], end + len(points)

    def ask(place: int, points: Floats | None) -> Any:
        asked[place] = points
        step.wait()
        return answers[place]

    def begin(place: int) -> Any:
        try:
            found = searches[place](partial(ask, place))
            while ask(place, None):
                pass
        except BrokenBarrierError:  # another search failed, and says why
            return None
        except BaseException:
            step.abort()
            raise
        return found

    step = Barrier(max(1, len(searches)), answer)
    with ThreadPoolExecutor(max(1, len(searches))) as pool:
        try:
            return [each.result() for each in [pool.submit(begin, place) for place in range(len(searches))]]
        finally:
            step.abort()
