"""Climbing in the unit box: from a point to better ones near it, many points tried side by side.

By steps along the axes, for anything that can be ranked; by SciPy's SLSQP, for what has slopes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FINEST = 1 / 256  # of an axis: a step at which climbing ends
NUDGE = 1e-4  # of an axis: how far a point is moved to measure a slope
METHOD: dict[str, Any] = {"method": "SLSQP", "options": {"maxiter": 50, "ftol": 1e-6}}


@dataclass(frozen=True)
class Stand:
    """How far a search has come: the best point, what it gives, and what has been run."""

    point: Floats
    value: float
    runs: int = 0
    failed: int = 0

    def after(self, values: Floats) -> Stand:
        """Return the same stand after runs that gave these values."""
        gone = int(np.isneginf(values).sum())
        return replace(self, runs=self.runs + len(values), failed=self.failed + gone)

    def best_of(self, points: Floats, values: Floats) -> Stand:
        """Return where the search stands after points were tried: at the best of them, if it is better."""
        stand, best = self.after(values), int(values.argmax())
        if values[best] > stand.value + abs(stand.value) * 1e-12:
            return replace(stand, point=points[best], value=float(values[best]))
        return stand


def refined(values: Callable[[Floats], Floats], stand: Stand, most: int) -> Stand:
    """Step along every axis, then along those that gained together, by ever smaller steps.

    `values` are those of points (points, axes), larger being better; minus infinity where a run fails.
    Ends where no step gains any more, or after `most` runs.
    """
    reach = 1.0
    while reach >= FINEST and stand.runs < most:
        points = moves(stand.point, reach)
        tried = values(points)
        joined = in_concert(stand.point, points, tried - stand.value)
        together = values(joined) if len(joined) else np.empty(0)
        after = stand.best_of(np.vstack([points, joined]), np.concatenate([tried, together]))
        reach = reach if after.value > stand.value else reach / 2
        stand = after
    return stand


def moves(point: Floats, reach: float) -> Floats:
    """Return the points one step up, then those one step down, along each axis."""
    steps = np.vstack([np.diag(np.full(len(point), sign * reach)) for sign in (1.0, -1.0)])
    return np.asarray(np.clip(point + steps, 0.0, 1.0))


def in_concert(point: Floats, points: Floats, gains: Floats) -> Floats:
    """Return points that take the best steps along 2, 4, 8 … axes at once, then along all that gain."""
    axes = len(point)
    better = np.where(gains[:axes] >= gains[axes:], np.arange(axes), np.arange(axes) + axes)
    order = better[np.argsort(-gains[better], kind="stable")]
    gaining = [int(i) for i in order if gains[i] > 0.0]
    counts = sorted({*(2**k for k in range(1, 16) if 2**k < len(gaining)), len(gaining)} - {0, 1})
    steps = points - point
    return np.array([point + steps[gaining[:count]].sum(axis=0) for count in counts]).reshape(-1, axes)


def slopes(function: Callable[[Floats], Floats], point: Floats) -> tuple[Floats, Floats]:
    """Return what a function of points gives at one, and its slopes (values, axes).

    The function takes (points, axes) and gives (points, values); its points are tried side by side.
    """
    nudges = np.where(point > 0.5, -NUDGE, NUDGE)
    found = function(np.vstack([point, point + np.diag(nudges)]))
    return found[0], ((found[1:] - found[0]) / nudges[:, None]).T


class Memo:
    """Remembers a function's last value: SciPy asks for values and for slopes, one run gives both."""

    def __init__(self, function: Callable[[Floats], tuple[Floats, Floats]]) -> None:
        self._function = function
        self._at: Floats | None = None
        self._value: tuple[Floats, Floats] | None = None

    def __call__(self, point: Floats) -> tuple[Floats, Floats]:
        point = np.clip(point, 0.0, 1.0)
        if self._value is None or self._at is None or not np.array_equal(self._at, point):
            self._at, self._value = point, self._function(point)
        return self._value
