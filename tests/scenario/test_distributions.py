"""Distributions: each one's quantile function against SciPy's, which is another's work."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from simcounty.errors import ScenarioError
from simcounty.scenario.distributions import (
    DISTRIBUTIONS,
    Beta,
    Discrete,
    Distribution,
    LogNormal,
    LogUniform,
    Normal,
    Triangular,
    TruncatedNormal,
    Uniform,
    described,
)

POINTS = np.linspace(0.0005, 0.9995, 1000)


class CutLogNormal:
    """SciPy's log-normal distribution between 0.5 and 6."""

    whole = stats.lognorm(np.log(1.5), scale=2.0)

    def ppf(self, points: np.ndarray) -> np.ndarray:
        low, high = self.whole.cdf([0.5, 6.0])
        found: np.ndarray = self.whole.ppf(low + (high - low) * points)
        return found


SAME: list[tuple[Distribution, Any]] = [
    (Uniform(2, 5), stats.uniform(2, 3)),
    (LogUniform(0.1, 10), stats.loguniform(0.1, 10)),
    (Normal(1, 2), stats.norm(1, 2)),
    (TruncatedNormal(1, 2, 0, 4), stats.truncnorm(-0.5, 1.5, 1, 2)),
    (LogNormal(2, 1.5, 0.5, 6), CutLogNormal()),
    (Triangular(1, 2, 5), stats.triang(0.25, 1, 4)),
    (Triangular(1, 1, 5), stats.triang(0.0, 1, 4)),
    (Triangular(1, 5, 5), stats.triang(1.0, 1, 4)),
    (Beta(2, 5, -1, 3), stats.beta(2, 5, -1, 4)),
]


@pytest.mark.parametrize(("own", "theirs"), SAME, ids=lambda each: type(each).__name__)
def test_quantiles_are_those_of_scipy(own: Distribution, theirs: Any) -> None:
    np.testing.assert_allclose(own.quantile(POINTS), theirs.ppf(POINTS), rtol=1e-9, atol=1e-12)


def test_a_discrete_value_comes_as_often_as_its_weight() -> None:
    values = Discrete((1.0, 2.0, 4.0), (1.0, 0.0, 3.0)).quantile((np.arange(400) + 0.5) / 400)
    assert [int((values == v).sum()) for v in (1.0, 2.0, 4.0)] == [100, 0, 300]


def test_without_weights_every_value_comes_as_often() -> None:
    values = Discrete((1.0, 2.0, 4.0)).quantile((np.arange(300) + 0.5) / 300)
    assert [int((values == v).sum()) for v in (1.0, 2.0, 4.0)] == [100, 100, 100]


ENDED = [own for own, _ in SAME if not isinstance(own, Normal)] + [Discrete((3.0, 1.0))]


@pytest.mark.parametrize("own", ENDED, ids=lambda each: type(each).__name__)
def test_no_value_lies_beyond_the_ends(own: Distribution) -> None:
    low, high = own.ends
    values = own.quantile(np.array([0.0, 2**-53, 0.5, 1 - 2**-53, 1.0]))
    assert values.min() >= low
    assert values.max() <= high


@pytest.mark.parametrize(
    ("kind", "parameters", "says"),
    [
        ("uniform", {"low": 2, "high": 1}, "goes from 2 down to 1"),
        ("log-uniform", {"low": 0, "high": 1}, "lies above 0"),
        ("normal", {"mean": 0, "sd": 0}, "sd = 0: a finite number above 0"),
        ("truncated-normal", {"mean": 0, "sd": 1, "low": 20, "high": 30}, "hardly anything of the normal"),
        ("log-normal", {"median": 1, "factor": 1, "low": 0.1, "high": 9}, "factor = 1: a finite"),
        ("log-normal", {"median": 1, "factor": 2, "low": 0, "high": 9}, "low = 0: a finite"),
        ("triangular", {"low": 0, "mode": 2, "high": 1}, "mode = 2 lies outside its ends, 0 to 1"),
        ("beta", {"alpha": -1, "beta": 1, "low": 0, "high": 1}, "alpha = -1"),
        ("discrete", {"values": ()}, "values is empty"),
        ("discrete", {"values": (1, 2), "weights": (1,)}, "1 weights for 2 values"),
        ("discrete", {"values": (1, 2), "weights": (0, 0)}, "not all 0"),
    ],
)
def test_impossible_parameters_are_refused(kind: str, parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        DISTRIBUTIONS[kind](**parameters)


def test_a_distribution_tells_its_name_and_parameters() -> None:
    assert described(Triangular(1, 2, 5)) == {"distribution": "triangular", "low": 1, "mode": 2, "high": 5}
