"""A suite of checks bound to its model, and the result of each check: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simcounty.conditions.measures import Measurement, Predicate
from simcounty.scenario import Scenario

MOST_WAIVED = 5
"""How many checks may fail with a reason before the validation fails."""

Evaluation = tuple[tuple[Measurement, ...], str]
"""What was measured for a check, and a sentence about it."""


@dataclass(frozen=True)
class Check:
    """One check: what must hold (`it`), the run it is about, and the run that is compared with.

    `kind` is the key of its table, such as "scenario" or "signs"; `spec` is that table, bound to the model.
    """

    it: str
    kind: str
    run: Scenario
    against: Scenario
    predicates: tuple[Predicate, ...] = ()
    spec: Any = None
    waiver: str = ""


@dataclass(frozen=True)
class ValidationSuite:
    """A check file bound to its model: `base` is the run without any change."""

    path: Path
    describe: str
    base: Scenario
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class CheckResult:
    """Whether a check holds, and what was measured; `waiver` is the reason a failure is accepted for."""

    file: Path
    describe: str
    it: str
    kind: str
    holds: bool
    measured: tuple[Measurement, ...] = ()
    detail: str = ""
    waiver: str = ""

    @property
    def result(self) -> str:
        """Return "pass", "fail" or "waived"."""
        return "pass" if self.holds else "waived" if self.waiver else "fail"
