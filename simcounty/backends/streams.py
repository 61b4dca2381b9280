"""Streams of uniform numbers that random functions of a model draw from."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from simcounty.backends.job import ConstantPath, Floats, Inputs
from simcounty.errors import InputError
from simcounty.model.graph import Graph


def uniforms(seed: int, stream: str, members: range, count: int) -> Floats:
    """Return uniform numbers (count, members) of a stream, between 0 and 1 and neither.

    Those of a member depend on the seed, the stream and the number of the member alone, however the work is
    split: the generator is counter-based (Philox).
    """
    name = int.from_bytes(hashlib.sha256(stream.encode()).digest()[:8])
    found = np.empty((count, len(members)))
    for column, member in enumerate(members):
        bits = np.random.Philox(key=[seed, name], counter=[0, 0, 0, member])
        found[:, column] = np.random.Generator(bits).random(count)
    return found + 2.0**-54


def with_streams(graph: Graph, inputs: Inputs, backend: str, seed: int, members: range) -> Inputs:
    """Let every stream of a model take a new number in each step; `members` are their numbers.

    Raises InputError for an integrator or a backend that would look at them within a step, or in another way.
    """
    if inputs.integrator != "euler" or backend in ("adaptive", "reference"):
        how = backend if backend in ("adaptive", "reference") else inputs.integrator
        raise InputError(f"{how}: random functions change once a step; take euler.")
    times = tuple((inputs.start + np.arange(inputs.steps + 1) * inputs.step).tolist())
    rows = {c.key: row for row, c in enumerate(graph.constants)}
    drawn = {rows[each.key]: uniforms(seed, each.key, members, len(times)) for each in graph.streams}
    streams = (ConstantPath(row, times, values) for row, values in drawn.items())
    return replace(inputs, paths=(*(path for path in inputs.paths if path.row not in drawn), *streams))
