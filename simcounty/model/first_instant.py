"""What must be known of an equation while loading: its value at the first instant, and whether it moves."""

from __future__ import annotations

import math
from collections.abc import Callable

from simcounty.model.ast import Apply, EquationError, Syntax
from simcounty.model.functions import evaluate
from simcounty.model.graph import (
    CLOCK,
    CONTROLS,
    INITIAL_TIME,
    STEP_START,
    TIME,
    TIME_STEP,
    Auxiliary,
    Expr,
    Ref,
    references,
)
from simcounty.model.indexing import Lowering, Scope
from simcounty.model.stateful_functions import STATES

Lower = Callable[[Syntax, Scope, Lowering], Expr]
MOST_STAGES = 1_000  # of a delay


def order_of(expr: Expr, function: str, model: Lowering, lower: Lower) -> int:
    """Return the order of a delay at the start: it is the number of its stocks, whatever comes later."""
    number = at_start(expr, model, lower)
    if not 1 <= number <= MOST_STAGES or number != int(number):
        raise EquationError(
            f"the order of {function.upper()} is {number:g}, not a whole number from 1 to {MOST_STAGES:,}"
        )
    return int(number)


def possible_stages(order: Expr, time: Expr, model: Lowering, lower: Lower) -> float:
    """Return how many stages DELAY N has in Vensim: its order, but none is shorter than a step."""
    step = at_start(Ref(TIME_STEP), model, lower)
    most = math.floor(at_start(time, model, lower) / step + 1e-6)
    return max(1.0, min(at_start(order, model, lower), most))


def moves(expr: Expr, model: Lowering, lower: Lower) -> bool:
    """Return whether an expression depends on time or on what moves with it."""
    for key in references(expr):
        cell = model.cells.get(key)
        if isinstance(part := model.elements.get(key), Auxiliary) and cell is None:
            if moves(part.expr, model, lower):
                return True
        elif key in (TIME, STEP_START) or (cell is None and key not in CLOCK):
            return True
        if cell is not None and cell.number is None:
            if isinstance(cell.equation.body, Apply) and cell.equation.body.function.key in STATES:
                return True
            inner = lower(cell.equation.body, Scope(cell.key, cell.binding), model)
            if moves(inner, model, lower):
                return True
    return False


def at_start(expr: Expr, model: Lowering, lower: Lower) -> float:
    """Evaluate an expression of the clock and of constants at the first instant; these are fixed then."""
    values: dict[str, float] = {}
    for key in references(expr):
        cell = model.cells.get(INITIAL_TIME if key in (TIME, STEP_START) else key)
        if isinstance(part := model.elements.get(key), Auxiliary) and cell is None:
            values[key] = at_start(part.expr, model, lower)
            continue
        if cell is None:
            raise EquationError(f"how many stages a delay has depends on {key}, which moves; write a number")
        number = cell.number
        if number is None:
            inner = lower(cell.equation.body, Scope(cell.key, cell.binding), model)
            number = at_start(inner, model, lower)
        elif cell.key not in CONTROLS:
            model.fixed.add(cell.key)
        values[key] = number
    return float(evaluate(expr, values))


def fixed_number(expr: Expr, model: Lowering, lower: Lower) -> float | None:
    """Return a number that decides how an equation is written, its constants fixed then; None if it moves."""
    return None if moves(expr, model, lower) else at_start(expr, model, lower)
