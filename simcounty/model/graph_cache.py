"""Graphs already read, kept by the content of their file: parsing the county model takes two seconds."""

from __future__ import annotations

import contextlib
import hashlib
import pickle
from importlib.metadata import version
from pathlib import Path

from simcounty import cache
from simcounty.atomic import atomic_write
from simcounty.errors import InputError
from simcounty.model.graph import Graph

_known: dict[Path, Graph] = {}  # by where each lies: several files of a scenario name one model


def graph_of(path: Path) -> Graph:
    """Return the graph of a model file, from the cache where the same content was read before."""
    entry = _entry(path)
    if entry is None:
        return _read(path)
    if entry not in _known:
        _known[entry] = _kept(entry) or _keep(_read(path), entry)
    return _known[entry]


def _kept(entry: Path) -> Graph | None:
    """Return a graph made before by the same code; None for a damaged one or another version's."""
    if entry.is_file():
        with contextlib.suppress(Exception):
            code, graph = pickle.loads(entry.read_bytes())
            if code == _maker() and isinstance(graph, Graph):
                return graph
    return None


def _read(path: Path) -> Graph:
    from simcounty.model.lower import lower
    from simcounty.model.read import read

    return lower(read(path))


def _keep(graph: Graph, entry: Path) -> Graph:
    with (
        contextlib.suppress(InputError),
        atomic_write(entry) as part,
    ):  # a full disk costs the next reading time
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
