"""A model as a graph of frozen values: constants, lookups, auxiliaries and states.

A graph is scalar: it holds a subscripted variable `population[age]` as its elements
`population[age_0_4]`, … . `About` keeps what the elements share, their dimensions included, so that a
result can be assembled into arrays.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar

from simcounty.calendar import date_of

# expressions are walked by recursion: so some four thousand terms are, where Python's own limit ends at 250
sys.setrecursionlimit(max(sys.getrecursionlimit(), 20_000))

TIME = "time"
TIME_STEP = "time_step"
INITIAL_TIME = "initial_time"
FINAL_TIME = "final_time"
SAVEPER = "saveper"
STEP_START = "start of step"  # the time a step began: what STEP and PULSE look at within RK4 stages

CLOCK = (TIME, TIME_STEP, INITIAL_TIME, FINAL_TIME)
"""What an equation may read of the clock."""
CONTROLS = (INITIAL_TIME, FINAL_TIME, TIME_STEP, SAVEPER)
"""The variables by which a model file sets its time axis."""

STREAM = "random | "
"""How the key of a hidden constant begins that holds a new uniform number in each step."""

YEAR_UNITS = ("year", "years", "yr", "yrs", "a", "年")
"""The units of time by which a model's instants are calendar years."""

BALANCE = 1e-9
"""How far a balance may be from zero: difference ÷ sum of absolute terms."""


@dataclass(frozen=True, slots=True)
class Number:
    """A literal number of an equation."""

    value: float


@dataclass(frozen=True, slots=True)
class Ref:
    """The value of another element, or of time."""

    key: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function or operator of `functions.FUNCTIONS`, applied to arguments."""

    function: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """The points of a lookup; `beyond` is what it does outside them: "hold" or "extend".

    Two points at one x are a step, which takes the second value from x on.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    beyond: str = "hold"


@dataclass(frozen=True, slots=True)
class Interpolate:
    """The value of a lookup at an expression."""

    lookup: Lookup
    at: Expr


Expr = Number | Ref | Call | Interpolate


@dataclass(frozen=True)
class About:
    """The documentation of a variable in the model file, shared by its elements.

    `unit` is the author's text; `range` is (low, high), None where open; `label` is the comment up to the
    full-width colon, or the name where there is none; `explanation_zh` is the Chinese sentence after the
    explanation, empty where there is none; `source` starts with "source:" or "assumption:", or is empty;
    `group` is the heading above it, `line` where its first equation stands. A `hidden` variable was made
    while lowering, to hold the memory of a delay, a smooth or a macro.
    """

    key: str
    name: str
    unit: str = ""
    range: tuple[float | None, float | None] = (None, None)
    label: str = ""
    explanation: str = ""
    explanation_zh: str = ""
    source: str = ""
    group: str = ""
    dims: tuple[str, ...] = ()
    equation: str = ""
    line: int = 0
    hidden: bool = False

    def joined(self, further: About) -> About:
        """Return what several equations say of a variable: the last that says anything, and all texts."""
        said = further if further.explanation or further.source or further.label != further.name else self
        return replace(
            said,
            unit=further.unit or self.unit,
            range=self.range if further.range == (None, None) else further.range,
            group=self.group,
            equation=f"{self.equation}\n{further.equation}",
            line=self.line,
        )


@dataclass(frozen=True)
class Element:
    """One scalar of the graph: `key` is its variable's key, with its subscripts if any.

    `kind` is what users call it: constant, stock or auxiliary.
    """

    key: str
    about: About
    subscripts: tuple[str, ...] = ()
    kind: ClassVar[str] = "auxiliary"

    @property
    def unit(self) -> str:
        return self.about.unit

    @property
    def range(self) -> tuple[float | None, float | None]:
        return self.about.range

    @property
    def is_balance(self) -> bool:
        """Whether this is a balance: named `check …`, dimensionless, kept within `BALANCE` of zero."""
        return self.about.key.startswith("check_") and self.unit.lower() in ("dmnl", "")

    @property
    def label(self) -> str:
        inside = "，".join(self.subscripts)
        return f"{self.about.label}（{inside}）" if inside else self.about.label


@dataclass(frozen=True)
class Constant(Element):
    """A number that the file gives and a user may set."""

    kind = "constant"
    value: float = 0.0


@dataclass(frozen=True)
class Auxiliary(Element):
    """A value computed from others at each instant; `initial`, if any, replaces `expr` at the start."""

    expr: Expr = Number(0.0)
    initial: Expr | None = None

    @property
    def initial_expr(self) -> Expr:
        return self.expr if self.initial is None else self.initial


@dataclass(frozen=True)
class State(Element):
    """A value carried from step to step; it starts from `initial`."""

    initial: Expr = Number(0.0)


@dataclass(frozen=True)
class Stock(State):
    """A level that integrates its rate; `value` is its level at the start, by the model's constants."""

    kind = "stock"
    rate: Expr = Number(0.0)
    value: float = field(default=float("nan"), compare=False)


