"""Run the equations as machine code: blocks of members side by side, on all cores.

One compilation serves every constant, lever, date and choice of what to keep. It is cached on disk.
"""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcounty.backends.job import STAGES, Floats, Inputs, Outcome
from simcounty.backends.kernel import TABLES, Job, Kernel, changed, closed, kernel_of
from simcounty.backends.program import Layout
from simcounty.model.graph import Graph

SPAN = 64
"""Members that a thread takes at once."""


def integrate(graph: Graph, inputs: Inputs, cores: int | None = None) -> Outcome:
    """Integrate all members; failed ones are flagged and hold nan from where they failed.

    `cores` is how many spans run at once; the result does not depend on it.
    """
    kernel, layout = kernel_of(graph), Layout.of(graph)
    shared = _Shared(kernel, layout, inputs)
    # rows of whole blocks, so that each block has cache lines of its own
    places = math.ceil(inputs.members / kernel.lanes) * kernel.lanes
    values = aligned(math.prod(inputs.shape[:2]) * places).reshape(*inputs.shape[:2], places)
    failed = np.zeros(places, bool)

    def run(first: int) -> None:
        members = slice(first, min(first + SPAN, inputs.members))
        shared.march(members, values, failed)

    spans = range(0, inputs.members, SPAN)
    if len(spans) == 1:
        run(0)
    else:
        with ThreadPoolExecutor(cores or os.cpu_count() or 1) as pool:
            list(pool.map(run, spans))
    return Outcome(values[:, :, : inputs.members], failed[: inputs.members], "compiled")


class _Shared:
    """What all spans of members share."""

    def __init__(self, kernel: Kernel, layout: Layout, inputs: Inputs) -> None:
        self.kernel, self.layout, self.inputs = kernel, layout, inputs
        self.arrays = _arrays(kernel, layout, inputs)
        tables = _tables(kernel, layout, inputs)
        self.tables = {name: np.array(addresses, np.uintp) for name, addresses in tables.items()}
        self.job = self._job()

    def _job(self) -> Job:
        layout, inputs, first = self.layout, self.inputs, self.kernel.code.first
        job = Job(
            constant_count=len(layout.constants), states=len(layout.states), stocks=layout.stocks,
            samples=layout.samples, delays=layout.delays, steps=len(inputs.schedule.starts) - 1,
            stages=len(STAGES[inputs.integrator]), paths=len(inputs.paths), kept=len(inputs.keep),
            saves=len(inputs.saves), step=inputs.step, first=inputs.start, last=inputs.end,
            **{f"{array}_row": first[array] for array in ("p", "y", "out", "bad", "lag", "scratch")},
        )  # fmt: skip
        for name, array in self.arrays.items():
            setattr(job, name, array.ctypes.data)
        for name, table in self.tables.items():
            setattr(job, f"{name}_pieces", table.ctypes.data)
            setattr(job, f"{name}_count", len(table))
        return job

    def march(self, members: slice, values: Floats, failed: NDArray[np.bool_]) -> None:
        """Integrate some members; write their values and which of them failed, both in rows of whole blocks.

        Only constants in which they differ are read for each. Where members do not fill their last block, the
        last of them is repeated.
        """
        count, lanes = members.stop - members.start, self.kernel.lanes
        blocks = -(-count // lanes)
        constants = np.asarray(self.inputs.constants[:, members], np.float64)
        rows = np.flatnonzero(_differs(constants))
        varied, points = np.ascontiguousarray(constants[rows]), self._points(members)
        if count < blocks * lanes:
            places = np.minimum(np.arange(blocks * lanes), count - 1)
            varied, points = (np.ascontiguousarray(each[:, places]) for each in (varied, points))
        arrays = {
            "constants": np.ascontiguousarray(constants[:, 0]),
            "varied": varied,
            "varied_rows": rows,
            "points": points,
            "values": values[:, :, members.start :],
            "failed": failed[members.start :],
            "w": aligned(self.kernel.code.rows * lanes),
            "c": self.kernel.code.clock(),
            "past": aligned((self.inputs.steps + 1) * self.layout.delays * lanes),
        }
        job = Job.from_buffer_copy(self.job)
        for name, array in arrays.items():
            setattr(job, name, array.ctypes.data)
        for name in ("varied", "points", "values"):
            setattr(job, f"{name}_stride", arrays[name].strides[-2] // arrays[name].itemsize)
        job.blocks, job.varied_count = blocks, len(rows)
        self.kernel.march.call(ctypes.addressof(job))

    def _points(self, members: slice) -> Floats:
        """Return the values of all paths, one after the other, for some members."""
        count = members.stop - members.start
        paths = [p.values if p.values.shape[1] == 1 else p.values[:, members] for p in self.inputs.paths]
        return np.concatenate([np.empty((0, count)), *(np.broadcast_to(p, (len(p), count)) for p in paths)])


def _differs(rows: Floats) -> NDArray[np.bool_]:
    """Return in which rows a member differs from the first, be it by the sign of a zero."""
    bits = rows.view(np.int64)
    return np.asarray((bits != bits[:, :1]).any(axis=1), np.bool_)


def _tables(kernel: Kernel, layout: Layout, inputs: Inputs) -> Mapping[str, list[int]]:
    """Return the pieces to run: of `moved` those that change with a path, of `record` those that are kept."""
    pieces = kernel.code.pieces
    moving = {path.row for path in inputs.paths}
    kept = {row for array, row in map(layout.places.__getitem__, inputs.keep) if array == "values"}
    needs = {stage: [each.needs for each in prints] for stage, prints in pieces.items()}
    read = [i for i, each in enumerate(pieces["fixed"]) if each.constants & moving]
    written = [i for i, each in enumerate(pieces["record"]) if each.auxiliaries & kept]
    moved, record = changed(needs["fixed"], read), closed(needs["record"], written)
    tables = {stage: kernel.addresses[stage] for stage in TABLES if stage != "moved"}
    tables["moved"] = [kernel.addresses["fixed"][number] for number in moved]
    tables["record"] = [kernel.addresses["record"][number] for number in record]
    return tables


def _arrays(kernel: Kernel, layout: Layout, inputs: Inputs) -> Mapping[str, NDArray[Any]]:
    """Return the schedule, and where paths and what is kept are, as the march reads them."""
    schedule, first = inputs.schedule, kernel.code.first
    saved = np.full(inputs.steps + 1, -1, np.int64)
    saved[list(inputs.saves)] = np.arange(len(inputs.saves))
    columns = np.where(schedule.begins, saved[schedule.of_step], -1)
    rows = [first[array] + row for array, row in (layout.places[key] for key in inputs.keep)]
    found = {
        **schedule._asdict(),
        "begins": schedule.begins,
        "columns": columns,
        "checks": np.append(columns[1:] >= 0, True),
        "keep": np.array(rows, np.int64),
        "path_rows": np.array([path.row for path in inputs.paths], np.int64),
        "path_ends": np.cumsum([0, *(len(path.times) for path in inputs.paths)], dtype=np.int64),
    }
    return {name: np.ascontiguousarray(array) for name, array in found.items()}


def aligned(size: int) -> Floats:
    """Return zeros that begin at a line of the processor's cache, so that no vector is split between two."""
    line = 8
    w = np.zeros(size + line)
    first = -(w.ctypes.data // w.itemsize) % line
    return w[first : first + size]
