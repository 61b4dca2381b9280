"""A model file as written: equations with subscripts, before they become scalars.

This is the border to the translators: `read` fills these values, `lower` consumes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simcounty.model.graph import About


@dataclass(frozen=True)
class Literal:
    """A number."""

    value: float


@dataclass(frozen=True)
class Name:
    """A variable, a dimension or a subscript, with the subscripts it is read at."""

    key: str
    subscripts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Apply:
    """A function, an operator, a macro or a lookup variable, applied."""

    function: Name
    args: tuple[Syntax, ...]


@dataclass(frozen=True)
class Points:
    """The points of a lookup."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    beyond: str = "hold"


@dataclass(frozen=True)
class Numbers:
    """A list of constants, one for each element of the left-hand side."""

    values: tuple[float, ...]


@dataclass(frozen=True)
class Unread:
    """What stands in place of an equation that cannot be computed, and why."""

    reason: str


Syntax = Literal | Name | Apply | Points | Numbers | Unread


@dataclass(frozen=True)
class Equation:
    """One equation: whose, for which subscripts, except which, and what it says."""

    key: str
    subscripts: tuple[str, ...]
    excepts: tuple[tuple[str, ...], ...]
    body: Syntax


@dataclass(frozen=True)
class Range:
    """A dimension: its subscripts, and the dimensions it maps to (None: by position)."""

    name: str
    subscripts: tuple[str, ...]
    mappings: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Macro:
    """A macro: its parameters, and the equations they stand in."""

    key: str
    parameters: tuple[str, ...]
    equations: tuple[Equation, ...]


@dataclass(frozen=True)
class Source:
    """Everything a model file says, and `findings`: what could not be read of it beside its equations."""

    path: Path
    hash: str
    equations: tuple[Equation, ...]
    about: Mapping[str, About]
    ranges: Mapping[str, Range]
    macros: Mapping[str, Macro]
    findings: tuple[str, ...] = ()
