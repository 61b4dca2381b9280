"""A lever's path through time: what a file, a table or a caller writes, as values the constant follows."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from simcounty.calendar import Date, date_of, is_date, time_of
from simcounty.errors import Findings, ScenarioError, did_you_mean
from simcounty.language import said
from simcounty.model import Model
from simcounty.model.graph import Constant
from simcounty.model.influence import acts_later
from simcounty.scenario import binding
from simcounty.scenario.binding import Limits
from simcounty.scenario.policy import Lever
from simcounty.tables import InputRow, InputTable, read_table, shown
from simcounty.toml_files import Number, Shape, Tabled
from simcounty.units import parse_number

if TYPE_CHECKING:
    from simcounty.scenario.scenario import Scenario

SHEET = "政策"
NEEDED = ("lever", "unit")
READ = ("solved", "default")
BESIDE = ("label", "low", "high", "clause", "note")
"""Columns for the reader of a table of levers: they are not read, and may be left out."""
SAME = 1e-9  # how near a default beside a path that was not sought must be to the constant's own value
YES, NO = ("yes", "true", "1", "是"), ("no", "false", "0", "否", "")


@dataclass(frozen=True)
class Span:
    """The years to simulate: from the end of the first to the end of the last."""

    start: float
    end: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start) and math.isfinite(self.end)):
            raise ScenarioError(said("years.finite", first=self.start, last=self.end))
        if not self.end > self.start:
            raise ScenarioError(said("years.order", first=self.start, last=self.end))

    def __contains__(self, time: float) -> bool:
        return self.start <= time <= self.end


@dataclass(frozen=True)
class LeverPath:
    """A lever's values over time: it jumps to the first, moves on straight lines, then holds the last.

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
        """Which values move with the last: those equal to it; never the first of several."""
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


LeverPathShapes = dict[str, Annotated[LeverPathShape, Tabled]]

Value = str | float
Given = Value | Mapping[Date, Value] | LeverPath
"""What a caller may give for a lever: a number, numbers by date, or a lever path."""


def bind_lever_path(
    shape: LeverPathShape, constant: Constant, limits: Limits, starts: float, clause: str = ""
) -> LeverPath:
    """Bind what a file gives for a lever; a single number holds from the model time `starts`."""
    points = _points(shape, starts)
    return LeverPath(
        key=constant.key,
        times=tuple(points),
        values=tuple(binding.bound(value, shape.unit, constant, limits) for value in points.values()),
        clause=clause,
        solved=shape.solved,
        default=_default(shape, constant, limits),
    )


def _default(shape: LeverPathShape, constant: Constant, limits: Limits) -> float:
    """Return the value a path departs from: what goal seeking left beside it, else the constant's own.

    Another number beside a path that was not sought would say nothing, and is refused.
    """
    if shape.default is None:
        return constant.value
    if shape.solved:
        return binding.bound(shape.default, shape.unit, constant, limits)
    given = binding.amount(shape.default, shape.unit, constant.unit)
    if not math.isclose(given, constant.value, rel_tol=SAME, abs_tol=SAME):
        raise ScenarioError(said("lever.default", given=given, own=constant.value), "default")
    return constant.value


def clause_path(lever: Lever, constant: Constant, final: float, *, solved: bool = False) -> LeverPath:
    """Return the path by which a clause's lever reaches `final`: at once, or on a line to its full effect."""
    if lever.full_effect is None:
        return LeverPath(lever.key, (lever.first_day,), (final,), lever.clause, solved, constant.value)
    times = (lever.first_day, lever.full_effect)
    return LeverPath(lever.key, times, (constant.value, final), lever.clause, solved, constant.value)


def in_span(path: LeverPath, span: Span, model: Model) -> LeverPath:
    """Return a path if all its dates are inside the run and its first is early enough to act.

    Raise ScenarioError for the first date that is not. What is read at the start alone cannot act later, and
    nothing follows the last instant.
    """
    for time in path.times:
        assert_inside(time, span)
    begins, named = path.times[0], model.graph.clock.named
    first = {"date": named(begins), "start": named(span.start)}
    if begins >= span.end:
        raise ScenarioError(said("date.last", **first), "date")
    if begins > span.start and not acts_later(model.graph, path.key):
        raise ScenarioError(said("date.start_only", **first), "date")
    return path


