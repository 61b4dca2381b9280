"""Turn a graph into a program: which stages there are, and what each computes, stores and watches."""

from __future__ import annotations

import math
from collections.abc import Iterable

from simcounty.backends.program import Program, Stage
from simcounty.backends.writing import CLOCK, CONSTANT, MOVING, Context, Writer
from simcounty.model.graph import (
    BALANCE,
    Call,
    Delayed,
    Expr,
    Graph,
    Held,
    Number,
    Ref,
    Sample,
    State,
    Stock,
)

_PROPAGATING = {"add": (0, 1), "subtract": (0, 1), "multiply": (0, 1), "negative": (0,), "divide": (0,)}


def emit(graph: Graph) -> Program:
    """Write the program of a graph; the values of its constants do not enter it."""
    states = _sorted_states(graph)
    context = Context.of(graph, states)
    rates = Writer("rates", ("y", "p", "h", "out", "bad"), context)
    for row, state in enumerate(states):
        if (expr := _moves_by(state)) is not None:
            rates.store("out", row, expr)
    rates.watch(_watched(graph, context))
    record = Writer("record", ("y", "p", "h", "values"), context)
    for row, auxiliary in enumerate(graph.auxiliaries):
        record.store("values", row, Ref(auxiliary.key))
    constant: list[Expr] = [Ref(a.key) for a in graph.auxiliaries if context.levels[a.key] == CONSTANT]
    fixed = context.fixed_stage(constant)
    stages = (_start(graph, states, context), fixed, rates.stage(), record.stage())
    kinds = [sum(isinstance(s, kind) for s in states) for kind in (Stock, Sample, Delayed)]
    return Program(
        constants=tuple(c.key for c in graph.constants),
        states=tuple(s.key for s in states),
        auxiliaries=tuple(a.key for a in graph.auxiliaries),
        stocks=kinds[0],
        samples=kinds[1],
        delays=kinds[2],
        fixed_rows=len(context.fixed),
        stages=stages,
    )


def _sorted_states(graph: Graph) -> list[State]:
    kinds = (Stock, Sample, Delayed, Held)
    return [state for kind in kinds for state in graph.states if isinstance(state, kind)]


def _moves_by(state: State) -> Expr | None:
    if isinstance(state, Stock):
        return state.rate
    if isinstance(state, Sample):
        return state.following
    return state.incoming if isinstance(state, Delayed) else None


def _start(graph: Graph, states: list[State], context: Context) -> Stage:
    """Write the first values: every state in the order its initial value can be computed."""
    equations = {a.key: a.expr if a.initial is None else a.initial for a in graph.auxiliaries}
    equations |= {s.key: s.initial for s in states}
    rows = {key: place for key, place in context.rows.items() if place[0] == "p"}
    levels = dict.fromkeys((*context.levels, *equations), CONSTANT)
    inner = Context(rows, equations, levels)
    writer = Writer("start", ("p", "y", "lag"), inner, outermost=CONSTANT)
    for row, state in enumerate(states):
        writer.store("y", row, Ref(state.key))
    for row, state in enumerate(s for s in states if isinstance(s, Delayed)):
        writer.store("lag", row, state.delay)
    return writer.stage()


def _watched(graph: Graph, context: Context) -> list[Expr]:
    """Return what no stock turns non-finite with, what a step may show and the next hide, and the balances.

    Constant auxiliaries are watched where they are computed.
    """
    carried: set[str] = set()
    consumers = [a.expr for a in graph.auxiliaries if context.levels[a.key] == MOVING]
    for expr in (*consumers, *(s.rate for s in graph.states if isinstance(s, Stock))):
        carried.update(_carried(expr))
    remembered = [_moves_by(s) for s in graph.states if isinstance(s, Sample | Delayed)]
    auxiliaries = [a.key for a in graph.auxiliaries if context.levels[a.key] in (CLOCK, MOVING)]
    return [
        *(Ref(key) for key in auxiliaries if key not in carried or context.levels[key] == CLOCK),
        *(expr for expr in remembered if expr is not None),
        *(_within(Ref(a.key)) for a in graph.auxiliaries if a.is_balance),
    ]


def _within(balance: Expr) -> Expr:
    """Return 0 where a balance holds, and no number where it does not."""
    holds = Call("less_equal", (Call("abs", (balance,)), Number(BALANCE)))
    return Call("if_then_else", (holds, Number(0.0), Number(math.nan)))


def _carried(expr: Expr) -> Iterable[str]:
    """Yield what an expression is sure to be non-finite with: sums, products and numerators."""
    if isinstance(expr, Ref):
        yield expr.key
    elif isinstance(expr, Call):
        for place in _PROPAGATING.get(expr.function, ()):
            yield from _carried(expr.args[place])
