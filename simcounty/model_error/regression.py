"""Hierarchical regression: common slopes with a normal prior, an effect of each group, and a rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcounty.model_error.specification import Floats

ROUNDS = 60  # of expectation and maximisation: variances stand still long before
LOOSE = 1e8  # variance of the prior of the common level, against that of the rest: none


@dataclass(frozen=True, eq=False)
class Regression:
    """A fitted regression: one level, slopes, an effect of each group; and how uncertain they are.

    coefficients: level, slopes, effects of `groups`; covariance: of these. between and within are the
    variances of groups and of single rows.
    """

    coefficients: Floats
    covariance: Floats
    groups: tuple[str, ...]
    slopes: int
    between: float
    within: float

    @property
    def common(self) -> Floats:
        """The level and the slopes."""
        return self.coefficients[: 1 + self.slopes]

    @property
    def effects(self) -> Floats:
        """The effects of the groups."""
        return self.coefficients[1 + self.slopes :]

    def predict(self, x: Floats, group: NDArray[np.str_]) -> tuple[Floats, Floats]:
        """Return the means of new rows, and how uncertain each mean is, as a variance.

        A group that was not fitted has an effect of 0 and the variance between groups.
        """
        rows = _design(x, group, self.groups)
        variance = np.einsum("ij,jk,ik->i", rows, self.covariance, rows)
        return rows @ self.coefficients, variance + np.where(np.isin(group, self.groups), 0.0, self.between)


def fit(x: Floats, y: Floats, group: NDArray[np.str_]) -> Regression:
    """Fit a hierarchical regression by expectation and maximisation; variances are estimated with it.

    Slopes share a normal prior around 0 whose variance is estimated, so that x should be standardised.
    Dempster, Rubin and Tsutakawa (1981), Estimation in covariance components models.

    >>> group = np.array(["a", "a", "a", "b", "b", "b"])
    >>> float(fit(np.zeros((6, 0)), np.array([1.0, 2.0, 0.0, 2.0, 3.0, 4.0]), group).common[0].round(2))
    2.0
    """
    groups = tuple(sorted(set(group.tolist())))
    rows, slopes = _design(x, group, groups), x.shape[1]
    inner, outer = rows.T @ rows, rows.T @ y
    total = max(float(y.var()), 1e-12)
    between, within, prior = 0.1 * total, 0.9 * total, 0.05 * total
    for _ in range(ROUNDS):
        weights = np.concatenate(
            [[within / LOOSE], np.full(slopes, within / prior), np.full(len(groups), within / between)]
        )
        spread = np.linalg.inv(inner + np.diag(weights))
        found = spread @ outer
        rest, doubt = y - rows @ found, within * spread
        within = float(rest @ rest + np.trace(doubt @ inner)) / len(y)
        between = _variance(found[1 + slopes :], doubt[1 + slopes :, 1 + slopes :])
        prior = _variance(found[1 : 1 + slopes], doubt[1 : 1 + slopes, 1 : 1 + slopes]) if slopes else 1.0
    return Regression(np.asarray(found), np.asarray(doubt), groups, slopes, between, within)


def _variance(found: NDArray[Any], doubt: NDArray[Any]) -> float:
    return max(float(found @ found + np.trace(doubt)) / len(found), 1e-12)


def _design(x: Floats, group: NDArray[np.str_], groups: tuple[str, ...]) -> Floats:
    return np.hstack([np.ones((len(x), 1)), x, group[:, None] == np.array(groups)[None]])
