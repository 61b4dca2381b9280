"""March a block of members through time: the loops around the generated equations, written by hand.

The order of operations is that of `interpreted`, so that both give the same bits. Every array is laid
out as `text.Block` says: row r of a region begins at (first + r) × width.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from simcounty.backends.job import TINY
from simcounty.backends.native import OPTIONS, STAGE

import numba  # isort: skip (after native, which prepares it)

_F1, _F2, _F3 = numba.float64[::1], numba.float64[:, ::1], numba.float64[:, :, ::1]
_I1, _I3 = numba.int64[::1], numba.int64[:, :, ::1]
_B1, _B2 = numba.boolean[::1], numba.boolean[:, ::1]
_FUNCTION = numba.types.FunctionType(STAGE)
_PATHS = numba.types.Tuple((_I3, _F3, _B2, _I1, _I1, _F2))

helper = numba.njit(cache=True, **OPTIONS)


@helper
def _move_paths(k: int, stage: int, width: int, paths: Any, w: Any) -> None:
    """Set the constants that move to where their paths stand at a stage of step k."""
    low, weight, on, rows, ends, points = paths
    for j in range(rows.size):
        if on[k, j]:
            a = ends[j] + low[k, stage, j]
            b = min(a + 1, ends[j + 1] - 1)
            part = weight[k, stage, j]
            for m in range(width):
                w[rows[j] * width + m] = points[a, m] + part * (points[b, m] - points[a, m])


@helper
def _save(column: int, width: int, keep: Any, dead: Any, kept: Any, w: Any) -> None:
    """Put the rows to keep into a column of the result; what has failed is no number."""
    for i in range(keep.size):
        for m in range(width):
            kept[i, column, m] = np.nan if dead[m] else w[keep[i] * width + m]


@helper
def _bury(first: int, rows: int, bad: int, width: int, dead: Any, w: Any) -> None:
    """Mark the members of which a watched value, or one of some rows, is not finite."""
    for m in range(width):
        level = 0.0
        for i in range(rows):
            level += w[(first + i) * width + m]
        if w[bad * width + m] != 0.0 or not math.isfinite(level):
            dead[m] = True


@helper
def _remember(
    k: int, y: int, lag: int, delays: int, width: int, dt: float, moved: Any, past: Any, w: Any
) -> None:
    """Set samples to what they follow, and fixed delays (the last ones) to what came in long enough ago.

    y: the entry where samples begin. moved: what samples and delays turn into, as it was when the step began.
    """
    samples = moved.size - delays * width
    for i in range(samples):
        w[y + i] = moved[i]
    for i in range(delays * width):
        past[k, i] = moved[samples + i]
        steps = w[lag * width + i] / dt
        waits = max(1, math.ceil(steps - TINY)) if math.isfinite(steps) else 1
        if k + 1 >= waits:
            w[y + samples + i] = past[k + 1 - waits, i]


@helper
def _euler(y: int, out: int, size: int, dt: float, w: Any) -> None:
    for i in range(size):
        w[y + i] = w[y + i] + dt * w[out + i]


@helper
def _runge_kutta(
    k: int, y: int, out: int, size: int, width: int, span: Any, fractions: Any, moves: Any, paths: Any,
    fixed: Any, rates: Any, w: Any,
) -> None:  # fmt: skip
    """Classical Runge-Kutta; the rates at the step's start are already in `out`."""
    first, dt, last = span
    t = first + k * dt
    before, total = w[y : y + size].copy(), w[out : out + size].copy()
    for s in range(1, fractions.size):
        for i in range(size):
            w[y + i] = before[i] + fractions[s] * dt * w[out + i]
        now = t + fractions[s] * dt
        if moves[k, s]:
            _move_paths(k, s, width, paths, w)
            fixed(now, t, dt, first, last, w)
        rates(now, t, dt, first, last, w)
        share = 2.0 if s < 3 else 1.0
        for i in range(size):
            total[i] = total[i] + share * w[out + i]
    for i in range(size):
        w[y + i] = before[i] + dt / 6.0 * total[i]


@numba.njit(
    numba.void(
        _FUNCTION, _FUNCTION, _FUNCTION, _FUNCTION, _F1, numba.int64, _I1, _F1, numba.int64,
        _I1, _I1, _B2, _PATHS, _F3, _B1, _F1,
    ),
    cache=True,
    **OPTIONS,
)  # fmt: skip
def march(
    start: Any, fixed: Any, rates: Any, record: Any, w: Any, width: int, layout: Any, span: Any, steps: int,
    columns: Any, keep: Any, moves: Any, paths: Any, kept: Any, dead: Any, fractions: Any,
) -> None:  # fmt: skip
    """Integrate one block.

    layout: first rows of y, out, bad, lag, then the numbers of states, stocks, samples, delays.
    span: first instant, step, last instant. columns: of each step, -1 where it is not saved. keep: rows
    of `w` to save. moves: whether a path moves at a stage of a step. paths: low, weight and on of the
    schedule; the rows of the constants that move, where each one's points begin, the points (points, width).
    kept: (keep, saves, width), filled. dead: which members failed, filled. fractions: of a step, where
    the integrator evaluates the rates.
    """
    y0, out0, bad, lag, states, stocks, samples, delays = layout
    first, dt, last = span
    y, out, size = y0 * width, out0 * width, stocks * width
    past = np.empty((steps + 1 if delays else 1, delays * width))
    _move_paths(0, 0, width, paths, w)
    start(first, first, dt, first, last, w)
    for i in range(delays * width):
        w[bad * width + i % width] += w[lag * width + i] * 0.0
    for k in range(steps + 1):
        t = first + k * dt
        if moves[k, 0]:
            _move_paths(k, 0, width, paths, w)
            fixed(t, t, dt, first, last, w)
        if columns[k] >= 0:
            record(t, t, dt, first, last, w)
            _save(columns[k], width, keep, dead, kept, w)
        rates(t, t, dt, first, last, w)
        if k == steps or columns[k + 1] >= 0:
            _bury(y0, states, bad, width, dead, w)
        if k == steps:  # no step follows in which a stock would show what its rate is
            _bury(out0, stocks + samples + delays, bad, width, dead, w)
            break
        moved = w[out + size : out + size + (samples + delays) * width].copy()
        if fractions.size == 1:
            _euler(y, out, size, dt, w)
        else:
            _runge_kutta(k, y, out, size, width, span, fractions, moves, paths, fixed, rates, w)
        _remember(k, y + size, lag, delays, width, dt, moved, past, w)
