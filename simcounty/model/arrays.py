"""Functions over arrays: vectors sorted, ranked, picked from and read as lookups, the inverse of a matrix.

Each is made of operations on the elements, so that every backend computes it to the same bits. What the
elements of a result share is computed once, in hidden auxiliaries.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from simcounty.model.arithmetic import NOT_AVAILABLE
from simcounty.model.ast import Apply, EquationError, Literal, Name, Syntax, key_of
from simcounty.model.first_instant import fixed_number
from simcounty.model.functions import FUNCTIONS, call, either, sum_of
from simcounty.model.graph import Expr, Number, Ref, element_key
from simcounty.model.indexing import Dimensions, Lowering, Scope
from simcounty.model.vector_lookup import VECTOR_LOOKUPS

Shared = list[Expr] | list[list[Expr]]

LARGEST_MATRIX = 12
"""Rows of a matrix that is inverted: its operations grow with their third power."""


@dataclass(frozen=True)
class Site:
    """A call of such a function: where it stands, how its arguments are lowered, and how a part is kept."""

    body: Apply
    scope: Scope
    model: Lowering
    lower: Callable[[Syntax, Scope, Lowering], Expr]
    keep: Callable[[Expr], Expr]

    @property
    def name(self) -> str:
        return self.body.function.key.replace("_", " ").upper()

    def argument(self, place: int) -> Expr:
        return self.lower(self.body.args[place], self.scope, self.model)

    def values(self, place: int, key: str, cells: Sequence[str]) -> list[Expr]:
        """Return an argument for each subscript of a dimension."""
        return [self.of(self.body.args[place], {key: cell}) for cell in cells]

    def of(self, body: Syntax, binding: Mapping[str, str]) -> Expr:
        return self.kept(self.lower(body, self.scope.within(binding), self.model))

    def kept(self, expr: Expr) -> Expr:
        """Return an expression that may be read many times: a hidden auxiliary of it."""
        return expr if isinstance(expr, Number | Ref) else self.keep(expr)

    def along(self, place: int = 0) -> tuple[str, tuple[str, ...]]:
        """Return the dimension that a vector runs along, its last one on the left, and its subscripts."""
        by_key = self.model.dimensions.by_key
        keys = [key for key in _bound(self.body.args[place], self.scope) if key in by_key]
        if not keys:
            raise EquationError(f"{self.name} needs an array over a dimension that stands on the left")
        return keys[-1], by_key[keys[-1]].subscripts

    def own(self, key: str, cells: Sequence[str]) -> int:
        return cells.index(self.scope.binding[key])

    def shared(self, keys: Sequence[str], make: Callable[[], Shared]) -> Any:
        """Return what all elements along some dimensions have in common, made once."""
        around = tuple(sorted(item for item in self.scope.binding.items() if item[0] not in keys))
        place = (self.scope.element.partition("[")[0], self.body, around)
        if place not in self.model.shared:
            self.model.shared[place] = make()
        return self.model.shared[place]


def _bound(body: Syntax, scope: Scope) -> list[str]:
    """Return the dimensions that subscripts of an expression stand for, in reading order."""
    if isinstance(body, Name):
        return [key_of(each) for each in body.subscripts if key_of(each) in scope.binding]
    if isinstance(body, Apply):
        return [key for part in (body.function, *body.args) for key in _bound(part, scope)]
    return []


_MOST_IN_A_ROW = 32  # terms that are joined one after the other
_FOLDS = {"sum": "add", "prod": "multiply", "vmin": "min", "vmax": "max", "mean": "add", "size": "add"}


def fold(at: Site) -> Expr:
    """SUM, PROD, VMIN, VMAX, and XMILE's MEAN and SIZE, over the dimensions marked with `!`."""
    (inside,), function = at.body.args, at.body.function.key
    over = sorted(set(marked(inside, apart=_FOLDS)))
    if not over and isinstance(inside, Apply) and inside.function.key in _FOLDS:
        return at.lower(inside, at.scope, at.model)  # the inner one has summed up everything
    if function == "size" and isinstance(inside, Name) and inside.key in at.model.dimensions.by_key:
        return Number(float(len(at.model.dimensions.elements(inside.key))))
    if not over:
        raise EquationError(f"{at.name} needs a subscript marked with !")
    cells = at.model.dimensions.cells(tuple(name.rstrip("! ") for name in over))
    bindings = [{key_of(n): e for n, e in zip(over, cell, strict=True)} for cell in cells]
    count = Number(float(len(bindings)))
    if function == "size":
        return count

    def folded() -> Expr:
        terms = [at.lower(inside, at.scope.within(binding), at.model) for binding in bindings]
        return _joined(_FOLDS[function], terms)

    if len(bindings) > _MOST_IN_A_ROW and not at.scope.names and _is_common(inside, at.model.dimensions):
        (total,) = at.shared(list(at.scope.binding), lambda: [at.keep(folded())])
    else:
        total = folded()
    return call("divide", total, count) if function == "mean" else total