@dataclass(frozen=True)
class Held(State):
    """INITIAL(…): the value of an expression at the start, held for the whole run."""


@dataclass(frozen=True)
class Sample(State):
    """A state that takes the value of `following` at the end of every step (SAMPLE IF TRUE)."""

    following: Expr = Number(0.0)


@dataclass(frozen=True)
class Delayed(State):
    """DELAY FIXED: `incoming` as it was `delay` time units ago, `initial` before that."""

    incoming: Expr = Number(0.0)
    delay: Expr = Number(0.0)


@dataclass(frozen=True)
class Clock:
    """The time axis of a model file: first and last instant, step, saving interval, their unit, and the
    method of integration.

    `reads` names the constants it was computed from, which are therefore fixed.
    """

    start: float
    end: float
    step: float
    save: float
    unit: str = ""
    reads: tuple[str, ...] = ()
    integrator: str = "euler"

    @property
    def is_yearly(self) -> bool:
        """Whether its unit of time is the year, so that instants are dates of the calendar."""
        return self.unit.strip().lower() in YEAR_UNITS

    @property
    def shown_unit(self) -> str:
        """What results call its unit of time: "year" however the file spells it, "time" where it has none."""
        return "year" if self.is_yearly else self.unit or "time"

    def named(self, time: float) -> str:
        """Return what results call an instant: a date where time counts years, else its number."""
        return date_of(time) if self.is_yearly else f"{time:g}"

    why_fixed = "the time axis, or the order of a delay, was computed from it; change it in the model file."


@dataclass(frozen=True)
class Graph:
    """All elements of a model; auxiliaries in the order in which they are computed.

    `initial_order` lists the states and auxiliaries that are computed at the start, in that order. `dims`
    maps a dimension to its subscripts, as the author wrote them. `hash` is the SHA-256 of the file and of the
    `files` it reads beside it: graphs that differ in the values of their constants share it. `notes` are what
    a reader of results should know of how the file is run.
    """

    constants: tuple[Constant, ...]
    auxiliaries: tuple[Auxiliary, ...]
    states: tuple[State, ...]
    initial_order: tuple[str, ...]
    clock: Clock
    dims: Mapping[str, tuple[str, ...]]
    lookups: Mapping[str, tuple[About, Lookup]]
    hash: str
    notes: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()

    def __getstate__(self) -> dict[str, object]:
        """Leave out the cached properties: they cannot be sent to another process."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """Every element by key: constants, then states, then auxiliaries."""
        every = (*self.constants, *self.states, *self.auxiliaries)
        return MappingProxyType({element.key: element for element in every})

    @cached_property
    def variables(self) -> Mapping[str, tuple[Element, ...]]:
        """Every variable's elements, by the variable's key; hidden helpers are left out."""
        found: dict[str, list[Element]] = {}
        for element in self.elements.values():
            if not element.about.hidden:
                found.setdefault(element.about.key, []).append(element)
        return MappingProxyType({key: tuple(elements) for key, elements in found.items()})

    @property
    def streams(self) -> tuple[Constant, ...]:
        """The hidden constants that are drawn anew in each step."""
        return tuple(each for each in self.constants if each.key.startswith(STREAM))

    @property
    def stocks(self) -> tuple[Stock, ...]:
        """The stocks of the file itself, without those that delays and smooths are made of."""
        return tuple(s for s in self.states if isinstance(s, Stock) and not s.about.hidden)


def references(expr: Expr) -> Iterator[str]:
    """Yield the keys an expression reads, time included, in reading order, repeats included."""
    waiting = [expr]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Ref):
            yield each.key
        elif isinstance(each, Call):
            waiting.extend(reversed(each.args))
        elif isinstance(each, Interpolate):
            waiting.append(each.at)


def evolving(element: Element) -> Iterator[Expr]:
    """Yield the expressions of an element that are evaluated again and again in a run."""
    if isinstance(element, Auxiliary):
        yield element.expr
    if isinstance(element, Stock):
        yield element.rate
    if isinstance(element, Sample):
        yield element.following
    if isinstance(element, Delayed):
        yield element.incoming


def expressions(element: Element) -> Iterator[Expr]:
    """Yield every expression of an element: those that evolve, and those read at the start alone."""
    yield from evolving(element)
    if isinstance(element, Auxiliary | State) and element.initial is not None:
        yield element.initial
    if isinstance(element, Delayed):
        yield element.delay


def element_key(variable: str, subscripts: tuple[str, ...]) -> str:
    """Return the key of one element of a variable.

    >>> element_key("population", ("age_0_4",))
    'population[age_0_4]'
    """
    return f"{variable}[{','.join(subscripts)}]" if subscripts else variable


def variable_of(key: str) -> str:
    """Return the key of the variable that an element, or a helper within its equation, belongs to.

    >>> variable_of("population[age_0_4]"), variable_of("perceived_demand | smooth1")
    ('population', 'perceived_demand')
    """
    return key.partition(" | ")[0].partition("[")[0]
