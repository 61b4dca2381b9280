"""The saturation check: how often each MIN and MAX of a model is binding in the base run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from simcounty.conditions.measures import Band, Measurement
from simcounty.conditions.predicates import is_lever
from simcounty.errors import Findings, did_you_mean
from simcounty.model import Model
from simcounty.model.graph import (
    STEP_START,
    TIME,
    About,
    Auxiliary,
    Call,
    Delayed,
    Element,
    Expr,
    Graph,
    Held,
    Interpolate,
    Number,
    Sample,
    Stock,
    references,
    variable_of,
)
from simcounty.scenario import Scenario, binding
from simcounty.scenario.scenario import chained
from simcounty.simulation import simulate
from simcounty.validation.schema import Check, Evaluation, SaturationShape

FUNCTIONS = {"min": "less", "max": "greater"}
"""A limiter is binding where its bound compares so with the main argument."""


@dataclass(frozen=True)
class Limiter:
    """One MIN or MAX: the element whose equation has it, its name there, and when it is binding."""

    owner: str
    name: str
    is_binding: Expr


@dataclass(frozen=True)
class SaturationCheck:
    """A saturation check, bound: the share of steps a limiter may bind, and exceptions with their reasons."""

    most: float
    excepted: dict[str, str]


def bind(shape: SaturationShape, base: Scenario, findings: Findings, where: str) -> SaturationCheck | None:
    """Bind a saturation check; None, and findings, where that cannot be done."""
    known, path = base.model.variables, base.model.path
    wrong = Findings(
        f"{where}, except: {key} is not a variable of {path}.{did_you_mean(key, known)}"
        for key in shape.excepted
        if key not in known
    )
    wrong += [
        f"{where}, except: {key}: give the reason."
        for key, text in shape.excepted.items()
        if not text.strip()
    ]
    most = math.nan
    with wrong.at(f"{where}, max_share"):
        most = binding.amount(shape.max_share, "", "Dmnl")
    if not (0.0 <= most <= 1.0 or math.isnan(most)):
        wrong.append(f"{where}, max_share = {most:g}: give a share from 0 to 1.")
    findings += wrong
    return None if wrong else SaturationCheck(most, dict(shape.excepted))


def evaluate(check: Check) -> Evaluation:
    """Run the base with a probe beside every MIN and MAX, and measure at what share of steps it binds."""
    spec: SaturationCheck = check.spec
    limiters = list(limiters_of(check.run.model))
    if not limiters:
        return (_measurement("limiters", "", 0.0, spec, ()),), "no MIN or MAX in the model"
    probes = [f"limiter {i}" for i in range(len(limiters))]
    run = simulate(_probed(check.run, limiters), "interpreted", keep=probes)
    years = (int(run.time.values[0]), int(run.time.values[-1]))
    shares = [float(run[probe].mean()) for probe in probes]
    pairs = list(zip(limiters, shares, strict=True))
    found = [_measurement(each.owner, each.name, share, spec, years) for each, share in pairs]
    used = {variable_of(each.owner) for each, share in pairs if share}
    idle = [key for key in spec.excepted if key not in used]
    detail = f"{len(limiters)} MIN and MAX, {sum(map(bool, shares))} bind in the base run"
    detail += f"; exceptions without need: {', '.join(idle)}" if idle else ""
    return tuple(sorted(found, key=lambda each: -each.high)), detail


def _measurement(
    owner: str, name: str, share: float, spec: SaturationCheck, years: tuple[int, ...]
) -> Measurement:
    reason = spec.excepted.get(variable_of(owner), "")
    holds = share <= spec.most or bool(reason)
    note = f"{name}: {reason}" if reason else name
    return Measurement(owner, years, "share", share, share, Band(0.0, spec.most), holds, note=note)


def limiters_of(model: Model) -> Iterator[Limiter]:
    """Yield every MIN and MAX in the equations of a model that are computed at each step.

    The main argument is the one that moves, the bound the one that does not: a number or a constant.
    Levers count as moving. Where both move, or neither does, the first is the main one.

    >>> limiter = next(limiters_of(model))
    >>> limiter.owner in model.graph.elements
    True
    """
    moving = moving_keys(model.graph)
    for element in model.graph.elements.values():
        calls = [call for expr in _equations(element) for call in _calls(expr)]
        for number, call in enumerate(calls, 1):
            name = call.function.upper() + (f" #{number}" if len(calls) > 1 else "")
            main, bound = call.args
            if not _moves(main, moving) and _moves(bound, moving):
                main, bound = bound, main
            yield Limiter(element.key, name, Call(FUNCTIONS[call.function], (bound, main)))


def _moves(expr: Expr, moving: set[str]) -> bool:
    return any(key in moving for key in references(expr))


def moving_keys(graph: Graph) -> set[str]:
    """Return the keys that may change in a run: time, states but INITIAL, levers, and what uses them."""
    found = {TIME, STEP_START, *(state.key for state in graph.states if not isinstance(state, Held))}
    found |= {constant.key for constant in graph.constants if is_lever(constant)}
    for auxiliary in graph.auxiliaries:  # in the order they are computed
        if _moves(auxiliary.expr, found):
            found.add(auxiliary.key)
    return found


def _equations(element: Element) -> tuple[Expr, ...]:
    """Return the expressions of an element that are computed at each step."""
    if isinstance(element, Auxiliary):
        return (element.expr,)
    if isinstance(element, Stock):
        return (element.rate,)
    if isinstance(element, Sample):
        return (element.following,)
    return (element.incoming,) if isinstance(element, Delayed) else ()


def _calls(expr: Expr) -> Iterator[Call]:
    if isinstance(expr, Interpolate):
        yield from _calls(expr.at)
    elif isinstance(expr, Call):
        if expr.function in FUNCTIONS:
            yield expr
        for arg in expr.args:
            yield from _calls(arg)


def _probed(run: Scenario, limiters: list[Limiter]) -> Scenario:
    """Return the run with a probe for each limiter, 1 where it binds, saved at every step."""
    graph = run.model.graph
    probes = []
    for i, each in enumerate(limiters):
        key = f"limiter {i}"  # no key of a model file has a blank
        expr = Call("if_then_else", (each.is_binding, Number(1.0), Number(0.0)))
        probes.append(Auxiliary(key, About(key, key, "Dmnl"), expr=expr))
    probed = replace(
        graph,
        auxiliaries=(*graph.auxiliaries, *probes),
        clock=replace(graph.clock, save=graph.clock.step),
        hash=chained(graph.hash, "with its limiters"),
    )
    return replace(run, model=replace(run.model, graph=probed))
