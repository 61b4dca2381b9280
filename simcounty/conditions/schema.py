"""The grammar of a check file: its tables, their keys, and what may stand there."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator

from simcounty.calendar import Date
from simcounty.scenario.lever_path import LeverPathShape
from simcounty.scenario.target import Measure
from simcounty.scenario.toml_files import Number, Shape, Tabled

INFINITE = ("inf", "+inf", "-inf")


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


def _band(given: object) -> tuple[float | str, float | str]:
    if (
        isinstance(given, list)
        and len(given) == 2
        and all(_is_number(e) or isinstance(e, str) for e in given)
    ):
        return given[0], given[1]
    raise ValueError('two ends, low and high, such as [0.002, 0.3], ["-inf", -0.001] or ["0.2 %", "30 %"]')


def _years(given: object) -> tuple[int, int]:
    years: list[Any] = given if isinstance(given, list) else [given, given]
    if len(years) == 2 and all(isinstance(year, int) and not isinstance(year, bool) for year in years):
        return years[0], years[1]
    raise ValueError("a year, such as 2027, or the first and the last, such as [2022, 2025]")


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
        return {key: _band(ends) for key, ends in given.items()}
    raise ValueError('"declared", { every = "5 %" }, or a table of ranges such as { key = [0, 1] }')


Band = Annotated[tuple[float | str, float | str], PlainValidator(_band)]
"""The ends a number must lie between, both included; "-inf" and "inf" leave one open."""

Years = Annotated[tuple[int, int], PlainValidator(_years)]
"""The first and the last year; a single year is both."""

Ranges = Annotated[dict[str, tuple[float | str, float | str]] | float | str, PlainValidator(_ranges)]


class ChangeShape(LeverPathShape):
    """What a check lays over one constant: a number, numbers by date, or a change of the base value."""

    times: Number | None = None
    plus: Number | None = None
    starts: Date | None = Field(None, alias="from")


Changes = dict[str, Annotated[ChangeShape, Tabled]]


class PredicateShape(Shape):
    """`[[check.predicate]]`: one variable, the years looked at, and the band one measure must lie in."""

    variable: str = ""
    years: Years | None = None
    measure: Measure = "at"
    of: str = ""
    value: Band | None = None
    drift: Band | None = None
    change: Band | None = None
    difference: Band | None = None
    elasticity: Band | None = None
    finite: Literal[True] | None = None
    balances: float | None = None
    stocks: Literal["non-negative"] | None = None
    best: Band | None = None


class EnsembleShape(Shape):
    """`ensemble` of a check: how many members, spread how, over which ranges."""

    n: int
    design: str = "lhs"
    seed: int = 1
    ranges: Ranges = "declared"


class ScaleShape(Shape):
    """`scale` of a check: how many times as large, and which constants stay as they are."""

    factor: float = 2.0
    exempt: list[str] = Field(default_factory=list)
    tolerance: float = 1e-9


class SearchShape(Shape):
    """`search` of a check: what is to be as large or as small as can be, by which levers."""

    maximise: str = ""
    minimise: str = ""
    using: Annotated[tuple[str, ...] | str, PlainValidator(_using)]
    members: int = 4000
    seed: int = 1
    measure: Measure = "at"
    starts: Date | None = Field(None, alias="from")


class ClipsShape(Shape):
    """`clips` of a check: how often a MIN or MAX may bind in the base run, and which may with a reason."""

    max_share: Number = 0.0
    excepted: dict[str, str] = Field(default_factory=dict, alias="except")


class OutcomeShape(Shape):
    """What a sign check looks at: a variable at the end of a year, or over it."""

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
    hold: float = 0.9
    nothing: float = 1e-4  # of the outcome: an effect below this is none


class HindcastShape(Shape):
    """`hindcast` of a check: the calibration, and the rules that the model must not be worse than."""

    calibration: str
    against: list[str] = Field(min_length=1)
    folds: int = 5
    allowed: float = 2.0  # standard errors


class FamilyShape(Shape):
    """`family` of a check: counties by name or file, and which behaviour is their own, with the reason."""

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
    clips: ClipsShape | None = None
    signs: SignsShape | None = None
    family: FamilyShape | None = None
    hindcast: HindcastShape | None = None
    predicate: list[PredicateShape] = Field(default_factory=list)
    waiver: str | None = None


class BatteryShape(Shape):
    """A check file."""

    model: str
    county: str = ""
    years: list[float] | None = None
    describe: str
    check: list[CheckShape]
