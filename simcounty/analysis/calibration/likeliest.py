"""The likeliest point, and the curvature there: where the chains start, and what a forecast is made with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcounty.analysis.calibration.belief import Belief
from simcounty.errors import RunError

Floats = NDArray[np.float64]

STARTS = 4  # the middle of the prior, and points drawn from it
ROUNDS = 8  # of taking the slopes of own offsets anew at the point found
STILL = 0.02  # standard deviations of the prior: a point that moves less between rounds has been found
STEP = 1e-3  # for the gradient, in standard deviations of the prior
BEND = 0.05  # for the curvature
FLATTEST = 0.25  # least curvature in any direction: the prior's is 1, and only a saddle has less than that


@dataclass(frozen=True, eq=False)
class Likeliest:
    """The point found, the belief with its slopes taken there, and whether the search came to rest."""

    belief: Belief
    point: Floats
    log_probability: float
    settled: bool

    def covariance(self) -> Floats:
        """Return the covariance a normal density with the curvature of the posterior here would have."""
        size = self.point.size
        moved = np.concatenate([self.point + BEND * np.eye(size), self.point - BEND * np.eye(size)])
        slopes = _gradients(self.belief, moved)
        curvature = -(slopes[:size] - slopes[size:]) / (2 * BEND)
        values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
        return np.asarray(vectors / np.maximum(values, FLATTEST) @ vectors.T)


def likeliest(belief: Belief, seed: int = 0, start: Floats | None = None) -> Likeliest:
    """Climb to the likeliest point: from `start`, else from the middle of the prior and points drawn from it.

    Raises RunError where every start has a run that fails.
    """
    size = len(belief.coordinates)
    drawn = np.random.default_rng(seed).normal(size=(STARTS - 1, size)) * 0.5
    starts = np.concatenate([np.zeros((1, size)), drawn]) if start is None else start[None]
    possible = starts[np.isfinite(belief.log_probability(starts))]
    if not len(possible):
        raise RunError("runs fail at every start of the search. Narrow the priors.")
    climbed = [_climbed(belief.near(each), each) for each in possible]
    point, _ = max(climbed, key=lambda found: found[1])
    for _ in range(ROUNDS):
        belief = belief.near(point)
        before, (point, value) = point, _climbed(belief, point)
        if not belief.varying or np.abs(point - before).max() < STILL:
            return Likeliest(belief, point, value, True)
    return Likeliest(belief, point, value, False)


def _climbed(belief: Belief, start: Floats) -> tuple[Floats, float]:
    from scipy.optimize import minimize

    def downhill(point: Floats) -> tuple[float, Floats]:
        value, slope = _value_and_gradient(belief, point)
        return (-value, -slope) if np.isfinite(value) else (1e12, np.zeros_like(point))

    found = minimize(downhill, start, jac=True, method="L-BFGS-B", bounds=[(-6.0, 6.0)] * start.size)
    return np.asarray(found.x), -float(found.fun)


def _value_and_gradient(belief: Belief, point: Floats) -> tuple[float, Floats]:
    size = point.size
    rows = np.concatenate([point[None], point + STEP * np.eye(size), point - STEP * np.eye(size)])
    values = belief.log_probability(rows)
    with np.errstate(invalid="ignore"):
        slope = (values[1 : size + 1] - values[size + 1 :]) / (2 * STEP)
    return float(values[0]), np.nan_to_num(slope, nan=0.0, posinf=0.0, neginf=0.0)


def _gradients(belief: Belief, points: Floats) -> Floats:
    return np.array([_value_and_gradient(belief, point)[1] for point in points])
