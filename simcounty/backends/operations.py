"""The flat list of operations that a model's equations are lowered to: each value is computed once.

An operation is a name and its arguments: numbers of earlier operations, but for three kinds of leaves,
`("number", value)`, `("load", array, row)` and `("truth", array, row)`, a condition loaded. Adding one
folds it if its arguments are numbers, and returns the earlier one if it is in the list already.

The functions of `arithmetic`, `trigonometry`, `chance` and `vector_lookup` are traced: bound to operations in
place of floats, so that an equation that calls them adds what they are made of.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import FunctionType
from typing import Any

from simcounty.model import arithmetic, chance, trigonometry, vector_lookup

Operation = tuple[Any, ...]
Meaning = Callable[..., Any]

OPERATORS: Mapping[str, Meaning] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "negative": operator.neg,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "and": operator.and_,
    "or": operator.or_,
}
MEANINGS: Mapping[str, Meaning] = {**OPERATORS, **{f.__name__: f for f in arithmetic.PRIMITIVES}}
"""What each operation computes from floats."""

LEAVES = frozenset({"number", "load", "truth"})
CONDITIONS = frozenset(
    {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}
    | {"and", "or", "opposite", "is_negative", "truth"}
)
"""Operations whose value is a truth value."""
_COMMUTATIVE = frozenset({"add", "multiply", "and", "or", "equal", "not_equal"})


class Operations:
    """A list of operations in the making; `depends` holds for each what the value depends on, as bits."""

    def __init__(self) -> None:
        self.items: list[Operation] = []
        self.depends: list[int] = []
        self._index: dict[Any, int] = {}

    def number(self, value: float) -> Value:
        key = value if isinstance(value, bool) else float(value).hex()
        return Value(self, self._entry(("number", key), ("number", value), 0))

    def load(self, array: str, row: int, depends: int) -> Value:
        return Value(self, self._entry(("load", array, row), ("load", array, row), depends))

    def add(self, name: str, args: tuple[int, ...]) -> int:
        """Return the index of an operation, added, folded or found."""
        items = self.items
        if all(items[arg][0] == "number" for arg in args):
            return self.number(MEANINGS[name](*(items[arg][1] for arg in args))).index
        if name in _COMMUTATIVE and args[0] > args[1]:
            args = args[::-1]
        known = self._simpler(name, args)
        if known is not None:
            return known
        depends = 0
        for arg in args:
            depends |= self.depends[arg]
        return self._entry((name, *args), (name, *args), depends)

    def _entry(self, key: Any, item: Operation, depends: int) -> int:
        index = self._index.get(key)
        if index is None:
            index = self._index[key] = len(self.items)
            self.items.append(item)
            self.depends.append(depends)
        return index

    def _simpler(self, name: str, args: tuple[int, ...]) -> int | None:
        """Return the argument that an operation surely returns, to the last bit; None if there is none."""
        if name == "select":
            return self._selected(*args)
        if name in ("and", "or"):
            for fixed, other in (args, args[::-1]):
                if self.items[fixed][0] == "number":
                    return other if self.items[fixed][1] == (name == "and") else fixed
        if name in ("multiply", "div"):
            for fixed, other in (args[::-1], args)[: 2 if name == "multiply" else 1]:
                if self.items[fixed] == ("number", 1.0):
                    return other
        return None

    def _selected(self, condition: int, yes: int, no: int) -> int | None:
        kind, *value = self.items[condition]
        if kind == "number":
            return yes if value[0] else no
        return yes if yes == no else None


def _operator(name: str, swapped: bool = False) -> Callable[[Value, Value | float], Value]:
    def apply(self: Value, other: Value | float) -> Value:
        pair = (self.of(other), self.index) if swapped else (self.index, self.of(other))
        return Value(self.operations, self.operations.add(name, pair))

    return apply


class Value:
    """One operation of a list, for Python's operators to compute with; comparing gives a condition."""

    __slots__ = ("index", "operations")

    def __init__(self, operations: Operations, index: int) -> None:
        self.operations = operations
        self.index = index

    def of(self, other: Value | float) -> int:
        """Return the index of another value or number in the same list."""
        return other.index if isinstance(other, Value) else self.operations.number(other).index

    @property
    def is_condition(self) -> bool:
        name, *args = self.operations.items[self.index]
        return isinstance(args[0], bool) if name == "number" else name in CONDITIONS

    def __neg__(self) -> Value:
        return Value(self.operations, self.operations.add("negative", (self.index,)))

    __add__, __radd__ = _operator("add"), _operator("add", swapped=True)
    __sub__, __rsub__ = _operator("subtract"), _operator("subtract", swapped=True)
    __mul__, __rmul__ = _operator("multiply"), _operator("multiply", swapped=True)
    __truediv__, __rtruediv__ = _operator("div"), _operator("div", swapped=True)
    __and__, __rand__ = _operator("and"), _operator("and", swapped=True)
    __or__, __ror__ = _operator("or"), _operator("or", swapped=True)
    __lt__, __le__ = _operator("less"), _operator("less_equal")
    __gt__, __ge__ = _operator("greater"), _operator("greater_equal")
    __eq__, __ne__ = _operator("equal"), _operator("not_equal")  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


def _primitive(name: str) -> Meaning:
    """Return a function that adds an operation, or computes it where no argument is traced."""

    def apply(*args: Any) -> Any:
        value = next((arg for arg in args if isinstance(arg, Value)), None)
        if value is None:
            return MEANINGS[name](*args)
        return Value(value.operations, value.operations.add(name, tuple(value.of(arg) for arg in args)))

    return apply


def _traced_names() -> dict[str, Any]:
    """Return the names of these modules, with functions that call each other so bound."""
    names = {**vars(arithmetic), **vars(trigonometry), **vars(chance), **vars(vector_lookup)}
    for name, function in list(names.items()):
        if isinstance(function, FunctionType):
            names[name] = FunctionType(function.__code__, names, name)
    names |= {function.__name__: _primitive(function.__name__) for function in arithmetic.PRIMITIVES}
    return names


_NAMES = _traced_names()


@lru_cache(maxsize=64)
def traced(function: Meaning) -> Meaning:
    """Return a function that takes values of a list in place of floats, as all that it calls do."""
    if function.__name__ in _NAMES:
        return _NAMES[function.__name__]  # type: ignore[no-any-return]
    if isinstance(function, FunctionType):
        return FunctionType(function.__code__, {**function.__globals__, **_NAMES}, function.__name__)
    return function  # an operator of Python