def _is_common(body: Syntax, dimensions: Dimensions) -> bool:
    """Return whether an expression surely is one for all elements: nothing of their own stands in it."""
    if isinstance(body, Name):
        own = (body.key, *(key_of(each) for each in body.subscripts if not each.rstrip().endswith("!")))
        return body.key not in dimensions.spelling and not any(key in dimensions.by_key for key in own)
    if isinstance(body, Apply):
        plain = body.function.key in FUNCTIONS and not body.function.key.startswith("random_")
        return plain and all(_is_common(arg, dimensions) for arg in body.args)
    return isinstance(body, Literal)


def _joined(function: str, terms: list[Expr]) -> Expr:
    """Join terms in the order of the subscripts; many by halves, so that the nesting stays shallow."""
    if len(terms) <= _MOST_IN_A_ROW:
        return reduce(lambda a, b: call(function, a, b), terms)
    half = len(terms) // 2
    return call(function, _joined(function, terms[:half]), _joined(function, terms[half:]))


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


def element_map(at: Site) -> Expr:
    """VECTOR ELM MAP: the element so many places after one that is named; :NA: beyond the ends."""
    vector, dimensions = at.body.args[0], at.model.dimensions
    if not isinstance(vector, Name) or not vector.subscripts:
        raise EquationError("VECTOR ELM MAP takes an element of an array and an offset from it")
    named = [i for i, each in enumerate(vector.subscripts) if key_of(each) not in dimensions.by_key]
    place = named[-1] if named else len(vector.subscripts) - 1
    first = dimensions.element(vector.subscripts[place], at.scope.binding)
    cells = dimensions.largest(first).subscripts
    wanted = at.kept(call("add", Number(float(cells.index(first))), at.argument(1)))
    found: Expr = Number(NOT_AVAILABLE)
    for i, cell in enumerate(cells):
        subscripts = (*vector.subscripts[:place], cell, *vector.subscripts[place + 1 :])
        near = call("less", call("abs", call("subtract", wanted, Number(float(i)))), Number(0.5))
        found = either(near, at.of(Name(vector.key, subscripts), {}), found)
    return found


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


_NUMERICAL_ACTIONS = {0.0: ("add", 0.0), 1.0: ("multiply", 1.0), 2.0: ("min", 1e308), 3.0: ("max", -1e308)}
"""Of VECTOR SELECT: how what is selected is joined, and what does not change the result."""


