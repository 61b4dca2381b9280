"""The functions a model may use: one row each, with what it takes, means, and reads as in generated text.

A row's text has one `{i}` per argument. Rows with `bool` compare or join conditions: they yield a
truth value, every other row a number; `conditions` are the places of arguments that are truth values
themselves. `clock` names what a function of time reads besides its
arguments; lowering appends it, so that a graph shows every dependence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simcounty.model import arithmetic
from simcounty.model.graph import STEP_START, TIME, TIME_STEP, Call, Expr, Interpolate, Number, Ref


@dataclass(frozen=True)
class Builtin:
    """A function: number of arguments, meaning on floats, generated text, and what of the clock it reads."""

    arity: int
    function: Callable[..., float | bool]
    text: str
    bool: bool = False
    clock: tuple[str, ...] = ()
    conditions: tuple[int, ...] = ()


def _call(function: Callable[..., float], arity: int, clock: tuple[str, ...] = ()) -> Builtin:
    places = ", ".join(f"{{{i}}}" for i in range(arity + len(clock)))
    return Builtin(arity, function, f"{function.__name__}({places})", clock=clock)


def _named(name: str, arity: int = 1) -> Builtin:
    places = ", ".join(f"{{{i}}}" for i in range(arity))
    return Builtin(arity, getattr(arithmetic, name), f"{name}({places})")


_STEPPED = (STEP_START, TIME_STEP)

BUILTINS: Mapping[str, Builtin] = MappingProxyType({
    "add": Builtin(2, lambda a, b: a + b, "({0} + {1})"),
    "subtract": Builtin(2, lambda a, b: a - b, "({0} - {1})"),
    "multiply": Builtin(2, lambda a, b: a * b, "({0} * {1})"),
    "divide": _call(arithmetic.div, 2),
    "negative": Builtin(1, lambda a: -a, "(-{0})"),
    "power": _call(arithmetic.power, 2),
    "less": Builtin(2, lambda a, b: a < b, "({0} < {1})", bool=True),
    "less_equal": Builtin(2, lambda a, b: a <= b, "({0} <= {1})", bool=True),
    "greater": Builtin(2, lambda a, b: a > b, "({0} > {1})", bool=True),
    "greater_equal": Builtin(2, lambda a, b: a >= b, "({0} >= {1})", bool=True),
    "equal": Builtin(2, lambda a, b: a == b, "({0} == {1})", bool=True),
    "not_equal": Builtin(2, lambda a, b: a != b, "({0} != {1})", bool=True),
    "and": Builtin(2, lambda a, b: bool(a) and bool(b), "({0} & {1})", bool=True, conditions=(0, 1)),
    "or": Builtin(2, lambda a, b: bool(a) or bool(b), "({0} | {1})", bool=True, conditions=(0, 1)),
    "not": Builtin(1, lambda a: not a, "(not {0})", bool=True, conditions=(0,)),
    "if_then_else": Builtin(3, arithmetic.select, "select({0}, {1}, {2})", conditions=(0,)),
    "abs": Builtin(1, abs, "abs({0})"),
    "min": _call(arithmetic.minimum, 2),
    "max": _call(arithmetic.maximum, 2),
    "exp": _named("exp"),
    "ln": _named("ln"),
    "log": _call(arithmetic.log, 2),
    "sqrt": _named("sqrt"),
    "sin": _named("sin"),
    "cos": _named("cos"),
    "tan": _named("tan"),
    "arcsin": _named("arcsin"),
    "arccos": _named("arccos"),
    "arctan": _named("arctan"),
    "sinh": _named("sinh"),
    "cosh": _named("cosh"),
    "tanh": _named("tanh"),
    "integer": _call(arithmetic.integer, 1),
    "modulo": _call(arithmetic.modulo, 2),
    "quantum": _call(arithmetic.quantum, 2),
    "zidz": _call(arithmetic.zidz, 2),
    "xidz": _call(arithmetic.xidz, 3),
    "step": _call(arithmetic.step, 2, _STEPPED),
    "pulse": _call(arithmetic.pulse, 2, _STEPPED),
    "pulse_train": _call(arithmetic.pulse_train, 4, _STEPPED),
    "ramp": _call(arithmetic.ramp, 3, (TIME,)),
})  # fmt: skip


def call(function: str, *args: Expr) -> Call:
    """Build a call with what the function reads of the clock appended.

    >>> call("step", Number(1.0), Number(5.0)).args[2]
    Ref(key='start of step')
    """
    return Call(function, (*args, *(Ref(key) for key in BUILTINS[function].clock)))


def evaluate(expr: Expr, values: Mapping[str, float]) -> float | bool:
    """Compute an expression from the values of what it reads.

    >>> evaluate(call("power", Ref("x"), Number(2.0)), {"x": 3.0})
    9.0
    """
    if isinstance(expr, Number):
        return expr.value
    if isinstance(expr, Ref):
        return values[expr.key]
    if isinstance(expr, Interpolate):
        return interpolate(expr, float(evaluate(expr.at, values)))
    return BUILTINS[expr.function].function(*(evaluate(arg, values) for arg in expr.args))


def segments(expr: Interpolate) -> tuple[tuple[float, float, float], ...]:
    """Return (start, width, slope) of each segment of a lookup, left to right."""
    xs, ys = expr.table.xs, expr.table.ys
    pairs = zip(xs, xs[1:], ys, ys[1:], strict=False)
    return tuple((x0, x1 - x0, (y1 - y0) / (x1 - x0)) for x0, x1, y0, y1 in pairs)


def interpolate(expr: Interpolate, x: float) -> float:
    """Read a lookup at x as the sum of its segments' rises, the form generated text has too."""
    parts = segments(expr)
    total = expr.table.ys[0]
    for start, width, slope in parts:
        total += arithmetic.rise(x - start, width, slope)
    if expr.table.beyond == "extend" and parts:
        total += arithmetic.below(x - expr.table.xs[0], parts[0][2])
        total += arithmetic.above(x - expr.table.xs[-1], parts[-1][2])
    return total
