"""Print a program's stages as Python functions, for one member or for a block of members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simcounty.backends.program import CLOCK_ARGUMENTS, Let, Line, Load, Program, Stage


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
