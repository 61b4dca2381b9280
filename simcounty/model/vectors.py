"""Vensim's functions of vectors: sorted, ranked, reordered, picked from and read as lookups."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from simcounty.model.arithmetic import NOT_AVAILABLE
from simcounty.model.arrays import Site, joined, marked
from simcounty.model.ast import EquationError, Name, key_of
from simcounty.model.first_instant import fixed_number
from simcounty.model.functions import call, either, sum_of
from simcounty.model.graph import Expr, Number, element_key
from simcounty.model.vector_lookup import VECTOR_LOOKUPS


def _places(at: Site) -> tuple[int, list[Expr]]:
    """Return the place of this element in its vector, and that of each (from 0) when they are sorted."""
    key, cells = at.along()

    def make() -> list[Expr]:
        values, ascending = at.values(0, key, cells), at.kept(call("greater", at.argument(1), Number(0.0)))
        return [
            at.kept(
                sum_of([either(_before(values, j, i, ascending), Number(1.0), Number(0.0)) for j in others])
            )
            for i in range(len(cells))
            for others in [[j for j in range(len(cells)) if j != i]]
        ]

    return at.own(key, cells), at.shared([key], make)


def _before(values: Sequence[Expr], j: int, i: int, ascending: Expr) -> Expr:
    """Return whether value j comes before value i; of equal ones the earlier does."""
    less, more = call("less", values[j], values[i]), call("greater", values[j], values[i])
    if j > i:
        return either(ascending, less, more)
    return either(ascending, call("not", more), call("not", less))


def sort_order(at: Site) -> Expr:
    """VECTOR SORT ORDER: which element (from 0) comes at this place when all are sorted."""
    own, places = _places(at)
    numbers = enumerate(places)
    return sum_of(
        [
            either(call("equal", each, Number(float(own))), Number(float(i)), Number(0.0))
            for i, each in numbers
        ]
    )


def rank(at: Site) -> Expr:
    """VECTOR RANK: the place of this element, 1 for the first."""
    own, places = _places(at)
    return call("add", places[own], Number(1.0))


def reorder(at: Site) -> Expr:
    """VECTOR REORDER: the element (from 0) of a vector that an order names; :NA: beyond the ends."""
    key, cells = at.along()
    return _picked(at, at.argument(1), at.shared([key], lambda: at.values(0, key, cells)))


def _picked(at: Site, place: Expr, values: Sequence[Expr]) -> Expr:
    """Return the value at a place, counted from 0; :NA: where there is none."""
    wanted, found = at.kept(place), Number(NOT_AVAILABLE)  # type: Expr, Expr
    for i, value in enumerate(values):
        near = call("less", call("abs", call("subtract", wanted, Number(float(i)))), Number(0.5))
        found = either(near, value, found)
    return found


def element_map(at: Site) -> Expr:
    """VECTOR ELM MAP: the element so many places after one that is named; :NA: beyond the ends."""
    vector, dimensions = at.body.args[0], at.model.dimensions
    if not isinstance(vector, Name) or not vector.subscripts:
        raise EquationError("VECTOR ELM MAP takes an element of an array and an offset from it")
    named = [i for i, each in enumerate(vector.subscripts) if key_of(each) not in dimensions.by_key]
    place = named[-1] if named else len(vector.subscripts) - 1
    first = dimensions.element(vector.subscripts[place], at.scope.binding)
    cells = dimensions.largest(first).subscripts
    every = [(*vector.subscripts[:place], cell, *vector.subscripts[place + 1 :]) for cell in cells]
    values = [at.of(Name(vector.key, subscripts), {}) for subscripts in every]
    return _picked(at, call("add", Number(float(cells.index(first))), at.argument(1)), values)


_ACTIONS = {
    0.0: ("multiply", "add"), 1.0: ("multiply", "multiply"), 2.0: ("multiply", "min"),
    3.0: ("multiply", "max"), 4.0: ("multiply", "mean"), 5.0: ("power", "multiply"),
    6.0: ("", "add"), 7.0: ("", "multiply"), 8.0: ("", "min"), 9.0: ("", "max"), 10.0: ("", "mean"),
}  # fmt: skip
"""Of VECTOR SELECT, by its numerical action: what is made of a value and what selects it, and how these are
joined. 5 is as Vensim computes it, the value to the power of what selects it; its manual has it otherwise."""
_NEUTRAL = {"add": 0.0, "multiply": 1.0, "min": 1e308, "max": -1e308, "mean": 0.0}


def select(at: Site) -> Expr:
    """VECTOR SELECT: a sum, product, extreme or mean of what is selected, else a value.

    Where its error action refuses how many are selected, it is nan, so that the run stops.
    """
    chosen, inside = at.body.args[:2]
    over = sorted({mark for part in (chosen, inside) for mark in marked(part)})
    if not over:
        raise EquationError("VECTOR SELECT needs a subscript marked with !")
    action, error = at.argument(3), fixed_number(at.argument(4), at.model, at.lower)
    rule = fixed_number(action, at.model, at.lower)
    if error not in (0.0, 1.0, 2.0, 3.0) or not (rule is None or rule in _ACTIONS):
        raise EquationError("VECTOR SELECT has numerical actions 0 to 10 and error actions 0 to 3")
    cells = at.model.dimensions.cells(tuple(name.rstrip("! ") for name in over))
    bindings = [{key_of(n): e for n, e in zip(over, cell, strict=True)} for cell in cells]
    weights, values = ([at.of(part, binding) for binding in bindings] for part in (chosen, inside))
    on = [at.kept(call("not_equal", weight, Number(0.0))) for weight in weights]
    count = at.kept(joined("add", [either(each, Number(1.0), Number(0.0)) for each in on]))
    if rule is not None:
        found = _selected(rule, weights, values, on, count)
    else:
        found, wanted = Number(math.nan), at.kept(action)
        for each in _ACTIONS:
            one = _selected(each, weights, values, on, count)
            found = either(call("equal", wanted, Number(each)), one, found)
    found = either(call("greater", count, Number(0.0)), found, at.argument(2))
    few, many = call("less", count, Number(1.0)), call("greater", count, Number(1.0))
    wrong = {1.0: few, 2.0: many, 3.0: call("or", few, many)}.get(error)
    return found if wrong is None else either(wrong, Number(math.nan), found)


def _selected(
    action: float, weights: Sequence[Expr], values: Sequence[Expr], on: Sequence[Expr], count: Expr
) -> Expr:
    made, how = _ACTIONS[action]
    pairs = zip(values, weights, strict=True)
    terms = [call(made, *pair) for pair in pairs] if made else list(values)
    kept = [either(is_on, term, Number(_NEUTRAL[how])) for is_on, term in zip(on, terms, strict=True)]
    total = joined("add" if how == "mean" else how, kept)
    return call("divide", total, count) if how == "mean" else total


def read_as_lookup(at: Site) -> Expr:
    """VECTOR LOOKUP: what a function of lookups gives, of a lookup whose values are those of a vector."""
    vector, dimensions = at.body.args[0], at.model.dimensions
    named = isinstance(vector, Name) and vector.subscripts
    if not isinstance(vector, Name) or not named or key_of(vector.subscripts[-1]) in dimensions.by_key:
        raise EquationError("VECTOR LOOKUP takes the first element of a vector, an x, its ends and a mode")
    first, before = dimensions.element(vector.subscripts[-1], at.scope.binding), vector.subscripts[:-1]
    outer = tuple(dimensions.element(each, at.scope.binding) for each in before)
    every = dimensions.largest(first).subscripts
    cells = [cell for cell in every if element_key(vector.key, (*outer, cell)) in at.model.cells]
    if cells[:1] != [first] or len(cells) < 2:
        raise EquationError(f"VECTOR LOOKUP needs the first of several elements; [{first}] is none")
    mode = fixed_number(at.argument(4), at.model, at.lower)
    if mode not in VECTOR_LOOKUPS:
        which = "that moves" if mode is None else f"{mode:g}"
        raise EquationError(f"VECTOR LOOKUP with a mode {which} is not computed; modes 0 to 7 and 9 are")
    values = [at.of(Name(vector.key, (*before, cell)), {}) for cell in cells]
    return call(VECTOR_LOOKUPS[mode].__name__, *(at.argument(place) for place in (1, 2, 3)), *values)


VECTOR_FUNCTIONS: dict[str, tuple[int, Callable[[Site], Expr]]] = {
    "vector_sort_order": (2, sort_order),
    "vector_rank": (2, rank),
    "vector_reorder": (2, reorder),
    "vector_elm_map": (2, element_map),
    "vector_select": (5, select),
    "vector_lookup": (5, read_as_lookup),
}
"""By key: the number of arguments, and what makes the expression."""
