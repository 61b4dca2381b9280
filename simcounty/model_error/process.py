"""Errors of the futures of a county: drawn, and brought to what was observed since the start."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from simcounty.model_error.error_model import LONGEST, ErrorModel
from simcounty.model_error.specification import Floats, combined
from simcounty.sampling.designs import part_of_stream

NOTHING = np.zeros(0)
Places = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Observed:
    """Figures published after the start: which outcome and year each is of, on the outcome's scale.

    noise: standard deviations of the figures themselves.
    """

    outcome: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    year: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    value: Floats = field(default_factory=lambda: NOTHING)
    noise: Floats = field(default_factory=lambda: NOTHING)

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, eq=False)
class ErrorProcess:
    """The model error of one county in the years after its start.

    drift: what is expected a year of each outcome, (outcomes,). `place` and `province` name the streams of
    random numbers: counties of one province share the province's.
    """

    model_error: ErrorModel
    start: int
    years: tuple[int, ...]
    drift: Floats
    place: str = ""
    province: str = ""
    observed: Observed = field(default_factory=Observed)

    def draw(self, rows: range, seed: int) -> Floats:
        """Return the errors of some draws, not yet brought to observations: (draws, outcomes, years)."""
        from scipy.special import gammaincinv

        made, half = self.model_error, self.model_error.tails / 2
        chance = part_of_stream(f"model error, tails of {self.place}", seed, rows)
        heavy = np.sqrt(half / np.maximum(gammaincinv(half, chance), 1e-12))
        own = self._shocks(self.place, made.county, rows, seed) * heavy[:, None, None]
        shared = self._shocks(f"province {self.province}", made.province, rows, seed)
        errors = np.empty_like(own)
        for k in range(len(made.outcomes)):
            errors[:, k] = made.county_growth[k].errors(own[:, k])
            errors[:, k] += made.province_growth[k].errors(shared[:, k])
        return np.asarray(errors + self._expected)

    def bring(self, errors: Floats, foretold: Floats) -> tuple[Floats, Floats]:
        """Return errors that lead runs to the observations, and the logarithm of each run's weight.

        foretold: what each run gives for the observations, (draws, observations). By Matheron's rule a draw
        is moved by the gain times what still misses; a run weighs by the density of what it misses.
        """
        seen = self.observed
        if not len(seen):
            return errors, np.zeros(len(errors))
        at = [self.years.index(year) for year in seen.year.tolist()]
        before = errors[:, seen.outcome, at]
        missed = seen.value - foretold
        across, among = self._covariance
        gain = np.linalg.solve(among, across.T).T
        moved = combined(gain, (missed - before).T).T.reshape(errors.shape)
        apart = (missed - self._expected[seen.outcome, at]).T
        standard = combined(np.linalg.inv(np.linalg.cholesky(among)), apart)
        return errors + moved, -0.5 * np.add.reduce(standard**2, axis=0)

    @cached_property
    def _expected(self) -> Floats:
        ahead = np.minimum(np.array(self.years, float) - self.start, LONGEST)
        return np.asarray(self.drift[:, None] * ahead)

    @cached_property
    def _covariance(self) -> tuple[Floats, Floats]:
        """Covariances of all errors with those observed, and among these with their noise."""
        seen, ahead = self.observed, np.array(self.years) - self.start
        outcome = np.repeat(np.arange(len(self.model_error.outcomes)), len(ahead))
        every = outcome, np.tile(ahead, len(self.model_error.outcomes))
        those = seen.outcome, seen.year - self.start
        return self._between(every, those), self._between(those, those) + np.diag(seen.noise**2)

    def _between(self, one: Places, two: Places) -> Floats:
        """Return covariances of errors, given by outcomes and years after the start: (one, two)."""
        made, heavy = self.model_error, self.model_error.tails / (self.model_error.tails - 2)
        found = np.zeros((len(one[0]), len(two[0])))
        for k, m in product(range(len(made.outcomes)), repeat=2):
            rows, columns = np.flatnonzero(one[0] == k), np.flatnonzero(two[0] == m)
            if rows.size and columns.size:
                t, u = one[1][rows][:, None], two[1][columns][None]
                own = made.county_growth[k].covariance(made.county_growth[m], t, u)
                shared = made.province_growth[k].covariance(made.province_growth[m], t, u)
                block = heavy * made.county[k, m] * own + made.province[k, m] * shared
                found[np.ix_(rows, columns)] = block
        return found

    def _shocks(self, stream: str, covariance: Floats, rows: range, seed: int) -> Floats:
        """Return the shocks of a stream of random numbers: (draws, outcomes, years)."""
        from scipy.special import ndtri

        size = len(covariance), len(self.years)
        keys = [f"model error, {stream}, {k} {year}" for k in range(size[0]) for year in self.years]
        points = np.array([part_of_stream(key, seed, rows) for key in keys])
        normal = ndtri(np.clip(points, 1e-15, 1 - 1e-15)).reshape(*size, -1)
        return np.moveaxis(combined(_root(covariance), normal), -1, 0)


def _root(covariance: Floats) -> Floats:
    """Return a root of a covariance that may be flat in some direction."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