def assert_inside(time: float, span: Span) -> None:
    """Raise ScenarioError for a date outside the run."""
    if time not in span:
        about = {"date": date_of(time), "first": date_of(span.start), "last": span.end}
        raise ScenarioError(said("date.outside", **about))


def shape_of(given: Value | Mapping[Date, Value]) -> LeverPathShape:
    """Return the shape of what a caller gives for a lever: a number, or numbers by date."""
    points: Mapping[Any, Any] = given if isinstance(given, Mapping) else {"value": given}
    return LeverPathShape.model_construct(**{str(date): value for date, value in points.items()})


def read_lever_paths(path: Path, scenario: Scenario, findings: Findings) -> dict[str, LeverPath]:
    """Read lever paths from a CSV file or the sheet 政策 of a workbook, bound to a scenario.

    A row is a lever and a column a date; a blank cell leaves its date out, and a row without any number
    sets nothing. What does not fit becomes a finding with its row.
    """
    table = read_table(path, SHEET, NEEDED, findings)
    if table is None:
        return {}
    dates = _dates(path, table, findings)
    found: dict[str, LeverPath] = {}
    seen: dict[str, str] = {}
    for row in table.rows:
        name = row.text("lever")
        with findings.at(path, row, *([name] if name else [])):
            if not name:
                raise ScenarioError(said("lever.empty"), "name")
            key = binding.constant_of(scenario.model, name).key
            if key in seen:
                raise ScenarioError(said("lever.repeated", where=seen[key]), "name")
            seen[key] = row.of("lever")
            if shape := _row_shape(path, row, dates, scenario, findings):
                found[key] = scenario.lever_path(key, shape)
    return found


def _points(shape: LeverPathShape, starts: float) -> dict[float, Value]:
    """Return the values of a path by model time, in the order of the file."""
    dated = shape.model_extra or {}
    if unknown := [key for key in dated if not is_date(key)]:
        raise ScenarioError(_no_date("date.unknown", unknown[0], LeverPathShape.model_fields))
    if (shape.value is None) == (not dated):
        raise ScenarioError("needs either `value` or values by date" + (", not both." if dated else "."))
    if shape.value is not None:
        return {starts: shape.value}
    points: dict[float, Value] = {}
    for date, value in dated.items():
        time = time_of(date)
        if time in points:
            raise ScenarioError(said("date.twice", date=date_of(time)))
        points[time] = value
    return points


def _no_date(code: str, text: str, known: Collection[str]) -> str:
    return said(
        code, text=text, known=said("listed").join(map(shown, known)), guess=did_you_mean(text, known)
    )


def _dates(path: Path, table: InputTable, findings: Findings) -> list[str]:
    """Return the columns that are dates, in their order; an unknown column becomes a finding."""
    known, dates = (*NEEDED, *READ, *BESIDE), []
    for column in table.columns:
        if column in known:
            continue
        with findings.at(path, table.heading(column)):
            if not is_date(column):
                raise ScenarioError(_no_date("date.column", column, known))
            time_of(column)
            dates.append(column)
    return sorted(dates, key=time_of)


def _row_shape(
    path: Path, row: InputRow, dates: Iterable[str], scenario: Scenario, findings: Findings
) -> LeverPathShape | None:
    """Return the shape of a row, its numbers in the unit of the model; each misfit is a finding.

    None where the row has no number, or one that does not fit.
    """
    name = row.text("lever")
    constant, limits = binding.constant_of(scenario.model, name), scenario.limits(name)
    points, before = {}, len(findings)
    for date in dates:
        if text := row.text(date):
            with findings.at(path, row.of(date), name, date):
                assert_inside(time_of(date), scenario.years)
                unit = "" if parse_number(text)[1] else row.unit()
                points[date] = binding.bound(text, unit, constant, limits)
    if (chosen := row.text("solved").lower()) not in (*YES, *NO):
        with findings.at(path, row.of("solved"), name):
            raise ScenarioError(said("book.choice", given=chosen, names=f"{YES[-1]}、{NO[-2]}", guess=""))
    if not points or len(findings) > before:
        return None
    solved, default = chosen in YES, row.text("default")
    more: dict[str, Any] = {"default": default} if default else {}
    return LeverPathShape.model_construct(None, solved=solved, **points, **more)
