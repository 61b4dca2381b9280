"""Vensim's arithmetic on plain floats, with the results of IEEE 754 where Python would raise.

These functions are the meaning of every equation. Those of `PRIMITIVES` are single operations of any
machine. All others are written in these and in + - * / and comparisons, without branches: so
`backends.operations` can trace them into a list of operations, which every machine computes to the same
bits, several members at once; a call of a C library could do neither. A result without a finite value is
inf or nan, never an exception and never a complex number.
"""

from __future__ import annotations

import math

SMALL = 1e-6  # a smaller divisor is zero to Vensim in XIDZ, ZIDZ, MODULO and QUANTUM
INFINITE = math.inf
NOT_A_NUMBER = math.nan
NOT_AVAILABLE = -(2.0**109)  # what Vensim computes with where a model has :NA:
ROUNDER = 1.5 * 2.0**52  # adding it and subtracting it again rounds to an integer
LOWEST_MANTISSA = 181 / 256  # about the root of a half, so that mantissas are around 1
LN_2, LN_2_REST = 3048493539143 / 2**42, 5.497923018708371e-14  # multiples of the first up to 2**11 are exact

GAMMA_SHIFT = 8.0  # Stirling's series is used from here on
HALF_LN_2_PI = 0.9189385332046727
STIRLING = (
    1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400, 43867 / 244188
)  # fmt: skip


def div(a: float, b: float) -> float:
    """Divide as IEEE 754 does."""
    try:
        return a / b
    except ZeroDivisionError:
        return math.nan if a == 0.0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)


def sqrt(x: float) -> float:
    """Return the square root; nan of a negative number."""
    return math.sqrt(x) if x >= 0.0 else x if x != x else math.nan


def mantissa(x: float) -> float:
    """Return m of x = m × 2**k, 181/256 ≤ m < 181/128; x is positive and finite."""
    m = math.frexp(x)[0]
    return m + m if m < LOWEST_MANTISSA else m


def exponent(x: float) -> float:
    """Return k of x = m × 2**k, for the m that `mantissa` gives."""
    m, k = math.frexp(x)
    return k - 1.0 if m < LOWEST_MANTISSA else float(k)


