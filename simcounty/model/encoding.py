"""A graph as JSON: a table without repetitions, in which each value is made of values above it.

A number, a text or None stands as it is; anything else is the number of its kind, then the places of its
parts. Equal expressions of several equations become one. Nothing but the kinds below can come out of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from itertools import chain
from typing import Any

from simcounty.model import graph as g

_KINDS: dict[type, Callable[..., Any]] = {
    tuple: lambda *parts: parts,
    dict: lambda *parts: dict(zip(parts[::2], parts[1::2], strict=True)),
    **{each: each for each in vars(g).values() if isinstance(each, type) and is_dataclass(each)},
}
_FIELDS = {kind: tuple(each.name for each in fields(kind)) for kind in _KINDS if is_dataclass(kind)}


def encode(graph: g.Graph) -> bytes:
    """Return the graph as JSON, its floats exact."""
    rows: dict[str, int] = {}
    numbers = {kind: number for number, kind in enumerate(_KINDS)}

    def place(value: Any) -> int:
        kind = numbers.get(type(value))
        if kind is None:
            return rows.setdefault(json.dumps(value), len(rows))
        parts = map(str, (kind, *map(place, _parts(value))))
        return rows.setdefault(f"[{','.join(parts)}]", len(rows))

    place(graph)
    return f"[{','.join(rows)}]".encode()


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, tuple):
        return value
    if isinstance(value, dict):
        return chain.from_iterable(value.items())
    return [getattr(value, name) for name in _FIELDS[type(value)]]


def decode(text: bytes) -> g.Graph:
    """Return the graph that was encoded."""
    kinds, values = list(_KINDS.values()), list[Any]()
    for row in json.loads(text):
        if isinstance(row, list):
            row = kinds[row[0]](*[values[place] for place in row[1:]])
        values.append(row)
    graph: g.Graph = values[-1]
    return graph
