"""What subscripts and names mean: dimensions, mappings, the cells of an equation, the scope of names."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from simcounty.errors import did_you_mean
from simcounty.model.arithmetic import div
from simcounty.model.ast import (
    Apply,
    Dimension,
    Equation,
    EquationError,
    Literal,
    Numbers,
    ParsedModel,
    Syntax,
    key_of,
)
from simcounty.model.graph import About, Element, Expr

MOST_ELEMENTS = 1_000_000
"""Elements that a model may have: more are a mistake, or would fill the memory."""

Binding = Mapping[str, str]
"""Dimension key → the subscript it stands for in the equation being lowered."""


@dataclass(frozen=True)
class Cell:
    """One element's part of an equation: its subscripts, its place among them, and the binding they give."""

    key: str
    subscripts: tuple[str, ...]
    equation: Equation
    binding: Binding
    index: int

    @property
    def number(self) -> float | None:
        """The number that the equation gives to this element; None where it gives an expression."""
        body = self.equation.body
        if not isinstance(body, Numbers):
            return _number(body)
        if self.index >= len(body.values):
            raise EquationError(f"the equation gives {len(body.values)} numbers, too few for its subscripts")
        return body.values[self.index]


_ARITHMETIC: Mapping[str, Callable[..., float]] = {
    "negative": operator.neg, "add": operator.add, "subtract": operator.sub, "multiply": operator.mul,
    "divide": div,
}  # fmt: skip


def _number(body: Syntax) -> float | None:
    """Return the value of an expression that is made of numbers alone; None for any other."""
    if isinstance(body, Literal):
        return body.value
    if not isinstance(body, Apply) or body.function.key not in _ARITHMETIC:
        return None
    args = [_number(arg) for arg in body.args]
    return None if None in args else _ARITHMETIC[body.function.key](*args)


def guess_of(word: str, known: Iterable[str]) -> str:
    """Return a guess to put into a sentence, or nothing."""
    guess = did_you_mean(word, known).strip()
    return f" ({guess[:1].lower()}{guess[1:]})" if guess else ""


