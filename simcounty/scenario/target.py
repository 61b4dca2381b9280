"""Targets: numbers that a clause wants reached, bound to what a model computes or people track."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simcounty import units
from simcounty.calendar import instant
from simcounty.errors import Findings, InputError, ScenarioError, did_you_mean
from simcounty.language import in_chinese_now, said
from simcounty.model import Model
from simcounty.model.names import spelled
from simcounty.scenario import binding
from simcounty.tables import InputRow, read_table, sourced_year
from simcounty.toml_files import Number, Shape

if TYPE_CHECKING:
    import xarray as xr

Operator = Literal[">=", "<=", ">", "<", "=", "~", "between", "decreasing"]
Measure = Literal["at", "year"]
TargetKind = Literal["model outcome", "tracked indicator", "lever setting", "checklist"]
Across = Literal["", "sum", "mean", "least", "most", "count", "share"]

SHEET = "跟踪"
COLUMNS = ("target", "year", "value", "unit", "source")
DONE: Mapping[str, bool] = {"done": True, "not done": False, "完成": True, "未完成": False}
COMPUTED: tuple[TargetKind, ...] = ("model outcome", "lever setting")
EACH = "each"
"""The scope of what is meant for every county."""

GIVEN = {"name", "variable", "operator", "year", "measure", "scope", "kind", "across", "weight"}
"""The fields of a target that are as its file gives them."""

NUMBERS = ("goal", "year", "up_to", "above")
"""The fields of a target that are numbers; the document may leave them out."""

COUNTING = ("count", "share")
"""Ways to take counties together that count those above a number, instead of adding what they have."""


@dataclass(frozen=True)
class Target:
    """A number that a clause wants reached by the end of a year, or at an instant of a model in another unit.

    `goal` is in `unit`, as the document writes it; `up_to` is its upper end where the document gives a
    range. Without a number `goal` is nan; "decreasing" needs none. `measure` is "at" for the level at the
    end of the year, "year" for the flow of the calendar year. `scope` names the counties it is for. Where
    these count together, `across` says how: their "sum"; their "mean", weighted by the
    variable `weight` if there is one; the "least" or the "most" of them; or the "count" or the "share"
    (in %) of those above `above`. `assumes` are the constants no verdict on it should be read without, such
    as the inflation behind a nominal amount. A target without `variable` is tracked by people, not computed.
    """

    name: str
    variable: str
    operator: Operator
    goal: float
    unit: str
    year: int | float | None
    up_to: float | None = None
    measure: Measure = "at"
    scope: str = EACH
    clause: str = ""
    document: str = ""
    kind: TargetKind = "model outcome"
    label: str = ""
    assumes: tuple[str, ...] = ()
    across: Across = ""
    weight: str = ""
    above: float | None = None

    @property
    def elements(self) -> tuple[str, ...]:
        """The keys of the elements it is read from."""
        return tuple(filter(None, (self.variable, self.weight)))

    @property
    def is_judged(self) -> bool:
        """Whether a run can decide that it is met: the model computes it, and the document gives a number."""
        return bool(self.variable) and (self.operator == "decreasing" or math.isfinite(self.goal))

    @property
    def times(self) -> tuple[float, ...]:
        """The model times it is measured at, as far as the document gives its year."""
        if self.year is None:
            return ()
        return (self.year,) if self.measure == "at" else (self.year - 1, self.year)


def target_record(target: Target) -> dict[str, Any]:
    """Return a target as plain data, such as JSON holds; None for a number the document does not give.

    >>> record = target_record(Target("less-debt", "debt", "decreasing", math.nan, "亿元", year=2027))
    >>> record["goal"], record["year"], target_from(record).operator
    (None, 2027, 'decreasing')
    """
    goal = None if math.isnan(target.goal) else target.goal
    return {**asdict(target), "goal": goal, "assumes": list(target.assumes)}


def target_from(record: Mapping[str, Any]) -> Target:
    """Return the target of a record, or of part of one; a number that is nan there is not given."""
    given: dict[str, Any] = {"variable": "", "unit": "", "year": None, "goal": None}
    given |= {key: None if value != value else value for key, value in record.items()}
    given["goal"] = math.nan if given["goal"] is None else given["goal"]
    given["year"] = None if given["year"] is None else instant(given["year"])
    return Target(**given | {"assumes": tuple(given.get("assumes", ()))})


def target_cells(target: Target) -> dict[str, str | float]:
    """Return a target as a row of a table: texts, and numbers that are nan where the document gives none."""
    record = target_record(target) | {"assumes": ", ".join(target.assumes)}
    return {
        key: math.nan if value is None else float(value) if key in NUMBERS else value
        for key, value in record.items()
    }


def target_columns(targets: Iterable[Target]) -> dict[str, NDArray[Any]]:
    """Return targets as the columns of a table of their `target_cells`."""
    rows = [target_cells(target) for target in targets]
    kinds = {each.name: float if each.name in NUMBERS else str for each in fields(Target)}
    return {name: np.array([row[name] for row in rows], kind) for name, kind in kinds.items()}


def target_names(given: Iterable[str], targets: Iterable[Target], findings: Findings) -> list[str]:
    """Return the names of targets, each once, by name or label, with its year where others share the label.

    What no target is called, and what several are, becomes a finding.

    >>> share = Target("share-2030", "share", ">=", 60.0, "%", 2030, label="城镇化率")
    >>> target_names(["城镇化率", "城镇化率-2030"], [share], Findings())
    ['share-2030']
    """
    known = list(targets)
    called: dict[str, dict[str, None]] = {each.name: {each.name: None} for each in known}
    for each in known:
        for label in (each.label, f"{each.label}-{each.year}"):
            called.setdefault(spelled(label), {})[each.name] = None
    found: dict[str, None] = {}
    for name in given:
        names = called.get(name) or called.get(spelled(name), {})
        if len(names) == 1:
            found |= names
        elif names:
            findings.append(said("target.several", name=name, count=len(names), names=", ".join(names)))
        else:
            every = dict.fromkeys(each.name for each in known)
            guess = did_you_mean(name, [*every, *(each.label for each in known)])
            listed = ", ".join(every) or "none; name a document in `policies`"
            findings.append(said("target.none", name=name, guess=guess, names=listed))
    return list(found)


def target_at(cell: xr.Dataset, dim: str = "target") -> Target:
    """Return the target that one cell of a Dataset along `dim` is about, as far as its coordinates tell.

    >>> import xarray as xr
    >>> about = {"goal": ("target", [600.0]), "operator": ("target", [">="]), "year": ("target", [2027])}
    >>> target_at(xr.Dataset(coords={"target": ["gdp-2027"], **about}).isel(target=0)).times
    (2027,)
    """
    names = [each.name for each in fields(Target) if each.name in cell and not cell[each.name].dims]
    return target_from({"name": str(cell[dim].item()), **{name: cell[name].item() for name in names}})


class TargetShape(Shape):
    """`[[clause.target]]` of a policy file."""

    name: str
    scope: str = EACH
    variable: str = ""
    across: Across = ""
    weight: str = ""
    above: Number | None = None
    operator: Operator
    goal: Number | list[Number] | None = None
    unit: str = ""
    year: float | None = None
    measure: Measure = "at"
    kind: TargetKind = "model outcome"
    wording: str = ""
    assumes: list[str] = Field(default_factory=list)
    note: str = ""


def bind_target(shape: TargetShape, clause: str, document: str, model: Model) -> Target:
    """Bind a target to a model; raise ScenarioError for what does not fit."""
    shape = shape.model_copy(update={**dict(_elements(shape, model)), "year": _instant(shape.year, model)})
    measured, label = _measured(shape, model)
    shown, written = _numbers(shape)
    unit = written or shape.unit or ("" if shape.across in COUNTING else measured)
    _assert_numbers(shape, shown)
    _assert_across(shape)
    if shape.variable and shape.across not in COUNTING:
        for number in shown:
            binding.amount(number, unit, measured)
    return Target(
        **shape.model_dump(include=GIVEN),
        goal=shown[0] if shown else math.nan,
        unit=unit,
        up_to=shown[1] if len(shown) == 2 else None,
        clause=clause,
        document=document,
        label=shape.wording or label,
        assumes=tuple(binding.constant_of(model, key).key for key in shape.assumes),
        above=None if shape.above is None else binding.amount(shape.above, "", measured),
    )


def _instant(year: float | None, model: Model) -> int | float | None:
    """Return the year of a target, or the instant where the model counts in another unit."""
    if year is None:
        return None
    if model.graph.clock.is_yearly and not year.is_integer():
        raise ScenarioError(said("year.none", given=f"{year:g}"), "year")
    return instant(year)


def _elements(shape: TargetShape, model: Model) -> Iterator[tuple[str, str]]:
    """Yield the keys of the elements a target is read from, by its own keys."""
    for field in ("variable", "weight"):
        if name := getattr(shape, field):
            try:
                yield field, binding.element_of(model, name).key
            except InputError as error:
                raise ScenarioError(str(error), field) from None


def _goal(shape: TargetShape) -> object:
    """Return what a goal is in a message."""
    return "—".join(map(str, shape.goal)) if in_chinese_now() and isinstance(shape.goal, list) else shape.goal


def _numbers(shape: TargetShape) -> tuple[list[float], str]:
    """Return the one or two numbers of a goal, none where there is none, and the unit written behind them."""
    given = shape.goal if isinstance(shape.goal, list) else [] if shape.goal is None else [shape.goal]
    read = [units.parse_number(each) for each in given]
    written = {unit for _, unit in read if unit}
    if len(written | ({shape.unit} if shape.unit else set())) > 1:
        both = {"written": ", ".join(written), "unit": shape.unit}
        raise ScenarioError(said("target.units", goal=_goal(shape), **both), "unit")
    return [number for number, _ in read], next(iter(written), "")


def _assert_numbers(shape: TargetShape, shown: list[float]) -> None:
    if isinstance(shape.goal, list) and (len(shown) != 2 or shown[0] >= shown[1]):
        raise ScenarioError(said("target.pair", goal=_goal(shape)), "goal")
    if not all(map(math.isfinite, shown)):
        raise ScenarioError(said("target.finite", goal=_goal(shape)), "goal")
    if shape.operator == "between" and len(shown) != 2:
        raise ScenarioError(said("target.between", goal=_goal(shape)), "goal")
    if shape.operator == "decreasing" and shown:
        raise ScenarioError(said("target.decreasing", goal=_goal(shape)), "goal")


def _assert_across(shape: TargetShape) -> None:
    """Raise ScenarioError where `across`, `above`, `weight`, `scope` and `variable` do not fit together."""
    if (counts := shape.across in COUNTING) != (shape.above is not None):
        advice = "needs `above`. Add it" if counts else "has no use for `above`. Leave it out"
        raise ScenarioError(f'across = "{shape.across}" {advice}.')
    if shape.weight and shape.across != "mean":
        raise ScenarioError(f'across = "{shape.across}" has no use for `weight`. Leave it out.')
    if shape.across and (shape.scope == EACH or not shape.variable):
        raise ScenarioError(f'across = "{shape.across}" needs a variable, and a scope of several counties.')


def _measured(shape: TargetShape, model: Model) -> tuple[str, str]:
    """Return the unit and label of what the model computes for a target, else those the file gives it."""
    if not shape.variable:
        if shape.kind == "model outcome":
            raise ScenarioError(said("target.unread"), "variable")
        return shape.unit, shape.name
    element = binding.element_of(model, shape.variable)
    called = element.label if in_chinese_now() else shape.variable
    if shape.measure == "at":
        return element.unit, element.label
    if shape.year is None:
        raise ScenarioError(said("target.yearless", variable=called), "year")
    if not model.graph.clock.is_yearly:
        raise ScenarioError(said("target.no_years", unit=model.graph.clock.unit or "?"), "measure")
    stock = model.accumulator(shape.variable)
    if stock is None:
        name = shape.variable.replace("_", " ")
        raise ScenarioError(said("target.uncounted", path=model.path, variable=called, name=name), "measure")
    return model.variables[stock][0].unit, element.label


@dataclass(frozen=True)
class Tracked:
    """What people report of a target for the end of a year: a number in its unit, or whether it is done."""

    target: str
    year: int
    value: float
    done: bool | None
    source: str


def read_tracked(path: Path, targets: Iterable[Target], findings: Findings) -> tuple[Tracked, ...]:
    """Read tracked values from a CSV file, or the sheet 跟踪 of a workbook, with these `COLUMNS`.

    A value is a number in `unit`, or "done" or "not done" (完成, 未完成) for an item of a checklist; a row
    without one is left out. What does not fit becomes a finding with its row.
    """
    known = {target.name: target for target in targets}
    found: list[Tracked] = []
    table = read_table(path, SHEET, COLUMNS, findings)
    for row in table.rows if table else ():
        with findings.at(path, row):
            if row.text("value"):
                found.append(_tracked(row, known))
    return tuple(found)


def latest(tracked: Iterable[Tracked], target: Target) -> Tracked | None:
    """Return what was reported last for a target, up to its year; None where nothing was."""
    until = math.inf if target.year is None else target.year
    known = [each for each in tracked if each.target == target.name and each.year <= until]
    return max(known, key=lambda each: each.year, default=None)


def _tracked(row: InputRow, known: Mapping[str, Target]) -> Tracked:
    findings, given = Findings(), row.text("value")
    names = target_names([row.text("target")], known.values(), findings)
    if not names:
        raise ScenarioError(findings[0], "name")
    name, target = names[0], known[names[0]]
    if target.kind in COMPUTED:
        raise ScenarioError(said("target.computed", name=row.text("target"), kind=target.kind), "name")
    year = sourced_year(row)
    done = DONE.get(given)
    if done is not None and target.kind != "checklist":
        raise ScenarioError(said("target.number", name=name, kind=target.kind, given=given), "value")
    value = math.nan if done is not None else binding.amount(given, row.text("unit"), target.unit)
    return Tracked(name, year, value, done, row.text("source"))
