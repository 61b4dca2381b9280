"""Functions over arrays: sums and their kin, the inverse of a matrix.

Each is made of operations on the elements, so that every backend computes it to the same bits. What the
elements of a result share is computed once, in hidden auxiliaries.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from simcounty.model.ast import Apply, EquationError, Literal, Name, Syntax, key_of
from simcounty.model.functions import FUNCTIONS, call, either
from simcounty.model.graph import Expr, Number, Ref
from simcounty.model.indexing import Dimensions, Lowering, Scope

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
        """Return the dimension that a vector runs along, the last one it has, and its subscripts."""
        by_key = self.model.dimensions.by_key
        keys = [key for key in _subscripts(self.body.args[place]) if key in by_key]
        if not keys:
            raise EquationError(f"{self.name} needs an array over a dimension that stands on the left")
        return keys[-1], by_key[keys[-1]].subscripts

    def own(self, key: str, cells: Sequence[str]) -> int:
        """Return the place of this element in a dimension, which stands on the left or is mapped to."""
        return cells.index(self.model.dimensions.element(key, self.scope.binding))

    def shared(self, keys: Sequence[str], make: Callable[[], Shared]) -> Any:
        """Return what all elements along some dimensions have in common, made once."""
        around = tuple(sorted(item for item in self.scope.binding.items() if item[0] not in keys))
        place = (self.scope.element.partition("[")[0], self.body, around)
        if place not in self.model.shared:
            self.model.shared[place] = make()
        return self.model.shared[place]


def _subscripts(body: Syntax) -> list[str]:
    """Return the keys of the subscripts of an expression, in reading order."""
    if isinstance(body, Name):
        return [key_of(each) for each in body.subscripts]
    if isinstance(body, Apply):
        return [key for part in (body.function, *body.args) for key in _subscripts(part)]
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
        return joined(_FOLDS[function], terms)

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


def joined(function: str, terms: Sequence[Expr]) -> Expr:
    """Join terms in the order of the subscripts; many by halves, so that the nesting stays shallow."""
    if len(terms) <= _MOST_IN_A_ROW:
        return reduce(lambda a, b: call(function, a, b), terms)
    half = len(terms) // 2
    return call(function, joined(function, terms[:half]), joined(function, terms[half:]))


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
    "invert_matrix": (2, inverse),
}
"""By key: the number of arguments, and what makes the expression."""
