"""A check file: its tables with their keys and types; bound to a model, its checks; the result of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from simcounty.calendar import Date
from simcounty.conditions.measures import Measurement, Predicate
from simcounty.conditions.predicates import Changes, PredicateShape, ends_of
from simcounty.scenario import Scenario
from simcounty.scenario.target import Measure
from simcounty.toml_files import Number, Shape


def _using(given: object) -> tuple[str, ...] | str:
    if given == "all":
        return "all"
    if isinstance(given, list) and given and all(isinstance(key, str) for key in given):
        return tuple(given)
    raise ValueError('a list of levers, or "all"')


def _ranges(given: object) -> dict[str, tuple[float | str, float | str]] | float | str:
    if given == "declared":
        return "declared"
    if isinstance(given, dict) and set(given) == {"every"} and not isinstance(given["every"], list | dict):
        return float("nan") if isinstance(given["every"], bool) else given["every"]
    if isinstance(given, dict) and given:
        return {key: ends_of(ends) for key, ends in given.items()}
    raise ValueError('"declared", { every = "5 %" }, or a table of ranges such as { key = [0, 1] }')


Ranges = Annotated[dict[str, tuple[float | str, float | str]] | float | str, PlainValidator(_ranges)]


class EnsembleShape(Shape):
    """`ensemble` of a check: the number of members, their design, and the ranges of the constants."""

    n: int
    design: str = "lhs"
    seed: int = 1
    ranges: Ranges = "declared"


class ScaleShape(Shape):
    """`scale` of a check: the factor, and the constants that stay as they are."""

    factor: float = 2.0
    exempt: list[str] = Field(default_factory=list)
    tolerance: float = 1e-9


class SearchShape(Shape):
    """`search` of a check: the variable to maximise or minimise, and the levers that may move."""

    maximise: str = ""
    minimise: str = ""
    using: Annotated[tuple[str, ...] | str, PlainValidator(_using)]
    members: int = 4000
    seed: int = 1
    measure: Measure = "at"
    starts: Date | None = Field(None, alias="from")


class SaturationShape(Shape):
    """`saturation` of a check: how often a MIN or MAX may bind in the base run, and exceptions."""

    max_share: Number = 0.0
    excepted: dict[str, str] = Field(default_factory=dict, alias="except")


class OutcomeShape(Shape):
    """An outcome of a sign check: a variable at the end of a year, or over it."""

    variable: str
    year: int
    measure: Measure = "at"


class SignsShape(Shape):
    """`signs` of a check: by lever the sign of its effect on each outcome, in their order: + - 0 or ?."""

    starts: Date = Field(alias="from")
    outcomes: list[OutcomeShape] = Field(min_length=1)
    levers: dict[str, str]
    draws: int = 200
    seed: int = 1
    hold: float = 0.9  # the part of the draws in which a sign that is claimed must hold
    negligible: float = 1e-4  # of the outcome: a smaller effect is none


class HoldoutShape(Shape):
    """`holdout` of a check: the calibration, and the rules that the model must not be worse than."""

    calibration: str
    against: list[str] = Field(min_length=1)
    folds: int = 5
    allowed: float = 2.0  # standard errors


class ForecastsShape(Shape):
    """`forecasts` of a check: how many counties left out are inside intervals, and rules not to fall behind.

    inside: by interval, such as "90 %", the lowest and the highest part. allowed: the model's root mean
    squared error over that of each rule of `against`.
    """

    inside: dict[str, list[float]] = Field(default_factory=dict)
    against: list[str] = Field(default_factory=list)
    allowed: float = 1.0


class FamilyMemberShape(Shape):
    """`family_member` of a check: counties by name or file, and the reasons for behaviour of their own."""

    counties: list[str] = Field(min_length=1)
    own: dict[str, str] = Field(default_factory=dict)


class CheckShape(Shape):
    """`[[check]]` of a check file: one scenario, or one of the special checks."""

    it: str
    scenario: Changes | None = None
    against: Changes | None = None
    ensemble: EnsembleShape | None = None
    scale: ScaleShape | None = None
    search: SearchShape | None = None
    saturation: SaturationShape | None = None
    signs: SignsShape | None = None
    family_member: FamilyMemberShape | None = None
    holdout: HoldoutShape | None = None
    forecasts: ForecastsShape | None = None
    predicate: list[PredicateShape] = Field(default_factory=list)
    waiver: str | None = None


class SuiteShape(Shape):
    """A check file."""

    model: str
    county: str = ""
    years: list[float] | None = None
    describe: str
    check: list[CheckShape]


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
    """The result of a check: whether it holds, and what was measured.

    A failure is accepted for the reason in `waiver`, and only `advice` where nothing shipped depends on it.
    """

    file: Path
    describe: str
    it: str
    kind: str
    holds: bool
    measured: tuple[Measurement, ...] = ()
    detail: str = ""
    waiver: str = ""
    advice: bool = False

    @property
    def result(self) -> str:
        """Return "pass", "fail", "waived" or "advice"."""
        return "pass" if self.holds else "waived" if self.waiver else "advice" if self.advice else "fail"
