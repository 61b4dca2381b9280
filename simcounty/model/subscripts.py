"""Which element a subscript means: dimensions, subranges and mappings, resolved one equation at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from simcounty.errors import did_you_mean
from simcounty.model.ast import Range
from simcounty.model.mdl import key_of

Binding = Mapping[str, str]
"""Dimension key → the element it stands for in the equation being lowered."""


class UnknownSubscriptError(Exception):
    """A subscript that means nothing where it stands."""


@dataclass(frozen=True)
class Dimensions:
    """The dimensions of a model, and the spelling of every element by its key."""

    ranges: Mapping[str, Range]
    spelling: Mapping[str, str]

    @classmethod
    def of(cls, ranges: Mapping[str, Range]) -> Dimensions:
        return cls(ranges, {key_of(name): name for r in ranges.values() for name in r.subscripts})

    def elements(self, subscript: str) -> tuple[str, ...]:
        """Return the elements a subscript on a left-hand side runs over: a dimension's, or itself."""
        key = key_of(subscript)
        if key in self.ranges:
            return self.ranges[key].subscripts
        if key in self.spelling:
            return (self.spelling[key],)
        known = [*self.ranges, *self.spelling]
        meant = did_you_mean(key, known)
        raise UnknownSubscriptError(f"[{subscript}] is neither a dimension nor a subscript.{meant}")

    def cells(self, subscripts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Yield every combination of elements a left-hand side defines, the last dimension fastest."""
        return product(*(self.elements(subscript) for subscript in subscripts))

    def binding(self, subscripts: tuple[str, ...], cell: tuple[str, ...]) -> dict[str, str]:
        """Return which element each dimension of a left-hand side stands for in one of its cells."""
        pairs = zip(subscripts, cell, strict=True)
        return {key_of(s): element for s, element in pairs if key_of(s) in self.ranges}

    def element(self, subscript: str, binding: Binding) -> str:
        """Return the element a subscript on a right-hand side means under a binding."""
        key = key_of(subscript)
        if key in binding:
            return binding[key]
        if key not in self.ranges:
            return self.elements(subscript)[0]
        for dimension, element in binding.items():
            if (mapped := self._mapped(key, dimension, element)) is not None:
                return mapped
        raise UnknownSubscriptError(
            f"[{subscript}] stands on the right of the equation, but no dimension on its left is "
            f"{subscript}, lies inside it or maps to it"
        )

    def position(self, subscript: str, binding: Binding) -> int:
        """Return the number (from 1) of the element a name stands for, inside its whole dimension."""
        element = self.element(subscript, binding)
        return self.ranges[self.family(element)].subscripts.index(element) + 1

    def is_part(self, subscript: str) -> bool:
        """Return whether a name is a dimension inside a larger one."""
        key = key_of(subscript)
        return key in self.ranges and len(self.ranges[key].subscripts) < len(
            self.ranges[self.family(self.ranges[key].subscripts[0])].subscripts
        )

    def family(self, element: str) -> str:
        """Return the key of the largest dimension an element belongs to."""
        holding = [key for key, r in self.ranges.items() if element in r.subscripts]
        return max(holding, key=lambda key: len(self.ranges[key].subscripts))

    def dimension(self, written: set[str], elements: tuple[str, ...]) -> str | None:
        """Return the key of the dimension a variable runs over at one place of its subscripts."""
        keys = [key_of(name) for name in written if key_of(name) in self.ranges]
        exact = [key for key in keys if set(self.ranges[key].subscripts) == set(elements)]
        if exact:
            return exact[0]
        holding = [key for key, r in self.ranges.items() if set(elements) <= set(r.subscripts)]
        return min(holding, key=lambda key: len(self.ranges[key].subscripts), default=None)

    def _mapped(self, key: str, dimension: str, element: str) -> str | None:
        """Return the element of `key` that an element of a bound dimension corresponds to."""
        wanted = self.ranges[key]
        if dimension not in self.ranges:  # a dimension being summed over maps to nothing
            return None
        holding = [dimension, *(k for k, r in self.ranges.items() if element in r.subscripts)]
        for own in (self.ranges[k] for k in holding):
            if key in own.mappings:
                targets = own.mappings[key] or wanted.subscripts
                return self._paired(own.subscripts, targets, element)
        for k in holding:
            if k in wanted.mappings:
                sources = wanted.mappings[k] or self.ranges[k].subscripts
                return self._paired(sources, wanted.subscripts, element)
        return element if element in wanted.subscripts else None

    def _paired(self, sources: tuple[str, ...], targets: tuple[str, ...], element: str) -> str:
        if len(sources) != len(targets):
            raise UnknownSubscriptError(f"a mapping pairs {len(sources)} subscripts with {len(targets)}")
        return self.elements(targets[list(map(key_of, sources)).index(key_of(element))])[0]
