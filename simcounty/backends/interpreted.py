"""Run the generated equations as plain Python, one member at a time: no warm-up, and failures are named."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

import numpy as np

from simcounty.backends.flatten import program_of
from simcounty.backends.job import FOR_EVER, STAGES, TINY, WEIGHTS, Floats, Inputs, Outcome
from simcounty.backends.operations import MEANINGS
from simcounty.backends.program import CLOCK_ROWS, Program
from simcounty.backends.python_text import stage_text
from simcounty.model.graph import BALANCE, Graph, expressions, references

Values = list[float]
Stage = Callable[..., None]


@lru_cache(maxsize=96)
def function_of(program: Program, stage: str) -> Stage:
    """Return a stage of a program as a Python function.

    Its text runs in a namespace of Vensim's arithmetic and nothing else.
    """
    scope: dict[str, Any] = {"__builtins__": {}, **MEANINGS}
    exec(compile(stage_text(program, stage), "<equations>", "exec"), scope)
    return cast(Stage, scope[stage])


def integrate(graph: Graph, inputs: Inputs) -> Outcome:
    """Integrate every member in turn; those that turn non-finite are flagged.

    The reason names the first variable, its time and the inputs of its equation.
    """
    program, reason = program_of(graph), ""
    values, failed = np.empty(inputs.shape), np.zeros(inputs.members, bool)
    for member in range(inputs.members):
        run = _Run(program, inputs, member)
        values[:, :, member] = run.integrate()
        failed[member] = run.failed_at is not None
        if failed[member] and not reason:
            reason = _first_failure(run, graph)
    return Outcome(values, failed, "interpreted", reason=reason)


class Member:
    """The arrays of one member, as the stages of its program take them."""

    def __init__(self, program: Program, inputs: Inputs, member: int) -> None:
        self.program, self.inputs = program, inputs
        self.arrays: dict[str, Values] = {array: [0.0] * size for array, size in program.sizes.items()}
        self.p, self.y = self.arrays["p"], self.arrays["y"]
        self.out, self.bad = self.arrays["out"], self.arrays["bad"]
        self.p[:] = inputs.constants[:, member].tolist()
        self.path_values = [path.of_member(member).tolist() for path in inputs.paths]
        self._kept = [program.layout.places[key] for key in inputs.keep]
        self._rows = tuple(self.arrays.values())

    def set_clock(self, t: float, step_start: float) -> None:
        """Set the time, when its step began, and what changes with time alone."""
        i = self.inputs
        self.arrays["c"][: len(CLOCK_ROWS)] = t, step_start, i.step, i.start, i.end
        self.run("clock")

    def run(self, stage: str) -> None:
        function_of(self.program, stage)(*self._rows)

    def record(self) -> Values:
        """Compute every auxiliary, and return the values to keep."""
        self.run("record")
        return [self.arrays[array][row] for array, row in self._kept]


class _Run(Member):
    """One member's march through time by fixed steps."""

    def __init__(self, program: Program, inputs: Inputs, member: int) -> None:
        super().__init__(program, inputs, member)
        self.schedule = inputs.schedule
        self.past: list[Values] = []
        self.waits: list[int] = []
        self.failed_at: float | None = None

    def integrate(self) -> Floats:
        inputs, saves, begins = self.inputs, set(self.inputs.saves), self.schedule.begins.tolist()
        result = np.full((len(inputs.keep), len(inputs.saves)), np.nan)
        self.move_paths(0, 0)
        self.set_clock(inputs.start, inputs.start)
        self.run("start")
        self.waits = [self.steps_of(lag) for lag in self.arrays["lag"]]
        advance = self.euler if inputs.integrator == "euler" else self.runge_kutta
        column, last = 0, len(begins) - 1
        for k in range(last + 1):
            self.settle(k, 0)
            if begins[k] and self.schedule.of_step[k] in saves:
                result[:, column] = self.record()
                column += 1
            if len(self.schedule.times[k]) > 1:
                self.at(k, 0)
            self.run("rates")
            at_end = self.out if k == last else []  # no step follows to carry these into a stock
            if self.bad[0] != 0.0 or not all(map(math.isfinite, self.y + at_end)):
                self.failed_at = float(self.schedule.starts[k])
                break
            if begins[k]:
                self.following = list(self.out)
            if k < last:
                advance(k)
                if begins[k + 1]:
                    self.remember(int(self.schedule.of_step[k]), self.following)
        return result

    def steps_of(self, lag: float) -> int:
        """Return the whole number of steps nearest to a fixed delay; one that is not finite fails the run."""
        if not math.isfinite(lag):
            self.bad[0] = math.nan
            return 1
        return math.floor(max(min(lag / self.inputs.step, FOR_EVER), 1.0) + (0.5 + TINY))

    def at(self, k: int, stage: int) -> None:
        """Set the clock to a stage of step k."""
        self.set_clock(float(self.schedule.times[k, stage]), float(self.schedule.step_starts[k]))

    def settle(self, k: int, stage: int) -> None:
        """Set the clock and the constants that move, and what depends on them, to a stage of step k.

        The first stage is the exact start, where values are kept.
        """
        if stage == 0:
            self.set_clock(float(self.schedule.starts[k]), float(self.schedule.step_starts[k]))
        else:
            self.at(k, stage)
        if self.schedule.moves[k, stage]:
            self.move_paths(k, stage)
            self.run("fixed")

    def move_paths(self, k: int, stage: int) -> None:
        schedule = self.schedule
        for j, (path, own) in enumerate(zip(self.inputs.paths, self.path_values, strict=True)):
            if schedule.on[k, j]:
                low, weight = int(schedule.low[k, stage, j]), float(schedule.weight[k, stage, j])
                a, b = own[low], own[min(low + 1, len(own) - 1)]
                self.p[path.row] = a + weight * (b - a)

    def euler(self, k: int) -> None:
        step, y, out = float(self.schedule.lengths[k]), self.y, self.out
        for i in range(self.program.layout.stocks):
            y[i] = y[i] + step * out[i]

    def runge_kutta(self, k: int) -> None:
        """Take a step by a Runge-Kutta rule; the rates at its start are already in `out`."""
        reaches, weights = STAGES[self.inputs.integrator], WEIGHTS[self.inputs.integrator]
        step, y, n = float(self.schedule.lengths[k]), self.y, self.program.layout.stocks
        before, total = list(y), self.out[:n]
        for stage in range(1, len(reaches)):
            reach, weight = reaches[stage], weights[stage]
            for i in range(n):
                y[i] = before[i] + reach * step * self.out[i]
            self.settle(k, stage)
            self.run("rates")
            for i in range(n):
                total[i] = total[i] + weight * self.out[i]
        for i in range(n):
            y[i] = before[i] + step / sum(weights) * total[i]

    def remember(self, k: int, following: Values) -> None:
        """Set samples to what they follow, and fixed delays to what came in long enough ago."""
        p, y = self.program.layout, self.y
        first = p.stocks + p.samples
        y[p.stocks : first] = following[p.stocks : first]
        if p.delays:
            self.past.append(following[first:])
            for j in range(p.delays):
                if k + 1 >= self.waits[j]:
                    y[first + j] = self.past[k + 1 - self.waits[j]][j]


