"""Integrate the generated equations by SciPy's solve_ivp: adaptive steps, split where levers move."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from simcounty.backends.interpreted import ClockValues, Member, Values
from simcounty.backends.job import TINY, Floats, Inputs, Outcome
from simcounty.backends.program import Program
from simcounty.errors import InputError, RunError
from simcounty.model.graph import Graph

METHOD = "LSODA"
TOLERANCE = 1e-9
"""The relative error of a step, and its absolute error as a fraction of each stock's first level."""


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
    values, failed = inputs.empty_values(), np.zeros(inputs.members, bool)
    for member in range(inputs.members):
        try:
            values[:, :, member] = _Solution(program, inputs, member).solve()
        except RunError:
            failed[member] = True
            if inputs.members == 1:
                raise
    return Outcome(values, failed, "adaptive", f"solve_ivp {METHOD}, tolerance {TOLERANCE:g}")


class _Solution(Member):
    """One member, integrated by the solver."""

    def __init__(self, program: Program, inputs: Inputs, member: int) -> None:
        super().__init__(program, inputs, member)
        self.dates = [np.array(path.times) for path in inputs.paths]

    def solve(self) -> Floats:
        from scipy.integrate import solve_ivp

        inputs, n, times = self.inputs, self.program.stocks, self.inputs.times
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
                self.saved(t, y, begin) for t, y in zip(found.t, found.y.T, strict=True) if t in wanted
            ]
            levels = found.y[:, -1]
        return np.array(columns).T

    def breaks(self) -> list[float]:
        """Return the instants at which a path starts or bends, the ends of the run included."""
        i = self.inputs
        dates = {t for path in i.paths for t in path.times if i.start < t < i.end}
        return [i.start, *sorted(dates), i.end]

    def clock(self, t: float) -> ClockValues:
        """Return the clock, half a step back but for rounding: STEP and PULSE look half a step ahead."""
        i = self.inputs
        return (t, t - (0.5 - TINY) * i.step, i.step, i.start, i.end)

    def settle(self, t: float, begin: float) -> None:
        """Set the constants whose paths have begun, and what depends on them."""
        for path, dates, values in zip(self.inputs.paths, self.dates, self.path_values, strict=True):
            if dates[0] <= begin:
                self.p[path.row] = float(np.interp(t, dates, values))
        self.stages.fixed(*self.clock(t), self.y, self.p, self.h, self.bad)

    def rates(self, t: float, levels: Any, begin: float) -> Values:
        self.set_levels(t, levels, begin)
        out = [0.0] * self.program.moving
        self.stages.rates(*self.clock(t), self.y, self.p, self.h, out, self.bad)
        if not math.isfinite(sum(out)):
            raise RunError(f"a rate is not finite at time {t:g}; run the backend interpreted to see which.")
        return out

    def saved(self, t: float, levels: Any, begin: float) -> Values:
        self.set_levels(t, levels, begin)
        kept = self.record(self.clock(t))
        pairs = zip(self.program.auxiliaries, self.auxiliaries, strict=True)
        if key := next((key for key, value in pairs if not math.isfinite(value)), None):
            raise RunError(f"{key} is not a finite number at time {t:g}; the backend interpreted says why.")
        return kept

    def set_levels(self, t: float, levels: Any, begin: float) -> None:
        self.y[: self.program.stocks] = [float(v) for v in levels]
        self.settle(t, begin)
