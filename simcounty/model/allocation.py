"""Functions that share a supply among requests, by priorities or by profiles of priority."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simcounty.model.arrays import Site
from simcounty.model.ast import EquationError, Name
from simcounty.model.first_instant import fixed_number
from simcounty.model.functions import call, either, sum_of
from simcounty.model.graph import Expr, Number
from simcounty.model.indexing import Lowering


def by_priority(at: Site) -> Expr:
    """ALLOCATE BY PRIORITY: a supply shared among requests, those of a higher priority first."""
    key, cells = at.along()
    widths = [at.kept(at.argument(3))] * len(cells)
    return _allocated(at, key, cells, at.values(1, key, cells), widths, at.argument(4))


def available(at: Site) -> Expr:
    """ALLOCATE AVAILABLE: a supply shared by profiles of priority, of which the rectangular is computed."""
    profile, dimensions = at.body.args[1], at.model.dimensions
    key, cells = at.along()
    if not isinstance(profile, Name) or not profile.subscripts:
        raise EquationError("ALLOCATE AVAILABLE takes the type of a profile, profile[item,ptype]")
    kinds = dimensions.largest(dimensions.element(profile.subscripts[-1], at.scope.binding)).subscripts
    if len(kinds) < 3:
        raise EquationError("a profile of ALLOCATE AVAILABLE has a type, a priority and a width at least")
    names = [Name(profile.key, (*profile.subscripts[:-1], kind)) for kind in kinds]
    columns = [[at.of(name, {key: cell}) for cell in cells] for name in names[:3]]
    for kind in columns[0]:
        _assert_rectangular(kind, at.model)
    return _allocated(at, key, cells, columns[1], columns[2], at.argument(2))


def _assert_rectangular(kind: Expr, model: Lowering) -> None:
    """Refuse other profiles."""
    number = fixed_number(kind, model)
    if number != 1.0:
        which = "that moves" if number is None else f"of type {number:g}"
        raise EquationError(
            f"ALLOCATE AVAILABLE with a profile {which} is not computed; type 1, the rectangular one, is"
        )


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
