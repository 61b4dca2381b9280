"""Functions of lookups and data series: read between, before or after points, areas, slopes, extremes."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import pairwise

from simcounty.model.ast import EquationError
from simcounty.model.functions import call, either, sum_of
from simcounty.model.graph import TIME, Expr, Interpolate, Lookup, Number, Ref
from simcounty.model.parse import NOT_AVAILABLE, held, lookup_of


def at_time(lookup: Lookup, keyword: str) -> Expr:
    """Return a data series at the time of the run.

    Between its points it is interpolated ("" and "interpolate"), the last value ("hold backward"), the next
    one ("look forward"), or not available ("raw").
    """
    if keyword in ("", "interpolate"):
        return Interpolate(lookup, Ref(TIME))
    hair = _hair(lookup)
    if keyword == "raw":
        return Interpolate(lookup_of(_only_at(lookup, hair)), Ref(TIME))
    if keyword == "look forward":
        return forward(lookup, call("subtract", Ref(TIME), Number(hair)))
    return backward(lookup, call("add", Ref(TIME), Number(hair)))


def _hair(lookup: Lookup) -> float:
    """Return a part of the gap between points so small that a time that meets its point is on it."""
    return 1e-6 * min((b - a for a, b in pairwise(lookup.xs) if b > a), default=1.0)


def _only_at(lookup: Lookup, hair: float) -> list[tuple[float, float]]:
    """Return the steps of a series that is not available but at its points."""
    found = [(lookup.xs[0] - hair, NOT_AVAILABLE)]
    for x, y in zip(lookup.xs, lookup.ys, strict=True):
        found += [(x - hair, NOT_AVAILABLE), (x - hair, y), (x + hair, y), (x + hair, NOT_AVAILABLE)]
    return found[1:]


def backward(lookup: Lookup, x: Expr) -> Expr:
    """LOOKUP BACKWARD: the value of the point at x or before it."""
    return Interpolate(lookup_of(held(lookup)), x)


def forward(lookup: Lookup, x: Expr) -> Expr:
    """LOOKUP FORWARD: the value of the point at x or after it."""
    points = list(zip((-x for x in lookup.xs), lookup.ys, strict=True))
    mirrored = lookup_of(held(lookup_of(points)))
    return Interpolate(mirrored, call("negative", x))


def inverted(lookup: Lookup, y: Expr) -> Expr:
    """LOOKUP INVERT: the x at which a lookup has a value; it must rise or fall throughout."""
    signs = {(b > a) - (b < a) for a, b in pairwise(lookup.ys)}
    if signs not in ({1}, {-1}):
        raise EquationError("LOOKUP INVERT needs a lookup that rises throughout or falls throughout")
    return Interpolate(lookup_of(list(zip(lookup.ys, lookup.xs, strict=True))), y)


def area(lookup: Lookup, start: Expr, end: Expr) -> Expr:
    """LOOKUP AREA: what lies under a lookup between two x, its ends held."""
    return call("subtract", _area_to(lookup, end), _area_to(lookup, start))


def _area_to(lookup: Lookup, x: Expr) -> Expr:
    """Return the area from the first point to x."""
    first, last = Number(lookup.xs[0]), Number(lookup.xs[-1])
    before = call("min", Number(0.0), call("subtract", x, first))
    after = call("max", Number(0.0), call("subtract", x, last))
    terms = [call("multiply", Number(lookup.ys[0]), before), call("multiply", Number(lookup.ys[-1]), after)]
    points = list(zip(lookup.xs, lookup.ys, strict=True))
    for (x0, y0), (x1, y1) in pairwise(points):
        if x1 == x0:
            continue
        inside = call("subtract", x, Number(x0))
        inside = call("max", Number(0.0), call("min", Number(x1 - x0), inside))
        slope = (y1 - y0) / (x1 - x0) / 2.0
        height = call("add", Number(y0), call("multiply", Number(slope), inside))
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
        other = either(call("greater", mode, Number(0.0)), Number(nearest), Number(NOT_AVAILABLE))
        return either(call("equal", mode, Number(0.0)), Number(0.0), other)

    found = beyond(slopes[-1])
    for i in range(len(xs) - 2, -1, -1):
        found = either(call("less", x, Number(xs[i + 1])), Number(slopes[i]), found)
        on = slopes[i + 1 : i + 2] or [slopes[i]]
        both = NOT_AVAILABLE if NOT_AVAILABLE in (slopes[i], *on) else (slopes[i] + on[0]) / 2.0
        found = either(call("equal", x, Number(xs[i + 1])), Number(both), found)
    found = either(call("equal", x, Number(xs[0])), Number(slopes[0]), found)
    return either(call("less", x, Number(xs[0])), beyond(slopes[0]), found)


def first_time(lookup: Lookup) -> Expr:
    """GET DATA FIRST TIME: the time of the first point of a series."""
    return Number(lookup.xs[0])


def last_time(lookup: Lookup) -> Expr:
    """GET DATA LAST TIME: the time of the last point of a series."""
    return Number(lookup.xs[-1])


def _extreme(fold: str, neutral: float) -> Callable[..., Expr]:
    def extreme(lookup: Lookup, start: Expr, end: Expr) -> Expr:
        """Return the smallest or largest value of a series within a time; :NA: where it has none."""
        inside = [
            call("and", call("greater_equal", Number(x), start), call("less_equal", Number(x), end))
            for x in lookup.xs
        ]
        values = [
            either(is_in, Number(y), Number(neutral)) for is_in, y in zip(inside, lookup.ys, strict=True)
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
    "get_data_at_time": (2, lambda lookup, at: Interpolate(lookup, at)),
}
"""By key: the number of arguments, the first the name of a lookup or a data variable, and what makes it."""
