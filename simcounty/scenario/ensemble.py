"""Ensembles: a scenario, or a bare model, with a table of values, one row a member."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcounty.errors import ScenarioError, did_you_mean, raise_findings
from simcounty.model import Model
from simcounty.scenario import binding
from simcounty.scenario.files import Findings, collected
from simcounty.scenario.scenario import Scenario

Column = NDArray[np.float64]
Ranges = Mapping[str, tuple[str | float, str | float]]


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Variants of one scenario or model: `table` holds a column a varied constant, a value a member.

    A lever in the table behaves as a single number does in `Scenario.replace`.
    """

    base: Scenario | Model
    table: Mapping[str, Column] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {len(column) for column in self.table.values()}
        if len(lengths) != 1:
            raise ScenarioError(f"the columns are {sorted(lengths)} long; give all one length, at least one.")

    @property
    def members(self) -> int:
        """How many variants there are."""
        return len(next(iter(self.table.values())))

    def member(self, index: int) -> Scenario | Model:
        """Return one variant as an ordinary scenario or model; its run is the member's run."""
        return self.base.replace({key: float(column[index]) for key, column in self.table.items()})


def vary(base: Scenario | Model, ranges: Ranges, n: int, design: str = "random", seed: int = 0) -> Ensemble:
    """Return `n` variants of a scenario or model, the named constants spread over their ranges.

    `design` is "random" (independent, uniform), "lhs" (Latin hypercube) or "sobol" (scrambled
    Sobol points). In a random or Sobol design member i does not depend on n. For a scenario a
    range must lie inside what the model and the policies allow.

    >>> import simcounty as sc
    >>> vary(sc.load("tonglu/plan-2027"), {"forward_inflation": ("0.5 %", "2.5 %")}, n=100).members
    100
    """
    findings: Findings = []
    if not (isinstance(n, int | np.integer) and n >= 1):
        findings.append(f"n = {n}: a whole number of members is needed, at least one.")
    if not (isinstance(seed, int | np.integer) and seed >= 0):
        findings.append(f"seed = {seed}: a whole number from 0 on is needed.")
    if design not in DESIGNS:
        known = ", ".join(DESIGNS)
        findings.append(f"design = {design!r}: choose one of {known}.{did_you_mean(design, DESIGNS)}")
    bounds = {}
    for key, ends in ranges.items():
        with collected(findings, key):
            bounds[key] = _bounds(base, key, ends)
    if not ranges:
        findings.append("no constant is varied; name at least one with its range.")
    raise_findings(ScenarioError, "this ensemble cannot be made:", findings)
    points = zip(bounds.items(), DESIGNS[design](list(bounds), n, seed), strict=True)
    return Ensemble(base, {key: low + (high - low) * column for (key, (low, high)), column in points})


def _bounds(base: Scenario | Model, key: str, ends: Sequence[str | float]) -> tuple[float, float]:
    model = base.model if isinstance(base, Scenario) else base
    constant = binding.constant_of(model, key)
    limits = base.limits(key) if isinstance(base, Scenario) else binding.Limits(None, None, str(model.path))
    if isinstance(ends, str | float | int) or len(ends) != 2:
        raise ScenarioError(f"the range is {ends!r}; give its two ends, (low, high).")
    low, high = (binding.bound(end, "", constant, limits) for end in ends)
    if low > high:
        raise ScenarioError(f"the range goes from {low:g} down to {high:g}; write ({high:g}, {low:g}).")
    return low, high


def _random(keys: Sequence[str], n: int, seed: int) -> list[Column]:
    """Draw each constant from a stream of its own, so that neither n nor the other constants matter."""
    return [np.random.Generator(np.random.Philox(_stream(key, seed))).random(n) for key in keys]


def _stream(key: str, seed: int) -> np.random.SeedSequence:
    name = int.from_bytes(hashlib.sha256(key.encode()).digest()[:16], "big")
    return np.random.SeedSequence([seed, name])


def _latin_hypercube(keys: Sequence[str], n: int, seed: int) -> list[Column]:
    from scipy.stats import qmc

    return list(qmc.LatinHypercube(len(keys), rng=np.random.default_rng(seed)).random(n).T)


def _sobol(keys: Sequence[str], n: int, seed: int) -> list[Column]:
    from scipy.stats import qmc

    with warnings.catch_warnings():  # SciPy warns where n is no power of two; they are points all the same
        warnings.simplefilter("ignore", UserWarning)
        return list(qmc.Sobol(len(keys), rng=np.random.default_rng(seed)).random(n).T)


DESIGNS: Mapping[str, Callable[[Sequence[str], int, int], list[Any]]] = {
    "random": _random,
    "lhs": _latin_hypercube,
    "sobol": _sobol,
}
