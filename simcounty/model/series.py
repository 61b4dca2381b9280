"""Functions of lookups and data series: read between, before or after points, areas, slopes, extremes."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from itertools import pairwise

from simcounty.model.arithmetic import NOT_AVAILABLE
from simcounty.model.ast import EquationError
from simcounty.model.functions import call, either, measured, sum_of
from simcounty.model.graph import TIME, Expr, Interpolate, Lookup, Number, Ref
from simcounty.model.parse import held, lookup_of


def at_time(lookup: Lookup, keyword: str) -> Expr:
    """Return a data series at the time of the run.

    Between its points it is interpolated ("" and "interpolate"), the last value ("hold backward"), the next
    one ("look forward"), or not available ("raw").
    """
    if keyword in ("", "interpolate"):
        return Interpolate(lookup, Ref(TIME))
    hair = _hair(lookup)
    if keyword == "raw":
        return on_a_point(lookup, Ref(TIME))
    if keyword == "look forward":
        return forward(lookup, call("subtract", Ref(TIME), measured(hair)))
    return backward(lookup, call("add", Ref(TIME), measured(hair)))


def _hair(lookup: Lookup) -> float:
    """Return a part of the gap between points so small that a time that meets its point is on it."""
    return 1e-6 * min((b - a for a, b in pairwise(lookup.xs) if b > a), default=1.0)


def on_a_point(lookup: Lookup, time: Expr) -> Expr:
    """GET DATA AT TIME: the value of a series where it has one, :NA: at every other time."""
    hair = _hair(lookup)
    points: list[tuple[float, float]] = []
    for x, y in zip(lookup.xs, lookup.ys, strict=True):
        points += [(x - hair, NOT_AVAILABLE), (x - hair, y), (x + hair, y), (x + hair, NOT_AVAILABLE)]
    return Interpolate(lookup_of(points), time)


def between(lookup: Lookup, time: Expr, mode: Expr) -> Expr:
    """GET DATA BETWEEN TIMES: interpolated (mode 0), the next value (1) or the last (-1), as keywords say.

    :NA: before the first point and after the last; another mode is not a number.
    """
    hair = _hair(lookup)
    ahead = forward(lookup, call("subtract", time, measured(hair)))
    behind = backward(lookup, call("add", time, measured(hair)))
    found: Expr = Number(math.nan)
    for number, value in ((-1.0, behind), (1.0, ahead), (0.0, Interpolate(lookup, time))):
        found = either(call("equal", mode, Number(number)), value, found)
    early = call("less", time, measured(lookup.xs[0] - hair))
    late = call("greater", time, measured(lookup.xs[-1] + hair))
    return either(call("or", early, late), Number(NOT_AVAILABLE), found)


def backward(lookup: Lookup, x: Expr) -> Expr:
    """LOOKUP BACKWARD: the value of the point at x or before it."""
    return Interpolate(lookup_of(held(lookup)), x)


def forward(lookup: Lookup, x: Expr) -> Expr:
    """LOOKUP FORWARD: the value of the point at x or after it."""
    points = list(zip((-x for x in lookup.xs), lookup.ys, strict=True))
    mirrored = lookup_of(held(lookup_of(points)))
    return Interpolate(mirrored, call("negative", x))


def inverted(lookup: Lookup, y: Expr) -> Expr:
    """LOOKUP INVERT: the smallest x at which a lookup has a value, :NA: where it has it nowhere."""
    if len(lookup.xs) < 2:
        raise EquationError("LOOKUP INVERT needs a lookup of two points at least")
    found: Expr = Number(NOT_AVAILABLE)
    points = list(zip(lookup.xs, lookup.ys, strict=True))
    for (x0, y0), (x1, y1) in reversed(list(pairwise(points))):
        low, high = measured(min(y0, y1)), measured(max(y0, y1))
        inside = call("and", call("greater_equal", y, low), call("less_equal", y, high))
        there = measured(x0) if y0 == y1 else Interpolate(lookup_of([(y0, x0), (y1, x1)]), y)
        found = either(inside, there, found)
    return found


def area(lookup: Lookup, start: Expr, end: Expr) -> Expr:
    """LOOKUP AREA: what lies under a lookup between two x, its ends held."""
    return call("subtract", _area_to(lookup, end), _area_to(lookup, start))


def _area_to(lookup: Lookup, x: Expr) -> Expr:
    """Return the area from the first point to x."""
    first, last = measured(lookup.xs[0]), measured(lookup.xs[-1])
    before = call("min", Number(0.0), call("subtract", x, first))
    after = call("max", Number(0.0), call("subtract", x, last))
    terms = [
        call("multiply", measured(lookup.ys[0]), before),
        call("multiply", measured(lookup.ys[-1]), after),
    ]
    points = list(zip(lookup.xs, lookup.ys, strict=True))
    for (x0, y0), (x1, y1) in pairwise(points):
        if x1 == x0:
            continue
        inside = call("subtract", x, measured(x0))
        inside = call("max", Number(0.0), call("min", measured(x1 - x0), inside))
        slope = (y1 - y0) / (x1 - x0) / 2.0
        height = call("add", measured(y0), call("multiply", measured(slope), inside))
        terms.append(call("multiply", inside, height))
    return sum_of(terms)


def slope(lookup: Lookup, x: Expr, mode: Expr) -> Expr:
    """LOOKUP SLOPE: between points their slope, on a point the mean of both, :NA: on a step.

    Beyond the ends it is 0 (mode 0), that of the nearest piece (1) or :NA: (-1).
    """
    xs, ys = lookup.xs, lookup.ys
    if len(xs) < 2:
        raise EquationError("LOOKUP SLOPE needs a lookup of two points at least")
    slopes = [
        NOT_AVAILABLE if b == a else (d - c) / (b - a)
        for (a, b), (c, d) in zip(pairwise(xs), pairwise(ys), strict=True)
    ]

    def beyond(nearest: float) -> Expr:
        other = either(call("greater", mode, Number(0.0)), measured(nearest), Number(NOT_AVAILABLE))
        return either(call("equal", mode, Number(0.0)), Number(0.0), other)

    found = beyond(slopes[-1])
    for i in range(len(xs) - 2, -1, -1):
        found = either(call("less", x, measured(xs[i + 1])), measured(slopes[i]), found)
        on = slopes[i + 1 : i + 2] or [slopes[i]]
        both = NOT_AVAILABLE if NOT_AVAILABLE in (slopes[i], *on) else (slopes[i] + on[0]) / 2.0
        found = either(call("equal", x, measured(xs[i + 1])), measured(both), found)
    found = either(call("equal", x, measured(xs[0])), measured(slopes[0]), found)
    return either(call("less", x, measured(xs[0])), beyond(slopes[0]), found)


def first_time(lookup: Lookup) -> Expr:
    """GET DATA FIRST TIME: the time of the first point of a series."""
    return measured(lookup.xs[0])


def last_time(lookup: Lookup) -> Expr:
    """GET DATA LAST TIME: the time of the last point of a series."""
    return measured(lookup.xs[-1])


def _extreme(fold: str, neutral: float) -> Callable[..., Expr]:
    def extreme(lookup: Lookup, start: Expr, end: Expr) -> Expr:
        """Return the smallest or largest value of a series within a time; :NA: where it has none."""
        inside = [
            call("and", call("greater_equal", measured(x), start), call("less_equal", measured(x), end))
            for x in lookup.xs
        ]
        values = [
            either(is_in, measured(y), measured(neutral)) for is_in, y in zip(inside, lookup.ys, strict=True)
        ]
        found = reduce(lambda a, b: call(fold, a, b), values)
        return either(reduce(lambda a, b: call("or", a, b), inside), found, Number(NOT_AVAILABLE))

    return extreme


LOOKUP_FUNCTIONS: dict[str, tuple[int, Callable[..., Expr]]] = {
    "lookup_forward": (2, forward),
    "lookup_backward": (2, backward),
    "lookup_invert": (2, inverted),
    "lookup_area": (3, area),
    "lookup_slope": (3, slope),
    "get_data_first_time": (1, first_time),
    "get_data_last_time": (1, last_time),
    "get_data_min": (3, _extreme("min", 1e308)),
    "get_data_max": (3, _extreme("max", -1e308)),
    "get_data_at_time": (2, on_a_point),
    "get_data_between_times": (3, between),
}
"""By key: the number of arguments, the first the name of a lookup or a data variable, and what makes it."""
