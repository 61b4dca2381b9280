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


@dataclass(frozen=True)
class Block:
    """How members lie side by side in one array `w`.

    Row r of array a is the `width` entries from (first[a] + r) × width. One array for everything
    lets a compiler see that reads and writes never meet, so that it can compute members in parallel.
    """

    width: int
    first: Mapping[str, int]
    rows: int

    @classmethod
    def of(cls, program: Program, width: int) -> Block:
        sizes = {
            "p": len(program.constants),
            "y": len(program.states),
            "h": program.fixed_rows,
            "out": program.moving,
            "bad": 1,
            "lag": program.delays,
            "values": len(program.auxiliaries),
        }
        first, rows = {}, 0
        for array, size in sizes.items():
            first[array] = rows
            rows += size
        return cls(width, first, rows)


def program_text(program: Program) -> str:
    """Return all stages of a program as functions for one member."""
    return "\n\n".join(function_text(stage) for stage in program.stages)


def function_text(stage: Stage, block: Block | None = None) -> str:
    """Print one stage: for one member with an array each, for a block as a loop over `w`."""
    body = [f"    {let.name} = {let.text}" for let in stage.once]
    indent = "    "
    if block is not None:
        body.append(f"    for m in range({block.width}):")
        indent = "        "
    body += [indent + _statement(line, block) for line in stage.lines] or [f"{indent}pass"]
    arrays = stage.arrays if block is None else ("w",)
    arguments = ", ".join((CLOCK_ARGUMENTS, *arrays))
    return "\n".join([f"def {stage.name}({arguments}):", *body, ""])


def _statement(line: Line, block: Block | None) -> str:
    if isinstance(line, Let):
        return f"{line.name} = {line.text}"
    place = f"{line.array}[{line.row}]"
    if block is not None:
        place = f"w[{(block.first[line.array] + line.row) * block.width} + m]"
    return f"{line.name} = {place}" if isinstance(line, Load) else f"{place} = {line.text}"
