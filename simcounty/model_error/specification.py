"""What the model error is of: outcomes, what tells of it at the start, and what moves with an outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simcounty import toml_files
from simcounty.judgement import series_of
from simcounty.toml_files import Shape

if TYPE_CHECKING:
    import xarray as xr

FILE = "scenarios/panel/model_error.toml"
EDGE = 0.002  # of a fraction: nearer to none or all its logit says nothing
Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Scale = Literal["log", "logit", "plain"]


class ErrorOutcomeShape(Shape):
    """An outcome: the model's variable, its scale, and the figures that measure it at both ends.

    `census` are the columns of both censuses whose ratio it is, or the one it is; else `figures` are such
    keys of the panel. `measurement` is the standard deviation of a figure published after the start of a run.
    """

    variable: str
    label: str
    scale: Scale
    years: list[int] = Field(min_length=2, max_length=2)
    measurement: float
    assumption: str
    figures: list[str] = Field(default_factory=list, max_length=2)
    census: list[str] = Field(default_factory=list, max_length=2)

    @property
    def account(self) -> str:
        """The figure of the panel it is, "" where it is a ratio of two or a number of the census."""
        return self.figures[0] if len(self.figures) == 1 else ""


class PredictorShape(Shape):
    """A number of a county's start: a sum of elements, over another; `figure`: of its own accounts."""

    of: list[str]
    per: list[str] = Field(default_factory=list)
    scale: Scale = "plain"
    figure: str = ""

    @property
    def name(self) -> str:
        """What it is called: its first variable, and what it is divided by."""
        return self.of[0].partition("[")[0] + (f" / {self.per[0].partition('[')[0]}" if self.per else "")

    def value(self, run: xr.Dataset) -> Floats:
        """Return it for every member on the first day of a run."""
        first = run.isel(time=0)
        made = sum(np.asarray(series_of(first, key).values) for key in self.of)
        below = sum(np.asarray(series_of(first, key).values) for key in self.per) if self.per else 1.0
        return scaled(np.asarray(made / below), self.scale)


class FollowerShape(Shape):
    """A variable that moves with outcomes, by how many for one on the scale of logarithms.

    What `adds_up` is a sum since some year: its additions move. What is `a_year` is a rate of growth from the
    start on: it moves by the error over the years since, to first order.
    """

    variable: str
    outcomes: dict[str, float]
    assumption: str
    adds_up: bool = False
    a_year: bool = False


class ErrorModelShape(Shape):
    """The file `model_error.toml`."""

    outcome: list[ErrorOutcomeShape] = Field(min_length=1)
    predictor: list[PredictorShape] = Field(min_length=1)
    follows: list[FollowerShape] = Field(default_factory=list)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the outcomes."""
        return tuple(each.variable for each in self.outcome)

    @property
    def read(self) -> tuple[str, ...]:
        """The elements that outcomes and predictors are read from."""
        keys = [key for each in self.predictor for key in (*each.of, *each.per)]
        return tuple(dict.fromkeys([*self.variables, *keys]))


def specification() -> ErrorModelShape:
    """Return what is shipped.

    >>> specification().variables[:3]
    ('total_population', 'urbanisation_rate', 'gdp')
    """
    return toml_files.shipped(FILE, ErrorModelShape)


def scaled(values: Floats, scale: Scale) -> Floats:
    """Return values on a scale; nan where there is no logarithm.

    >>> scaled(np.array([0.5, 1.0]), "logit").round(2).tolist()
    [0.0, 6.21]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if scale == "logit":
            inside = np.clip(values, EDGE, 1 - EDGE)
            return np.asarray(np.log(inside / (1 - inside)))
        return np.asarray(np.log(np.where(values > 0, values, np.nan)) if scale == "log" else values)


def moved(values: Floats, error: Floats, scale: Scale) -> Floats:
    """Return values moved by errors on a scale; fractions stay between none and all."""
    if scale == "logit":
        odds = np.exp(error)
        return np.asarray(values * odds / (1 - values + values * odds))
    return np.asarray(values * np.exp(error) if scale == "log" else values + error)


def combined(weights: Numbers, columns: Numbers) -> Floats:
    """Return weighted sums of columns, (sums, …), added in the order of the columns, so that bits repeat.

    >>> combined(np.array([[1.0, 10.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[31.0, 42.0]]
    """
    found = np.zeros((len(weights), *columns.shape[1:]))
    for each, column in zip(weights.T, columns, strict=True):
        found += np.multiply.outer(each, column)
    return found


def predictors(run: xr.Dataset, own: Mapping[str, Floats] | None = None) -> Floats:
    """Return the predictors of every member of a run: (members, predictors).

    own: figures of the members' own accounts by key, nan where there is none; they take the place of the
    run's, which are brought to the same level in the median.
    """
    columns: list[Floats] = []
    for each in specification().predictor:
        value = each.value(run)
        if own and each.figure in own:
            residents = run.isel(time=0)[each.per[0]].to_numpy()
            known = scaled(own[each.figure] / residents, each.scale)
            if np.isfinite(known).any():
                value = np.where(np.isfinite(known), known, value + np.nanmedian(known - value))
        columns.append(value)
    return np.stack(columns, axis=1)


def pace(levels: Floats, years: Sequence[int]) -> Floats:
    """Return the change a year of each outcome: levels (members, outcomes, years), the first and the last."""
    return np.asarray((levels[:, :, -1] - levels[:, :, 0]) / (years[-1] - years[0]))
