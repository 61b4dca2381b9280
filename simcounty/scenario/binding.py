"""Names and values of a file bound to a model: names it has, units that fit, values in range.

Every function returns the bound value or raises an `InputError` whose text completes
"<file>: <key>: …".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simcounty import units
from simcounty.errors import InputError, ScenarioError, listed
from simcounty.language import in_chinese_now, said
from simcounty.model import Model
from simcounty.model.graph import Constant, Element, variable_of
from simcounty.model.influence import is_read
from simcounty.model.names import chinese_name


@dataclass(frozen=True)
class Limits:
    """The range a value must lie in, None where open, and the file that gives it."""

    low: float | None
    high: float | None
    given_by: str

    def __str__(self) -> str:
        low = "-∞" if self.low is None else f"{self.low:g}"
        high = "∞" if self.high is None else f"{self.high:g}"
        return f"[{low}, {high}]"

    def hold(self, value: float) -> bool:
        """Return whether a value is inside, ends included."""
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    def around(self, value: float, share: float) -> tuple[float, float]:
        """Return the ends a share below and above a value, cut at those of the range."""
        low, high = sorted((value * (1.0 - share), value * (1.0 + share)))
        low = low if self.low is None else max(low, self.low)
        return low, high if self.high is None else min(high, self.high)


def limits_of(constant: Constant, model: Model) -> Limits:
    """Return the range the model file gives a constant."""
    low, high = constant.range
    return Limits(low, high, str(model.path))


def constant_of(model: Model, name: str) -> Constant:
    """Return the constant of a key or label, which every door that takes a setting comes through.

    Raise InputError where the name is unknown or no constant's, and where no equation reads the constant, so
    that a number for it could change nothing.
    """
    key = name if name in model.constants else model.key_of(name, settable=True)
    if key in model.constants:
        if not is_read(model.graph, key):
            raise ScenarioError(said("name.unread", path=model.path), "name")
        return model.constants[key]
    elements = [element.key for element in model.variables.get(key, ())]
    settable = [element for element in elements if element in model.constants]
    if settable:
        names = listed(_shown(model, settable))
        raise ScenarioError(said("name.array", count=len(settable), names=names), "name")
    raise ScenarioError(said("name.computed", path=model.path), "name")


def element_of(model: Model, name: str) -> Element:
    """Return the one element of a key or label: a constant, a stock or an auxiliary."""
    elements = elements_of(model, name)
    if len(elements) > 1:
        names = listed(_shown(model, [element.key for element in elements]))
        raise ScenarioError(said("name.arrays", name=name, count=len(elements), names=names), "name")
    return elements[0]


def elements_of(model: Model, name: str) -> tuple[Element, ...]:
    """Return every element of a key or label: those of a variable, or the one that is named."""
    key = _key(model, name)
    return model.variables.get(key) or (model.graph.elements[key],)


def variable_of_name(model: Model, name: str) -> str:
    """Return the key of the variable of a key or label, be it an array or not."""
    key = _key(model, name)
    if key not in model.variables:
        raise ScenarioError(said("name.one", name=name, variable=variable_of(key)), "name")
    return key


def _key(model: Model, name: str) -> str:
    try:
        return model.key_of(name)
    except InputError as error:
        raise ScenarioError(f"{name} {error}", "name") from None


def _shown(model: Model, keys: Sequence[str]) -> list[str]:
    """Return what a message calls elements: their keys, in Chinese their names."""
    return [chinese_name(model.graph.elements[key]) for key in keys] if in_chinese_now() else list(keys)


def amount(given: str | float, unit: str, to_unit: str) -> float:
    """Return a number in the unit the model uses.

    The unit may be part of the text ("75 %") or given beside it; without one it is the model's.

    >>> amount("3 %", "", "1/year"), amount("75 %", "", "Dmnl"), amount(3e-2, "", "Dmnl")
    (0.03, 0.75, 0.03)
    """
    number, written = units.parse_number(given)
    if written and unit and written != unit:
        raise ScenarioError(said("unit.twice", given=given, written=written, unit=unit), "unit")
    return units.express(number, written or unit, to_unit)


def bound(given: str | float, unit: str, constant: Constant, limits: Limits) -> float:
    """Return a value for a constant: in the constant's unit and inside the limits."""
    return inside(amount(given, unit, constant.unit), constant.unit, limits)


def inside(value: float, unit: str, limits: Limits, field: str = "value") -> float:
    """Return a value if it is inside the limits."""
    if not limits.hold(value):
        parts = {"value": value, "unit": units.shown(unit), "limits": limits, "given_by": limits.given_by}
        raise ScenarioError(said("value.outside", **parts), field)
    return value
