"""The syntax tree of a model file: equations with subscripts, before they are lowered to scalars.

`read` and `translate` build these values, `lower` and `expressions` consume them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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


_SKETCH = "\\\\\\---///"
_PIECE = re.compile(r'"(?:\\"|[^"])*"|[^"|]+|\||"', re.S)
_MAPPING = re.compile(r"\(\s*([^:()]+?)\s*:\s*([^()]*?)\s*\)")


@dataclass(frozen=True)
class VariableText:
    """The group of a variable, and its equations as written."""

    group: str = ""
    equation: str = ""


@dataclass(frozen=True)
class MdlText:
    """Texts by variable key; explicit mappings and numbers of subscripts by dimension key."""

    variables: Mapping[str, VariableText]
    mappings: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


def key_of(name: str) -> str:
    """Return the key of a name: without quotes, in lower case, blanks as one underscore.

    >>> key_of('"Urbanisation  Rate"')
    'urbanisation_rate'
    """
    return re.sub(r"[\s_]+", "_", bare(name).replace('\\"', '"').strip().lower())


def bare(name: str) -> str:
    """Return a name as the author wrote it, without the quotes around it."""
    name = name.strip()
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name


def read_mdl_text(text: str) -> MdlText:
    """Return the groups, equation texts and explicit mappings of a Vensim model text."""
    variables: dict[str, VariableText] = {}
    mappings: dict[str, dict[str, tuple[str, ...]]] = {}
    counts: dict[str, int] = {}
    group = ""
    for entry in _entries(text):
        head = entry.split("~")[0].strip()
        if head.startswith("***"):
            group = head.strip("*").strip().lstrip(".").strip()
            continue
        name, equation = _left_side(head), " ".join(head.split())
        if explicit := _explicit_mappings(head):
            mappings[key_of(name)] = explicit
            counts[key_of(name)] = sum(map(_count, head.split("->")[0].partition(":")[2].split(",")))
        before = variables.get(key_of(name))
        text_so_far = f"{before.equation}\n{equation}" if before else equation
        variables[key_of(name)] = VariableText(before.group if before else group, text_so_far)
    return MdlText(variables, mappings, counts)


def _entries(text: str) -> Iterator[str]:
    """Yield the entries between bars, without the encoding mark and the sketch."""
    body = re.sub(r"^\s*\{[^}]*\}", "", text.split(_SKETCH)[0])
    body = re.sub(r"\\\s*\n\s*", " ", body)
    entry: list[str] = []
    for piece in _PIECE.findall(body):
        if piece == "|":
            yield "".join(entry)
            entry = []
        else:
            entry.append(piece)


def _count(part: str) -> int:
    """Return the number of subscripts in a part of a dimension's list: one, or a range such as (y1-y4)."""
    ends = re.search(r"(\d+)\s*-\D*(\d+)\s*\)", part)
    return int(ends[2]) - int(ends[1]) + 1 if ends else 1


def _left_side(head: str) -> str:
    quoted = re.match(r'\s*"(?:\\"|[^"])*"', head)
    return quoted.group() if quoted else re.split(r"[=(\[:<]", head, maxsplit=1)[0]


def _explicit_mappings(head: str) -> dict[str, tuple[str, ...]]:
    if "->" not in head:
        return {}
    found = _MAPPING.findall(head.split("->", 1)[1])
    return {key_of(name): tuple(part.strip() for part in parts.split(",")) for name, parts in found}
