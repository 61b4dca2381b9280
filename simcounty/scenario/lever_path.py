"""A lever's path through time: what a file writes, a value the model's constant follows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from simcounty.calendar import Date, date_of, is_date, time_of
from simcounty.errors import ScenarioError, did_you_mean
from simcounty.model.graph import Constant
from simcounty.scenario import binding
from simcounty.scenario.binding import Limits
from simcounty.scenario.policy import Lever
from simcounty.scenario.toml_files import Number, Shape, Tabled


@dataclass(frozen=True)
class Span:
    """The years to simulate: from the end of the first to the end of the last."""

    start: float
    end: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start) and math.isfinite(self.end)):
            raise ScenarioError(f"{self.start:g} to {self.end:g} cannot be run; give two finite years.")
        if not self.end > self.start:
            raise ScenarioError(f"years end in {self.end:g} but start in {self.start:g}; end must be later.")

    def __contains__(self, time: float) -> bool:
        return self.start <= time <= self.end


@dataclass(frozen=True)
class LeverPath:
    """One lever's path: it jumps to its first value, moves on straight lines, then holds.

    `default` is the value of the model or the county that it departs from; `solved` marks
    what goal seeking chose rather than a person or a clause.
    """

    key: str
    times: tuple[float, ...]
    values: tuple[float, ...]
    clause: str = ""
    solved: bool = False
    default: float | None = None

    def __post_init__(self) -> None:
        if not self.times or len(self.times) != len(self.values):
            raise ScenarioError(f"{len(self.values)} values for {len(self.times)} dates; one each.")
        for earlier, later in zip(self.times, self.times[1:], strict=False):
            if later <= earlier:
                raise ScenarioError(
                    f"{date_of(later)} comes after {date_of(earlier)}; put the dates in order, each once."
                )

    @property
    def final(self) -> float:
        """The value it holds in the end."""
        return self.values[-1]

    @property
    def follows(self) -> tuple[bool, ...]:
        """Which values move with the end: it, and what already stood there; of several never the first."""
        first, *later = (value == self.final for value in self.values)
        return (False, *later) if later else (first,)

    def ending_at(self, final: float) -> LeverPath:
        """Return the path that ends at another value.

        >>> LeverPath("reward", (2022.5, 2024.0), (0.0, 900.0)).ending_at(500.0).values
        (0.0, 500.0)
        """
        pairs = zip(self.values, self.follows, strict=True)
        return replace(self, values=tuple(final if moves else value for value, moves in pairs))


class LeverPathShape(Shape, extra="allow"):
    """`[levers.KEY]` of a scenario file; every further key is a date, with the value on it."""

    __pydantic_extra__: dict[str, Number]
    value: Number | None = None
    unit: str = ""
    solved: bool = False
    default: Number | None = None
    note: str = ""


Settings = dict[str, Annotated[LeverPathShape, Tabled]]

Value = str | float
Given = Value | Mapping[Date, Value] | LeverPath
"""What a caller may give for a lever: a number, numbers by date, or a setting."""


def bind_lever_path(
    shape: LeverPathShape, constant: Constant, limits: Limits, starts: float, clause: str = ""
) -> LeverPath:
    """Bind what a file says about a lever; a single number holds from `starts`."""
    points = _points(shape, starts)
    default = constant.value
    if shape.default is not None:
        default = binding.bound(shape.default, shape.unit, constant, limits)
    return LeverPath(
        key=constant.key,
        times=tuple(points),
        values=tuple(binding.bound(value, shape.unit, constant, limits) for value in points.values()),
        clause=clause,
        solved=shape.solved,
        default=default,
    )


def clause_path(lever: Lever, constant: Constant, final: float, *, solved: bool = False) -> LeverPath:
    """Return the path by which a clause's lever reaches `final`: at once, or on a line to its full effect."""
    if lever.full_effect is None:
        return LeverPath(lever.key, (lever.first_day,), (final,), lever.clause, solved, constant.value)
    times = (lever.first_day, lever.full_effect)
    return LeverPath(lever.key, times, (constant.value, final), lever.clause, solved, constant.value)


def in_span(setting: LeverPath, span: Span) -> LeverPath:
    """Return the setting if all its dates lie inside the run."""
    outside = [date_of(time) for time in setting.times if time not in span]
    if outside:
        raise ScenarioError(
            f"{outside[0]} is outside the run, which goes from {date_of(span.start)} to the end of "
            f"{span.end:g}. Choose a date inside, or change `years`."
        )
    return setting


def shape_of(given: Value | Mapping[Date, Value]) -> LeverPathShape:
    """Return the shape of what a caller gives a lever: a number, or numbers by date."""
    if not isinstance(given, Mapping):
        return LeverPathShape.model_construct(value=given)
    points: dict[str, Any] = {str(date): value for date, value in given.items()}
    return LeverPathShape.model_construct(**points)


def _points(shape: LeverPathShape, starts: float) -> dict[float, Value]:
    """Return the values of a path by model time, in the order of the file."""
    dated = shape.model_extra or {}
    unknown = [key for key in dated if not is_date(key)]
    if unknown:
        known = list(LeverPathShape.model_fields)
        raise ScenarioError(
            f"{unknown[0]!r} is neither a date, such as 2025 or 2023-07-01, nor one of {', '.join(known)}."
            f"{did_you_mean(unknown[0], known)}"
        )
    if (shape.value is None) == (not dated):
        raise ScenarioError("needs either `value` or values by date" + (", not both." if dated else "."))
    if shape.value is not None:
        return {starts: shape.value}
    return _by_time(dated)


def _by_time(dated: Mapping[str, Value]) -> dict[float, Value]:
    points: dict[float, Value] = {}
    for date, value in dated.items():
        time = time_of(date)
        if time in points:
            raise ScenarioError(f"{date_of(time)} stands twice. Give one value a date.")
        points[time] = value
    return points
