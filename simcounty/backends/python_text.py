"""Print a program as plain Python: one function a stage, for one member."""

from __future__ import annotations

import math
from collections import Counter

from simcounty.backends.operations import LEAVES, MEANINGS, Operation
from simcounty.backends.program import ARRAYS, Program

_DEEPEST = 20  # parentheses within each other; Python's parser takes 200

_TEXTS = {
    "add": "({0} + {1})", "subtract": "({0} - {1})", "multiply": "({0} * {1})", "negative": "(-{0})",
    "less": "({0} < {1})", "less_equal": "({0} <= {1})", "greater": "({0} > {1})",
    "greater_equal": "({0} >= {1})", "equal": "({0} == {1})", "not_equal": "({0} != {1})",
    "and": "({0} & {1})", "or": "({0} | {1})", "opposite": "(not {0})", "select": "({1} if {0} else {2})",
    "smaller": "({0} if {0} < {1} else {1})", "larger": "({0} if {0} > {1} else {1})",
}  # fmt: skip
"""The text of an operation where it is not a call."""
_READ_TWICE = ("smaller", "larger")


def number_text(value: float) -> str:
    """Return the text of a number, which reads back to the same bits."""
    if isinstance(value, bool) or math.isfinite(value):
        return repr(value)
    return "(1e999 - 1e999)" if math.isnan(value) else "1e999" if value > 0 else "(-1e999)"


def stage_text(program: Program, name: str) -> str:
    """Return the text of one stage."""
    stage = program.stages[name]
    uses = Counter(arg for item in stage.operations if item[0] not in LEAVES for arg in item[1:])
    uses.update(arg for item in stage.operations if item[0] in _READ_TWICE for arg in item[1:])
    texts: list[str] = []
    depths: list[int] = []
    lines = [f"def {name}({', '.join(ARRAYS)}):"]
    for index, item in enumerate(stage.operations):
        text, depth = _text(item, stage.operations, texts, depths)
        if item[0] != "number" and (uses[index] != 1 or depth > _DEEPEST):
            lines.append(f"    v{index} = {text}")
            text, depth = f"v{index}", 0
        texts.append(text)
        depths.append(depth)
    lines += [f"    {store.array}[{store.row}] = {texts[store.index]}" for store in stage.stores]
    return "\n".join([*lines, "    return", ""])


def _text(
    item: Operation, operations: tuple[Operation, ...], texts: list[str], depths: list[int]
) -> tuple[str, int]:
    """Return the text of an operation, and how many parentheses stand within each other in it."""
    name, *args = item
    if name == "number":
        return number_text(args[0]), 0
    if name == "load":
        return f"{args[0]}[{args[1]}]", 0
    parts = [texts[arg] for arg in args]
    depth = 1 + max(depths[arg] for arg in args)
    if name == "div" and operations[args[1]][0] == "number" and operations[args[1]][1] != 0.0:
        return f"({parts[0]} / {parts[1]})", depth  # which cannot raise
    if name in _TEXTS:
        return _TEXTS[name].format(*parts), depth
    assert name in MEANINGS
    return f"{name}({', '.join(parts)})", depth
