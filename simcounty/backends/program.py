"""A program: what is generated from a graph, before it is printed for one backend or another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simcounty.model.graph import FINAL_TIME, INITIAL_TIME, STEP_START, TIME, TIME_STEP

CLOCK_NAMES: Mapping[str, str] = {
    TIME: "t",
    STEP_START: "t_step",
    TIME_STEP: "dt",
    INITIAL_TIME: "t_first",
    FINAL_TIME: "t_last",
}
CLOCK_ARGUMENTS = ", ".join(CLOCK_NAMES.values())


@dataclass(frozen=True)
class Load:
    """Name a value of an array."""

    name: str
    array: str
    row: int


@dataclass(frozen=True)
class Let:
    """Name the value of a text."""

    name: str
    text: str


@dataclass(frozen=True)
class Store:
    """Put a value into an array; `text` is a name or a number."""

    array: str
    row: int
    text: str


Line = Load | Let | Store


@dataclass(frozen=True)
class Stage:
    """One generated function: what it computes once, and what for every member."""

    name: str
    arrays: tuple[str, ...]
    once: tuple[Let, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Program:
    """The generated functions of a graph, and which row of which array each element lies in.

    start   constants → states, lags      the first values, and how many steps DELAY FIXED waits
    fixed   constants, states → fixed      what changes only when constants do
    rates   constants, states, fixed → out   what each state moves by, or turns into
    record  constants, states, fixed → values   every auxiliary
    """

    constants: tuple[str, ...]
    states: tuple[str, ...]
    auxiliaries: tuple[str, ...]
    stocks: int
    samples: int
    delays: int
    fixed_rows: int
    stages: tuple[Stage, ...]

    @property
    def moving(self) -> int:
        """How many states move during a run: stocks, samples and delays, in this order."""
        return self.stocks + self.samples + self.delays
