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
_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}
_NAMES = {kind: [each.name for each in fields(kind)] for kind in _KINDS if is_dataclass(kind)}


def encode(graph: g.Graph) -> bytes:
    """Return the graph as JSON, its floats exact."""
    rows: dict[str, int] = {}
    placed: dict[int, int] = {}  # by identity: the elements of a variable share what describes them
    texts: dict[str, int] = {}

    def place(value: Any) -> int:
        if type(value) is str:
            if value not in texts:
                texts[value] = rows.setdefault(json.dumps(value), len(rows))
            return texts[value]
        number = _NUMBERS.get(type(value))
        if number is None:
            return rows.setdefault(json.dumps(value), len(rows))
        if id(value) not in placed:
            parts = map(str, (number, *map(place, _parts(value))))
            placed[id(value)] = rows.setdefault(f"[{','.join(parts)}]", len(rows))
        return placed[id(value)]

    place(graph)
    return f"[{','.join(rows)}]".encode()


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, tuple):
        return value
    if isinstance(value, dict):
        return chain.from_iterable(value.items())
    return [getattr(value, name) for name in _NAMES[type(value)]]


def decode(text: bytes) -> g.Graph:
    """Return the graph that was encoded."""
    kinds, values = list(_KINDS.values()), list[Any]()
    for row in json.loads(text):
        if isinstance(row, list):
            row = kinds[row[0]](*[values[place] for place in row[1:]])
        values.append(row)
    graph: g.Graph = values[-1]
    return graph
