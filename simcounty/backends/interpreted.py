"""Run the generated equations as plain Python, one member at a time: no warm-up, and failures are named."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from simcounty.backends.job import STAGES, TINY, Floats, Inputs, Outcome
from simcounty.backends.program import Program, program_text
from simcounty.errors import RunError
from simcounty.model import arithmetic
from simcounty.model.graph import BALANCE, Graph, expressions, references

Values = list[float]
ClockValues = tuple[float, ...]
Stage = Callable[..., None]


class Stages(NamedTuple):
    """The stages of a program as Python functions."""

    start: Stage
    fixed: Stage
    rates: Stage
    record: Stage


@lru_cache(maxsize=16)
def stages_of(program: Program) -> Stages:
    """Execute the text of a program in a namespace of Vensim's arithmetic and nothing else."""
    names = {f.__name__: f for f in (*arithmetic.NATIVE, *arithmetic.PORTABLE)}
    scope: dict[str, Any] = {"__builtins__": {"abs": abs}, **names}
    exec(compile(program_text(program), "<equations>", "exec"), scope)
    return Stages(*(scope[name] for name in Stages._fields))


def integrate(program: Program, graph: Graph, inputs: Inputs) -> Outcome:
    """Integrate every member in turn.

    A single member that turns non-finite raises RunError naming the first variable, its time and the
    inputs of its equation; among several, failed ones are flagged.
    """
    values, failed = inputs.empty_values(), np.zeros(inputs.members, bool)
    for member in range(inputs.members):
        run = _Run(program, inputs, member)
        values[:, :, member] = run.integrate()
        failed[member] = run.failed_at is not None
        if failed[member] and inputs.members == 1:
            raise RunError(_first_failure(run, graph))
    return Outcome(values, failed, "interpreted")


class Member:
    """The arrays of one member, as the stages of its program take them."""

    def __init__(self, program: Program, inputs: Inputs, member: int) -> None:
        self.program, self.inputs = program, inputs
        self.stages = stages_of(program)
        self.p: Values = [float(v) for v in inputs.constants[:, member]]
        self.y: Values = [0.0] * len(program.states)
        self.h: Values = [0.0] * program.fixed_rows
        self.out: Values = [0.0] * program.moving
        self.bad: Values = [0.0]
        self.auxiliaries: Values = [0.0] * len(program.auxiliaries)
        self.path_values = [path.of_member(member) for path in inputs.paths]
        self._kept = [program.places[key] for key in inputs.keep]

    def record(self, clock: ClockValues) -> Values:
        """Compute every auxiliary, and return the values to keep."""
        self.stages.record(*clock, self.y, self.p, self.h, self.auxiliaries)
        arrays = {"p": self.p, "y": self.y, "values": self.auxiliaries}
        return [arrays[array][row] for array, row in self._kept]


