"""The functions a model may use: one row each, with arity and meaning on floats.

Lowering appends what a function of time reads of the clock to its arguments, so that a graph shows
every dependence.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from types import MappingProxyType

from simcounty.model import arithmetic, chance, trigonometry
from simcounty.model.arithmetic import above, below, rise, select
from simcounty.model.graph import STEP_START, TIME, TIME_STEP, Call, Expr, Interpolate, Lookup, Number, Ref
from simcounty.model.vector_lookup import VECTOR_LOOKUPS


@dataclass(frozen=True)
class Function:
    """A function of the modelling language.

    `clock` names what the function reads of the clock besides its arguments. A function that
    `is_condition` gives a truth value, every other one a number; `conditions` are the places of arguments
    that are truth values.
    """

    arity: int
    meaning: Callable[..., float | bool]
    clock: tuple[str, ...] = ()
    is_condition: bool = False
    conditions: tuple[int, ...] = ()


OPERATORS = frozenset({
    "add", "subtract", "multiply", "divide", "negative", "less", "less_equal", "greater", "greater_equal",
    "equal", "not_equal", "and", "or", "not", "floor", "floored_modulo", "random_lognormal", "rectangle",
    "triangle", "upper_normal", "double_exponential", *(f.__name__ for f in VECTOR_LOOKUPS.values()),
})  # fmt: skip
"""Functions that no file calls by these names: operators, and what calls are made of."""

MOST_RISE = 1e4  # of a lookup's smallest value, so that adding rises up costs at most four of sixteen digits


def _comparison(meaning: Callable[[float, float], bool]) -> Function:
    return Function(2, meaning, is_condition=True)


_STEPPED = (STEP_START, TIME_STEP)
_OF_ONE_NUMBER = (
    *(arithmetic.exp, arithmetic.ln, arithmetic.sqrt, arithmetic.integer),
    *(trigonometry.sin, trigonometry.cos, trigonometry.tan),
    *(trigonometry.arcsin, trigonometry.arccos, trigonometry.arctan),
    *(trigonometry.sinh, trigonometry.cosh, trigonometry.tanh),
)

FUNCTIONS: Mapping[str, Function] = MappingProxyType({
    "add": Function(2, operator.add),
    "subtract": Function(2, operator.sub),
    "multiply": Function(2, operator.mul),
    "divide": Function(2, arithmetic.div),
    "negative": Function(1, operator.neg),
    "power": Function(2, arithmetic.power),
    "less": _comparison(operator.lt),
    "less_equal": _comparison(operator.le),
    "greater": _comparison(operator.gt),
    "greater_equal": _comparison(operator.ge),
    "equal": _comparison(operator.eq),
    "not_equal": _comparison(operator.ne),
    "and": Function(2, operator.and_, is_condition=True, conditions=(0, 1)),
    "or": Function(2, operator.or_, is_condition=True, conditions=(0, 1)),
    "not": Function(1, arithmetic.opposite, is_condition=True, conditions=(0,)),
    "if_then_else": Function(3, arithmetic.select, conditions=(0,)),
    "abs": Function(1, abs),
    "min": Function(2, arithmetic.minimum),
    "max": Function(2, arithmetic.maximum),
    **{function.__name__: Function(1, function) for function in _OF_ONE_NUMBER},
    "log": Function(2, arithmetic.log),
    "modulo": Function(2, arithmetic.modulo),
    "quantum": Function(2, arithmetic.quantum),
    "floor": Function(1, arithmetic.floor),
    "floored_modulo": Function(2, arithmetic.floored_modulo),
    "random_uniform": Function(3, chance.random_uniform),
    "random_normal": Function(5, chance.random_normal),
    "random_exponential": Function(5, chance.random_exponential),
    "random_poisson": Function(6, chance.random_poisson),
    "random_lognormal": Function(3, chance.random_lognormal),
    "gamma_ln": Function(1, arithmetic.gamma_ln),
    "rectangle": Function(1, chance.rectangle),
    "triangle": Function(1, chance.triangle),
    "upper_normal": Function(1, chance.upper_normal),
    "double_exponential": Function(1, chance.double_exponential),
    **{function.__name__: Function(5, function) for function in VECTOR_LOOKUPS.values()},
    "zidz": Function(2, arithmetic.zidz),
    "xidz": Function(3, arithmetic.xidz),
    "step": Function(2, arithmetic.step, _STEPPED),
    "pulse": Function(2, arithmetic.pulse, _STEPPED),
    "pulse_train": Function(4, arithmetic.pulse_train, _STEPPED),
    "ramp": Function(3, arithmetic.ramp, (TIME,)),
})  # fmt: skip


def call(function: str, *args: Expr) -> Call:
    """Return a call, with what the function reads of the clock appended to its arguments.

    >>> call("step", Number(1.0), Number(5.0)).args[2]
    Ref(key='start of step')
    """
    return Call(function, (*args, *(Ref(key) for key in FUNCTIONS[function].clock)))


def either(condition: Expr, yes: Expr, no: Expr) -> Call:
    """Return one of two expressions, by a condition."""
    return call("if_then_else", condition, yes, no)


def sum_of(terms: Sequence[Expr]) -> Expr:
    """Return the sum of terms, added one after the other; 0 of none."""
    return reduce(lambda a, b: call("add", a, b), terms) if terms else Number(0.0)


def measured(value: float) -> Expr:
    """Return a number in the unit of what it stands beside, as the points of lookups are."""
    return Interpolate(Lookup((0.0,), (value,)), Number(0.0))


def evaluate(expr: Expr, values: Mapping[str, float]) -> float | bool:
    """Compute an expression from the values of the elements it reads.

    >>> evaluate(call("power", Ref("x"), Number(2.0)), {"x": 3.0})
    9.0
    """
    if isinstance(expr, Number):
        return expr.value
    if isinstance(expr, Ref):
        return values[expr.key]
    if isinstance(expr, Interpolate):
        return interpolate(expr.lookup, float(evaluate(expr.at, values)))
    function = FUNCTIONS[expr.function]
    args = [evaluate(arg, values) for arg in expr.args]
    for place in function.conditions:
        args[place] = bool(args[place])
    return function.meaning(*args)


def segments(lookup: Lookup) -> tuple[tuple[float, float, float], ...]:
    """Return (start, width, slope) of each segment of a lookup, left to right, without its steps."""
    xs, ys = lookup.xs, lookup.ys
    pairs = zip(xs, xs[1:], ys, ys[1:], strict=False)
    return tuple((x0, x1 - x0, (y1 - y0) / (x1 - x0)) for x0, x1, y0, y1 in pairs if x1 > x0)


def steps(lookup: Lookup) -> tuple[tuple[float, float], ...]:
    """Return (x, rise) of each step of a lookup, left to right."""
    pairs = zip(lookup.xs, lookup.xs[1:], lookup.ys, lookup.ys[1:], strict=False)
    return tuple((x0, y1 - y0) for x0, x1, y0, y1 in pairs if x1 == x0)


def interpolate(lookup: Lookup, x: float) -> float:
    """Return a lookup's value at x: the sum of its segments' rises, or the segment that x lies on."""
    parts = segments(lookup)
    total = lookup.ys[0]
    if _is_rough(lookup):
        last_at = dict(zip(lookup.xs, lookup.ys, strict=True))
        for start, _, slope in parts:
            total = select(x >= start, last_at[start] + slope * (x - start), total)
        total = select(x == x, select(x >= lookup.xs[-1], lookup.ys[-1], total), x)
    else:
        for start, width, slope in parts:
            total = total + rise(x - start, width, slope)
        for start, height in steps(lookup):
            total = total + select(x >= start, height, 0.0)
    if lookup.beyond == "extend" and parts:
        total = total + below(x - lookup.xs[0], parts[0][2])
        total = total + above(x - lookup.xs[-1], parts[-1][2])
    return total


def _is_rough(lookup: Lookup) -> bool:
    """Return whether adding up rises would cost digits: they are large beside the smallest value."""
    ys = lookup.ys
    rises = sum(abs(after - before) for before, after in pairwise(ys))
    return rises > MOST_RISE * min((abs(y) for y in ys if y != 0.0), default=math.inf)
