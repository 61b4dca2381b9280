"""March a block of members through time: the loops around the generated equations, written by hand.

The order of operations is that of `interpreted`, so that both give the same bits. Every array is laid
out as `program.Block` describes: row r of a region begins at (first + r) × width.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from simcounty.backends.job import TINY, Flags, Floats, Ints, Schedule
from simcounty.backends.native import OPTIONS, STAGE

import numba  # isort: skip (after native, which prepares it)


class Layout(NamedTuple):
    """The first rows of regions of `w`, and the numbers of states of each kind."""

    y: int
    out: int
    bad: int
    lag: int
    states: int
    stocks: int
    samples: int
    delays: int


class Grid(NamedTuple):
    """What all blocks of a job share.

    moving: the row in `w` of each constant that moves. ends: where the points of its path begin, and end.
    first, step, last: in units of time. fractions: of a step, where the integrator evaluates the rates.
    columns: the column of the result for each step, -1 where it is not saved. keep: the rows to save.
    """

    layout: Layout
    schedule: Schedule
    moving: Ints
    ends: Ints
    width: int
    steps: int
    first: float
    step: float
    last: float
    fractions: Floats
    columns: Ints
    keep: Ints


class Members(NamedTuple):
    """The arrays of one block.

    w: the working array, constants filled in. points (points, width): the values of the paths.
    kept (keep, saves, width) and failed (width): the results, filled by `march`.
    """

    w: Floats
    points: Floats
    kept: Floats
    failed: Flags


_F1, _F2, _F3 = numba.float64[::1], numba.float64[:, ::1], numba.float64[:, :, ::1]
_I1, _I3 = numba.int64[::1], numba.int64[:, :, ::1]
_B1, _B2 = numba.boolean[::1], numba.boolean[:, ::1]
_INT, _FLOAT, _tuple = numba.int64, numba.float64, numba.types.NamedTuple
_FUNCTION = numba.types.FunctionType(STAGE)
_LAYOUT = numba.types.NamedUniTuple(_INT, len(Layout._fields), Layout)
_SCHEDULE = _tuple((_I3, _F3, _B2, _B2), Schedule)
_GRID = _tuple((_LAYOUT, _SCHEDULE, _I1, _I1, _INT, _INT, _FLOAT, _FLOAT, _FLOAT, _F1, _I1, _I1), Grid)
_MEMBERS = _tuple((_F1, _F2, _F3, _B1), Members)

helper = numba.njit(cache=True, **OPTIONS)


@helper
def _move_constants(k: int, stage: int, grid: Grid, members: Members) -> None:
    """Set the constants that move to the values of their paths at a stage of step k."""
    schedule, points, w, width = grid.schedule, members.points, members.w, grid.width
    for j in range(grid.moving.size):
        if schedule.on[k, j]:
            a = grid.ends[j] + schedule.low[k, stage, j]
            b = min(a + 1, grid.ends[j + 1] - 1)
            part = schedule.weight[k, stage, j]
            for m in range(width):
                w[grid.moving[j] * width + m] = points[a, m] + part * (points[b, m] - points[a, m])


@helper
def _save(column: int, grid: Grid, members: Members) -> None:
    """Copy the rows to keep into a column of the result; failed members are nan."""
    for i in range(grid.keep.size):
        for m in range(grid.width):
            value = members.w[grid.keep[i] * grid.width + m]
            members.kept[i, column, m] = np.nan if members.failed[m] else value


@helper
def _mark_failed(first: int, rows: int, grid: Grid, members: Members) -> None:
    """Mark the members of which a watched value, or one of some rows, is not finite."""
    w, width = members.w, grid.width
    for m in range(width):
        level = 0.0
        for i in range(rows):
            level += w[(first + i) * width + m]
        if w[grid.layout.bad * width + m] != 0.0 or not math.isfinite(level):
            members.failed[m] = True


@helper
def _remember(k: int, grid: Grid, moved: Floats, past: Floats, w: Floats) -> None:
    """Set samples to what they follow, and fixed delays (the last ones) to what came in long enough ago.

    moved: the new values of samples and delays, as they were at the start of the step.
    past: what came into the delays, by step; filled.
    """
    layout, width = grid.layout, grid.width
    y, lag = (layout.y + layout.stocks) * width, layout.lag * width
    samples = layout.samples * width
    for i in range(samples):
        w[y + i] = moved[i]
    for i in range(layout.delays * width):
        past[k, i] = moved[samples + i]
        steps = w[lag + i] / grid.step
        waits = max(1, math.ceil(steps - TINY)) if math.isfinite(steps) else 1
        if k + 1 >= waits:
            w[y + samples + i] = past[k + 1 - waits, i]


@helper
def _euler(grid: Grid, w: Floats) -> None:
    y, out = grid.layout.y * grid.width, grid.layout.out * grid.width
    for i in range(grid.layout.stocks * grid.width):
        w[y + i] = w[y + i] + grid.step * w[out + i]


@helper
def _runge_kutta(k: int, fixed: Any, rates: Any, grid: Grid, members: Members) -> None:
    """Take a step by the classical Runge-Kutta rule; the rates at its start are already in `out`."""
    first, dt, last, w = grid.first, grid.step, grid.last, members.w
    y, out, size = grid.layout.y * grid.width, grid.layout.out * grid.width, grid.layout.stocks * grid.width
    t = first + k * dt
    before, total = w[y : y + size].copy(), w[out : out + size].copy()
    for s in range(1, grid.fractions.size):
        for i in range(size):
            w[y + i] = before[i] + grid.fractions[s] * dt * w[out + i]
        now = t + grid.fractions[s] * dt
        if grid.schedule.moves[k, s]:
            _move_constants(k, s, grid, members)
            fixed(now, t, dt, first, last, w)
        rates(now, t, dt, first, last, w)
        share = 2.0 if s < 3 else 1.0
        for i in range(size):
            total[i] = total[i] + share * w[out + i]
    for i in range(size):
        w[y + i] = before[i] + dt / 6.0 * total[i]


@numba.njit(numba.void(_FUNCTION, _FUNCTION, _FUNCTION, _FUNCTION, _GRID, _MEMBERS), cache=True, **OPTIONS)
def march(start: Any, fixed: Any, rates: Any, record: Any, grid: Grid, members: Members) -> None:
    """Integrate one block by the stages of a program; fill `kept` and `failed` of the members."""
    first, dt, last, w, width = grid.first, grid.step, grid.last, members.w, grid.width
    layout = grid.layout
    memories = layout.samples + layout.delays
    memory = (layout.out + layout.stocks) * width
    past = np.empty((grid.steps + 1 if layout.delays else 1, layout.delays * width))
    _move_constants(0, 0, grid, members)
    start(first, first, dt, first, last, w)
    for i in range(layout.delays * width):
        w[layout.bad * width + i % width] += w[layout.lag * width + i] * 0.0
    for k in range(grid.steps + 1):
        t = first + k * dt
        if grid.schedule.moves[k, 0]:
            _move_constants(k, 0, grid, members)
            fixed(t, t, dt, first, last, w)
        if grid.columns[k] >= 0:
            record(t, t, dt, first, last, w)
            _save(grid.columns[k], grid, members)
        rates(t, t, dt, first, last, w)
        if k == grid.steps or grid.columns[k + 1] >= 0:
            _mark_failed(layout.y, layout.states, grid, members)
        if k == grid.steps:  # no step follows in which a stock would show what its rate is
            _mark_failed(layout.out, layout.stocks + memories, grid, members)
            break
        moved = w[memory : memory + memories * width].copy()
        if grid.fractions.size == 1:
            _euler(grid, w)
        else:
            _runge_kutta(k, fixed, rates, grid, members)
        _remember(k, grid, moved, past, w)
