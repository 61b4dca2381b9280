"""Trigonometric and hyperbolic functions, written out like those of `arithmetic`: the same bits everywhere.

They are accurate to a few units of the last digit. The series are Taylor's, long enough for their interval.
"""

from __future__ import annotations

import math

from simcounty.model.arithmetic import NOT_A_NUMBER, ROUNDER, div, exp, larger, select, smaller, sqrt

QUARTERS = (52707178 / 2**25, 35788428 / 2**51, 37012678 / 2**79, 51665926 / 2**106, 1.082856673921914e-32)
"""π/2 in parts: multiples of the first four up to 2**27 are exact."""
FARTHEST_ANGLE = 2.0**27  # beyond it the reduction to a quarter of a turn would lose digits: the sine is nan
BENDS = (
    (0.4375, 0.5, 0.4636476090008061, 2.2698777452961687e-17),
    (0.6875, 1.0, 0.7853981633974483, 3.061616997868383e-17),
    (1.1875, 1.5, 0.982793723247329, 1.3903311331030998e-17),
)
"""Rows (from, c, arctan c in two parts): an arctangent is measured from c where x is at least `from`."""
HALF_PI, HALF_PI_REST = 1.5707963267948966, 6.123233995736766e-17
LN_LARGEST = 709.0  # e**x is finite up to here

_SINE = tuple((-1) ** i / math.factorial(2 * i + 1) for i in range(1, 9))
_COSINE = tuple((-1) ** i / math.factorial(2 * i) for i in range(2, 9))
_HYPERBOLIC_SINE = tuple(1 / math.factorial(2 * i + 1) for i in range(1, 10))
_ARCTANGENT = tuple((-1) ** i / (2 * i + 1) for i in range(1, 23))


def _series(z: float, factors: tuple[float, ...]) -> float:
    """Return factors[0] + z (factors[1] + z (…)): a power series by Horner's rule."""
    total = factors[-1]
    for factor in factors[-2::-1]:
        total = factor + z * total
    return total


def _added(a: float, b: float) -> tuple[float, float]:
    """Return a + b, and what its rounding lost (Knuth)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _quarter(x: float) -> tuple[float, float, float]:
    """Return r, its rest and the quarter q of x = k π/2 + r + rest, q = k in turns from -2 to 2."""
    near = select(abs(x) < FARTHEST_ANGLE, x, NOT_A_NUMBER)
    k = (near * (1.0 / HALF_PI) + ROUNDER) - ROUNDER
    r, lost = near - k * QUARTERS[0], 0.0
    for part in QUARTERS[1:4]:
        r, off = _added(r, -(k * part))
        lost = lost + off
    r, rest = _added(r, lost - k * QUARTERS[4])
    return select(k == 0.0, near, r), rest, k - 4.0 * ((k * 0.25 + ROUNDER) - ROUNDER)


def _sine_of(r: float, rest: float) -> float:
    z = r * r
    return r + (r * (z * _series(z, _SINE)) + rest * (1.0 - 0.5 * z))


def _cosine_of(r: float, rest: float) -> float:
    z = r * r
    half = 0.5 * z
    near = 1.0 - half
    return near + (((1.0 - near) - half) + (z * z * _series(z, _COSINE) - r * rest))


def _turned(x: float) -> tuple[float, float]:
    """Return the sine and the cosine of x."""
    r, rest, q = _quarter(x)
    sine, cosine = _sine_of(r, rest), _cosine_of(r, rest)
    odd, half_turn = abs(q) == 1.0, abs(q) == 2.0
    s, c = select(odd, cosine, sine), select(odd, sine, cosine)
    return select((q == -1.0) | half_turn, -s, s), select((q == 1.0) | half_turn, -c, c)


def sin(x: float) -> float:
    return _turned(x)[0]


def cos(x: float) -> float:
    return _turned(x)[1]


def tan(x: float) -> float:
    sine, cosine = _turned(x)
    return div(sine, cosine)


def arctan(x: float) -> float:
    """Measure it from the nearest of a few angles; beyond 39/16 from a quarter of a turn."""
    size = abs(x)
    over, under, base, rest = size, 1.0, 0.0, 0.0
    for start, c, angle, angle_rest in BENDS:
        beyond = size >= start
        over, under = select(beyond, size - c, over), select(beyond, 1.0 + c * size, under)
        base, rest = select(beyond, angle, base), select(beyond, angle_rest, rest)
    beyond = size >= 2.4375
    over, under = select(beyond, -1.0, over), select(beyond, size, under)
    base, rest = select(beyond, HALF_PI, base), select(beyond, HALF_PI_REST, rest)
    t = div(over, under)
    found = base + (t + (t * (t * t * _series(t * t, _ARCTANGENT)) + rest))
    return select(x < 0.0, -found, select(x == 0.0, x, found))


def arcsin(x: float) -> float:
    return arctan(div(x, sqrt((1.0 - x) * (1.0 + x))))


def arccos(x: float) -> float:
    return 2.0 * arctan(sqrt(div(1.0 - x, 1.0 + x)))


def sinh(x: float) -> float:
    size = abs(x)
    e = exp(smaller(LN_LARGEST, size))
    half = exp(0.5 * size)
    large = select(size > LN_LARGEST, (0.5 * half) * half, 0.5 * (e - div(1.0, e)))
    z = x * x
    small = x + x * (z * _series(z, _HYPERBOLIC_SINE))
    return select(size < 1.0, small, select(x < 0.0, -large, large))


def cosh(x: float) -> float:
    size = abs(x)
    e = exp(smaller(LN_LARGEST, size))
    half = exp(0.5 * size)
    return select(size > LN_LARGEST, (0.5 * half) * half, 0.5 * (e + div(1.0, e)))


def tanh(x: float) -> float:
    near = smaller(22.0, larger(-22.0, x))
    return div(sinh(near), cosh(near))
