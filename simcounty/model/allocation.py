"""Functions that share a supply among requests, by priorities or by profiles of priority."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, reduce

from simcounty.model.arrays import Site
from simcounty.model.ast import EquationError, Name
from simcounty.model.first_instant import fixed_number
from simcounty.model.functions import call, either, sum_of
from simcounty.model.graph import Expr, Number

_FIXED, _RECTANGULAR = 0.0, 1.0
_PROFILES = {
    1.0: ("rectangle", 0.5),
    2.0: ("triangle", 0.5),
    3.0: ("upper_normal", 8.3),
    4.0: ("double_exponential", 37.0),
}
"""By type: the part of a request that is met z widths above its priority, and the z from which none is."""
_HALVINGS = 30


def by_priority(at: Site) -> Expr:
    """ALLOCATE BY PRIORITY: a supply shared among requests, those of a higher priority first."""
    key, cells = at.along()
    widths = [at.kept(at.argument(3))] * len(cells)
    return _allocated(at, key, cells, at.values(1, key, cells), widths, at.argument(4))


def available(at: Site) -> Expr:
    """ALLOCATE AVAILABLE: a supply shared by profiles of priority, whose types are numbers or constants."""
    profile, dimensions = at.body.args[1], at.model.dimensions
    key, cells = at.along()
    if not isinstance(profile, Name) or not profile.subscripts:
        raise EquationError("ALLOCATE AVAILABLE takes the type of a profile, profile[item,ptype]")
    parts = dimensions.largest(dimensions.element(profile.subscripts[-1], at.scope.binding)).subscripts
    if len(parts) < 3:
        raise EquationError("a profile of ALLOCATE AVAILABLE has a type, a priority and a width at least")
    names = [Name(profile.key, (*profile.subscripts[:-1], part)) for part in parts[:3]]
    columns = [[at.of(name, {key: cell}) for cell in cells] for name in names]
    kinds = [_kind(at, each) for each in columns[0]]
    if set(kinds) == {_FIXED}:
        return _in_proportion(at, key, cells, at.argument(2))
    if _FIXED in kinds:
        raise EquationError("ALLOCATE AVAILABLE with fixed quantities (type 0) beside others is not computed")
    if set(kinds) == {_RECTANGULAR}:
        return _allocated(at, key, cells, columns[1], columns[2], at.argument(2))
    return _by_profiles(at, key, cells, kinds, columns[1:])


def _kind(at: Site, kind: Expr) -> float:
    """Return the type of a profile; raise EquationError for one that moves or is not computed."""
    number = fixed_number(kind, at.model, at.lower)
    if number is None or (number != _FIXED and number not in _PROFILES):
        which = "that moves" if number is None else f"of type {number:g}"
        raise EquationError(
            f"ALLOCATE AVAILABLE with a profile {which} is not computed; types 0 (fixed), 1 (rectangular), "
            "2 (triangular), 3 (normal) and 4 (exponential) are"
        )
    return number


def _in_proportion(at: Site, key: str, cells: Sequence[str], supply: Expr) -> Expr:
    """Return what this request gets where all are fixed: the same part of each, as Vensim was recorded."""
    requests = at.values(0, key, cells)
    wanted = sum_of(requests)
    part = call("divide", call("max", Number(0.0), supply), wanted)
    own = requests[at.own(key, cells)]
    return either(call("less_equal", wanted, supply), own, call("multiply", own, part))


def _by_profiles(
    at: Site, key: str, cells: Sequence[str], kinds: Sequence[float], bands: Sequence[Sequence[Expr]]
) -> Expr:
    """Return what this request gets, by its profile, at the level at which all take the supply together."""
    requests, supply = at.values(0, key, cells), at.kept(at.argument(2))
    shapes = [_PROFILES[kind] for kind in kinds]

    def share(i: int, level: Expr) -> Expr:
        z = call("divide", call("subtract", level, bands[0][i]), bands[1][i])
        return call("multiply", requests[i], call(shapes[i][0], z))

    def taken(level: Expr) -> Expr:
        return sum_of([share(i, level) for i in range(len(cells))])

    def ends(side: str) -> list[Expr]:
        reaches = [call("multiply", Number(widths), bands[1][i]) for i, (_, widths) in enumerate(shapes)]
        return [call(side, middle, reach) for middle, reach in zip(bands[0], reaches, strict=True)]

    def make() -> list[Expr]:
        low = at.kept(reduce(partial(call, "min"), ends("subtract")))
        gap = at.kept(call("subtract", reduce(partial(call, "max"), ends("add")), low))
        return [_clearing_level(at, taken, supply, low, gap)]

    (level,) = at.shared([key], make)
    own = at.own(key, cells)
    short = either(call("less_equal", supply, Number(0.0)), Number(0.0), share(own, level))
    return either(call("less_equal", sum_of(requests), supply), requests[own], short)


def _clearing_level(at: Site, taken: Callable[[Expr], Expr], supply: Expr, low: Expr, gap: Expr) -> Expr:
    """Return the level at which a supply is taken: between two that halvings bring together, along a line."""

    def above(level: Expr, halvings: int) -> Expr:
        return call("add", level, call("multiply", Number(0.5**halvings), gap))

    for halvings in range(1, _HALVINGS + 1):
        middle = above(low, halvings)
        low = at.keep(either(call("greater_equal", taken(middle), supply), middle, low))
    most, least = at.keep(taken(low)), at.keep(taken(above(low, _HALVINGS)))
    part = call("divide", call("subtract", most, supply), call("subtract", most, least))
    step = call("subtract", above(low, _HALVINGS), low)
    return at.keep(either(call("equal", most, least), low, call("add", low, call("multiply", part, step))))


def _allocated(
    at: Site, key: str, cells: Sequence[str], priorities: Sequence[Expr], widths: Sequence[Expr], supply: Expr
) -> Expr:
    """Return what this request gets of a supply; each is filled from the top to the bottom of its band."""
    own = at.own(key, cells)
    requests = at.values(0, key, cells)
    half = [call("divide", width, Number(2.0)) for width in widths]
    tops = [at.kept(call("add", p, h)) for p, h in zip(priorities, half, strict=True)]
    bottoms = [at.kept(call("subtract", p, h)) for p, h in zip(priorities, half, strict=True)]

    def share(i: int, level: Expr) -> Expr:
        part = call("divide", call("subtract", tops[i], level), widths[i])
        return call("multiply", requests[i], call("max", Number(0.0), call("min", Number(1.0), part)))

    def make() -> list[Expr]:
        edges = [*tops, *bottoms]
        taken = [at.kept(sum_of([share(i, edge) for i in range(len(cells))])) for edge in edges]
        return [_level(at, edges, taken, at.kept(supply))]

    (level,) = at.shared([key], make)
    return either(call("less_equal", sum_of(requests), supply), requests[own], share(own, level))


def _level(at: Site, edges: Sequence[Expr], taken: Sequence[Expr], supply: Expr) -> Expr:
    """Return the level of priority down to which all take the supply together.

    What they take is straight between the edges of the bands: the level lies between the lowest edge at which
    they take too little and the highest at which they take enough.
    """
    low: Expr = Number(-1e300)
    high, low_taken, high_taken = Number(1e300), Number(0.0), Number(0.0)  # type: Expr, Expr, Expr
    for edge, total in zip(edges, taken, strict=True):
        enough = at.kept(call("and", call("greater_equal", total, supply), call("greater", edge, low)))
        short = at.kept(call("and", call("less", total, supply), call("less", edge, high)))
        low, low_taken = at.kept(either(enough, edge, low)), at.kept(either(enough, total, low_taken))
        high, high_taken = at.kept(either(short, edge, high)), at.kept(either(short, total, high_taken))
    gap = call("subtract", low_taken, high_taken)
    part = call("zidz", call("subtract", low_taken, supply), gap)
    between = call("add", low, call("multiply", part, call("subtract", high, low)))
    return at.kept(either(call("greater", high, Number(1e299)), low, between))


ALLOCATION_FUNCTIONS: dict[str, tuple[int, Callable[[Site], Expr]]] = {
    "allocate_by_priority": (5, by_priority),
    "allocate_available": (3, available),
}
"""By key: the number of arguments, and what makes the expression."""
