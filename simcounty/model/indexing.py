"""What lowering works on: cells, one element's share of an equation each, and what is found so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from simcounty.model.ast import Apply, Equation, Literal, Numbers, Source
from simcounty.model.graph import FINAL_TIME, INITIAL_TIME, TIME, TIME_STEP, About, Element, Expr
from simcounty.model.subscripts import Binding, Dimensions

CLOCK = (TIME, TIME_STEP, INITIAL_TIME, FINAL_TIME)
CONTROLS = (INITIAL_TIME, FINAL_TIME, TIME_STEP, "saveper")


class RefusedError(Exception):
    """Why one equation cannot be lowered."""


@dataclass(frozen=True)
class Cell:
    """One element's share of an equation: its subscripts, and what its dimensions stand for."""

    key: str
    subscripts: tuple[str, ...]
    equation: Equation
    binding: Binding
    index: int


@dataclass
class Lowering:
    """What is known of the model, and the elements found so far."""

    source: Source
    dimensions: Dimensions
    cells: Mapping[str, Cell]
    found: dict[str, Element] = field(default_factory=dict)

    def about(self, key: str) -> About:
        return self.source.about.get(key, About(key, key))


@dataclass
class Scope:
    """Where an expression stands: its element, what dimensions mean there, and a macro's own names."""

    element: str
    binding: Binding
    names: Mapping[str, Expr] = field(default_factory=dict)
    counter: list[str] = field(default_factory=list)

    def within(self, binding: Binding) -> Scope:
        return replace(self, binding={**self.binding, **binding})


def element_key(key: str, subscripts: tuple[str, ...]) -> str:
    """Return the key of one element of a variable.

    >>> element_key("population", ("age_0_4",))
    'population[age_0_4]'
    """
    return f"{key}[{','.join(subscripts)}]" if subscripts else key


def constant_of(cell: Cell) -> float | None:
    body = cell.equation.body
    if isinstance(body, Literal):
        return body.value
    if isinstance(body, Apply) and body.function.key == "negative" and isinstance(body.args[0], Literal):
        return -body.args[0].value
    if not isinstance(body, Numbers):
        return None
    if cell.index >= len(body.values):
        raise RefusedError(f"the equation gives {len(body.values)} numbers, too few for its subscripts")
    return body.values[cell.index]
