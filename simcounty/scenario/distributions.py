"""Distributions of uncertain constants: each turns points of (0, 1) into values by its quantile function.

The quantiles are written out rather than taken from `scipy.stats`: the tests hold them equal to it, but where
ends or logarithms are involved its formulas give other last bits, and importing it takes a second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from simcounty.errors import ScenarioError
from simcounty.language import said

Column = NDArray[np.float64]


class Distribution(Protocol):
    """A frozen value whose fields are its parameters."""

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest value, infinite where there is none."""
        ...

    def quantile(self, points: Column) -> Column:
        """Return the values below which these fractions of all draws fall."""
        ...


class _Bounded:
    """What the distributions between two ends share; ends in the wrong order raise ScenarioError."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ScenarioError(said("spread.order", low=self.low, high=self.high), "low")

    @property
    def ends(self) -> tuple[float, float]:
        return self.low, self.high


@dataclass(frozen=True)
class Uniform(_Bounded):
    """Every value between two ends is equally likely."""

    low: float
    high: float

    def quantile(self, points: Column) -> Column:
        return self.low + (self.high - self.low) * points


@dataclass(frozen=True)
class LogUniform(_Bounded):
    """Every ratio between two positive ends is equally likely."""

    low: float
    high: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low <= 0.0:
            raise ScenarioError(said("spread.log", low=self.low), "low")

    def quantile(self, points: Column) -> Column:
        logs = math.log(self.low) + math.log(self.high / self.low) * points
        return np.clip(np.exp(logs), self.low, self.high)


@dataclass(frozen=True)
class Normal:
    """A normal distribution by mean and standard deviation; it has no ends."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        _assert_positive(sd=self.sd)

    @property
    def ends(self) -> tuple[float, float]:
        return -math.inf, math.inf

    def quantile(self, points: Column) -> Column:
        from scipy.special import ndtri

        return np.asarray(self.mean + self.sd * ndtri(points))


@dataclass(frozen=True)
class TruncatedNormal(_Bounded):
    """A normal distribution cut off at two ends."""

    mean: float
    sd: float
    low: float
    high: float

    def __post_init__(self) -> None:
        _assert_positive(sd=self.sd)
        super().__post_init__()
        low, high = ((end - self.mean) / self.sd / math.sqrt(2.0) for end in self.ends)
        if math.erf(high) - math.erf(low) < 2e-6:
            raise ScenarioError(said("spread.cut", low=self.low, high=self.high), "low")

    @property
    def _cumulative(self) -> tuple[float, float]:
        """The probabilities that the normal distribution gives to values below each end."""
        from scipy.special import ndtr

        low, high = ((end - self.mean) / self.sd for end in self.ends)
        return float(ndtr(low)), float(ndtr(high))

    def quantile(self, points: Column) -> Column:
        from scipy.special import ndtri

        below, up_to = self._cumulative
        normal = ndtri(below + (up_to - below) * points)
        return np.asarray(np.clip(self.mean + self.sd * normal, self.low, self.high))


@dataclass(frozen=True)
class LogNormal(_Bounded):
    """A normal distribution of logarithms, cut off at two ends.

    `median` is that of the distribution before it is cut; one standard deviation multiplies or divides by
    `factor`.
    """

    median: float
    factor: float
    low: float
    high: float

    def __post_init__(self) -> None:
        _assert_positive(median=self.median, low=self.low)
        super().__post_init__()
        if not (math.isfinite(self.factor) and self.factor > 1.0):
            raise ScenarioError(said("spread.factor", factor=self.factor), "factor")
        _ = self._logs  # which has findings of its own

    @property
    def _logs(self) -> TruncatedNormal:
        ends = math.log(self.low), math.log(self.high)
        return TruncatedNormal(math.log(self.median), math.log(self.factor), *ends)

    def quantile(self, points: Column) -> Column:
        return np.clip(np.exp(self._logs.quantile(points)), self.low, self.high)


@dataclass(frozen=True)
class Triangular(_Bounded):
    """Most likely at its mode, falling off in straight lines to its ends."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.low <= self.mode <= self.high:
            raise ScenarioError(said("spread.mode", mode=self.mode, low=self.low, high=self.high), "mode")

    def quantile(self, points: Column) -> Column:
        width = self.high - self.low
        rising = (self.mode - self.low) / width
        left = self.low + np.sqrt(points * width * (self.mode - self.low))
        right = self.high - np.sqrt((1.0 - points) * width * (self.high - self.mode))
        return np.where(points < rising, left, right)


@dataclass(frozen=True)
class Beta(_Bounded):
    """A beta distribution stretched over two ends."""

    alpha: float
    beta: float
    low: float
    high: float

    def __post_init__(self) -> None:
        _assert_positive(alpha=self.alpha, beta=self.beta)
        super().__post_init__()

    def quantile(self, points: Column) -> Column:
        from scipy.special import betaincinv

        return np.asarray(self.low + (self.high - self.low) * betaincinv(self.alpha, self.beta, points))


@dataclass(frozen=True)
class Discrete:
    """A few values, each with its weight."""

    values: tuple[float, ...]
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.values:
            raise ScenarioError(said("spread.empty"), "values")
        if self.weights and len(self.weights) != len(self.values):
            counts = {"weights": len(self.weights), "values": len(self.values)}
            raise ScenarioError(said("spread.weights", **counts), "weights")
        if self.weights and not (min(self.weights) >= 0.0 and 0.0 < sum(self.weights) < math.inf):
            raise ScenarioError(said("spread.weight", weights=list(self.weights)), "weights")

    @property
    def ends(self) -> tuple[float, float]:
        return min(self.values), max(self.values)

    def quantile(self, points: Column) -> Column:
        weights = np.array(self.weights or [1.0] * len(self.values))
        cumulative = np.cumsum(weights) / weights.sum()
        place = np.searchsorted(cumulative[:-1], points, side="right")
        return np.array(self.values)[place]


DISTRIBUTIONS: Mapping[str, type[Any]] = {
    "uniform": Uniform,
    "log-uniform": LogUniform,
    "normal": Normal,
    "truncated-normal": TruncatedNormal,
    "log-normal": LogNormal,
    "triangular": Triangular,
    "beta": Beta,
    "discrete": Discrete,
}


def described(distribution: Distribution) -> dict[str, Any]:
    """Return the name and the parameters of a distribution as plain values.

    >>> described(Uniform(0.0, 1.0))
    {'distribution': 'uniform', 'low': 0.0, 'high': 1.0}
    """
    name = next(name for name, kind in DISTRIBUTIONS.items() if isinstance(distribution, kind))
    return {"distribution": name, **asdict(distribution)}  # type: ignore[call-overload]


def _assert_positive(**parameters: float) -> None:
    for name, value in parameters.items():
        if not (math.isfinite(value) and value > 0.0):
            shown = said(f"parameter.{name}")
            raise ScenarioError(said("spread.positive", name=shown, value=value), name)
