"""How far forecasts are off: bias, absolute and squared errors, and Theil's parts of the squared error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

THEIL = ("theil_bias", "theil_variance", "theil_covariance")
MEASURES = ("bias", "median", "mean", "rmse", *THEIL)


def measured(start: Floats, observed: Floats, forecast: Floats, log: bool) -> Floats:
    """Return the measures of forecasts of a figure, in the order of `MEASURES`; nan where there is none.

    Bias and root mean squared error are of logarithms where `log`, else in the figure's unit; median and
    mean are of absolute errors, there as fractions of what came. Theil's parts are of changes since start.

    >>> measured(np.array([1.0, 1.0]), np.array([2.0, 4.0]), np.array([4.0, 6.0]), log=False)[:4].tolist()
    [2.0, 2.0, 2.0, 2.0]
    """
    if not len(observed):
        return np.full(len(MEASURES), np.nan)
    came, made, before = (np.log(each) if log else each for each in (observed, forecast, start))
    error = made - came
    absolute = np.abs(np.expm1(error) if log else error)
    square = float(np.mean(error**2))
    plain = [error.mean(), np.median(absolute), absolute.mean(), square**0.5]
    return np.array([*plain, *theil_parts(made - before, came - before)])


def theil_parts(changed: Floats, came: Floats) -> Floats:
    """Return what part of the mean squared error is a wrong mean, a wrong spread, and wrong places.

    `changed` are the changes foretold, `came` those that came. The three add to one; nan without any error.

    >>> theil_parts(np.array([1.0, 3.0]), np.array([0.0, 2.0])).tolist()
    [1.0, 0.0, 0.0]
    """
    square = np.mean((changed - came) ** 2)
    if not square > 0:
        return np.full(len(THEIL), np.nan)
    spread, wanted = changed.std(), came.std()
    together = np.mean((changed - changed.mean()) * (came - came.mean()))
    parts = [(changed.mean() - came.mean()) ** 2, (spread - wanted) ** 2, 2 * (spread * wanted - together)]
    divided: Floats = np.array(parts) / square
    return divided
