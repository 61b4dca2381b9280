"""Vensim's arithmetic on plain floats, where Python would raise IEEE answers instead.

These functions are the meaning of the generated text: the interpreted backend calls them as
they stand; the compiled one compiles those of `PORTABLE` and binds the others to the same
operation in machine code. An outcome that is no finite number is inf or nan, never an exception
and never a complex number.
"""

from __future__ import annotations

import math
from collections.abc import Callable

SMALL = 1e-6  # Vensim takes a divisor below this for zero in XIDZ, ZIDZ, MODULO and QUANTUM


def _guarded(
    name: str, function: Callable[[float], float], outside: Callable[[float], float]
) -> Callable[[float], float]:
    def guarded(x: float) -> float:
        try:
            return function(x)
        except (ValueError, OverflowError):
            return outside(x)

    guarded.__name__ = name
    return guarded


def _nan(x: float) -> float:
    return math.nan


def div(a: float, b: float) -> float:
    """Divide as IEEE 754 does."""
    try:
        return a / b
    except ZeroDivisionError:
        return math.nan if a == 0.0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)


def power(a: float, b: float) -> float:
    """Raise as C's pow does: nan for a negative base and a broken exponent."""
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0.0 and math.fmod(b, 2.0) != 0.0 else math.inf
    except ValueError:
        if a == 0.0:
            odd = math.fmod(b, 2.0) in (1.0, -1.0)
            return math.copysign(math.inf, a) if odd else math.inf
        return math.nan


exp = _guarded("exp", math.exp, lambda x: math.inf)
ln = _guarded("ln", math.log, lambda x: -math.inf if x == 0.0 else math.nan)
sqrt = _guarded("sqrt", math.sqrt, _nan)
sin = _guarded("sin", math.sin, _nan)
cos = _guarded("cos", math.cos, _nan)
tan = _guarded("tan", math.tan, _nan)
arcsin = _guarded("arcsin", math.asin, _nan)
arccos = _guarded("arccos", math.acos, _nan)
arctan = _guarded("arctan", math.atan, _nan)
sinh = _guarded("sinh", math.sinh, lambda x: math.copysign(math.inf, x))
cosh = _guarded("cosh", math.cosh, lambda x: math.inf)
tanh = _guarded("tanh", math.tanh, _nan)


def integer(x: float) -> float:
    """Cut towards zero; what is cut to nothing keeps its sign, as in machine code."""
    return math.copysign(float(math.trunc(x)), x) if math.isfinite(x) else x


def quantum(a: float, b: float) -> float:
    """Return the largest multiple of b not beyond a, or a itself where b is not positive."""
    return a if b < SMALL else b * integer(div(a, b))


def square(x: float) -> float:
    return x * x


def inverse(x: float) -> float:
    return div(1.0, x)


def modulo(a: float, b: float) -> float:
    """Return what is left of a after whole multiples of b, with the sign of a."""
    return a - quantum(a, b)


def log(x: float, base: float) -> float:
    return div(ln(x), ln(base))


def minimum(a: float, b: float) -> float:
    """Return the smaller; nan if either is."""
    return a if (a < b) | (a != a) else b


def maximum(a: float, b: float) -> float:
    """Return the larger; nan if either is."""
    return a if (a > b) | (a != a) else b


def select(condition: bool, yes: float, no: float) -> float:
    """IF THEN ELSE with both sides computed, so that members can be computed side by side."""
    return yes if condition else no


def zidz(a: float, b: float) -> float:
    return 0.0 if abs(b) < SMALL else div(a, b)


def xidz(a: float, b: float, otherwise: float) -> float:
    return otherwise if abs(b) < SMALL else div(a, b)


def rise(x: float, width: float, slope: float) -> float:
    """One segment of a lookup: 0 before it, `slope` along it, its full rise after it."""
    return slope * minimum(maximum(x, 0.0), width)


def below(x: float, slope: float) -> float:
    """What a lookup that extrapolates adds before its first point."""
    return slope * minimum(x, 0.0)


def above(x: float, slope: float) -> float:
    """What a lookup that extrapolates adds beyond its last point."""
    return slope * maximum(x, 0.0)


def step(height: float, at: float, step_start: float, time_step: float) -> float:
    """STEP: height from the step whose middle lies beyond `at`."""
    return height if step_start + 0.5 * time_step > at else 0.0


def pulse(start: float, width: float, step_start: float, time_step: float) -> float:
    """PULSE: 1 from `start` for `width`, and for one step where the width is zero."""
    now = step_start + 0.5 * time_step
    lasts = time_step if width == 0.0 else width
    return 1.0 if (now > start) & (now < start + lasts) else 0.0


def pulse_train(
    start: float, width: float, every: float, end: float, step_start: float, time_step: float
) -> float:
    """PULSE TRAIN: a pulse at `start`, and again `every` so often up to `end`, none shorter than a step."""
    now = step_start + 0.5 * time_step
    lasts = maximum(width, time_step)
    since = modulo(now - start, every)
    on = ((since > 0.0) & (since < lasts)) | (lasts > every)
    return 1.0 if (now > start) & (step_start <= end) & on else 0.0


def ramp(slope: float, start: float, end: float, time: float) -> float:
    """RAMP: 0 up to `start`, then `slope` per unit of time until `end` (or for ever, if that lies before)."""
    last = time if (time < end) | (start > end) else end
    return slope * (last - start) if time > start else 0.0


PORTABLE = (
    quantum, square, inverse, modulo, log, minimum, maximum, select, zidz, xidz,
    rise, below, above, step, pulse, pulse_train, ramp,
)  # fmt: skip
"""Functions that mean the same in both backends as written, in the order they build on each other."""

NATIVE = (
    div, power, exp, ln, sqrt, sin, cos, tan, arcsin, arccos, arctan, sinh, cosh, tanh, integer,
)  # fmt: skip
"""Functions for which machine code has its own instruction or library call."""
