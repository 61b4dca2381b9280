"""March a block of members through time: the loops around the generated equations, written by hand.

The order of operations is that of `interpreted`, so that both give the same bits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from simcounty.backends.native import OPTIONS, SIGNATURE

import numba  # isort: skip (after native, which prepares it)

_F1, _F2, _F3 = numba.float64[::1], numba.float64[:, ::1], numba.float64[:, :, ::1]
_I1, _I3 = numba.int64[::1], numba.int64[:, :, ::1]
_B2 = numba.boolean[:, ::1]
_STAGE = numba.types.FunctionType(SIGNATURE)


@numba.njit(inline="never", cache=True, **OPTIONS)
def _move_paths(
    k: int, stage: int, width: int, low: Any, weight: Any, on: Any, rows: Any, ends: Any, points: Any, w: Any
) -> None:
    """Set the constants that move to where their paths stand at a stage of step k."""
    for j in range(rows.size):
        if on[k, j]:
            a = ends[j] + low[k, stage, j]
            b = min(a + 1, ends[j + 1] - 1)
            part = weight[k, stage, j]
            for m in range(width):
                w[rows[j] * width + m] = points[a, m] + part * (points[b, m] - points[a, m])


@numba.njit(
    numba.void(
        _STAGE, _STAGE, _STAGE, _STAGE, _F1, numba.int64, _I1, _F1, numba.int64, _I1, _I1,
        _I3, _F3, _B2, _B2, _I1, _I1, _F2, _F3, numba.boolean[::1], _F1,
    ),
    cache=True,
    **OPTIONS,
)  # fmt: skip
def march(
    start, fixed, rates, record, w, width, layout, span, steps, saves, keep,
    low, weight, on, moves, rows, ends, points, kept, failed, fractions,
):  # fmt: skip
    """Integrate one block.

    layout: first rows of y, out, bad, lag, then the numbers of states, stocks, samples, delays.
    span: first instant, step, last instant. saves: the column of each step, -1 where it is not saved.
    keep: rows of `w` to save. rows, ends, points: the constants that move, where each one's points
    begin, and their values (points, width). kept: (keep, saves, width), filled. fractions: of a step,
    where the integrator evaluates the rates.
    """
    y0, out0, bad0, lag0, states, stocks, samples, delays = layout
    first, dt, last = span
    y, out = y0 * width, out0 * width
    size = stocks * width
    stages = fractions.size
    before, total = np.empty(size), np.empty(size)
    moved = np.empty((samples + delays) * width)
    past = np.empty((steps + 1 if delays else 1, delays * width))
    dead = np.zeros(width, np.bool_)

    _move_paths(0, 0, width, low, weight, on, rows, ends, points, w)
    start(first, first, dt, first, last, w)
    for i in range(delays * width):
        if not math.isfinite(w[lag0 * width + i]):
            w[bad0 * width + i % width] = np.nan
    for k in range(steps + 1):
        t = first + k * dt
        if moves[k, 0]:
            _move_paths(k, 0, width, low, weight, on, rows, ends, points, w)
            fixed(t + fractions[0] * dt, t, dt, first, last, w)
        if saves[k] >= 0:
            record(t + fractions[0] * dt, t, dt, first, last, w)
            for i in range(keep.size):
                for m in range(width):
                    kept[i, saves[k], m] = np.nan if dead[m] else w[keep[i] * width + m]
        rates(t + fractions[0] * dt, t, dt, first, last, w)
        if k == steps or saves[k + 1] >= 0:
            for m in range(width):
                level = 0.0
                for i in range(states):
                    level += w[y + i * width + m]
                if k == steps:  # no step follows in which a stock would show what its rate is
                    for i in range(stocks + samples + delays):
                        level += w[out + i * width + m]
                if w[bad0 * width + m] != 0.0 or not math.isfinite(level):
                    dead[m] = True
        if k == steps:
            break
        for i in range((samples + delays) * width):
            moved[i] = w[out + size + i]
        if stages == 1:
            for i in range(size):
                w[y + i] = w[y + i] + dt * w[out + i]
        else:
            for i in range(size):
                before[i] = w[y + i]
                total[i] = w[out + i]
            for s in range(1, stages):
                for i in range(size):
                    w[y + i] = before[i] + fractions[s] * dt * w[out + i]
                now = t + fractions[s] * dt
                if moves[k, s]:
                    _move_paths(k, s, width, low, weight, on, rows, ends, points, w)
                    fixed(now, t, dt, first, last, w)
                rates(now, t, dt, first, last, w)
                share = 2.0 if s < 3 else 1.0
                for i in range(size):
                    total[i] = total[i] + share * w[out + i]
            for i in range(size):
                w[y + i] = before[i] + dt / 6.0 * total[i]
        for i in range(samples * width):
            w[y + size + i] = moved[i]
        for i in range(delays * width):
            past[k, i] = moved[samples * width + i]
            lag = w[lag0 * width + i] / dt
            waits = max(1, math.ceil(lag - 1e-9)) if math.isfinite(lag) else 1
            if k + 1 >= waits:
                w[y + size + samples * width + i] = past[k + 1 - waits, i]
    for m in range(width):
        failed[m] = dead[m]