@dataclass(frozen=True)
class Dimensions:
    """The dimensions of a model by key, and the spelling of every subscript by its key."""

    by_key: Mapping[str, Dimension]
    spelling: Mapping[str, str]

    @classmethod
    def of(cls, by_key: Mapping[str, Dimension]) -> Dimensions:
        """Take dimensions as the file writes them; names of others among their subscripts stand for theirs.

        Raises EquationError where dimensions contain each other.
        """
        full = {key: replace(each, subscripts=_flat(each.subscripts, by_key)) for key, each in by_key.items()}
        return cls(full, {key_of(name): name for each in full.values() for name in each.subscripts})

    def elements(self, subscript: str) -> tuple[str, ...]:
        """Return the subscripts that one on a left-hand side runs over: a dimension's, or itself."""
        key = key_of(subscript)
        if key in self.by_key:
            return self.by_key[key].subscripts
        if key in self.spelling:
            return (self.spelling[key],)
        guess = guess_of(key, [*self.by_key, *self.spelling])
        raise EquationError(f"[{subscript}] is neither a dimension nor a subscript{guess}")

    def cells(self, subscripts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Yield every combination of subscripts a left-hand side defines, the last dimension fastest.

        Raises EquationError for more than any model has.
        """
        every = [self.elements(subscript) for subscript in subscripts]
        if (count := math.prod(map(len, every))) > MOST_ELEMENTS:
            raise EquationError(
                f"[{','.join(subscripts)}] has {count:,} elements; {MOST_ELEMENTS:,} are the most"
            )
        return product(*every)

    def binding(self, subscripts: tuple[str, ...], cell: tuple[str, ...]) -> dict[str, str]:
        """Return which subscript each dimension of a left-hand side stands for in one of its cells."""
        pairs = zip(subscripts, cell, strict=True)
        return {key_of(s): element for s, element in pairs if key_of(s) in self.by_key}

    def element(self, subscript: str, binding: Binding) -> str:
        """Return the subscript that one on a right-hand side means under a binding."""
        key = key_of(subscript)
        if key in binding:
            return binding[key]
        if key not in self.by_key:
            return self.elements(subscript)[0]
        for dimension, element in binding.items():
            if (mapped := self._mapped(key, dimension, element)) is not None:
                return mapped
        raise EquationError(
            f"[{subscript}] stands on the right of the equation, but no dimension on its left is "
            f"{subscript}, lies inside it or maps to it"
        )

    def position(self, subscript: str, binding: Binding) -> int:
        """Return the position (from 1) of the subscript a name stands for in its largest dimension."""
        element = self.element(subscript, binding)
        return self.largest(element).subscripts.index(element) + 1

    def largest(self, element: str) -> Dimension:
        """Return the largest dimension a subscript belongs to."""
        holding = (each for each in self.by_key.values() if element in each.subscripts)
        return max(holding, key=lambda each: len(each.subscripts))

    def dimension(self, written: set[str], elements: tuple[str, ...]) -> str | None:
        """Return the key of the dimension a variable runs over at one place of its subscripts, if any."""
        keys = [key_of(name) for name in written if key_of(name) in self.by_key]
        exact = [key for key in keys if set(self.by_key[key].subscripts) == set(elements)]
        if exact:
            return exact[0]
        holding = [key for key, each in self.by_key.items() if set(elements) <= set(each.subscripts)]
        return min(holding, key=lambda key: len(self.by_key[key].subscripts), default=None)

    def _mapped(self, key: str, dimension: str, element: str) -> str | None:
        """Return the subscript of `key` that one of a bound dimension corresponds to, if any."""
        wanted = self.by_key[key]
        if dimension not in self.by_key:  # a dimension being summed over maps to nothing
            return None
        holding = [dimension, *(k for k, each in self.by_key.items() if element in each.subscripts)]
        for own in (self.by_key[k] for k in holding):
            if key in own.mappings:
                groups = self._groups(own.subscripts, own.mappings[key] or wanted.subscripts)
                targets = groups[own.subscripts.index(element)]
                if len(targets) > 1:
                    raise EquationError(f"{own.name} maps {element} to several: {', '.join(targets)}")
                return targets[0]
        for k in holding:
            if k in wanted.mappings:
                groups = self._groups(wanted.subscripts, wanted.mappings[k] or self.by_key[k].subscripts)
                pairs = zip(wanted.subscripts, groups, strict=True)
                return next((source for source, targets in pairs if element in targets), None)
        return element if element in wanted.subscripts else None

    def _groups(self, sources: tuple[str, ...], targets: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Return the subscripts that each source maps to: one, or those of a subrange that is named."""
        groups = [self.elements(target) for target in targets]
        if len(groups) != len(sources):
            groups = [(element,) for group in groups for element in group]
        if len(groups) != len(sources):
            raise EquationError(f"a mapping pairs {len(sources)} subscripts with {len(groups)}")
        return groups


def _flat(
    names: tuple[str, ...], by_key: Mapping[str, Dimension], inside: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Replace the names of dimensions by their subscripts."""
    found: dict[str, None] = {}
    for name in names:
        key = key_of(name)
        if key in inside:
            own = by_key[key]
            raise EquationError(
                f"the dimension {own.name} contains itself; list its subscripts. Line {own.line}"
            )
        if key in by_key:
            found.update(dict.fromkeys(_flat(by_key[key].subscripts, by_key, (*inside, key))))
        else:
            found[name] = None
    return tuple(found)


@dataclass
class Lowering:
    """The model being lowered, its cells by element key, the elements made so far, the constants that its
    structure was read from, what functions of arrays share, and what a reader of results should know."""

    source: ParsedModel
    dimensions: Dimensions
    cells: Mapping[str, Cell]
    elements: dict[str, Element] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    shared: dict[Any, Any] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)

    def about(self, key: str) -> About:
        return self.source.about.get(key, About(key, key))


@dataclass
class Scope:
    """Where an expression is: its element, the binding of dimensions there, the names of a macro,
    and the helpers made so far."""

    element: str
    binding: Binding
    names: Mapping[str, Expr] = field(default_factory=dict)
    helpers: list[str] = field(default_factory=list)

    def within(self, binding: Binding) -> Scope:
        return Scope(self.element, {**self.binding, **binding}, self.names, self.helpers)
