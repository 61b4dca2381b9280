"""Errors brought to what was observed since the start: of one county, or of several in one future."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from simcounty.model_error.error_model import ErrorModel
from simcounty.model_error.growth import Growth
from simcounty.model_error.process import ErrorProcess
from simcounty.model_error.specification import Floats, combined

Places = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Observations:
    """The figures of counties whose errors are of the same futures.

    What a figure tells of a county's own error it tells of no other; what it tells of the province's error
    it tells of all counties of that province, which goes on being the same in all of them.

    spread: covariances, (outcomes and years, observations), of each county's runs by what it draws for
    itself; that part of what is missed is brought to the observations as errors are, and is in no weight.
    """

    processes: tuple[ErrorProcess, ...]
    spread: tuple[Floats, ...] = ()

    def bring(
        self,
        errors: Sequence[Floats],
        foretold: Sequence[Floats],
        weighed: Sequence[Floats] | None = None,
    ) -> tuple[list[Floats], Floats]:
        """Return errors of each county that lead runs to the observations, and the log weight of each draw.

        errors: (draws, outcomes, years) of each county. foretold: what its runs give for its observations,
        (draws, observations). By Matheron's rule errors are moved by their covariance with what was observed
        times what still misses; a draw weighs by the density of all that its runs missed, or the runs
        `weighed`, which have nothing that a county drew for itself.
        """
        seen = [each.observed for each in self.processes]
        at = [(one.outcome, one.year - each.years[0]) for one, each in zip(seen, self.processes, strict=True)]
        value = np.concatenate([each.value for each in seen])[:, None]
        missed = value - np.hstack(foretold).T
        before = np.vstack([each[:, *place].T for each, place in zip(errors, at, strict=True)])
        expected = np.concatenate([p.expected[place] for p, place in zip(self.processes, at, strict=True)])
        apart = missed if weighed is None else value - np.hstack(weighed).T
        standard = combined(self._whitening, apart - expected[:, None])
        still = combined(self._whitening.T, combined(self._whitening, missed - before))
        logs = -0.5 * combined(np.ones((1, len(standard))), standard**2)[0]
        return self._moved(errors, still), logs

    def _moved(self, errors: Sequence[Floats], still: Floats) -> list[Floats]:
        """Return errors moved by what still misses over its covariance: (observations, draws)."""
        made, found = self.processes[0].model_error, []
        places = {each.province: np.flatnonzero(self._of_province(each.province)) for each in self.processes}
        shared = {
            name: combined(province_covariance(made, self._every, self._those(rows)), still[rows])
            for name, rows in places.items()
        }
        for i, (process, each) in enumerate(zip(self.processes, errors, strict=True)):
            rows = np.flatnonzero(self._county == i)
            across = county_covariance(made, self._every, self._those(rows))
            own = combined(across + self.spread[i] if self.spread else across, still[rows])
            found.append(each + (own + shared[process.province]).T.reshape(each.shape))
        return found

    @cached_property
    def _county(self) -> NDArray[np.int64]:
        """The place of the county that each figure is of."""
        return np.repeat(np.arange(len(self.processes)), [len(each.observed) for each in self.processes])

    def _of_province(self, name: str) -> NDArray[np.bool_]:
        return np.array([each.province == name for each in self.processes])[self._county]

    def _those(self, rows: NDArray[np.int64]) -> Places:
        """Return the outcomes of figures, and how many years after the start they are of."""
        outcome = np.concatenate([each.observed.outcome for each in self.processes])
        ahead = np.concatenate([each.observed.year - each.start for each in self.processes])
        return outcome[rows], ahead[rows]

    @cached_property
    def _every(self) -> Places:
        """All outcomes and years of a county, in the order of its errors."""
        first = self.processes[0]
        outcomes, ahead = len(first.model_error.outcomes), np.array(first.years) - first.start
        return np.repeat(np.arange(outcomes), len(ahead)), np.tile(ahead, outcomes)

    @cached_property
    def _whitening(self) -> Floats:
        """The inverse of the root of the covariance of what is observed, with its noise."""
        made, those = self.processes[0].model_error, self._those(np.arange(len(self._county)))
        province = np.array([each.province for each in self.processes])[self._county]
        found = county_covariance(made, those, those) * (self._county[:, None] == self._county)
        found += province_covariance(made, those, those) * (province[:, None] == province)
        for i, each in enumerate(self.spread):
            rows = np.flatnonzero(self._county == i)
            outcome, ahead = self._those(rows)
            found[np.ix_(rows, rows)] += each[outcome * len(self.processes[0].years) + ahead - 1]
        noise = np.concatenate([each.observed.noise for each in self.processes])
        return np.asarray(np.linalg.inv(np.linalg.cholesky(found + np.diag(noise**2))))


def county_covariance(made: ErrorModel, one: Places, two: Places) -> Floats:
    """Return covariances of a county's own errors, given by outcomes and years ahead: (one, two)."""
    heavy = made.tails / (made.tails - 2)
    return _covariance(heavy * made.county, made.county_growth, one, two)


def province_covariance(made: ErrorModel, one: Places, two: Places) -> Floats:
    """Return covariances of the errors that counties of a province share: (one, two)."""
    return _covariance(made.province, made.province_growth, one, two)


def _covariance(shocks: Floats, growth: Sequence[Growth], one: Places, two: Places) -> Floats:
    found = np.zeros((len(one[0]), len(two[0])))
    for k, m in product(range(len(shocks)), repeat=2):
        rows, columns = np.flatnonzero(one[0] == k), np.flatnonzero(two[0] == m)
        if rows.size and columns.size:
            t, u = one[1][rows][:, None], two[1][columns][None]
            found[np.ix_(rows, columns)] = shocks[k, m] * growth[k].covariance(growth[m], t, u)
    return found
