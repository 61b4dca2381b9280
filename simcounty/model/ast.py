"""The syntax tree of a model file: equations with subscripts, before they are lowered to scalars.

`vensim` and `xmile` build these values, `lower` and `expressions` consume them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
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
class Quoted:
    """A text in quotes: the name of a file, a sheet or a cell."""

    value: str


@dataclass(frozen=True)
class Apply:
    """A function, an operator, a macro or a lookup variable, applied to arguments.

    `outputs` are the variables that take a macro's results beside its own; `called` is true of what a file
    calls by its name, as against operators and what calls are made of.
    """

    function: Name
    args: tuple[Syntax, ...]
    outputs: tuple[str, ...] = ()
    called: bool = False


@dataclass(frozen=True)
class Numbers:
    """A list of constants, one for each element of the left-hand side."""

    values: tuple[float, ...]


@dataclass(frozen=True)
class Data:
    """A data variable: how it is read between its points ("" for Vensim's default), and from where."""

    keyword: str = ""
    source: Syntax | None = None


@dataclass(frozen=True)
class Unsupported:
    """An equation that cannot be computed, and why."""

    reason: str


Syntax = Literal | Quoted | Name | Apply | Lookup | Numbers | Data | Unsupported


@dataclass(frozen=True)
class Equation:
    """The variable on the left, its subscripts, those excepted, the right-hand side, and its line."""

    key: str
    subscripts: tuple[str, ...]
    excepts: tuple[tuple[str, ...], ...]
    body: Syntax
    line: int = 0


@dataclass(frozen=True)
class Dimension:
    """A dimension: its subscripts, and the dimensions it maps to (None: by position).

    Names of other dimensions among its subscripts, or in a mapping, stand for theirs. `external` is the call
    that reads its subscripts from a file, `line` where it is defined.
    """

    name: str
    subscripts: tuple[str, ...]
    mappings: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    external: Apply | None = None
    line: int = 0


@dataclass(frozen=True)
class Macro:
    """A macro: the result that it is called for, its parameters, its equations, and its further results."""

    key: str
    parameters: tuple[str, ...]
    equations: tuple[Equation, ...]
    results: tuple[str, ...] = ()


@dataclass(frozen=True)
class ParsedModel:
    """The content of a model file.

    `findings` are what is wrong with it outside its equations, `notes` what a reader of results should know
    of how it is run, `files` the files it reads with the SHA-256 of each.
    """

    path: Path
    hash: str
    equations: tuple[Equation, ...]
    about: Mapping[str, About]
    dimensions: Mapping[str, Dimension]
    macros: Mapping[str, Macro]
    integrator: str = "euler"
    notes: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    findings: tuple[str, ...] = ()


@lru_cache(maxsize=2**16)
def key_of(name: str) -> str:
    """Return the key of a name: without quotes, in lower case, blanks as one underscore.

    Brackets of a quoted name become parentheses: those of a key hold subscripts.

    >>> key_of('"Urbanisation  Rate [%]"')
    'urbanisation_rate_(%)'
    """
    own = bare(name).replace('\\"', '"').replace("[", "(").replace("]", ")")
    return re.sub(r"[\s_]+", "_", own.strip().lower())


def bare(name: str) -> str:
    """Return a name as the author wrote it, without the quotes around it."""
    name = name.strip()
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name
