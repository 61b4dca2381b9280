"""The functions a model may use: one row each, with arity, meaning on floats and generated text.

Lowering appends what a function of time reads of the clock to its arguments, so that a graph shows
every dependence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simcounty.model import arithmetic
from simcounty.model.graph import STEP_START, TIME, TIME_STEP, Call, Expr, Interpolate, Lookup, Number, Ref


@dataclass(frozen=True)
class Function:
    """A function of the modelling language.

    `text` has one `{i}` for each argument. `clock` names what the function reads of the clock besides
    its arguments. A function that `is_condition` gives a truth value, every other one a number;
    `conditions` are the places of arguments that are truth values.
    """

    arity: int
    meaning: Callable[..., float | bool]
    text: str
    clock: tuple[str, ...] = ()
    is_condition: bool = False
    conditions: tuple[int, ...] = ()


def _arithmetic(name: str, arity: int = 1, clock: tuple[str, ...] = ()) -> Function:
    """Return the row of a function of `arithmetic`."""
    places = ", ".join(f"{{{i}}}" for i in range(arity + len(clock)))
    return Function(arity, getattr(arithmetic, name), f"{name}({places})", clock)


def _comparison(operator: str, meaning: Callable[[float, float], bool]) -> Function:
    return Function(2, meaning, f"({{0}} {operator} {{1}})", is_condition=True)


_OF_ONE_NUMBER = (
    "exp", "ln", "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "integer",
)  # fmt: skip
_STEPPED = (STEP_START, TIME_STEP)

FUNCTIONS: Mapping[str, Function] = MappingProxyType({
    "add": Function(2, lambda a, b: a + b, "({0} + {1})"),
    "subtract": Function(2, lambda a, b: a - b, "({0} - {1})"),
    "multiply": Function(2, lambda a, b: a * b, "({0} * {1})"),
    "divide": _arithmetic("div", 2),
    "negative": Function(1, lambda a: -a, "(-{0})"),
    "power": _arithmetic("power", 2),
    "less": _comparison("<", lambda a, b: a < b),
    "less_equal": _comparison("<=", lambda a, b: a <= b),
    "greater": _comparison(">", lambda a, b: a > b),
    "greater_equal": _comparison(">=", lambda a, b: a >= b),
    "equal": _comparison("==", lambda a, b: a == b),
    "not_equal": _comparison("!=", lambda a, b: a != b),
    "and": Function(2, lambda a, b: bool(a) and bool(b), "({0} & {1})", is_condition=True, conditions=(0, 1)),
    "or": Function(2, lambda a, b: bool(a) or bool(b), "({0} | {1})", is_condition=True, conditions=(0, 1)),
    "not": Function(1, lambda a: not a, "(not {0})", is_condition=True, conditions=(0,)),
    "if_then_else": Function(3, arithmetic.select, "select({0}, {1}, {2})", conditions=(0,)),
    "abs": Function(1, abs, "abs({0})"),
    "min": _arithmetic("minimum", 2),
    "max": _arithmetic("maximum", 2),
    **{name: _arithmetic(name) for name in _OF_ONE_NUMBER},
    "log": _arithmetic("log", 2),
    "modulo": _arithmetic("modulo", 2),
    "quantum": _arithmetic("quantum", 2),
    "zidz": _arithmetic("zidz", 2),
    "xidz": _arithmetic("xidz", 3),
    "step": _arithmetic("step", 2, _STEPPED),
    "pulse": _arithmetic("pulse", 2, _STEPPED),
    "pulse_train": _arithmetic("pulse_train", 4, _STEPPED),
    "ramp": _arithmetic("ramp", 3, (TIME,)),
})  # fmt: skip


def call(function: str, *args: Expr) -> Call:
    """Return a call, with what the function reads of the clock appended to its arguments.

    >>> call("step", Number(1.0), Number(5.0)).args[2]
    Ref(key='start of step')
    """
    return Call(function, (*args, *(Ref(key) for key in FUNCTIONS[function].clock)))


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
    return FUNCTIONS[expr.function].meaning(*(evaluate(arg, values) for arg in expr.args))


def segments(lookup: Lookup) -> tuple[tuple[float, float, float], ...]:
    """Return (start, width, slope) of each segment of a lookup, left to right."""
    xs, ys = lookup.xs, lookup.ys
    pairs = zip(xs, xs[1:], ys, ys[1:], strict=False)
    return tuple((x0, x1 - x0, (y1 - y0) / (x1 - x0)) for x0, x1, y0, y1 in pairs)


def interpolate(lookup: Lookup, x: float) -> float:
    """Return a lookup's value at x as the sum of its segments' rises, in the form of the generated text."""
    parts = segments(lookup)
    total = lookup.ys[0]
    for start, width, slope in parts:
        total += arithmetic.rise(x - start, width, slope)
    if lookup.beyond == "extend" and parts:
        total += arithmetic.below(x - lookup.xs[0], parts[0][2])
        total += arithmetic.above(x - lookup.xs[-1], parts[-1][2])
    return total
