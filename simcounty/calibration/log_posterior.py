"""How likely a point is, given what was believed before and what was seen.

A point is a row of standard normal coordinates: one for each common value, one for each spread between
cases, one for each discrepancy of the model. Its prior is therefore always the standard normal density; a
parameter is the quantile of its own prior there, so that it cannot leave its ends.

A case may lie off the common value: its coordinate is that of the common value plus an offset of its own,
normal with the spread as standard deviation. Offsets are integrated out with the predictions taken as linear
in them around nought (the first-order method of mixed-effects models), by `slopes` taken at one point. What
is left of a case is one normal density: of what was seen less what is predicted at the common values, with

    slopes · spread² · slopesᵀ + error² + discrepancy²

as its covariance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simcounty.calibration.forward import Forward
from simcounty.calibration.problem import EVERYWHERE, Calibration, Case, Prior
from simcounty.errors import RunError

Floats = NDArray[np.float64]

FARTHEST = 8.0  # standard deviations of the prior: nothing that lies farther is believed
NUDGE = 0.05  # of a standard deviation of the prior: how far a slope looks to either side


@dataclass(frozen=True)
class Coordinate:
    """One number of a point: what it stands for, and for which group of cases."""

    kind: str  # "common", "spread" or "discrepancy"
    key: str  # the name of a parameter, or of an observable
    group: str = EVERYWHERE

    @property
    def name(self) -> str:
        kind = "" if self.kind == "common" else f"{self.kind} of "
        return f"{kind}{self.key}" + (f" @ {self.group}" if self.group else "")


@dataclass(frozen=True, eq=False)
class Belief:
    """The posterior density of a calibration, for rows of points at once."""

    forward: Forward
    groups: tuple[str, ...]
    slopes: Floats | None = None

    @classmethod
    def of(cls, forward: Forward) -> Belief:
        """Return the belief about cases; groups are their provinces, where a parameter differs by them."""
        by_province = any(prior.by_province for prior in forward.calibration.priors)
        provinces = sorted({case.province for case in forward.cases})
        return cls(forward, tuple(provinces) if by_province else (EVERYWHERE,))

    @property
    def calibration(self) -> Calibration:
        return self.forward.calibration

    @property
    def cases(self) -> tuple[Case, ...]:
        return self.forward.cases

    @cached_property
    def coordinates(self) -> tuple[Coordinate, ...]:
        """What the numbers of a point are, in their order."""
        common = [
            Coordinate("common", prior.name, group)
            for prior in self.calibration.priors
            for group in (self.groups if prior.by_province else (EVERYWHERE,))
        ]
        spreads = [Coordinate("spread", prior.name) for prior in self.varying]
        gaps = [
            Coordinate("discrepancy", each.name) for each in self.calibration.observables if each.discrepancy
        ]
        return (*common, *spreads, *gaps)

    @cached_property
    def varying(self) -> tuple[Prior, ...]:
        """The priors of the parameters in which cases may differ."""
        return tuple(prior for prior in self.calibration.priors if prior.spread)

    def places(self, kind: str) -> list[int]:
        """Return where the coordinates of a kind stand."""
        return [place for place, each in enumerate(self.coordinates) if each.kind == kind]

    @cached_property
    def common_of(self) -> NDArray[np.int64]:
        """Where the coordinate of each case and parameter stands: (cases, parameters)."""
        common = [(place, self.coordinates[place]) for place in self.places("common")]
        known = {(each.key, each.group): place for place, each in common}
        rows = [
            [
                known[prior.name, case.province if prior.by_province else EVERYWHERE]
                for prior in self.calibration.priors
            ]
            for case in self.cases
        ]
        return np.array(rows)

    @cached_property
    def seen(self) -> tuple[Floats, Floats]:
        """What was seen and how far it may be off, nan where nothing was: two of (cases, observables)."""
        names = [each.name for each in self.calibration.observables]
        value = [[case.seen[n].value if n in case.seen else np.nan for n in names] for case in self.cases]
        error = [[case.seen[n].error if n in case.seen else np.nan for n in names] for case in self.cases]
        return np.array(value), np.array(error)

    @property
    def data(self) -> int:
        """How many numbers were seen."""
        return int(np.isfinite(self.seen[0]).sum())

    def only(self, places: list[int]) -> Belief:
        """Return the same for some of the cases; provinces without any keep their coordinates."""
        slopes = None if self.slopes is None else self.slopes[places]
        return Belief(self.forward.only(places), self.groups, slopes)

    def values(self, points: Floats, offsets: Floats | None = None) -> Floats:
        """Return the parameters at points: (points, cases, parameters), in their units.

        offsets: what to add to the coordinates, of a shape that fits.
        """
        from scipy.special import ndtr

        shares = ndtr(points[:, self.common_of] + (0.0 if offsets is None else offsets))
        columns = [
            prior.distribution.quantile(shares[..., place])
            for place, prior in enumerate(self.calibration.priors)
        ]
        return np.stack(columns, axis=-1)

    def spreads(self, points: Floats) -> Floats:
        """Return the standard deviations between cases: (points, parameters that vary)."""
        scales = np.array([prior.spread for prior in self.varying])
        return half_normal(points[:, self.places("spread")], scales)

    def discrepancies(self, points: Floats) -> Floats:
        """Return how far the model is off besides, as standard deviations: (points, observables)."""
        found = np.zeros((len(points), len(self.calibration.observables)))
        wanted = [place for place, each in enumerate(self.calibration.observables) if each.discrepancy]
        scales = np.array([self.calibration.observables[place].discrepancy for place in wanted])
        found[:, wanted] = half_normal(points[:, self.places("discrepancy")], scales)
        return found

    def offsets(self, own: Floats) -> Floats:
        """Return what own offsets add to coordinates: (…, cases, parameters)."""
        added = np.zeros((*own.shape[:-1], len(self.calibration.priors)))
        added[..., [self.calibration.names.index(prior.name) for prior in self.varying]] = own
        return added

    def predicted(self, points: Floats, own: Floats | None = None) -> Floats:
        """Return what would be observed: (points, cases, observables), in cases at the common values.

        own: offsets of the cases, (cases, parameters that vary). Points of the same common values run once.
        """
        common = self.places("common")
        unlike, place = np.unique(points[:, common], axis=0, return_inverse=True)
        rows = np.zeros((len(unlike), points.shape[1]))
        rows[:, common] = unlike
        offsets = None if own is None else self.offsets(own)
        return self.forward.predicted(self.values(rows, offsets))[place.ravel()]

    def near(self, point: Floats) -> Belief:
        """Return the same with the slopes of offsets taken at a point."""
        found = np.zeros((len(self.cases), len(self.calibration.observables), len(self.varying)))
        for place in range(len(self.varying)):
            nudge = NUDGE * np.eye(len(self.varying))[place]
            offsets = self.offsets(np.stack([nudge, -nudge]))[:, None, :]
            up, down = self.forward.predicted(self.values(np.repeat(point[None], 2, axis=0), offsets))
            found[:, :, place] = (up - down) / (2 * NUDGE)
        return replace(self, slopes=np.nan_to_num(found))

    def log_probability(self, points: Floats) -> Floats:
        """Return the logarithm of prior times likelihood, up to a constant; -inf where a run failed."""
        inside = (np.abs(points) < FARTHEST).all(axis=1)
        found = np.full(len(points), -np.inf)
        if inside.any():
            found[inside] = self.of_predictions(points[inside], self.predicted(points[inside]))
        return found

    def of_predictions(self, points: Floats, predicted: Floats) -> Floats:
        """Return what `log_probability` does, from predictions made before."""
        residuals, covariance = self.misfits(points, predicted)
        with np.errstate(invalid="ignore"):
            failed = ~np.isfinite(residuals).all(axis=(1, 2))
        residuals[failed] = 0.0
        root = np.linalg.cholesky(covariance)
        scaled = np.linalg.solve(root, residuals[..., None])[..., 0]
        logs = np.log(np.diagonal(root, axis1=-2, axis2=-1))
        likelihood = -0.5 * (scaled**2).sum(axis=(1, 2)) - logs.sum(axis=(1, 2))
        prior = -0.5 * (points**2).sum(axis=1)
        return np.where(failed, -np.inf, likelihood + prior)

    def misfits(self, points: Floats, predicted: Floats) -> tuple[Floats, Floats]:
        """Return what was seen less what is likeliest, and its covariance: (points, cases, observables, …).

        An observable that was not seen in a case has no misfit, and is independent of the others.
        """
        value, error = self.seen
        known = np.isfinite(value)
        spread = np.zeros((len(points), 0)) if not self.varying else self.spreads(points)
        slopes = np.zeros((*value.shape, len(self.varying))) if self.slopes is None else self.slopes
        residuals = np.where(known, value - predicted, 0.0)
        scaled = slopes[None] * spread[:, None, None, :] * known[None, :, :, None]
        noise = np.nan_to_num(error)[None] ** 2 + self.discrepancies(points)[:, None, :] ** 2
        alone = np.where(known[None], noise, 1.0)
        return residuals, scaled @ np.swapaxes(scaled, -1, -2) + alone[..., None] * np.eye(value.shape[1])


def own_offsets(belief: Belief, points: Floats, normal: Floats) -> Floats:
    """Return how far each case lies off the common values, by its data.

    The result has the shape (points, cases, parameters that vary). normal: standard normal numbers of that
    shape, which make it a draw; noughts make it the mean. What the data leave open is as wide as the spread
    between cases.
    """
    residuals, covariance = belief.misfits(points, belief.predicted(points))
    assert belief.slopes is not None
    spread = belief.spreads(points)[:, None, None, :]
    known = np.isfinite(belief.seen[0])[None, :, :, None]
    scaled = belief.slopes[None] * spread * known
    gain = np.swapaxes(np.linalg.solve(covariance, scaled), -1, -2)
    mean = (gain @ residuals[..., None])[..., 0]
    left = np.eye(scaled.shape[-1]) - gain @ scaled
    root = np.linalg.cholesky((left + np.swapaxes(left, -1, -2)) / 2)
    return np.asarray(spread[..., 0, :] * (mean + (root @ normal[..., None])[..., 0]))


def half_normal(points: Floats, scales: Floats) -> Floats:
    """Return the quantiles of half-normal distributions at standard normal coordinates."""
    from scipy.special import ndtr, ndtri

    return np.asarray(scales * ndtri(0.5 + 0.5 * ndtr(points)))


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
