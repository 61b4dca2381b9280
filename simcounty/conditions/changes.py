"""Changes of a scenario: numbers, numbers by date, multiples of a base value and steps from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from simcounty.calendar import Date, is_date, time_of
from simcounty.errors import Findings, ScenarioError, did_you_mean
from simcounty.model.graph import Element
from simcounty.scenario import Scenario, binding
from simcounty.scenario.lever_path import LeverPath, LeverPathShape, in_span
from simcounty.scenario.scenario import chained
from simcounty.scenario.toml_files import Number, Tabled

LEVERS = re.compile(r"(?:.*[\W\d_])?levers", re.IGNORECASE)
"""The heading of a model file of its levers, whatever its number."""
KEYS = ("value", "times", "plus", "from", "unit")


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
                given = _given(base, element, shape)
                if isinstance(given, LeverPath):
                    levers[element] = given
                else:
                    constants[element] = given
    changed = chained(base.hash, repr((sorted(constants.items()), sorted(levers.items()))))
    laid = base.replace(constants)
    return replace(laid, name=name, title=name, levers={**base.levers, **levers}, hash=changed)


def constants_of(base: Scenario, key: str) -> tuple[str, ...]:
    """Return the constants a key means: one, or every element of an array."""
    elements = base.model.variables.get(key, ())
    if len(elements) > 1 and all(element.key in base.model.constants for element in elements):
        return tuple(element.key for element in elements)
    found = binding.constant_of(base.model, key).key
    if found in base.model.graph.clock.reads:
        raise ScenarioError(base.model.graph.clock.why_fixed)
    return (found,)


def named_constants(base: Scenario, key: str) -> tuple[str, ...]:
    """Return the constants a key means; the text of an error begins with the key."""
    try:
        return constants_of(base, key)
    except ScenarioError as error:
        raise ScenarioError(f"{key}: {error}") from None


def is_lever(element: Element) -> bool:
    """Return whether a constant is under the model's heading for levers."""
    return bool(LEVERS.fullmatch(element.about.group))


def _given(base: Scenario, key: str, shape: ChangeShape) -> float | LeverPath:
    """Return what one constant becomes: a number for the whole run, or a path."""
    dated = shape.model_extra or {}
    _assert_one_way(shape, dated)
    if dated:
        return base.lever_path(key, shape)
    constant = base.model.constants[key]
    value = binding.bound(_number(shape, constant.value, constant.unit), "", constant, base.limits(key))
    if shape.starts is None:
        return value
    return in_span(LeverPath(key, (time_of(shape.starts),), (value,), default=constant.value), base.years)


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
