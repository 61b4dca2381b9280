"""Predicates and changes in a file, bound to a model: known keys, units that fit, years inside the run."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator

from simcounty.calendar import Date, is_date, time_of
from simcounty.conditions.measures import MEASURES, Band, Predicate
from simcounty.errors import Findings, InputError, ScenarioError, did_you_mean
from simcounty.model import Model
from simcounty.model.graph import Element
from simcounty.model.influence import is_read
from simcounty.model.names import once
from simcounty.scenario import Scenario, binding
from simcounty.scenario.lever_path import LeverPath, LeverPathShape, in_span
from simcounty.scenario.scenario import chained
from simcounty.scenario.target import Measure
from simcounty.toml_files import Number, Shape, Tabled

INFINITE = ("inf", "+inf", "-inf")
ENTIRE_RUN = {"finite": "members", "balances": "balances", "stocks": "stocks"}
"""The predicates about every variable of an ensemble, and what they are called in results."""
LEVERS = re.compile(r"(?:.*[\W\d_])?levers", re.IGNORECASE)
"""The heading of the levers in a model file, whatever its number."""
KEYS = ("value", "times", "plus", "from", "unit")


def ends_of(given: object) -> tuple[float | str, float | str]:
    """Return the two ends of a band as a file gives them; raise ValueError for anything else."""
    if (
        isinstance(given, list)
        and len(given) == 2
        and all(isinstance(end, int | float | str) and not isinstance(end, bool) for end in given)
    ):
        return given[0], given[1]
    raise ValueError('two ends, low and high, such as [0.002, 0.3], ["-inf", -0.001] or ["0.2 %", "30 %"]')


def _first_and_last(given: object) -> tuple[int, int]:
    years: list[Any] = given if isinstance(given, list) else [given, given]
    if len(years) == 2 and all(isinstance(year, int) and not isinstance(year, bool) for year in years):
        return years[0], years[1]
    raise ValueError("a year, such as 2027, or the first and the last, such as [2022, 2025]")


Ends = Annotated[tuple[float | str, float | str], PlainValidator(ends_of)]
"""The ends a number must lie between, both included; "-inf" and "inf" leave one open."""

Years = Annotated[tuple[int, int], PlainValidator(_first_and_last)]
"""The first and the last year; a single year is both."""


class PredicateShape(Shape):
    """A predicate of a file: one variable, the years measured, and the band one measure must lie in."""

    variable: str = ""
    years: Years | None = None
    measure: Measure = "at"
    of: str = ""
    value: Ends | None = None
    drift: Ends | None = None
    change: Ends | None = None
    difference: Ends | None = None
    elasticity: Ends | None = None
    finite: Literal[True] | None = None
    balances: float | None = None
    stocks: Literal["non-negative"] | None = None
    best: Ends | None = None


def bind_predicate(
    shape: PredicateShape, run: Scenario, moved: Iterable[str], allowed: Iterable[str]
) -> Predicate:
    """Bind one predicate; `moved` are the constants that differ between the two runs.

    Raise ScenarioError with text that completes "<file>: <place>: …".
    """
    name = _measure_of(shape, tuple(allowed))
    if name not in MEASURES:
        return _of_entire_run(shape, name, run)
    if not shape.variable:
        raise ScenarioError("variable: is missing. Name the variable that is measured.")
    keys = _elements(run.model, shape.variable)
    flow = shape.measure == "year"
    stocks = tuple(_stock(run.model, key) for key in keys) if flow else ()
    unit = (
        binding.element_of(run.model, (stocks or keys)[0]).unit if name in ("value", "difference") else "Dmnl"
    )
    of = _of(shape, name, run.model, set(moved))
    return Predicate(
        variable=run.model.key_of(shape.variable),
        keys=keys,
        years=_years(shape, name, run, flow),
        measure=name,
        band=band_of(getattr(shape, name), unit, name),
        unit=unit,
        stocks=stocks,
        of=of,
        of_stock=(run.model.accumulator(of) or "") if of and flow else "",
    )


def _measure_of(shape: PredicateShape, allowed: tuple[str, ...]) -> str:
    """Return the one measure a predicate gives."""
    every = (*MEASURES, *ENTIRE_RUN, "best")
    given = [name for name in every if getattr(shape, name) is not None]
    if len(given) != 1:
        got = f"gives {' and '.join(given)}" if given else "gives no measure"
        raise ScenarioError(f"{got}. Give exactly one of {', '.join(allowed)}.")
    if given[0] not in allowed:
        raise ScenarioError(
            f"{given[0]}: is no measure of this kind of check. Give one of {', '.join(allowed)}."
        )
    return given[0]


def _of_entire_run(shape: PredicateShape, name: str, run: Scenario) -> Predicate:
    """Bind a predicate that names no variable."""
    years = years_of(run)
    given = [key for key in ("variable", "years", "of") if getattr(shape, key)]
    if given:
        raise ScenarioError(f"{given[0]}: means nothing beside `{name}`. Leave it out.")
    if name == "best":
        return Predicate("", (), (), name, band_of(shape.best or (), "Dmnl", name))
    if name == "balances":
        limit = shape.balances or 0.0
        if not (math.isfinite(limit) and limit > 0.0):
            raise ScenarioError(f"balances = {limit:g}: give a number above 0, such as 1e-9.")
        if not run.model.balances:
            raise ScenarioError(f"balances: {run.model.path} has none; a balance is named `check …`.")
        return Predicate(ENTIRE_RUN[name], (), years, name, Band(-limit, limit))
    if name == "stocks" and not run.model.graph.stocks:
        raise ScenarioError(f"stocks: {run.model.path} has none.")
    return Predicate(ENTIRE_RUN[name], (), years, name, Band(0.0, 0.0 if name == "finite" else math.inf))


def _elements(model: Model, key: str) -> tuple[str, ...]:
    """Return the elements a key means: one, or every element of an array."""
    return tuple(element.key for element in binding.elements_of(model, key))


def years_of(run: Scenario) -> tuple[int, ...]:
    """Return the years whose ends a run holds."""
    return years_held(run.years.start, run.years.end)


def years_held(start: float, end: float) -> tuple[int, ...]:
    """Return the years whose ends are between two times.

    >>> years_held(2020, 2022.5)
    (2020, 2021, 2022)
    """
    return tuple(range(math.ceil(start - 1e-6), math.floor(end + 1e-6) + 1))


def _years(shape: PredicateShape, name: str, run: Scenario, flow: bool) -> tuple[int, ...]:
    """Return the years measured: those given, else every one that can be compared."""
    known = years_of(run)[1 if flow or name != "value" else 0 :]
    if shape.years is None:
        return known
    first, last = shape.years
    if last < first:
        raise ScenarioError(
            f"years = [{first}, {last}]: the last comes before the first. Write [{last}, {first}]."
        )
    held = years_of(run)[1 if flow else 0 :]
    if first < held[0] or last > held[-1]:
        what = "a flow of the year is known for" if flow else "the run holds"
        raise ScenarioError(
            f"years = [{first}, {last}]: {what} {held[0]} to {held[-1]}. Choose years inside, or give the "
            "file other `years`."
        )
    return tuple(range(first, last + 1))


def band_of(ends: Iterable[str | float], unit: str, name: str) -> Band:
    """Return a band in a unit; its ends may be written with units of their own."""
    low, high = (_end(end, unit, name) for end in ends)
    if low > high:
        raise ScenarioError(f"{name} = [{low:g}, {high:g}]: goes down. Write [{high:g}, {low:g}].")
    return Band(low, high)


def _end(given: str | float, unit: str, name: str) -> float:
    if given in INFINITE or (isinstance(given, float) and math.isinf(given)):
        return float(given)
    try:
        return binding.amount(given, "", unit)
    except InputError as error:
        raise ScenarioError(f"{name}: {error}") from None


def _stock(model: Model, key: str) -> str:
    stock = model.accumulator(key)
    if not stock:
        raise ScenarioError(
            f'measure = "year" needs the flow of a calendar year, but no stock accumulates {key}. Add '
            f"cumulative {key.replace('_', ' ')} = INTEG({key.replace('_', ' ')}, 0) to {model.path}, "
            "or leave `measure` out."
        )
    return stock


def _of(shape: PredicateShape, name: str, model: Model, moved: set[str]) -> str:
    """Return the element an elasticity refers to; an empty text for other measures."""
    if name != "elasticity":
        if shape.of:
            raise ScenarioError(f"of: means nothing beside `{name}`; only an elasticity is of something.")
        return ""
    if not shape.of:
        raise ScenarioError(
            "of: is missing. An elasticity is of a variable, or of a constant the scenario changes."
        )
    key = binding.element_of(model, shape.of).key
    if key in model.constants and key not in moved:
        raise ScenarioError(
            f"of: {key} is a constant that the scenario does not change.{did_you_mean(key, moved)} "
            f"Changed: {', '.join(sorted(moved)) or 'none'}."
        )
    return key


class ChangeShape(LeverPathShape):
    """A change of one constant: a number, numbers by date, or a change of the base value."""

    times: Number | None = None
    plus: Number | None = None
    starts: Date | None = Field(None, alias="from")


Changes = dict[str, Annotated[ChangeShape, Tabled]]


def laid_over(
    base: Scenario, changes: Mapping[str, ChangeShape], name: str, findings: Findings, where: str
) -> Scenario:
    """Return the base under another name with changes laid over; what does not fit becomes a finding."""
    constants: dict[str, float] = {}
    levers: dict[str, LeverPath] = {}
    for key, shape in changes.items():
        with findings.at(where, key):
            for element in constants_of(base, key):
                once(element, {**constants, **levers})
                given = _given(base, element, shape)
                if isinstance(given, LeverPath):
                    levers[element] = given
                else:
                    constants[element] = given
    changed = chained(base.hash, repr((sorted(constants.items()), sorted(levers.items()))))
    laid = base.replace(constants)
    return replace(laid, name=name, title=name, levers={**base.levers, **levers}, hash=changed)


def constants_of(base: Scenario, key: str) -> tuple[str, ...]:
    """Return the constants a key means: one, or every element of an array that an equation reads."""
    elements = base.model.variables.get(base.model.key_of(key, settable=True), ())
    if len(elements) > 1 and all(element.key in base.model.constants for element in elements):
        read = tuple(element.key for element in elements if is_read(base.model.graph, element.key))
        return read or (binding.constant_of(base.model, elements[0].key).key,)
    found = binding.constant_of(base.model, key).key
    if found in base.model.graph.clock.reads:
        raise ScenarioError(base.model.graph.clock.why_fixed)
    return (found,)


def named_constants(base: Scenario, key: str) -> tuple[str, ...]:
    """Return the constants a key means; the text of an error begins with the key."""
    try:
        return constants_of(base, key)
    except InputError as error:
        raise ScenarioError(f"{key}: {error}") from None


def is_lever(element: Element) -> bool:
    """Return whether a constant is under the model's heading for levers."""
    return bool(LEVERS.fullmatch(element.about.group))


