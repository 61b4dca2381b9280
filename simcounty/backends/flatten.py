"""Flatten a graph's equations into one list of operations, each computed as seldom as possible.

What an operation depends on says where it is computed:

    CONSTANT  constants and held initial values   → when these change
    CLOCK     time                                → once a step, for all members
    MOVING    states, or both of the above        → for every member and step

A condition is never kept from one stage to another: it is computed where it is needed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from simcounty import cache
from simcounty.backends.operations import CONDITIONS, LEAVES, Operation, Operations, Value, traced
from simcounty.backends.program import CLOCK_ROWS, Layout, Program, Stage, Store
from simcounty.model import arithmetic
from simcounty.model.functions import FUNCTIONS, interpolate
from simcounty.model.graph import (
    BALANCE,
    FINAL_TIME,
    INITIAL_TIME,
    STEP_START,
    TIME,
    TIME_STEP,
    Auxiliary,
    Call,
    Delayed,
    Expr,
    Graph,
    Held,
    Interpolate,
    Number,
    Ref,
    Sample,
    State,
    Stock,
)

CONSTANT, CLOCK, MOVING, NEUTRAL, STEPPED = 1, 2, 4, 8, 16
"""What an operation depends on, as bits; what is neutral has one value through a run, for all members, and
what is stepped changes only from one step of the file to the next."""

_BENDING = frozenset({"less", "less_equal", "greater", "greater_equal", "smaller", "larger", "abs"})
"""Operations that bend or jump where their arguments are equal, or the only one is 0."""

_QUICK_POWERS: Mapping[float, Callable[[Value], Value | float]] = {
    2.0: lambda x: x * x,
    1.0: lambda x: x,
    0.5: traced(arithmetic.sqrt),
    0.0: lambda x: 1.0,
    -1.0: lambda x: 1.0 / x,
}
"""Powers that an operation gives exactly to the last bit."""


_select = traced(arithmetic.select)


def level(depends: int) -> int:
    """Return where an operation is computed; 0 for a number."""
    if depends & MOVING or depends & (CONSTANT | CLOCK) == CONSTANT | CLOCK:
        return MOVING
    return depends & CLOCK or (CONSTANT if depends else 0)


@dataclass
class Equations:
    """Operations in the making, and the value of each element that an equation may read."""

    operations: Operations
    values: dict[str, Value]

    @classmethod
    def of(cls, graph: Graph, states: Iterable[State]) -> Equations:
        """Begin with what every equation may read: the clock, constants and states."""
        operations = Operations()
        depends = dict.fromkeys((TIME_STEP, INITIAL_TIME, FINAL_TIME), NEUTRAL)
        depends |= {TIME: CLOCK, STEP_START: CLOCK | STEPPED}
        values = {key: operations.load("c", row, depends[key]) for key, row in CLOCK_ROWS.items()}
        for row, constant in enumerate(graph.constants):
            values[constant.key] = operations.load("p", row, CONSTANT)
        for row, state in enumerate(states):
            values[state.key] = operations.load("y", row, CONSTANT if isinstance(state, Held) else MOVING)
        return cls(operations, values)

    def number(self, expr: Expr) -> Value:
        """Add an expression; a condition becomes 1 or 0."""
        value = self.any(expr)
        return _select(value, 1.0, 0.0) if value.is_condition else value

    def condition(self, expr: Expr) -> Value:
        """Add an expression as a truth value: whether it is not 0."""
        value = self.any(expr)
        return value if value.is_condition else value != 0.0

    def any(self, expr: Expr) -> Value:
        if isinstance(expr, Number):
            return self.operations.number(expr.value)
        if isinstance(expr, Ref):
            return self.values[expr.key]
        if isinstance(expr, Interpolate):
            return self._value(traced(interpolate)(expr.lookup, self.number(expr.at)))
        return self._call(expr)

    def _call(self, call: Call) -> Value:
        function = FUNCTIONS[call.function]
        args = [
            self.condition(arg) if place in function.conditions else self.number(arg)
            for place, arg in enumerate(call.args)
        ]
        if call.function in ("min", "max") and isinstance(call.args[0], Number):
            args.reverse()  # a number that comes second makes it one instruction
        meaning = traced(function.meaning)
        if call.function == "power":
            name, *exponent = self.operations.items[args[1].index]
            if name == "number" and exponent[0] in _QUICK_POWERS:
                return self._value(_QUICK_POWERS[exponent[0]](args[0]))
        return self._value(meaning(*args))

    def _value(self, found: Value | float) -> Value:
        return found if isinstance(found, Value) else self.operations.number(found)

    def watch(self, values: Iterable[Value]) -> Value:
        """Return what is 0 where all values are finite, and else nan; each part where it is computed."""
        by_level: dict[int, list[Value]] = {0: [], CONSTANT: [], CLOCK: [], MOVING: []}
        for value in values:
            by_level[level(self.operations.depends[value.index])].append(value * 0.0)
        return self._value(_sum([self._value(_sum(terms)) for terms in by_level.values() if terms]))


def _sum(terms: list[Value]) -> Value | float:
    """Return the sum of terms, added in pairs and pairs of pairs: no addition waits for all before it."""
    if len(terms) < 2:
        return terms[0] if terms else 0.0
    half = len(terms) // 2
    return _sum(terms[:half]) + _sum(terms[half:])


_programs: dict[str, Program] = {}


def program_of(graph: Graph) -> Program:
    """Return the program of a graph, from the cache if it is there; constants may differ in their values."""
    if graph.hash not in _programs:
        made_by = cache.fingerprint("simcounty.backends", "simcounty.model", "pysd")
        name = cache.name_of("program", graph.hash, made_by)
        content = cache.kept(name, lambda: flatten(graph).content())
        _programs[graph.hash] = Program.read(Layout.of(graph), content)
    return _programs[graph.hash]


def flatten(graph: Graph) -> Program:
    """Return the program of a graph; the values of its constants do not enter it."""
    layout = Layout.of(graph)
    states = [cast(State, graph.elements[key]) for key in layout.states]
    equations = Equations.of(graph, states)
    for auxiliary in graph.auxiliaries:
        equations.values[auxiliary.key] = equations.number(auxiliary.expr)
    following = [equations.number(expr) for expr in map(_following, states) if expr is not None]
    bad = equations.operations.load("bad", 0, MOVING) + equations.watch(_watched(graph, equations, following))
    moved = [Store("out", row, value.index) for row, value in enumerate(following)]
    kept = [
        Store("values", row, equations.values[auxiliary.key].index)
        for row, auxiliary in enumerate(graph.auxiliaries)
    ]
    stages = Stages(equations.operations)
    rates = stages.of(MOVING, [*moved, Store("bad", 0, bad.index)])
    record = stages.of(MOVING, kept)
    fixed, clock = stages.of(CONSTANT, stages.stores("h")), stages.of(CLOCK, stages.stores("c"))
    bends = stages.of(CLOCK, _bends(equations.operations))
    return Program(
        layout=layout,
        fixed_rows=len(stages.rows["h"]),
        clock_rows=len(CLOCK_ROWS) + len(stages.rows["c"]),
        bend_rows=len(bends.stores),
        stages={
            "start": _start(graph, states),
            **{"fixed": fixed, "clock": clock, "rates": rates, "record": record, "bends": bends},
        },
    )


def _bends(operations: Operations) -> list[Store]:
    """Store the difference of the arguments wherever an operation on time and constants bends."""
    given = [
        args if len(args) == 2 else (*args, operations.number(0.0).index)
        for (name, *args), depends in zip(list(operations.items), list(operations.depends), strict=True)
        if name in _BENDING and depends & CLOCK and not depends & (MOVING | STEPPED)
    ]
    differences = dict.fromkeys(operations.add("subtract", (a, b)) for a, b in given)
    return [Store("bend", row, index) for row, index in enumerate(differences)]


@dataclass
class Stages:
    """Stages cut from one list; `rows` are the operations that one stage keeps for others, by array."""

    operations: Operations
    rows: dict[str, dict[int, int]] = field(default_factory=lambda: {"h": {}, "c": {}})

    def of(self, at: int, stores: list[Store]) -> Stage:
        """Cut the operations that some stores need; what is computed elsewhere is loaded."""
        items = self.operations.items
        order = _walk(
            items, [store.index for store in stores], lambda index: self._elsewhere(index, at) != ""
        )
        place = {index: new for new, index in enumerate(order)}
        operations = []
        for index in order:
            name, *args = items[index]
            if array := self._elsewhere(index, at):
                operations.append(("load", array, self._row(array, index)))
            else:
                operations.append(items[index] if name in LEAVES else (name, *(place[arg] for arg in args)))
        return Stage(tuple(operations), tuple(replace(s, index=place[s.index]) for s in stores))

    def _elsewhere(self, index: int, at: int) -> str:
        """Return the array that keeps an operation for a stage; "" where the stage computes it."""
        name = self.operations.items[index][0]
        if name in LEAVES or name in CONDITIONS or at != MOVING:
            return ""
        return {CONSTANT: "h", CLOCK: "c"}.get(level(self.operations.depends[index]), "")

    def _row(self, array: str, index: int) -> int:
        rows = self.rows[array]
        return rows.setdefault(index, len(rows)) + (len(CLOCK_ROWS) if array == "c" else 0)

    def stores(self, array: str) -> list[Store]:
        return [Store(array, self._row(array, index), index) for index in self.rows[array]]


def _walk(items: list[Operation], roots: Iterable[int], is_leaf: Callable[[int], bool]) -> list[int]:
    """Return the operations that some roots need, each after its arguments, near where it is first used."""
    order: dict[int, None] = {}
    waiting = [(root, False) for root in reversed(list(roots))]
    while waiting:
        index, ready = waiting.pop()
        if index in order:
            continue
        if ready or items[index][0] in LEAVES or is_leaf(index):
            order[index] = None
        else:
            waiting.append((index, True))
            waiting.extend((arg, False) for arg in reversed(items[index][1:]))
    return list(order)


def _following(state: State) -> Expr | None:
    """Return what a stock integrates, or what a sample or a delay turns into."""
    if isinstance(state, Stock):
        return state.rate
    if isinstance(state, Sample):
        return state.following
    return state.incoming if isinstance(state, Delayed) else None


def _start(graph: Graph, states: list[State]) -> Stage:
    """Return the stage of the first values: every state where its initial value can be computed."""
    equations = Equations.of(graph, ())
    for key in graph.initial_order:
        element = graph.elements[key]
        assert isinstance(element, Auxiliary | State)
        expr = element.initial_expr if isinstance(element, Auxiliary) else element.initial
        equations.values[key] = equations.number(expr)
    stores = [Store("y", row, equations.values[state.key].index) for row, state in enumerate(states)]
    delays = [state.delay for state in states if isinstance(state, Delayed)]
    stores += [Store("lag", row, equations.number(delay).index) for row, delay in enumerate(delays)]
    return Stages(equations.operations).of(CONSTANT, stores)


def _watched(graph: Graph, equations: Equations, following: list[Value]) -> Iterator[Value]:
    """Yield what must be checked to be finite beside the stocks.

    It is what could be non-finite without a stock becoming so, what one step may show and the next hide,
    and the balances.
    """
    values, depends = equations.values, equations.operations.depends
    levels = {a.key: level(depends[values[a.key].index]) for a in graph.auxiliaries}
    carried: set[str] = set()
    for expr in (
        *(a.expr for a in graph.auxiliaries if levels[a.key] == MOVING),
        *(s.rate for s in graph.states if isinstance(s, Stock)),
    ):
        carried.update(_carried(expr))
    for auxiliary in graph.auxiliaries:
        if auxiliary.key not in carried or levels[auxiliary.key] != MOVING:
            yield values[auxiliary.key]
        if auxiliary.is_balance:
            yield _within(values[auxiliary.key])
    stocks = sum(isinstance(s, Stock) for s in graph.states)
    yield from following[stocks:]


def _within(balance: Value) -> Value:
    """Return 0 where a balance holds, and no number where it does not."""
    holds = traced(abs)(balance) <= BALANCE
    return _select(holds, 0.0, math.nan)  # type: ignore[no-any-return]


_PROPAGATING = {"add": (0, 1), "subtract": (0, 1), "multiply": (0, 1), "negative": (0,), "divide": (0,)}


def _carried(expr: Expr) -> Iterator[str]:
    """Yield the keys that make an expression non-finite with them: in sums, products and numerators."""
    if isinstance(expr, Ref):
        yield expr.key
    elif isinstance(expr, Call):
        for place in _PROPAGATING.get(expr.function, ()):
            yield from _carried(expr.args[place])
