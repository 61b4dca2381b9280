"""The clip census: how often each MIN and MAX of a model holds back what it is there to bound."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from simcounty.conditions.changes import is_lever
from simcounty.conditions.measures import Band, Case, Measured
from simcounty.conditions.schema import ClipsShape
from simcounty.errors import Findings, InputError, did_you_mean
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
from simcounty.simulation import simulate

FUNCTIONS = {"min": "less", "max": "greater"}
"""A clip works where its guard compares so with the main argument."""


_TRUTH = (Number(1.0), Number(0.0))


@dataclass(frozen=True)
class Clip:
    """One MIN or MAX: whose equation it stands in, which of them it is there, and when it works."""

    owner: str
    name: str
    works: Expr


@dataclass(frozen=True)
class Census:
    """A clip check, bound: the share of steps a clip may work, and the variables that may with a reason."""

    most: float
    excepted: dict[str, str]


def bind(shape: ClipsShape, base: Scenario, findings: Findings, where: str) -> Census | None:
    """Bind a clip check; None, and findings, where that cannot be done."""
    known, path = base.model.variables, base.model.path
    wrong = [
        f"{where}, except: {key} is not a variable of {path}.{did_you_mean(key, known)}"
        for key in shape.excepted
        if key not in known
    ]
    wrong += [
        f"{where}, except: {key}: give the reason."
        for key, text in shape.excepted.items()
        if not text.strip()
    ]
    most = math.nan
    try:
        most = binding.amount(shape.max_share, "", "Dmnl")
    except InputError as error:
        wrong.append(f"{where}, max_share: {error}")
    if not (0.0 <= most <= 1.0 or math.isnan(most)):
        wrong.append(f"{where}, max_share = {most:g}: give a share from 0 to 1.")
    findings += wrong
    return None if wrong else Census(most, dict(shape.excepted))


def prove(case: Case) -> tuple[tuple[Measured, ...], str]:
    """Run the base with a probe beside every clip, and measure the share of steps at which each works."""
    asked: Census = case.question
    clips = list(clips_of(case.run.model))
    if not clips:
        return (_measured("clips", "", 0.0, asked, ()),), "no MIN or MAX in the model"
    probes = [f"clip {i}" for i in range(len(clips))]
    run = simulate(_probed(case.run, clips), "interpreted", keep=probes)
    years = (int(run.time.values[0]), int(run.time.values[-1]))
    shares = [float(run[probe].mean()) for probe in probes]
    found = [_measured(c.owner, c.name, share, asked, years) for c, share in zip(clips, shares, strict=True)]
    working = {variable_of(clip.owner) for clip, share in zip(clips, shares, strict=True) if share}
    told = f"{len(clips)} clips, {sum(map(bool, shares))} work in the base run"
    idle = [key for key in asked.excepted if key not in working]
    told += f"; exceptions without need: {', '.join(idle)}" if idle else ""
    return tuple(sorted(found, key=lambda each: -each.high)), told


def _measured(owner: str, name: str, share: float, asked: Census, years: tuple[int, ...]) -> Measured:
    reason = asked.excepted.get(variable_of(owner), "")
    kept = share <= asked.most or bool(reason)
    note = f"{name}: {reason}" if reason else name
    return Measured(owner, years, "share", share, share, Band(0.0, asked.most), kept, note=note)


def clips_of(model: Model) -> Iterator[Clip]:
    """Yield every MIN and MAX in the equations of a model that are computed at each step.

    The main argument is the one that moves, the guard the one that does not: a number or a constant.
    Levers count as moving. Where both move, or neither does, the first is the main one.

    >>> clip = next(clips_of(model))
    >>> clip.owner in model.graph.elements
    True
    """
    moving = _moving(model.graph)
    for element in model.graph.elements.values():
        calls = [call for expr in _equations(element) for call in _calls(expr)]
        for number, call in enumerate(calls, 1):
            name = call.function.upper() + (f" #{number}" if len(calls) > 1 else "")
            yield Clip(element.key, name, _works(call, moving))


def _works(call: Call, moving: set[str]) -> Expr:
    main, guard = call.args
    if not _moves(main, moving) and _moves(guard, moving):
        main, guard = guard, main
    return Call(FUNCTIONS[call.function], (guard, main))


def _moves(expr: Expr, moving: set[str]) -> bool:
    return any(key in moving for key in references(expr))


def _moving(graph: Graph) -> set[str]:
    """Return what moves: time, states but INITIAL, levers, and what is computed from them."""
    found = {TIME, STEP_START, *(state.key for state in graph.states if not isinstance(state, Held))}
    found |= {constant.key for constant in graph.constants if is_lever(constant)}
    for auxiliary in graph.auxiliaries:  # in the order they are computed
        if _moves(auxiliary.expr, found):
            found.add(auxiliary.key)
    return found


def _equations(element: Element) -> tuple[Expr, ...]:
    """Return what is computed of an element at each step."""
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


def _probed(run: Scenario, clips: list[Clip]) -> Scenario:
    """Return the run with a probe for each clip, 1 where it works, saved at every step."""
    graph = run.model.graph
    probes = (_probe(f"clip {i}", clip.works) for i, clip in enumerate(clips))  # no key of a file has a blank
    probed = replace(
        graph,
        auxiliaries=(*graph.auxiliaries, *probes),
        clock=replace(graph.clock, save=graph.clock.step),
        hash=f"{graph.hash} with its clips",
    )
    return replace(run, model=replace(run.model, graph=probed))


def _probe(key: str, works: Expr) -> Auxiliary:
    return Auxiliary(key, About(key, key, "Dmnl"), expr=Call("if_then_else", (works, *_TRUTH)))