def select(at: Site) -> Expr:
    """VECTOR SELECT: sum (0), product (1), minimum (2) or maximum (3) of what is selected, else a value."""
    chosen, values = at.body.args[:2]
    over = sorted({mark for part in (chosen, values) for mark in marked(part)})
    if not over:
        raise EquationError("VECTOR SELECT needs a subscript marked with !")
    rule = fixed_number(at.argument(3), at.model, at.lower)
    if rule not in _NUMERICAL_ACTIONS:
        raise EquationError("the numerical action of VECTOR SELECT must be 0, 1, 2 or 3")
    fold, neutral = _NUMERICAL_ACTIONS[rule]
    cells = at.model.dimensions.cells(tuple(name.rstrip("! ") for name in over))
    bindings = [{key_of(n): e for n, e in zip(over, cell, strict=True)} for cell in cells]
    on = [at.kept(call("not_equal", at.of(chosen, binding), Number(0.0))) for binding in bindings]
    terms = [either(is_on, at.of(values, b), Number(neutral)) for is_on, b in zip(on, bindings, strict=True)]
    found = reduce(lambda a, b: call(fold, a, b), terms)
    return either(reduce(lambda a, b: call("or", a, b), on), found, at.argument(2))


def marked(body: Syntax, apart: Container[str] = ()) -> list[str]:
    """Return the subscripts of an expression that are marked with !, but for those inside some functions."""
    if isinstance(body, Name):
        return [s for s in body.subscripts if s.rstrip().endswith("!")]
    if isinstance(body, Apply) and body.function.key not in apart:
        return [m for part in (body.function, *body.args) for m in marked(part, apart)]
    return []


def inverse(at: Site) -> Expr:
    """INVERT MATRIX: an element of the inverse, by Gauss and Jordan with the largest pivot of each column."""
    matrix, dimensions = at.body.args[0], at.model.dimensions
    keys = [key for key in at.scope.binding if key in dimensions.by_key][-2:]
    if not isinstance(matrix, Name) or len(matrix.subscripts) < 2 or len(keys) < 2:
        raise EquationError("INVERT MATRIX takes a matrix, and the equation has two dimensions on its left")
    rows, columns = (dimensions.elements(each) for each in matrix.subscripts[-2:])
    places = [dimensions.by_key[key].subscripts.index(at.scope.binding[key]) for key in keys]
    if len(columns) != len(rows) or not max(places) < len(rows) <= LARGEST_MATRIX:
        raise EquationError(f"INVERT MATRIX takes a square matrix of up to {LARGEST_MATRIX} rows")
    before = matrix.subscripts[:-2]

    def make() -> list[list[Expr]]:
        return _inverted(
            at, [[at.of(Name(matrix.key, (*before, row, column)), {}) for column in columns] for row in rows]
        )

    return at.shared(keys, make)[places[0]][places[1]]  # type: ignore[no-any-return]


def _inverted(at: Site, matrix: list[list[Expr]]) -> list[list[Expr]]:
    size = len(matrix)
    table = [[*row, *(Number(float(i == j)) for j in range(size))] for i, row in enumerate(matrix)]
    for column in range(size):
        for row in range(column + 1, size):  # let the largest come up
            sizes = (call("abs", table[each][column]) for each in (row, column))
            larger = at.kept(call("greater", *sizes))
            pairs = list(zip(table[column], table[row], strict=True))
            table[column] = [at.kept(either(larger, b, a)) for a, b in pairs]
            table[row] = [at.kept(either(larger, a, b)) for a, b in pairs]
        top = table[column] = [at.kept(call("divide", each, table[column][column])) for each in table[column]]
        for row in range(size):
            if row != column:
                factor = table[row][column]
                pairs = list(zip(table[row], top, strict=True))
                table[row] = [at.kept(call("subtract", a, call("multiply", factor, b))) for a, b in pairs]
    return [row[size:] for row in table]


ARRAY_FUNCTIONS: dict[str, tuple[int, Callable[[Site], Expr]]] = {
    **dict.fromkeys(_FOLDS, (1, fold)),
    "vector_sort_order": (2, sort_order),
    "vector_rank": (2, rank),
    "vector_elm_map": (2, element_map),
    "vector_select": (5, select),
    "vector_lookup": (5, read_as_lookup),
    "invert_matrix": (2, inverse),
}
"""By key: the number of arguments, and what makes the expression."""
