"""The syntax tree of a model file: equations with subscripts, before they are lowered to scalars.

`read` and `translate` build these values, `lower` and `expressions` consume them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simcounty.model.graph import About, Lookup


class EquationError(Exception):
    """The reason why one equation cannot be computed as Vensim would."""


@dataclass(frozen=True)
class Literal:
    """A number."""

    value: float


@dataclass(frozen=True)
class Name:
    """A variable, a dimension or a subscript, with its own subscripts."""

    key: str
    subscripts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Apply:
    """A function, an operator, a macro or a lookup variable, applied to arguments."""

    function: Name
    args: tuple[Syntax, ...]


@dataclass(frozen=True)
class Numbers:
    """A list of constants, one for each element of the left-hand side."""

    values: tuple[float, ...]


@dataclass(frozen=True)
class Unsupported:
    """An equation that cannot be computed, and why."""

    reason: str


Syntax = Literal | Name | Apply | Lookup | Numbers | Unsupported


@dataclass(frozen=True)
class Equation:
    """The variable on the left, its subscripts, the excepted subscripts, and the right-hand side."""

    key: str
    subscripts: tuple[str, ...]
    excepts: tuple[tuple[str, ...], ...]
    body: Syntax


@dataclass(frozen=True)
class Dimension:
    """A dimension: its subscripts, and the dimensions it maps to (None: by position)."""

    name: str
    subscripts: tuple[str, ...]
    mappings: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Macro:
    """A macro: its parameters and its equations."""

    key: str
    parameters: tuple[str, ...]
    equations: tuple[Equation, ...]


@dataclass(frozen=True)
class ParsedModel:
    """The content of a model file; `findings` are what is wrong with it outside its equations."""

    path: Path
    hash: str
    equations: tuple[Equation, ...]
    about: Mapping[str, About]
    dimensions: Mapping[str, Dimension]
    macros: Mapping[str, Macro]
    findings: tuple[str, ...] = ()
