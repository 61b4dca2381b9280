"""The order in which elements are computed; algebraic loops and a moving time axis are refused."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from simcounty.errors import ModelError
from simcounty.model.functions import evaluate
from simcounty.model.graph import (
    CONTROLS,
    FINAL_TIME,
    INITIAL_TIME,
    SAVEPER,
    STEP_START,
    TIME,
    TIME_STEP,
    Auxiliary,
    Clock,
    Constant,
    Delayed,
    Element,
    Graph,
    State,
    references,
    variable_of,
)


def evaluation_order(path: Path, auxiliaries: Sequence[Auxiliary]) -> tuple[Auxiliary, ...]:
    """Sort auxiliaries so that each follows what it reads; raise ModelError for an algebraic loop."""
    by_key = {a.key: a for a in auxiliaries}
    needs = {a.key: [key for key in references(a.expr) if key in by_key] for a in auxiliaries}
    try:
        return tuple(by_key[key] for key in _sorted(needs))
    except CycleError as error:
        what = f"{path}: an algebraic loop: {_shown(error, auxiliaries)}"
        raise ModelError(f"{what} Put a stock or a delay into the loop.") from None


def loop_findings(path: Path, auxiliaries: Sequence[Auxiliary]) -> list[str]:
    """Return as findings what `evaluation_order` would raise."""
    try:
        evaluation_order(path, auxiliaries)
    except ModelError as loop:
        return [str(loop).removeprefix(f"{path}: ")]
    return []


def initial_order(path: Path, states: Sequence[State], auxiliaries: Sequence[Auxiliary]) -> tuple[str, ...]:
    """Return the states and auxiliaries that initial values need, sorted; raise ModelError for a loop."""
    expressions = {a.key: [a.initial_expr] for a in auxiliaries}
    expressions |= {s.key: [s.initial, *([s.delay] if isinstance(s, Delayed) else [])] for s in states}
    needs = {
        key: [r for expr in exprs for r in references(expr) if r in expressions]
        for key, exprs in expressions.items()
    }
    wanted = _reached(needs, [s.key for s in states])
    try:
        return tuple(_sorted({key: needs[key] for key in expressions if key in wanted}))
    except CycleError as error:
        what = f"{path}: a loop of initial values: {_shown(error, [*states, *auxiliaries])}"
        hint = "Give one of them an initial value of its own, or use ACTIVE INITIAL."
        raise ModelError(f"{what} {hint}") from None


def clock_of(path: Path, elements: Mapping[str, Element]) -> Clock:
    """Return the time axis; raise ModelError where it is missing or depends on what moves in a run."""
    axis = (INITIAL_TIME, FINAL_TIME, TIME_STEP)
    missing = [key for key in axis if key not in elements]
    if missing:
        names = ", ".join(key.replace("_", " ").upper() for key in missing)
        raise ModelError(f"{path}: {names} is missing; every model states its time axis.")
    read: set[str] = set()
    start, step = (_fixed(path, key, elements, read) for key in (INITIAL_TIME, TIME_STEP))
    if has_moving_end(elements):
        end = _at_first(
            FINAL_TIME, elements, {TIME: start, STEP_START: start, INITIAL_TIME: start, TIME_STEP: step}
        )
    else:
        end = _fixed(path, FINAL_TIME, elements, read)
    save = _fixed(path, SAVEPER, elements, read) if SAVEPER in elements else step
    reads = tuple(sorted(read.difference(CONTROLS)))
    if not (step > 0 and end >= start and save > 0 and math.isfinite(end - start + step + save)):
        raise ModelError(
            f"{path}: time runs from {start:g} to {end:g} by {step:g}, saved every {save:g}; "
            "it must run forward by a positive TIME STEP and SAVEPER."
        )
    return Clock(start, end, step, save, elements[TIME_STEP].unit, reads)


def has_moving_end(elements: Mapping[str, Element]) -> bool:
    """Return whether FINAL TIME depends on what moves during the run."""
    seen = _reached(
        {
            key: [TIME]
            if isinstance(each, State)
            else list(references(each.expr))
            if isinstance(each, Auxiliary)
            else []
            for key, each in elements.items()
        }
        | {TIME: [], STEP_START: []},
        [FINAL_TIME],
    )
    return TIME in seen or STEP_START in seen


def _at_first(key: str, elements: Mapping[str, Element], values: dict[str, float]) -> float:
    """Return the value of an element at the first instant; add it, and those it reads, to `values`."""
    if key not in values:
        element = elements[key]
        if isinstance(element, Constant):
            values[key] = element.value
        else:
            assert isinstance(element, Auxiliary | State)
            expr = element.initial_expr if isinstance(element, Auxiliary) else element.initial
            for needed in references(expr):
                _at_first(needed, elements, values)
            values[key] = float(evaluate(expr, values))
    return values[key]


def _fixed(path: Path, key: str, elements: Mapping[str, Element], read: set[str]) -> float:
    """Evaluate a control variable from constants alone, and add their keys to `read`."""
    values: dict[str, float] = {}

    def settle(wanted: str, trail: tuple[str, ...]) -> None:
        element = elements.get(wanted)
        if isinstance(element, Constant):
            values[wanted] = element.value
            read.add(wanted)
        elif isinstance(element, Auxiliary) and wanted not in trail:
            for needed in references(element.expr):
                settle(needed, (*trail, wanted))
            values[wanted] = float(evaluate(element.expr, values))
        else:
            name, line = key.replace("_", " ").upper(), elements[key].about.line
            raise ModelError(
                f"{path}: {name} depends on {wanted}, which moves during the run; "
                f"a time axis is made of constants. Line {line}: {elements[key].about.equation}"
            )

    settle(key, ())
    return values[key]


def _reached(needs: Mapping[str, list[str]], roots: list[str]) -> set[str]:
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting.extend(needs.get(key, ()))  # what is missing is told elsewhere
    return seen


def _sorted(needs: Mapping[str, list[str]]) -> list[str]:
    """Sort depth first, keeping the file's order where it is free; raise CycleError for a loop."""
    return list(TopologicalSorter(needs).static_order())


def _shown(loop: CycleError, elements: Iterable[Element]) -> str:
    """Return the elements of a loop, and the lines of their equations."""
    lines = {each.about.key: each.about.line for each in elements}
    found = sorted({lines.get(variable_of(key), 0) for key in loop.args[1]} - {0})
    where = f" Line{'s' * (len(found) > 1)} {', '.join(map(str, found))}." if found else ""
    return f"{' → '.join(loop.args[1])}.{where}"


def initial_values(graph: Graph) -> dict[str, float]:
    """Return the value of every constant, and of what is computed at the start, at the first instant."""
    clock = graph.clock
    values = {c.key: c.value for c in graph.constants}
    values |= {TIME: clock.start, STEP_START: clock.start, TIME_STEP: clock.step}
    values |= {INITIAL_TIME: clock.start, FINAL_TIME: clock.end}
    for key in graph.initial_order:
        element = graph.elements[key]
        assert isinstance(element, Auxiliary | State)
        expr = element.initial_expr if isinstance(element, Auxiliary) else element.initial
        values[key] = float(evaluate(expr, values))
    return values
