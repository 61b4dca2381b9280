"""What a check file asks, bound to its model, and what is found: frozen values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcounty.scenario import Scenario

MOST_WAIVED = 5
"""How many checks of a scorecard may fail with a reason before it fails as a whole."""

ROUNDING = 1e-9  # of an end of a band: less is the rounding of units and percentages


@dataclass(frozen=True)
class Band:
    """What a number must lie in, both ends included; an infinite end is open."""

    low: float = -math.inf
    high: float = math.inf

    def holds(self, value: float) -> bool:
        """Tell whether a number lies inside; what is no number does not."""
        return self.outside(value) <= 0.0

    def outside(self, value: float) -> float:
        """Return how far a number lies outside, negative inside; infinite for what is no number."""
        return float(self.outsides(np.array(value)))

    def outsides(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far each of many numbers lies outside; see `outside`."""
        open_end = np.full_like(values, -math.inf)
        below = open_end if self.low == -math.inf else self.low - abs(self.low) * ROUNDING - values
        above = open_end if self.high == math.inf else values - self.high - abs(self.high) * ROUNDING
        return np.where(np.isnan(values), math.inf, np.maximum(below, above))


@dataclass(frozen=True)
class Predicate:
    """One measure of one variable that must lie in a band in every year, for every element.

    `keys` are the elements looked at and `stocks` what accumulates them, where the flow of the
    calendar year is meant. `of` is the element an elasticity is of, `of_stock` what accumulates it.
    """

    variable: str
    keys: tuple[str, ...]
    years: tuple[int, ...]
    measure: str
    band: Band
    unit: str = ""
    stocks: tuple[str, ...] = ()
    of: str = ""
    of_stock: str = ""


@dataclass(frozen=True)
class Case:
    """One check, bound: the run it looks at, the run that is compared with, and what must hold.

    `kind` is the key of its table, such as "scenario" or "signs"; `question` is what a special check asks,
    `label` what a line beside verdicts is called in Chinese.
    """

    it: str
    kind: str
    run: Scenario
    against: Scenario
    predicates: tuple[Predicate, ...] = ()
    question: Any = None
    beside_verdicts: bool = False
    waiver: str = ""
    label: str = ""


@dataclass(frozen=True)
class Battery:
    """A check file bound to its model: `base` is the run that nothing is laid over."""

    path: Path
    describe: str
    base: Scenario
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Measured:
    """What was measured: the smallest and the largest number met, and the band they must lie in.

    `note` says where the worst of them was met, or why an exception is made.
    """

    variable: str
    years: tuple[int, ...]
    measure: str
    low: float
    high: float
    band: Band
    kept: bool
    unit: str = ""
    note: str = ""


@dataclass(frozen=True)
class Score:
    """How one check came out; `kept` says whether it holds, `waiver` why a failure is lived with."""

    file: Path
    describe: str
    it: str
    kind: str
    kept: bool
    measured: tuple[Measured, ...] = ()
    detail: str = ""
    waiver: str = ""

    @property
    def result(self) -> str:
        """Return "pass", "fail" or "waived"."""
        return "pass" if self.kept else "waived" if self.waiver else "fail"
