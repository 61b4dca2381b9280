"""Find where equations bend or jump with time: what an integrator of a higher order must not step across."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from simcounty.backends.flatten import program_of
from simcounty.backends.interpreted import Member
from simcounty.backends.job import Inputs, Ints
from simcounty.model.graph import Graph


def by_corners(graph: Graph, inputs: Inputs) -> Iterator[tuple[Ints, Inputs]]:
    """Yield the places of members whose equations bend at the same instants, and their inputs."""
    groups: dict[tuple[float, ...], list[int]] = {}
    known: dict[bytes, tuple[float, ...]] = {}
    loads = [item[1:] for item in program_of(graph).stages["bends"].operations if item[0] == "load"]
    held = any(array == "y" for array, _ in loads)  # what INITIAL holds may come from any constant
    read = [row for array, row in loads if array == "p"]
    for member in range(inputs.members):
        own = inputs.constants[slice(None) if held else read, member].tobytes()
        if own not in known:
            known[own] = corners_of(graph, inputs, member)
        groups.setdefault(known[own], []).append(member)
    for corners, members in groups.items():
        places = np.array(members)
        yield places, replace(_some(inputs, places), corners=corners)


def _some(inputs: Inputs, places: Ints) -> Inputs:
    paths = (
        path if path.values.shape[1] == 1 else replace(path, values=path.values[:, places])
        for path in inputs.paths
    )
    return replace(inputs, constants=inputs.constants[:, places], paths=tuple(paths))


def corners_of(graph: Graph, inputs: Inputs, number: int = 0) -> tuple[float, ...]:
    """Return when a lookup, MIN, MAX, ABS, RAMP or condition of time bends or jumps, for one member.

    These are the zeros of differences that depend on time and constants alone, at steps of the file or
    between, where they are taken as straight. STEP and PULSE change with the steps of the file and have
    none; what bends twice within a step, and MODULO, QUANTUM and INTEGER of time, are not found.
    """
    member = Member(program_of(graph), inputs, number)
    times = inputs.start + np.arange(inputs.steps + 1) * inputs.step
    member.set_clock(inputs.start, inputs.start)
    member.run("start")  # for what INITIAL holds
    rows = []
    for t in times.tolist():
        member.set_clock(t, t)
        member.run("bends")
        rows.append(list(member.arrays["bend"]))
    found = np.array(rows).reshape(len(times), -1)
    before, after = found[:-1], found[1:]
    with np.errstate(invalid="ignore", over="ignore"):  # no line crosses nought on its way to infinity
        crossing = (before * after < 0.0) & np.isfinite(before - after)
    part = before[crossing] / (before[crossing] - after[crossing])
    begins = np.broadcast_to(times[:-1, None], before.shape)[crossing]
    touching = np.zeros(found.shape, bool)
    touching[:-1] |= (before == 0.0) & (after != 0.0)
    touching[1:] |= (after == 0.0) & (before != 0.0)
    at_steps = times[touching.any(axis=1)]
    return tuple(np.unique([*(begins + part * inputs.step), *at_steps]).tolist())
