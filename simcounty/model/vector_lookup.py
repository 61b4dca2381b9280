"""VECTOR LOOKUP: the functions of lookups, of one whose values are those of a vector, evenly spaced.

What each gives is written in the operations of `arithmetic`, so that every backend computes it to the same
bits. The values may move during a run.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from simcounty.model.arithmetic import NOT_AVAILABLE, div, larger, select, smaller

HAIR = 1e-6  # of the gap between points: an x that meets a point but for rounding is on it


def vector_value(x: float, first: float, last: float, *values: float) -> float:
    """Return the value at x, between points along a straight line, beyond the ends the last (mode 0)."""
    place = _place(x, first, last, len(values))
    inside = smaller(len(values) - 1.0, larger(0.0, place))
    return select(place == place, _along(inside, values), place)


def vector_extrapolated(x: float, first: float, last: float, *values: float) -> float:
    """Return the value at x, beyond the ends along the nearest piece (mode 3)."""
    return _along(_place(x, first, last, len(values)), values)


def vector_backward(x: float, first: float, last: float, *values: float) -> float:
    """Return the value of the point at x or before it (mode 2)."""
    place = _place(x, first, last, len(values))
    found = values[-1]
    for i in range(len(values) - 2, -1, -1):
        found = select(place < i + 1.0 - HAIR, values[i], found)
    return select(place == place, found, place)


def vector_forward(x: float, first: float, last: float, *values: float) -> float:
    """Return the value of the point at x or after it (mode 4)."""
    place = _place(x, first, last, len(values))
    found = values[-1]
    for i in range(len(values) - 2, -1, -1):
        found = select(place <= i + HAIR, values[i], found)
    return select(place == place, found, place)


def vector_area(x: float, first: float, last: float, *values: float) -> float:
    """Return what lies under the values from the first point to x, the ends held (mode 1)."""
    place, end = _place(x, first, last, len(values)), len(values) - 1.0
    held = values[0] * smaller(0.0, place) + values[-1] * larger(0.0, place - end)
    inside = smaller(end, larger(0.0, place))
    area = (held + _under(inside, values)) * ((last - first) / end)
    return select(place == place, area, place)


def vector_area_extrapolated(x: float, first: float, last: float, *values: float) -> float:
    """Return what lies under the values from the first point to x, the end pieces going on (mode 7)."""
    end = len(values) - 1.0
    return _under(_place(x, first, last, len(values)), values) * ((last - first) / end)


def vector_inverse(y: float, first: float, last: float, *values: float) -> float:
    """Return the smallest x at which the value is y, :NA: where it is nowhere (mode 5)."""
    gap = (last - first) / (len(values) - 1.0)
    found = NOT_AVAILABLE
    for i, (low, high) in reversed(list(enumerate(pairwise(values)))):
        inside = ((low <= y) & (y <= high)) | ((high <= y) & (y <= low))
        part = select(low == high, 0.0, div(y - low, high - low))
        found = select(inside, first + gap * (i + part), found)
    return select(y == y, found, y)


def vector_slope(x: float, first: float, last: float, *values: float) -> float:
    """Return the slope at x, on a point the mean of both, beyond the ends 0 (mode 6)."""
    place, end = _place(x, first, last, len(values)), len(values) - 1.0
    outside = (place < -HAIR) | (place > end + HAIR)
    return select(outside, 0.0, vector_slope_extrapolated(x, first, last, *values))


def vector_slope_extrapolated(x: float, first: float, last: float, *values: float) -> float:
    """Return the slope at x, on a point the mean of both, beyond the ends the nearest piece's (mode 9)."""
    place, gap = _place(x, first, last, len(values)), (last - first) / (len(values) - 1.0)
    rises = [high - low for low, high in pairwise(values)]
    found = rises[-1]
    for i in range(len(rises) - 2, -1, -1):
        found = select(place <= i + 1.0 + HAIR, 0.5 * (rises[i] + rises[i + 1]), found)
        found = select(place < i + 1.0 - HAIR, rises[i], found)
    return select(place == place, found / gap, place)


def _place(x: float, first: float, last: float, count: int) -> float:
    """Return where x is among the points, in gaps between them from the first."""
    return div((x - first) * (count - 1.0), last - first)


def _along(place: float, values: tuple[float, ...]) -> float:
    """Return the value at a place on the piece that it lies on, or the nearest."""
    pairs = list(enumerate(pairwise(values)))
    found = values[-2] + (values[-1] - values[-2]) * (place - pairs[-1][0])
    for i, (low, high) in reversed(pairs[:-1]):
        found = select(place < i + 1.0, low + (high - low) * (place - i), found)
    return found


def _under(place: float, values: tuple[float, ...]) -> float:
    """Return the area from the first point to a place, in gaps; the end pieces go on beyond the ends."""
    total, count = 0.0, len(values) - 1
    for i, (low, high) in enumerate(pairwise(values)):
        part = place - i
        part = smaller(1.0, part) if i < count - 1 else part
        part = larger(0.0, part) if i > 0 else part
        total = total + part * (low + 0.5 * (high - low) * part)
    return total


VECTOR_LOOKUPS: dict[float, Callable[..., float]] = {
    0.0: vector_value,
    1.0: vector_area,
    2.0: vector_backward,
    3.0: vector_extrapolated,
    4.0: vector_forward,
    5.0: vector_inverse,
    6.0: vector_slope,
    7.0: vector_area_extrapolated,
    9.0: vector_slope_extrapolated,
}
"""By mode. Mode 8, inverted beyond the ends, says of a curve that turns no certain x: it is refused."""
