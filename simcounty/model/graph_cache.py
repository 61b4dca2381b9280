"""Cache graphs by the content of their files: parsing the county model takes two seconds."""

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

_loaded: dict[Path, Graph] = {}  # by cache file: several files of a scenario name one model


def graph_of(path: Path) -> Graph:
    """Return the graph of a model file, from the cache if the same content was read before."""
    entry = _entry(path)
    if entry is None:
        return _read(path)
    if entry not in _loaded:
        _loaded[entry] = _cached(entry) or _read_and_cache(path, entry)
    return _loaded[entry]


def _entry(path: Path) -> Path | None:
    """Return the cache file for the content of this file; None for a file that cannot be read."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    name = hashlib.sha256(data + path.suffix.encode()).hexdigest()
    return cache.folder() / f"{name[:32]}.graph"


def _cached(entry: Path) -> Graph | None:
    """Return a graph written by the same code; None for a damaged one or one of another version."""
    if entry.is_file():
        with contextlib.suppress(Exception):
            code, graph = pickle.loads(entry.read_bytes())
            if code == _code_version() and isinstance(graph, Graph):
                return graph
    return None


def _read(path: Path) -> Graph:
    from simcounty.model.lower import lower
    from simcounty.model.read import read

    return lower(read(path))


def _read_and_cache(path: Path, entry: Path) -> Graph:
    graph = _read(path)
    with contextlib.suppress(InputError), atomic_write(entry) as part:  # a full disk only costs time
        part.write_bytes(pickle.dumps((_code_version(), graph)))
    return graph


def _code_version() -> str:
    """Return the versions of the code that makes a graph: ours, and the translator's."""
    return f"{cache.fingerprint('simcounty.model')} pysd {version('pysd')}"
