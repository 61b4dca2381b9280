"""What a model file says, as frozen values: constants, lookups, auxiliaries, stocks.

A graph is scalar: a subscripted variable `population[age]` stands in it as its elements
`population[age_0_4]`, … . `About` keeps what the elements share, its dimensions included,
so that a result can be put together again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from types import MappingProxyType

TIME = "time"
TIME_STEP = "time_step"
INITIAL_TIME = "initial_time"
FINAL_TIME = "final_time"
BALANCE = 1e-9
"""How far a balance may be from zero: difference ÷ sum of absolute terms."""

STEP_START = "start of step"  # the time a step began: what STEP and PULSE look at within RK4 stages


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
    """A function or operator of `builtins.BUILTINS`, applied."""

    function: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The points of a lookup; `beyond` says what holds outside them: "hold" or "extend"."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    beyond: str = "hold"


@dataclass(frozen=True, slots=True)
class Interpolate:
    """A lookup, read at an expression."""

    table: Table
    at: Expr


Expr = Number | Ref | Call | Interpolate


@dataclass(frozen=True)
class About:
    """What the model file says about a variable, whole: shared by its elements.

    `unit` is the author's text; `range` is (low, high), None where open; `label` is the
    comment up to the full-width colon, or the name where there is none; `source` starts
    with "source:" or "assumption:", or is empty; `group` is the heading it stands under.
    """

    key: str
    name: str
    unit: str = ""
    range: tuple[float | None, float | None] = (None, None)
    label: str = ""
    explanation: str = ""
    source: str = ""
    group: str = ""
    dims: tuple[str, ...] = ()
    equation: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Element:
    """One scalar of the graph: `key` is its variable's key, with its subscripts if any."""

    key: str
    about: About
    subscripts: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        return self.about.unit

    @property
    def range(self) -> tuple[float | None, float | None]:
        return self.about.range

    @property
    def is_balance(self) -> bool:
        """Whether this is a balance: named `check …`, dimensionless, to stay within `BALANCE` of zero."""
        return self.about.key.startswith("check_") and self.unit.lower() in ("dmnl", "")

    @property
    def label(self) -> str:
        inside = "，".join(self.subscripts)
        return f"{self.about.label}（{inside}）" if inside else self.about.label


@dataclass(frozen=True)
class Constant(Element):
    """A number the file gives and a user may set."""

    value: float = 0.0


@dataclass(frozen=True)
class Auxiliary(Element):
    """A value computed from others at each instant; `initial` replaces it while initialising."""

    expr: Expr = Number(0.0)
    initial: Expr | None = None


@dataclass(frozen=True)
class State(Element):
    """A value carried from step to step; `initial` is what it starts from."""

    initial: Expr = Number(0.0)


@dataclass(frozen=True)
class Stock(State):
    """A level that integrates its rate; `value` is its level at the start, by the model's constants."""

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
    """The time axis a model file asks for: first and last instant, step, saving interval, and their unit.

    `reads` names the constants it was computed from, which are therefore fixed.
    """

    start: float
    end: float
    step: float
    save: float
    unit: str = ""
    reads: tuple[str, ...] = ()

    why_fixed = "the time axis was computed from it; change it in the model file."


@dataclass(frozen=True)
class Graph:
    """All elements of a model, each list in the order it is computed in.

    `dims` maps a dimension to its subscripts, as the author wrote them. `variables` maps a
    variable's key to its elements. `start` lists the states and auxiliaries that initialising
    computes, in that order. `hash` names the structure: graphs that differ in constants share it.
    """

    constants: tuple[Constant, ...]
    auxiliaries: tuple[Auxiliary, ...]
    states: tuple[State, ...]
    start: tuple[str, ...]
    clock: Clock
    dims: Mapping[str, tuple[str, ...]]
    lookups: Mapping[str, tuple[About, Table]]
    hash: str

    def __getstate__(self) -> dict[str, object]:
        """Leave out what is worked out on demand: it cannot be sent to another process."""
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
    def stocks(self) -> tuple[Stock, ...]:
        """The stocks of the file itself, without those that delays and smooths are made of."""
        return tuple(s for s in self.states if isinstance(s, Stock) and not s.about.hidden)


def references(expr: Expr) -> Iterator[str]:
    """Yield the keys an expression reads, time included, in reading order, repeats included."""
    if isinstance(expr, Ref):
        yield expr.key
    elif isinstance(expr, Call):
        for arg in expr.args:
            yield from references(arg)
    elif isinstance(expr, Interpolate):
        yield from references(expr.at)


def variable_of(key: str) -> str:
    """Return the key of the variable an element, or a helper within its equation, belongs to.

    >>> variable_of("population[age_0_4]"), variable_of("perceived_demand | smooth1")
    ('population', 'perceived_demand')
    """
    return key.partition(" | ")[0].partition("[")[0]
