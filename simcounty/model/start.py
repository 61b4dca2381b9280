"""The levels a model starts from, by its own constants."""

from __future__ import annotations

from simcounty.model.builtins import evaluate
from simcounty.model.graph import (
    FINAL_TIME,
    INITIAL_TIME,
    STEP_START,
    TIME,
    TIME_STEP,
    Auxiliary,
    Graph,
    State,
)


def start_values(graph: Graph) -> dict[str, float]:
    """Evaluate what initialising computes, in order: element key → value at the first instant."""
    clock = graph.clock
    values = {c.key: c.value for c in graph.constants}
    values |= {TIME: clock.start, STEP_START: clock.start, TIME_STEP: clock.step}
    values |= {INITIAL_TIME: clock.start, FINAL_TIME: clock.end}
    for key in graph.start:
        element = graph.elements[key]
        if isinstance(element, Auxiliary):
            expr = element.expr if element.initial is None else element.initial
            values[key] = float(evaluate(expr, values))
        elif isinstance(element, State):
            values[key] = float(evaluate(element.initial, values))
    return values
