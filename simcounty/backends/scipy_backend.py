"""Integrate with SciPy's solve_ivp on the generated equations: its own step, split where levers move."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from simcounty.backends.interpreted import Functions, Values, functions, places
from simcounty.backends.job import TINY, Floats, Inputs, Outcome
from simcounty.backends.program import Program
from simcounty.errors import InputError, RunError
from simcounty.model.graph import Graph

METHOD = "LSODA"
TOLERANCE = 1e-9
"""Relative error a step may make, and absolute error as a share of each stock's first level."""


def integrate(program: Program, graph: Graph, inputs: Inputs) -> Outcome:
    """Integrate every member in turn.

    Raises InputError for a model whose memory is tied to fixed steps (DELAY FIXED, SAMPLE IF TRUE), and
    RunError where the solver gives up on a single member.
    """
    if program.samples or program.delays:
        tied = [s.key for s in graph.states if type(s).__name__ in ("Sample", "Delayed")]
        raise InputError(
            f"adaptive: {', '.join(tied)} remember from step to step (DELAY FIXED, SAMPLE IF TRUE). "
            "Use the backend interpreted or compiled."
        )
    values = np.full((len(inputs.keep), len(inputs.saves), inputs.members), np.nan)
    failed = np.zeros(inputs.members, bool)
    for member in range(inputs.members):
        try:
            values[:, :, member] = _Solution(program, inputs, member).solve()
        except RunError:
            failed[member] = True
            if inputs.members == 1:
                raise
    return Outcome(values, failed, "adaptive", f"solve_ivp {METHOD}, tolerance {TOLERANCE:g}")


class _Solution:
    """One member's arrays, as the solver calls for them."""

    def __init__(self, program: Program, inputs: Inputs, member: int) -> None:
        self.program, self.inputs = program, inputs
        self.stages: Functions = functions(program)
        self.p: Values = [float(v) for v in inputs.constants[:, member]]
        self.paths = [
            (path.row, np.array(path.times), path.values[:, member if path.values.shape[1] > 1 else 0])
            for path in inputs.paths
        ]
        self.y: Values = [0.0] * len(program.states)
        self.h: Values = [0.0] * program.fixed_rows
        self.bad: Values = [0.0]

    def solve(self) -> Floats:
        from scipy.integrate import solve_ivp

        inputs, n = self.inputs, self.program.stocks
        times = inputs.start + np.array(inputs.saves) * inputs.step
        self.settle(inputs.start, inputs.start)
        self.stages.start(*self.clock(inputs.start), self.p, self.y, [0.0])
        levels = np.array(self.y[:n])
        scale = TOLERANCE * np.maximum(np.abs(levels), 1.0)
        columns = []
        for begin, end in pairwise(self.breaks()):
            last = end == inputs.end
            wanted = times[(times >= begin) & ((times <= end) if last else (times < end))]
            found = solve_ivp(
                lambda t, y, begin=begin: self.rates(t, y, begin),
                (begin, end), levels, METHOD, t_eval=np.union1d(wanted, [end]), rtol=TOLERANCE, atol=scale,
                max_step=inputs.step,  # so that no pulse is stepped over
            )  # fmt: skip
            if not found.success or not np.isfinite(found.y).all():
                raise RunError(f"the adaptive solver stopped at time {found.t[-1]:g}: {found.message}")
            columns += [
                self.record(t, y, begin) for t, y in zip(found.t, found.y.T, strict=True) if t in wanted
            ]
            levels = found.y[:, -1]
        return np.array(columns).T

    def breaks(self) -> list[float]:
        """Return the instants at which a path starts or bends, the ends of the run included."""
        i = self.inputs
        dates = {t for path in i.paths for t in path.times if i.start < t < i.end}
        return [i.start, *sorted(dates), i.end]

    def clock(self, t: float) -> tuple[float, ...]:
        """Return the clock; STEP and PULSE look half a step ahead, which is taken back up to rounding."""
        i = self.inputs
        return (t, t - (0.5 - TINY) * i.step, i.step, i.start, i.end)

    def settle(self, t: float, begin: float) -> None:
        for row, times, values in self.paths:
            if times[0] <= begin:
                self.p[row] = float(np.interp(t, times, values))
        self.stages.fixed(*self.clock(t), self.y, self.p, self.h, self.bad)

    def rates(self, t: float, levels: Any, begin: float) -> Values:
        n = self.program.stocks
        self.y[:n] = [float(v) for v in levels]
        self.settle(t, begin)
        out = [0.0] * self.program.moving
        self.stages.rates(*self.clock(t), self.y, self.p, self.h, out, self.bad)
        if not math.isfinite(sum(out)):
            raise RunError(f"a rate is not finite at time {t:g}; run the backend interpreted to see which.")
        return out

    def record(self, t: float, levels: Any, begin: float) -> Values:
        self.y[: self.program.stocks] = [float(v) for v in levels]
        self.settle(t, begin)
        auxiliaries = [0.0] * len(self.program.auxiliaries)
        self.stages.record(*self.clock(t), self.y, self.p, self.h, auxiliaries)
        self.assert_finite(t, auxiliaries)
        arrays = {"p": self.p, "y": self.y, "values": auxiliaries}
        return [arrays[array][row] for array, row in places(self.program, self.inputs.keep)]

    def assert_finite(self, t: float, auxiliaries: Values) -> None:
        pairs = zip(self.program.auxiliaries, auxiliaries, strict=True)
        if key := next((key for key, value in pairs if not math.isfinite(value)), None):
            raise RunError(f"{key} is not a finite number at time {t:g}; the backend interpreted says why.")
