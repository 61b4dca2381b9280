"""Infer the unit of an expression, by one rule for each function.

A unit of None fits every other: a bare 0 has it, a bare date, an equation that is a single number, and
whatever is computed from a variable whose unit cannot be read. Every other bare number is dimensionless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING

from simcounty.errors import Findings
from simcounty.model import graph as g
from simcounty.units import UnitError, ratio, unit_of, unit_text

if TYPE_CHECKING:
    from pint.facets.plain import PlainUnit as Unit


@dataclass(frozen=True)
class Operand:
    """One argument of a function, and its unit."""

    expr: g.Expr
    unit: Unit | None

    def __str__(self) -> str:
        unit = unit_text(self.unit) if self.unit is not None else "any unit"
        if isinstance(self.expr, g.Ref):
            return f"{g.variable_of(self.expr.key)} [{unit}]"
        return f"{self.expr.value:g} [{unit}]" if isinstance(self.expr, g.Number) else f"a term in {unit}"


Rule = Callable[[Sequence[Operand], Findings], "Unit | None"]
_Equation = tuple[str, g.Expr, "Unit | None"]


@dataclass(frozen=True)
class Units:
    """The units that the author of a model declared: of elements, lookups and time.

    A unit is None where there is none, or where it cannot be read.
    """

    graph: g.Graph
    elements: dict[str, Unit | None]
    lookups: Mapping[g.Lookup, Unit | None]
    time: Unit | None

    @classmethod
    def of_graph(cls, graph: g.Graph) -> Units:
        elements = {key: _known(e.unit) for key, e in graph.elements.items() if not e.about.hidden}
        lookups = {_plain(lookup): _known(about.unit) for about, lookup in graph.lookups.values()}
        return cls(graph, elements, lookups, _known(graph.clock.unit))

    def of(self, key: str) -> Unit | None:
        """Return an element's unit; a hidden helper has the one its own equation gives."""
        if key in (*g.CLOCK, g.STEP_START):
            return self.time
        if key not in self.elements:
            self.elements[key] = None  # for the case that a helper reads itself
            self.elements[key] = self.infer(_defining(self.graph.elements[key]), Findings())
        return self.elements[key]

    def infer(self, expr: g.Expr, clashes: Findings) -> Unit | None:
        """Return the unit of an expression and append to `clashes` what does not fit in it."""
        if isinstance(expr, g.Number):
            return None if expr.value == 0 else unit_of("Dmnl")
        if isinstance(expr, g.Ref):
            return self.of(expr.key)
        if isinstance(expr, g.Interpolate):
            self.infer(expr.at, clashes)
            return self.lookups.get(_plain(expr.lookup))
        operands = [Operand(arg, self.infer(arg, clashes)) for arg in expr.args]
        return RULES[expr.function](operands, clashes)


def _plain(lookup: g.Lookup) -> g.Lookup:
    """Return a lookup as declared: LOOKUP EXTRAPOLATE reads it with another rule outside its points."""
    return replace(lookup, beyond="hold")


def _known(text: str) -> Unit | None:
    """Return the unit a text means; None where it is empty or not defined."""
    try:
        return unit_of(text) if text.strip() else None
    except UnitError:
        return None


def unit_clashes(element: g.Element, units: Units) -> Iterator[str]:
    """Yield the clashes of units inside an element's equations, and between them and its own unit."""
    own, time = units.of(element.key), units.time
    for noun, expr, expected in _equations(element, own, time):
        inside = Findings()
        unit = None if isinstance(expr, g.Number) else units.infer(expr, inside)
        yield from inside
        if unit is not None and expected is not None and not _fits(unit, expected):
            yield f"{noun} gives {_compared(unit, expected)}"


def _equations(element: g.Element, own: Unit | None, time: Unit | None) -> Iterator[_Equation]:
    """Yield each expression of an element: its name, itself, and the unit it should have."""
    if isinstance(element, g.Auxiliary):
        yield "its equation", element.expr, own
        if element.initial is not None:
            yield "its initial equation", element.initial, own
    if isinstance(element, g.State):
        yield "its initial value", element.initial, own
    if isinstance(element, g.Stock):
        yield "its rate", element.rate, None if own is None or time is None else own / time
    if isinstance(element, g.Sample):
        yield "what it samples", element.following, own
    if isinstance(element, g.Delayed):
        yield "what it delays", element.incoming, own
        yield "its delay", element.delay, time


def _defining(element: g.Element) -> g.Expr:
    if isinstance(element, g.Auxiliary):
        return element.expr
    return element.initial if isinstance(element, g.State) else g.Number(0.0)


def _fits(one: Unit | None, other: Unit | None) -> bool:
    return one is None or other is None or one == other or ratio(one, other) == 1


