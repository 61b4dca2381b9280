"""Integrate the generated equations by SciPy's solve_ivp: adaptive steps, split where levers move."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from simcounty.backends.flatten import program_of
from simcounty.backends.interpreted import Member, Values
from simcounty.backends.job import TINY, Floats, Inputs, Outcome
from simcounty.backends.program import Program
from simcounty.errors import InputError, RunError
from simcounty.model.graph import Graph

METHOD = "LSODA"
TOLERANCE = 1e-9
"""The relative error of a step, and its absolute error as a fraction of each stock's first level."""


def integrate(graph: Graph, inputs: Inputs) -> Outcome:
    """Integrate every member in turn.

    Raises InputError for a model whose memory is tied to fixed steps (DELAY FIXED, SAMPLE IF TRUE) and for an
    integrator of fixed steps; members that the solver gives up on are flagged.
    """
    if inputs.integrator != "euler":
        raise InputError(
            f"adaptive: it integrates by {METHOD}; leave out the integrator {inputs.integrator!r}, "
            "or use the backend interpreted or compiled."
        )
    program = program_of(graph)
    if program.layout.samples or program.layout.delays:
        tied = [s.key for s in graph.states if type(s).__name__ in ("Sample", "Delayed")]
        raise InputError(
            f"adaptive: {', '.join(tied)} remember from step to step (DELAY FIXED, SAMPLE IF TRUE). "
            "Use the backend interpreted or compiled."
        )
    values, failed = np.full(inputs.shape, np.nan), np.zeros(inputs.members, bool)
    reason = ""
    for member in range(inputs.members):
        try:
            values[:, :, member] = _Solution(program, inputs, member).solve()
        except RunError as error:
            failed[member] = True
            reason = reason or str(error)
    return Outcome(values, failed, "adaptive", f"solve_ivp {METHOD}, tolerance {TOLERANCE:g}", reason)


def _within(t: float, begin: float, end: float) -> float:
    """Return an instant a hair inside an interval, so that a jump at its end is seen from its own side."""
    hair = TINY * (end - begin)
    return min(max(t, begin + hair), end - hair)


class _Solution(Member):
    """One member, integrated by the solver."""

    def __init__(self, program: Program, inputs: Inputs, member: int) -> None:
        super().__init__(program, inputs, member)
        self.dates = [np.array(path.times) for path in inputs.paths]

    def solve(self) -> Floats:
        from scipy.integrate import solve_ivp

        inputs, n = self.inputs, self.program.layout.stocks
        times = np.minimum(inputs.times, inputs.end)  # the last may lie beyond it by rounding
        self.settle(inputs.start, inputs.start)
        self.run("start")
        levels = np.array(self.y[:n])
        scale = TOLERANCE * np.maximum(np.abs(levels), 1.0)
        if inputs.end == inputs.start:
            return np.array([self.saved(inputs.start, levels, inputs.start)]).T
        columns = []
        inner = [t for t in inputs.breaks.tolist() if inputs.start < t < inputs.end]
        for begin, end in pairwise([inputs.start, *inner, inputs.end]):
            last = end == inputs.end
            wanted = times[(times >= begin) & ((times <= end) if last else (times < end))]
            found = solve_ivp(
                lambda t, y, begin=begin, end=end: self.rates(_within(t, begin, end), y, begin),
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

    def settle(self, t: float, begin: float) -> None:
        """Set the clock, the constants whose paths have begun, and what depends on them.

        The step began half a step back but for rounding: STEP and PULSE look half a step ahead.
        """
        self.set_clock(t, t - (0.5 - TINY) * self.inputs.step)
        for path, dates, values in zip(self.inputs.paths, self.dates, self.path_values, strict=True):
            if dates[0] <= begin:
                self.p[path.row] = float(np.interp(t, dates, values))
        self.run("fixed")

    def rates(self, t: float, levels: Any, begin: float) -> Values:
        self.set_levels(t, levels, begin)
        self.run("rates")
        if not math.isfinite(sum(self.out)):
            raise RunError(f"a rate is not finite at time {t:g}; run the backend interpreted to see which.")
        return list(self.out)

    def saved(self, t: float, levels: Any, begin: float) -> Values:
        self.set_levels(t, levels, begin)
        kept = self.record()
        pairs = zip(self.program.layout.auxiliaries, self.arrays["values"], strict=True)
        if key := next((key for key, value in pairs if not math.isfinite(value)), None):
            raise RunError(f"{key} is not a finite number at time {t:g}; the backend interpreted says why.")
        return kept

    def set_levels(self, t: float, levels: Any, begin: float) -> None:
        self.y[: self.program.layout.stocks] = [float(v) for v in levels]
        self.settle(t, begin)
