"""Distributions of the modelling languages: random numbers, and the profiles that supplies are shared by.

A random number is the inverse of a distribution function at a uniform number, one a call, step and member,
cut to its bounds. All is written in the operations of `arithmetic`, so that every backend computes it to the
same bits.
"""

from __future__ import annotations

from simcounty.model.arithmetic import exp, larger, ln, maximum, minimum, select, smaller, sqrt

MOST_EVENTS = 160
"""Events that a Poisson number counts up to; its mean may be 100 at most, else it is not a number."""
LARGEST_MEAN = 100.0
NAN = float("nan")


def random_uniform(low: float, high: float, u: float) -> float:
    """Return a number between two bounds (RANDOM UNIFORM)."""
    return low + (high - low) * u


def random_normal(low: float, high: float, mean: float, deviation: float, u: float) -> float:
    """Return a normal number, cut to its bounds (RANDOM NORMAL)."""
    start, end = normal_cdf((low - mean) / deviation), normal_cdf((high - mean) / deviation)
    found = mean + deviation * normal_quantile(start + (end - start) * u)
    return select(deviation == 0.0, mean, minimum(high, maximum(low, found)))


def random_exponential(low: float, high: float, shift: float, stretch: float, u: float) -> float:
    """Return an exponential number, stretched and shifted, cut to its bounds (RANDOM EXPONENTIAL)."""
    start = 1.0 - exp(-maximum(0.0, (low - shift) / stretch))
    end = 1.0 - exp(-maximum(0.0, (high - shift) / stretch))
    return minimum(high, maximum(low, shift - stretch * ln(1.0 - (start + (end - start) * u))))


def random_poisson(low: float, high: float, mean: float, shift: float, stretch: float, u: float) -> float:
    """Return a number of events, stretched and shifted, cut to its bounds (RANDOM POISSON)."""
    first, last = (low - shift) / stretch, (high - shift) / stretch
    chance, before, inside = exp(-mean), 0.0, 0.0
    for events in range(MOST_EVENTS):
        before = before + select(events < first, chance, 0.0)
        inside = inside + select((events >= first) & (events <= last), chance, 0.0)
        chance = chance * (mean / (events + 1.0))
    wanted = before + inside * u
    chance, total, count = exp(-mean), 0.0, 0.0
    for events in range(MOST_EVENTS):
        total = total + chance
        count = count + select(wanted > total, 1.0, 0.0)
        chance = chance * (mean / (events + 1.0))
    return select((mean < 0.0) | (mean > LARGEST_MEAN), NAN, shift + stretch * count)


def random_lognormal(mean: float, deviation: float, u: float) -> float:
    """Return a number whose logarithm is normal, by its own mean and deviation (LOGNORMAL)."""
    spread = ln(1.0 + (deviation / mean) * (deviation / mean))
    return mean * exp(sqrt(spread) * normal_quantile(u) - 0.5 * spread)


def normal_cdf(x: float) -> float:
    """Return the chance of a standard normal number below x, to some 15 digits (Hart, as by West 2005)."""
    size = smaller(38.0, larger(0.0, abs(x)))
    over = 0.0352624965998911 * size + 0.700383064443688
    for each in (6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931, 220.206867912376):
        over = over * size + each
    under = 0.0883883476483184 * size + 1.75566716318264
    for each in (
        *(16.064177579207, 86.7807322029461, 296.564248779674),
        *(637.333633378831, 793.826512519948, 440.413735824752),
    ):
        under = under * size + each
    far = size + 0.65
    for part in (4.0, 3.0, 2.0, 1.0):
        far = size + part / far
    ratio = select(size < 7.07106781186547, over / under, 1.0 / (far * 2.506628274631))
    tail = exp(-0.5 * size * size) * ratio
    return select(x == x, select(x > 0.0, 1.0 - tail, tail), x)


def rectangle(z: float) -> float:
    """Return the part of a rectangle of width 1 around 0 that lies above z."""
    return smaller(1.0, larger(0.0, 0.5 - z))


def triangle(z: float) -> float:
    """Return the part of a triangle of width 1 around 0 that lies above z."""
    near = smaller(0.5, larger(-0.5, z))
    low, high = near + 0.5, 0.5 - near
    return select(near < 0.0, 1.0 - 2.0 * low * low, 2.0 * high * high)


def upper_normal(z: float) -> float:
    """Return the chance of a standard normal number above z."""
    return normal_cdf(-z)


def double_exponential(z: float) -> float:
    """Return the part of e**-|z| / 2, an exponential distribution to both sides, that lies above z."""
    tail = 0.5 * exp(-abs(z))
    return select(z < 0.0, 1.0 - tail, tail)


def _polynomial(x: float, parts: tuple[float, ...]) -> float:
    """Return the sum of parts[k] × x**k."""
    total = parts[-1]
    for part in parts[-2::-1]:
        total = total * x + part
    return total


_CENTRE = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
     1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
     3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2,
     5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4,
     2.8729085735721942674e4, 5.2264952788528545610e3),
)  # fmt: skip
_NEAR = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
     3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
     2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
     6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
     5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip
_FAR = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
     2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
     2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
     1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
     1.42151175831644588870e-7, 2.04426310338993978564e-15),
)  # fmt: skip


def normal_quantile(p: float) -> float:
    """Return the standard normal number with the chance p below it, to some 16 digits (Wichura, AS 241)."""
    q = p - 0.5
    near = 0.180625 - q * q
    centre = q * _polynomial(near, _CENTRE[0]) / _polynomial(near, _CENTRE[1])
    r = sqrt(-ln(minimum(p, 1.0 - p)))
    tail = select(
        r <= 5.0,
        _polynomial(r - 1.6, _NEAR[0]) / _polynomial(r - 1.6, _NEAR[1]),
        _polynomial(r - 5.0, _FAR[0]) / _polynomial(r - 5.0, _FAR[1]),
    )
    return select(abs(q) <= 0.425, centre, select(q < 0.0, -tail, tail))
