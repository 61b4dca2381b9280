"""Print a program's stages as Python functions, for one member or for a block of members."""

from __future__ import annotations

from simcounty.backends.emit import CLOCK_ARGUMENTS, Let, Line, Load, Program, Stage


def function_text(stage: Stage, block: int | None = None) -> str:
    """Return one stage as a function; `block` is how many members lie side by side, None for one alone.

    With a block of 64, row 3 of an array is its entries 192 to 255, and the function loops over them.
    """
    body = [f"    {let.name} = {let.text}" for let in stage.once]
    indent = "    "
    if block is not None:
        body.append(f"    for m in range({block}):")
        indent = "        "
    body += [indent + _statement(line, block) for line in stage.lines]
    if len(body) == (0 if block is None else 1):
        body.append(f"{indent}pass")
    arguments = ", ".join((CLOCK_ARGUMENTS, *stage.arrays))
    return "\n".join([f"def {stage.name}({arguments}):", *body, ""])


def program_text(program: Program, block: int | None = None) -> str:
    """Return all stages of a program as the text of a module."""
    return "\n\n".join(function_text(stage, block) for stage in program.stages)


def _statement(line: Line, block: int | None) -> str:
    if isinstance(line, Let):
        return f"{line.name} = {line.text}"
    place = f"{line.array}[{line.row}]" if block is None else f"{line.array}[{line.row * block} + m]"
    if isinstance(line, Load):
        return f"{line.name} = {place}"
    return f"{place} = {line.text}"