def _compared(unit: Unit, expected: Unit) -> str:
    factor = ratio(unit, expected)
    scale = f" (1 {unit_text(unit)} is {float(factor):g} {unit_text(expected)})" if factor else ""
    return f"{unit_text(unit)} where {unit_text(expected)} is due{scale}"


def _same_unit(operands: Sequence[Operand], clashes: Findings) -> Unit | None:
    """All operands share one unit, which is the result's."""
    known = [operand for operand in operands if operand.unit is not None]
    for other in known[1:]:
        if not _fits(known[0].unit, other.unit):
            clashes.append(f"{known[0]} and {other} are joined, but differ in unit")
    return known[0].unit if known else None


def _comparison(operands: Sequence[Operand], clashes: Findings) -> Unit | None:
    _same_unit(operands, clashes)
    return unit_of("Dmnl")


def _pure(operands: Sequence[Operand], clashes: Findings) -> Unit | None:
    """All operands are pure numbers, and so is the result."""
    for operand in operands:
        if not _fits(operand.unit, unit_of("Dmnl")):
            clashes.append(f"{operand} stands where only a pure number [Dmnl] makes sense")
    return unit_of("Dmnl")


def _choose(operands: Sequence[Operand], clashes: Findings) -> Unit | None:
    _pure(operands[:1], clashes)
    return _same_unit(operands[1:], clashes)


def _product(operands: Sequence[Operand], clashes: Findings) -> Unit | None:
    one, other = (operand.unit for operand in operands)
    return None if one is None or other is None else one * other


def _quotient(operands: Sequence[Operand], clashes: Findings) -> Unit | None:
    one, other = (operand.unit for operand in operands[:2])
    return None if one is None or other is None else one / other


def _quotient_or(operands: Sequence[Operand], clashes: Findings) -> Unit | None:
    quotient = g.Call("divide", tuple(operand.expr for operand in operands[:2]))
    return _same_unit([Operand(quotient, _quotient(operands, clashes)), operands[2]], clashes)


def _power(operands: Sequence[Operand], clashes: Findings) -> Unit | None:
    """A unit may be raised to a written number; to a computed one only a pure number may."""
    base, exponent = operands
    if isinstance(exponent.expr, g.Number) and base.unit is not None:
        return base.unit ** Fraction(str(exponent.expr.value))
    return _pure(operands, clashes)


def _root(operands: Sequence[Operand], clashes: Findings) -> Unit | None:
    return None if operands[0].unit is None else operands[0].unit ** Fraction(1, 2)


def _dates(operands: Sequence[Operand], clashes: Findings) -> Unit | None:
    """All operands are instants or spans of time; a bare number is one in the model's own unit of time."""
    return _same_unit([operand for operand in operands if not isinstance(operand.expr, g.Number)], clashes)


def _drawn(operands: Sequence[Operand], clashes: Findings) -> Unit | None:
    """What is drawn has the unit of bounds and mean; pure numbers are in that of the variable drawn for."""
    return _same_unit([each for each in operands if not _fits(each.unit, unit_of("Dmnl"))], clashes)


def _pulse(operands: Sequence[Operand], clashes: Findings) -> Unit | None:
    _dates(operands, clashes)
    return unit_of("Dmnl")


def _step(operands: Sequence[Operand], clashes: Findings) -> Unit | None:
    _dates(operands[1:], clashes)
    return operands[0].unit


def _ramp(operands: Sequence[Operand], clashes: Findings) -> Unit | None:
    slope, time = operands[0].unit, _dates(operands[1:], clashes)
    return None if slope is None or time is None else slope * time


_JOINING = (
    "add",
    "subtract",
    "negative",
    "abs",
    "min",
    "max",
    "integer",
    "floor",
    "modulo",
    "floored_modulo",
    "quantum",
)
_DRAWN = ("random_uniform", "random_normal", "random_exponential", "random_poisson", "random_lognormal")
_COMPARING = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
_PURE = (
    "and", "or", "not", "exp", "ln", "log", "sin", "cos", "tan",
    "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
)  # fmt: skip

RULES: Mapping[str, Rule] = MappingProxyType({
    **dict.fromkeys(_JOINING, _same_unit),
    **dict.fromkeys(_DRAWN, _drawn),
    **dict.fromkeys(_COMPARING, _comparison),
    **dict.fromkeys(_PURE, _pure),
    "multiply": _product,
    "divide": _quotient,
    "zidz": _quotient,
    "xidz": _quotient_or,
    "power": _power,
    "sqrt": _root,
    "if_then_else": _choose,
    "step": _step,
    "ramp": _ramp,
    "pulse": _pulse,
    "pulse_train": _pulse,
})  # fmt: skip