class _Run(Member):
    """One member's march through time by fixed steps."""

    def __init__(self, program: Program, inputs: Inputs, member: int) -> None:
        super().__init__(program, inputs, member)
        self.lag: Values = [0.0] * program.delays
        self.past: list[Values] = []
        self.waits: list[int] = []
        self.failed_at: int | None = None

    def clock(self, k: int, fraction: float = 0.0) -> ClockValues:
        i = self.inputs
        t_step = i.start + k * i.step
        return (t_step + fraction * i.step, t_step, i.step, i.start, i.end)

    def integrate(self) -> Floats:
        inputs, saves = self.inputs, set(self.inputs.saves)
        result = np.full((len(inputs.keep), len(inputs.saves)), np.nan)
        self.move_paths(0, 0)
        self.stages.start(*self.clock(0), self.p, self.y, self.lag)
        self.waits = [self.steps_of(lag) for lag in self.lag]
        advance = self.euler if inputs.integrator == "euler" else self.rk4
        column = 0
        for k in range(inputs.steps + 1):
            self.settle(k, 0)
            if k in saves:
                result[:, column] = self.record(self.clock(k))
                column += 1
            self.stages.rates(*self.clock(k), self.y, self.p, self.h, self.out, self.bad)
            at_end = self.out if k == inputs.steps else ()  # no step follows to carry these into a stock
            if self.bad[0] != 0.0 or not math.isfinite(sum(self.y) + sum(at_end)):
                self.failed_at = k
                break
            if k < inputs.steps:
                advance(k)
        return result

    def steps_of(self, lag: float) -> int:
        """Return how many steps a fixed delay takes; one that is not finite fails the run."""
        if not math.isfinite(lag):
            self.bad[0] = math.nan
            return 1
        return max(1, math.ceil(lag / self.inputs.step - TINY))

    def settle(self, k: int, stage: int) -> None:
        """Set the constants that move, and what depends on them, to a stage of step k."""
        if self.inputs.schedule.moves[k, stage]:
            self.move_paths(k, stage)
            fraction = STAGES[self.inputs.integrator][stage]
            self.stages.fixed(*self.clock(k, fraction), self.y, self.p, self.h, self.bad)

    def move_paths(self, k: int, stage: int) -> None:
        schedule = self.inputs.schedule
        for j, (path, own) in enumerate(zip(self.inputs.paths, self.path_values, strict=True)):
            if schedule.on[k, j]:
                low, weight = int(schedule.low[k, stage, j]), float(schedule.weight[k, stage, j])
                a, b = float(own[low]), float(own[min(low + 1, len(own) - 1)])
                self.p[path.row] = a + weight * (b - a)

    def euler(self, k: int) -> None:
        step, y, out = self.inputs.step, self.y, self.out
        for i in range(self.program.stocks):
            y[i] = y[i] + step * out[i]
        self.remember(k, out)

    def rk4(self, k: int) -> None:
        """Take a step by the classical Runge-Kutta rule; the rates at its start are already in `out`."""
        step, y, n = self.inputs.step, self.y, self.program.stocks
        first, before = list(self.out), list(y)
        total = first[:n]
        for stage, reach, weight in ((1, 0.5, 2.0), (2, 0.5, 2.0), (3, 1.0, 1.0)):
            for i in range(n):
                y[i] = before[i] + reach * step * self.out[i]
            self.settle(k, stage)
            fraction = STAGES["rk4"][stage]
            self.stages.rates(*self.clock(k, fraction), y, self.p, self.h, self.out, self.bad)
            for i in range(n):
                total[i] = total[i] + weight * self.out[i]
        for i in range(n):
            y[i] = before[i] + step / 6.0 * total[i]
        self.remember(k, first)

    def remember(self, k: int, out: Values) -> None:
        """Set samples to what they follow, and fixed delays to what came in long enough ago."""
        p = self.program
        y = self.y
        for i in range(p.stocks, p.stocks + p.samples):
            y[i] = out[i]
        if p.delays:
            first = p.stocks + p.samples
            self.past.append(out[first : first + p.delays])
            for j in range(p.delays):
                if k + 1 >= self.waits[j]:
                    y[first + j] = self.past[k + 1 - self.waits[j]][j]


def _first_failure(run: _Run, graph: Graph) -> str:
    """Name the first element, in computing order, that is not finite, or the balance that broke."""
    assert run.failed_at is not None
    clock = run.clock(run.failed_at)
    run.record(clock)
    values = dict(zip(run.program.constants, run.p, strict=True))
    values |= dict(zip(run.program.states, run.y, strict=True))
    values |= dict(zip(run.program.auxiliaries, run.auxiliaries, strict=True))
    key = next((key for key, value in values.items() if not math.isfinite(value)), None)
    broken = [a for a in graph.auxiliaries if a.is_balance and not abs(values[a.key]) <= BALANCE]
    if key is None and broken:
        found = ", ".join(f"{a.key} ({a.label}) = {values[a.key]:.3g}" for a in broken)
        return f"a balance does not hold to {BALANCE:g} of its terms at time {clock[0]:g}: {found}."
    what = f"{key} ({values[key]:g})" if key else f"what moves {_failed_rate(run, graph)}"
    key = key or _failed_rate(run, graph)
    reads = dict.fromkeys(k for expr in expressions(graph.elements[key]) for k in references(expr))
    inputs = ", ".join(f"{k} = {values[k]:g}" for k in reads if k in values) or "nothing but numbers and time"
    return (
        f"{what} is not a finite number at time {clock[0]:g}. Its equation reads: {inputs}. "
        f"Equation: {_equation(graph, key)}. "
        "Look for a division by zero, the logarithm or a broken power of a negative number."
    )


def _equation(graph: Graph, key: str) -> str:
    """Return an equation as written; for a helper that of the variable it belongs to."""
    owner = key.partition(" | ")[0]
    return graph.elements[owner if owner in graph.elements else key].about.equation or "not known"


def _failed_rate(run: _Run, graph: Graph) -> str:
    """Return the state whose rate, or whose delay, is not finite where everything else still is."""
    program = run.program
    moving = [*zip(program.states, run.out, strict=False)]
    waiting = zip(program.states[program.stocks + program.samples :], run.lag, strict=False)
    return next(key for key, value in (*moving, *waiting) if not math.isfinite(value))
