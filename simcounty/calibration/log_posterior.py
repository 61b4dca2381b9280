"""The log posterior of a calibration, and the MAP estimate, where it is largest.

A point is a row of standard normal coordinates: one for each common value, one for each spread between
counties, one for each discrepancy of the model. Its prior is therefore always the standard normal density; a
parameter is the quantile of its own prior there, so that it cannot leave its bounds.

A county may differ from the common value: its coordinate is that of the common value plus an offset of its
own, normal with the spread as standard deviation. Offsets are integrated out with the predictions taken as
linear in them around zero (the first-order method of mixed-effects models), by `slopes` taken at one point.
What is left of a county is one normal density: of the observations minus the predictions at the common
values, with

    slopes · spread² · slopesᵀ + error² + discrepancy²

as its covariance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simcounty.calibration.forward import Forward
from simcounty.calibration.problem import EVERYWHERE, Calibration, ObservedCounty, Prior
from simcounty.errors import RunError

Floats = NDArray[np.float64]

FARTHEST = 8.0  # standard deviations of the prior: points farther out are given no probability
NUDGE = 0.05  # standard deviations of the prior, to either side: the step of the slopes
STARTS = 4  # of the search: the middle of the prior, and points drawn from it
ROUNDS = 8  # of taking the slopes anew at the point found
STILL = 0.02  # standard deviations of the prior: the search has settled if a round moves the point less
STEP = 1e-3  # for the gradient, in standard deviations of the prior
BEND = 0.05  # for the curvature
FLATTEST = 0.25  # least curvature in any direction: the prior's is 1, and only a saddle has less


@dataclass(frozen=True)
class Coordinate:
    """One coordinate of a point: a parameter or observable, for a group of counties."""

    kind: str  # "common", "spread" or "discrepancy"
    key: str  # the name of a parameter, or of an observable
    group: str = EVERYWHERE

    @property
    def name(self) -> str:
        kind = "" if self.kind == "common" else f"{self.kind} of "
        return f"{kind}{self.key}" + (f" @ {self.group}" if self.group else "")


@dataclass(frozen=True, eq=False)
class LogPosterior:
    """The logarithm of the posterior density of a calibration, for many points at once.

    slopes: (counties, observables, parameters that vary), of predictions by the counties' own offsets.
    """

    forward: Forward
    groups: tuple[str, ...]
    slopes: Floats | None = None

    @classmethod
    def of(cls, forward: Forward) -> LogPosterior:
        """Return the log posterior of all counties, by province where a parameter differs by it."""
        by_province = any(prior.by_province for prior in forward.calibration.priors)
        provinces = sorted({county.province for county in forward.counties})
        return cls(forward, tuple(provinces) if by_province else (EVERYWHERE,))

    @property
    def calibration(self) -> Calibration:
        return self.forward.calibration

    @property
    def counties(self) -> tuple[ObservedCounty, ...]:
        return self.forward.counties

    @cached_property
    def coordinates(self) -> tuple[Coordinate, ...]:
        """What the numbers of a point are, in their order."""
        common = [
            Coordinate("common", prior.name, group)
            for prior in self.calibration.priors
            for group in (self.groups if prior.by_province else (EVERYWHERE,))
        ]
        spreads = [Coordinate("spread", prior.name) for prior in self.varying]
        own_errors = [
            Coordinate("discrepancy", each.name) for each in self.calibration.observables if each.discrepancy
        ]
        return (*common, *spreads, *own_errors)

    @cached_property
    def varying(self) -> tuple[Prior, ...]:
        """The priors of the parameters in which counties may differ."""
        return tuple(prior for prior in self.calibration.priors if prior.spread)

    def places(self, kind: str) -> list[int]:
        """Return the places of the coordinates of a kind in a point."""
        return [place for place, each in enumerate(self.coordinates) if each.kind == kind]

    @cached_property
    def common_places(self) -> NDArray[np.int64]:
        """The place in a point of the common value of each county and parameter: (counties, parameters)."""
        common = [(place, self.coordinates[place]) for place in self.places("common")]
        known = {(each.key, each.group): place for place, each in common}
        rows = [
            [
                known[prior.name, county.province if prior.by_province else EVERYWHERE]
                for prior in self.calibration.priors
            ]
            for county in self.counties
        ]
        return np.array(rows)

    @cached_property
    def observed(self) -> tuple[Floats, Floats]:
        """Observations and their standard errors, NaN where there is none: two of (counties, observables)."""
        names = [each.name for each in self.calibration.observables]
        rows = [[county.observed.get(name) for name in names] for county in self.counties]
        value = [[np.nan if each is None else each.value for each in row] for row in rows]
        error = [[np.nan if each is None else each.error for each in row] for row in rows]
        return np.array(value), np.array(error)

    @property
    def data(self) -> int:
        """The number of observations."""
        return int(np.isfinite(self.observed[0]).sum())

    def subset(self, places: list[int]) -> LogPosterior:
        """Return that of some of the counties; provinces without any keep their coordinates."""
        slopes = None if self.slopes is None else self.slopes[places]
        return LogPosterior(self.forward.subset(places), self.groups, slopes)

    def parameters(self, points: Floats, offsets: Floats | None = None) -> Floats:
        """Return the parameters at points: (points, counties, parameters), in their units.

        offsets: what to add to the coordinates, of a shape that fits.
        """
        from scipy.special import ndtr

        levels = ndtr(points[:, self.common_places] + (0.0 if offsets is None else offsets))
        columns = [
            prior.distribution.quantile(levels[..., place])
            for place, prior in enumerate(self.calibration.priors)
        ]
        return np.stack(columns, axis=-1)

    def spreads(self, points: Floats) -> Floats:
        """Return the standard deviations between counties: (points, parameters that vary)."""
        scales = np.array([prior.spread for prior in self.varying])
        return half_normal(points[:, self.places("spread")], scales)

    def discrepancies(self, points: Floats) -> Floats:
        """Return the standard deviations of the model's own error: (points, observables)."""
        found = np.zeros((len(points), len(self.calibration.observables)))
        wanted = [place for place, each in enumerate(self.calibration.observables) if each.discrepancy]
        scales = np.array([self.calibration.observables[place].discrepancy for place in wanted])
        found[:, wanted] = half_normal(points[:, self.places("discrepancy")], scales)
        return found

    def offsets(self, own: Floats) -> Floats:
        """Return offsets of the parameters that vary as offsets of all: (…, counties, parameters)."""
        added = np.zeros((*own.shape[:-1], len(self.calibration.priors)))
        added[..., [self.calibration.parameters.index(prior.name) for prior in self.varying]] = own
        return added

    def predict(self, points: Floats, own: Floats | None = None) -> Floats:
        """Return what would be observed: (points, counties, observables), by default at the common values.

        own: offsets of the counties, (counties, parameters that vary). Points of the same common values run
        once.
        """
        common = self.places("common")
        unlike, place = np.unique(points[:, common], axis=0, return_inverse=True)
        rows = np.zeros((len(unlike), points.shape[1]))
        rows[:, common] = unlike
        offsets = None if own is None else self.offsets(own)
        return self.forward.predict(self.parameters(rows, offsets))[place.ravel()]

    def linearised_at(self, point: Floats) -> LogPosterior:
        """Return the same with the slopes taken at a point."""
        found = np.zeros((len(self.counties), len(self.calibration.observables), len(self.varying)))
        for place in range(len(self.varying)):
            nudge = NUDGE * np.eye(len(self.varying))[place]
            offsets = self.offsets(np.stack([nudge, -nudge]))[:, None, :]
            up, down = self.forward.predict(self.parameters(np.repeat(point[None], 2, axis=0), offsets))
            found[:, :, place] = (up - down) / (2 * NUDGE)
        return replace(self, slopes=np.nan_to_num(found))

    def evaluate(self, points: Floats) -> Floats:
        """Return the log of prior times likelihood, up to a constant: (points,); -inf where a run failed."""
        inside = (np.abs(points) < FARTHEST).all(axis=1)
        found = np.full(len(points), -np.inf)
        if inside.any():
            found[inside] = self._evaluate_inside(points[inside])
        return found

    def _evaluate_inside(self, points: Floats) -> Floats:
        residuals, covariance = self.residuals(points)
        with np.errstate(invalid="ignore"):
            failed = ~np.isfinite(residuals).all(axis=(1, 2))
        residuals[failed] = 0.0
        root = np.linalg.cholesky(covariance)
        scaled = np.linalg.solve(root, residuals[..., None])[..., 0]
        logs = np.log(np.diagonal(root, axis1=-2, axis2=-1))
        likelihood = -0.5 * (scaled**2).sum(axis=(1, 2)) - logs.sum(axis=(1, 2))
        prior = -0.5 * (points**2).sum(axis=1)
        return np.where(failed, -np.inf, likelihood + prior)

    def residuals(self, points: Floats) -> tuple[Floats, Floats]:
        """Return observations minus predictions, and their covariance: (points, counties, observables, …).

        An observable without an observation in a county has a residual of 0, independent of the others.
        """
        value, error = self.observed
        known = np.isfinite(value)
        spread = np.zeros((len(points), 0)) if not self.varying else self.spreads(points)
        slopes = np.zeros((*value.shape, len(self.varying))) if self.slopes is None else self.slopes
        residuals = np.where(known, value - self.predict(points), 0.0)
        scaled = slopes[None] * spread[:, None, None, :] * known[None, :, :, None]
        noise = np.nan_to_num(error)[None] ** 2 + self.discrepancies(points)[:, None, :] ** 2
        alone = np.where(known[None], noise, 1.0)
        return residuals, scaled @ np.swapaxes(scaled, -1, -2) + alone[..., None] * np.eye(value.shape[1])

    def draw_offsets(self, points: Floats, normal: Floats) -> Floats:
        """Draw the offset of each county from the common values, given its data.

        The result has the shape (points, counties, parameters that vary). normal: standard normal numbers of
        that shape; zeros give the mean. What the data leave open is as wide as the spread between counties.
        """
        residuals, covariance = self.residuals(points)
        assert self.slopes is not None
        spread = self.spreads(points)[:, None, None, :]
        known = np.isfinite(self.observed[0])[None, :, :, None]
        scaled = self.slopes[None] * spread * known
        gain = np.swapaxes(np.linalg.solve(covariance, scaled), -1, -2)
        mean = (gain @ residuals[..., None])[..., 0]
        left = np.eye(scaled.shape[-1]) - gain @ scaled
        root = np.linalg.cholesky((left + np.swapaxes(left, -1, -2)) / 2)
        return np.asarray(spread[..., 0, :] * (mean + (root @ normal[..., None])[..., 0]))

    def value_and_gradient(self, point: Floats) -> tuple[float, Floats]:
        """Return the log posterior of one point, and its gradient by central differences."""
        size = point.size
        rows = np.concatenate([point[None], point + STEP * np.eye(size), point - STEP * np.eye(size)])
        values = self.evaluate(rows)
        with np.errstate(invalid="ignore"):
            slope = (values[1 : size + 1] - values[size + 1 :]) / (2 * STEP)
        return float(values[0]), np.nan_to_num(slope, nan=0.0, posinf=0.0, neginf=0.0)