def _given(base: Scenario, key: str, shape: ChangeShape) -> float | LeverPath:
    """Return what one constant becomes: a number for the entire run, or a path."""
    dated = shape.model_extra or {}
    _assert_one_way(shape, dated)
    if dated:
        return base.lever_path(key, shape)
    constant = base.model.constants[key]
    value = binding.bound(_number(shape, constant.value, constant.unit), "", constant, base.limits(key))
    if shape.starts is None:
        return value
    path = LeverPath(key, (time_of(shape.starts),), (value,), default=constant.value)
    return in_span(path, base.years, base.model)


def _number(shape: ChangeShape, base: float, unit: str) -> float:
    if shape.times is not None:
        return base * binding.amount(shape.times, "", "Dmnl")
    if shape.plus is not None:
        return base + binding.amount(shape.plus, shape.unit, unit)
    return binding.amount(shape.value or 0.0, shape.unit, unit)


def _assert_one_way(shape: ChangeShape, dated: Mapping[str, object]) -> None:
    """Raise ScenarioError unless a change is written in exactly one of the ways there are."""
    unknown = [key for key in dated if not is_date(key)]
    if unknown:
        raise ScenarioError(
            f"{unknown[0]!r} is neither a date, such as 2025 or 2023-07-01, nor one of {', '.join(KEYS)}."
            f"{did_you_mean(unknown[0], KEYS)}"
        )
    given = [name for name in ("value", "times", "plus") if getattr(shape, name) is not None]
    given += ["values by date"] if dated else []
    if len(given) != 1:
        got = f"gives {' and '.join(given)}" if given else "gives no value"
        raise ScenarioError(f"{got}. Give one of value, times, plus, or values by date.")
    if dated and shape.starts is not None:
        raise ScenarioError("from: means nothing beside values by date. Leave it out.")