def _first_failure(run: _Run, graph: Graph) -> str:
    """Name the first element, in computing order, that is not finite, or the balance that broke."""
    assert run.failed_at is not None
    run.record()
    values = {key: run.arrays[array][row] for key, (array, row) in run.program.layout.places.items()}
    key = next((key for key, value in values.items() if not math.isfinite(value)), None)
    broken = [a for a in graph.auxiliaries if a.is_balance and not abs(values[a.key]) <= BALANCE]
    if key is None and broken:
        found = ", ".join(f"{a.key} ({a.label}) = {values[a.key]:.3g}" for a in broken)
        return f"a balance does not hold to {BALANCE:g} of its terms at time {run.failed_at:g}: {found}."
    rate = None if key else _failed_rate(run)
    if key is None and rate is None:
        return (
            f"something is not a finite number within the step before time {run.failed_at:g}, though nothing "
            "is at its ends. Take a shorter step, or the integrator euler."
        )
    what = f"{key} ({values[key]:g})" if key else f"what moves {rate}"
    key = key or str(rate)
    reads = dict.fromkeys(k for expr in expressions(graph.elements[key]) for k in references(expr))
    inputs = ", ".join(f"{k} = {values[k]:g}" for k in reads if k in values) or "nothing but numbers and time"
    return (
        f"{what} is not a finite number at time {run.failed_at:g}. Its equation reads: {inputs}. "
        f"{_equation(graph, key)}. "
        "Look for a division by zero, the logarithm or a broken power of a negative number."
    )


def _equation(graph: Graph, key: str) -> str:
    """Return an equation and its line, as written; for a helper that of the variable it belongs to."""
    owner = key.partition(" | ")[0]
    about = graph.elements[owner if owner in graph.elements else key].about
    return f"Line {about.line}: {about.equation or 'not known'}"


def _failed_rate(run: _Run) -> str | None:
    """Return the state whose rate, or whose delay, is not finite; None where none is."""
    layout = run.program.layout
    moving = [*zip(layout.states, run.out, strict=False)]
    waiting = zip(layout.states[layout.stocks + layout.samples :], run.arrays["lag"], strict=False)
    return next((key for key, value in (*moving, *waiting) if not math.isfinite(value)), None)