def half_normal(points: Floats, scales: Floats) -> Floats:
    """Return the quantiles of half-normal distributions at standard normal coordinates."""
    from scipy.special import ndtr, ndtri

    return np.asarray(scales * ndtri(0.5 + 0.5 * ndtr(points)))


@dataclass(frozen=True, eq=False)
class MapEstimate:
    """The point found, the log posterior linearised there, and whether the search settled."""

    log_posterior: LogPosterior
    point: Floats
    value: float
    settled: bool

    def covariance(self) -> Floats:
        """Return the covariance a normal density with the curvature of the posterior here would have."""
        size = self.point.size
        moved = np.concatenate([self.point + BEND * np.eye(size), self.point - BEND * np.eye(size)])
        slopes = np.array([self.log_posterior.value_and_gradient(each)[1] for each in moved])
        curvature = -(slopes[:size] - slopes[size:]) / (2 * BEND)
        values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
        return np.asarray(vectors / np.maximum(values, FLATTEST) @ vectors.T)


def map_estimate(log_posterior: LogPosterior, seed: int = 0, start: Floats | None = None) -> MapEstimate:
    """Maximise a log posterior: from `start`, else from the middle of the prior and points drawn from it.

    Raises RunError where every start has a run that fails.
    """
    size = len(log_posterior.coordinates)
    drawn = np.random.default_rng(seed).normal(size=(STARTS - 1, size)) * 0.5
    starts = np.concatenate([np.zeros((1, size)), drawn]) if start is None else start[None]
    possible = starts[np.isfinite(log_posterior.evaluate(starts))]
    if not len(possible):
        raise RunError("runs fail at every start of the search. Narrow the priors.")
    found = [_maximise(log_posterior.linearised_at(each), each) for each in possible]
    point, _ = max(found, key=lambda each: each[1])
    for _ in range(ROUNDS):
        log_posterior = log_posterior.linearised_at(point)
        before, (point, value) = point, _maximise(log_posterior, point)
        if not log_posterior.varying or np.abs(point - before).max() < STILL:
            return MapEstimate(log_posterior, point, value, True)
    return MapEstimate(log_posterior, point, value, False)


def _maximise(log_posterior: LogPosterior, start: Floats) -> tuple[Floats, float]:
    from scipy.optimize import minimize

    def negative(point: Floats) -> tuple[float, Floats]:
        value, slope = log_posterior.value_and_gradient(point)
        return (-value, -slope) if np.isfinite(value) else (1e12, np.zeros_like(point))

    found = minimize(negative, start, jac=True, method="L-BFGS-B", bounds=[(-6.0, 6.0)] * start.size)
    return np.asarray(found.x), -float(found.fun)