def scaled(m: float, k: float) -> float:
    """Return m × 2**k, rounded once; m is around 1, k an integer between -1077 and 1025."""
    if k != k:
        return k
    n = int(k)
    if -1022 < n < 1024:
        return math.ldexp(m, n)
    return math.ldexp(m, n // 2) * math.ldexp(1.0, n - n // 2)


def is_negative(x: float) -> bool:
    """Return whether the sign of a number is minus, that of a zero included."""
    return math.copysign(1.0, x) < 0.0


def integer(x: float) -> float:
    """Round towards zero; a zero keeps the sign of x, as in machine code."""
    return math.copysign(float(math.trunc(x)), x) if math.isfinite(x) else x


def opposite(condition: bool) -> bool:
    return not condition


def select(condition: bool, yes: float, no: float) -> float:
    """Return one of two values, both computed, so that members can be computed side by side."""
    return yes if condition else no


def smaller(a: float, b: float) -> float:
    """Return a where it is smaller, else b, as one instruction of most machines; b where either is nan."""
    return a if a < b else b


def larger(a: float, b: float) -> float:
    """Return a where it is larger, else b, as one instruction of most machines; b where either is nan."""
    return a if a > b else b


PRIMITIVES = (
    div, sqrt, mantissa, exponent, scaled, is_negative, integer, opposite, select, smaller, larger, abs,
)  # fmt: skip
"""Operations that each machine has; `backends.operations` names them so too."""


def minimum(a: float, b: float) -> float:
    """Return the smaller; nan if either is."""
    return select(b != b, b, smaller(b, a))


def maximum(a: float, b: float) -> float:
    """Return the larger; nan if either is."""
    return select(b != b, b, larger(b, a))


def quantum(a: float, b: float) -> float:
    """Return the multiple of b next to a towards zero, or a itself where b is not positive."""
    return select(b < SMALL, a, b * integer(div(a, b)))


def _high_half(x: float) -> float:
    """Return the upper half of a number's digits: products of such halves are exact (Veltkamp)."""
    large = x * 134217729.0
    return large - (large - x)


def _logarithm(x: float) -> tuple[float, float]:
    """Return ln x and the rest that it lacks, together accurate to some 59 bits.

    x = 2**k × m: ln x = k ln 2 + 2 artanh s, with s = (m - 1) / (m + 1) in two parts.
    """
    plain = (x > 0.0) & (x < INFINITE)
    positive = select(plain, x, 1.0)
    m, k = mantissa(positive), exponent(positive)
    over = 1.0 / (m + 1.0)
    s = (m - 1.0) * over
    s_half, sum_half = _high_half(s), _high_half(m + 1.0)
    s_rest = (((m - 1.0) - s_half * sum_half) - s_half * (m - (sum_half - 1.0))) * over
    k_ln_2 = k * LN_2
    high = k_ln_2 + 2.0 * s_half
    low = ((k_ln_2 - high) + 2.0 * s_half) + (k * LN_2_REST + 2.0 * (s_rest + s * _artanh_tail(s * s)))
    total = high + low
    limit = select(x == 0.0, -INFINITE, select(x == INFINITE, x, NOT_A_NUMBER))
    return select(plain, total, limit), (high - total) + low


def _artanh_tail(z: float) -> float:
    """Return artanh s / s - 1 = z/3 + z**2/5 + …, z = s**2, its terms added in pairs and pairs of pairs."""
    z2 = z * z
    z4 = z2 * z2
    low = (1 / 3 + z * (1 / 5)) + z2 * (1 / 7 + z * (1 / 9))
    middle = (1 / 11 + z * (1 / 13)) + z2 * (1 / 15 + z * (1 / 17))
    high = (1 / 19 + z * (1 / 21)) + z2 * (1 / 23)
    return z * (low + z4 * (middle + z4 * high))


def ln(x: float) -> float:
    return _logarithm(x)[0]


def _exponential(x: float, rest: float) -> float:
    """Return e**(x + rest) to within 0.8 of its last bit; rest is tiny beside x.

    It is 2**k × e**r with x = k ln 2 + r.
    """
    inside = smaller(710.0, larger(-746.0, x))
    k = (inside * 1.4426950408889634 + ROUNDER) - ROUNDER
    r = inside - k * LN_2
    r_rest = rest - k * LN_2_REST
    return scaled(1.0 + (r + (r_rest + _exp_tail(r + r_rest))), k)


def _exp_tail(r: float) -> float:
    """Return e**r - 1 - r = r**2/2 + r**3/6 + …, its terms added in pairs and pairs of pairs."""
    r2 = r * r
    r4 = r2 * r2
    low = (1 / 2 + r * (1 / 6)) + r2 * (1 / 24 + r * (1 / 120))
    middle = (1 / 720 + r * (1 / 5040)) + r2 * (1 / 40320 + r * (1 / 362880))
    high = (1 / 3628800 + r * (1 / 39916800)) + r2 * (1 / 479001600 + r * (1 / 6227020800))
    return r2 * (low + r4 * (middle + r4 * high))


def exp(x: float) -> float:
    return _exponential(x, 0.0)


def power(a: float, b: float) -> float:
    """Return a ** b as C's pow does: nan for a negative base and an exponent that is no integer.

    The error is less than one unit of the last digit, and less than two where the result is beyond e**±50.
    """
    ln_a, ln_rest = _logarithm(abs(a))
    product = b * ln_a
    b_half, ln_half = _high_half(b), _high_half(ln_a)
    lost = (b_half * ln_half - product) + b_half * (ln_a - ln_half)
    rest = select(abs(product) < 800.0, lost + ((b - b_half) * ln_a + b * ln_rest), 0.0)
    size = select((abs(a) == 1.0) | (b == 0.0), 1.0, _exponential(product, rest))
    return select(a > 0.0, size, size * _sign(a, b))


def _sign(a: float, b: float) -> float:
    """Return the sign of a ** b for an a that is not positive: minus for an odd b, nan for no integer."""
    size = minimum(abs(b), 2.0**53)
    off = abs(size - ((size + 2.0**53) - 2.0**53))  # from the nearest even number
    sign = select(is_negative(a) & (off == 1.0), -1.0, 1.0)
    fractional = (off != 0.0) & (off != 1.0) & (a < 0.0) & (a > -INFINITE)
    return select(fractional, NOT_A_NUMBER, sign)


def gamma_ln(x: float) -> float:
    """Return ln Γ(x) of a positive number, to some 15 digits of the larger of it and 10 (GAMMA LN).

    ln Γ(x) = ln Γ(x + 8) - ln (x (x + 1) … (x + 7)), and Stirling's series is good from 8 on.
    """
    positive = (x > 0.0) & (x < INFINITE)
    small = x < GAMMA_SHIFT
    at = select(positive, select(small, x + GAMMA_SHIFT, x), GAMMA_SHIFT)
    product = 1.0
    for i in range(int(GAMMA_SHIFT)):
        product = product * (x + i)
    square = 1.0 / (at * at)
    tail = STIRLING[-1]
    for factor in STIRLING[-2::-1]:
        tail = factor + square * tail
    found = ((at - 0.5) * ln(at) - at) + (HALF_LN_2_PI + tail / at)
    found = found - select(small, ln(select(positive & small, product, 1.0)), 0.0)
    return select(positive, found, select(x == INFINITE, x, NOT_A_NUMBER))


def modulo(a: float, b: float) -> float:
    """Return the remainder of a divided by b, with the sign of a."""
    return a - quantum(a, b)


def floor(x: float) -> float:
    """Return the next integer at or below (XMILE's INT)."""
    whole = integer(x)
    return select(x < whole, whole - 1.0, whole)


def floored_modulo(a: float, b: float) -> float:
    """Return the remainder of a divided by b, with the sign of b (XMILE's MOD)."""
    return a - b * floor(div(a, b))


def log(x: float, base: float) -> float:
    return div(ln(x), ln(base))


def zidz(a: float, b: float) -> float:
    return select(abs(b) < SMALL, 0.0, div(a, b))


def xidz(a: float, b: float, otherwise: float) -> float:
    return select(abs(b) < SMALL, otherwise, div(a, b))


def rise(x: float, width: float, slope: float) -> float:
    """Return a lookup's rise on one segment: 0 before it, at `slope` along it, its full rise after it."""
    return slope * smaller(width, larger(0.0, x))


def below(x: float, slope: float) -> float:
    """Return what a lookup that extrapolates adds before its first point."""
    return slope * smaller(0.0, x)


def above(x: float, slope: float) -> float:
    """Return what a lookup that extrapolates adds beyond its last point."""
    return slope * larger(0.0, x)


def step(height: float, at: float, step_start: float, time_step: float) -> float:
    """Return `height` from the step whose middle is beyond `at` (STEP)."""
    return select(step_start + 0.5 * time_step > at, height, 0.0)


def pulse(start: float, width: float, step_start: float, time_step: float) -> float:
    """Return 1 from `start` for `width`, none shorter than a step (PULSE)."""
    now = step_start + 0.5 * time_step
    lasts = maximum(width, time_step)
    return select((now > start) & (now < start + lasts), 1.0, 0.0)


def pulse_train(
    start: float, width: float, every: float, end: float, step_start: float, time_step: float
) -> float:
    """Return a pulse at `start` and every `every` up to `end`, none shorter than a step (PULSE TRAIN)."""
    now = step_start + 0.5 * time_step
    lasts = maximum(width, time_step)
    since = modulo(now - start, every)
    on = ((since > 0.0) & (since < lasts)) | (lasts > every)
    return select((now > start) & (step_start <= end) & on, 1.0, 0.0)


def ramp(slope: float, start: float, end: float, time: float) -> float:
    """Return 0 up to `start`, then `slope` per unit of time until `end` (RAMP).

    Without an end after the start it goes on for ever.
    """
    last = select((time < end) | (start > end), time, end)
    return select(time > start, slope * (last - start), 0.0)
