"""Errors of the futures of a county, drawn as the model error says."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simcounty.model_error.error_model import LONGEST, ErrorModel
from simcounty.model_error.specification import Floats, combined
from simcounty.sampling.designs import part_of_stream

NOTHING = np.zeros(0)


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
        return np.asarray(errors + self.expected)

    @property
    def last(self) -> int:
        """The last year that something was observed in; the start where nothing was."""
        return int(self.observed.year.max(initial=self.start))

    @cached_property
    def expected(self) -> Floats:
        """What is expected of each outcome and year, (outcomes, years)."""
        ahead = np.minimum(np.array(self.years, float) - self.start, LONGEST)
        return np.asarray(self.drift[:, None] * ahead)

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
