"""Graphs already read, kept by the content of their file: parsing the county model takes two seconds."""

from __future__ import annotations

import contextlib
import hashlib
import pickle
from importlib.metadata import version
from pathlib import Path

from simcounty import cache
from simcounty.errors import InputError
from simcounty.model.graph import Graph
from simcounty.whole import whole


def graph_of(path: Path) -> Graph:
    """Return the graph of a model file, from the cache where the same content was read before."""
    entry = _entry(path)
    if entry is not None and entry.is_file():
        with contextlib.suppress(Exception):  # damaged or of another version: read the model itself
            code, graph = pickle.loads(entry.read_bytes())
            if code == _maker() and isinstance(graph, Graph):
                return graph
    from simcounty.model.lower import lower
    from simcounty.model.read import read

    graph = lower(read(path))
    if entry is not None:
        with contextlib.suppress(InputError), whole(entry) as part:  # a full disk costs the next reading time
            part.write_bytes(pickle.dumps((_maker(), graph)))
    return graph


def _maker() -> str:
    """Name the code that makes a graph: ours, and the translator's."""
    return f"{cache.fingerprint('simcounty.model')} pysd {version('pysd')}"


def _entry(path: Path) -> Path | None:
    """Return where the graph of this file would lie; None for a file that cannot be read."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    name = hashlib.sha256(data + path.suffix.encode()).hexdigest()
    return cache.folder() / f"{name[:32]}.graph"
