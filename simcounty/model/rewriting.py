"""Equations as a file writes them, made ready for lowering: own words, results of macros, notes left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from simcounty.errors import Findings
from simcounty.model.ast import Apply, Equation, EquationError, Macro, Name, Syntax, Unsupported
from simcounty.model.parse import rewritten
from simcounty.model.tokens import Dialect


def in_own_words(
    equations: Iterable[Equation], macros: Mapping[str, Macro], dialect: Dialect
) -> tuple[Equation, ...]:
    """Return equations in the words of lowering; functions that the file defines as macros are those."""
    every = []
    for equation in equations:
        try:
            body = rewritten(equation.body, dialect, macros)
        except EquationError as reason:
            body = Unsupported(str(reason))
        every.append(replace(equation, body=body))
    return tuple(every)


def without_notes(equations: list[Equation]) -> list[Equation]:
    """Leave out A FUNCTION OF(…), a note of the sketch, where the variable has an equation."""

    def is_note(equation: Equation) -> bool:
        body = equation.body
        return isinstance(body, Apply) and body.function.key == "a_function_of"

    real = {equation.key for equation in equations if not is_note(equation)}
    return [e for e in equations if not (is_note(e) and e.key in real)]


def with_outputs(
    equations: Iterable[Equation], macros: Mapping[str, Macro], findings: Findings
) -> tuple[Equation, ...]:
    """Add an equation for each variable that takes a further result of a macro."""
    every: list[Equation] = []
    for equation in equations:
        every.append(equation)
        for call in _calls_with_outputs(equation.body):
            key, macro = call.function.key, macros.get(call.function.key)
            if macro is None:
                continue  # lowering says that there is no such function
            if len(macro.results) != len(call.outputs):
                what = f"{key.replace('_', ' ').upper()} has not {len(call.outputs)} results beside its own"
                findings.append(f"{equation.key}: {what}. Line {equation.line}.")
                continue
            for output, result in zip(call.outputs, macro.results, strict=True):
                body = Apply(Name(f"{key}:{result}"), call.args)
                every.append(replace(equation, key=output, body=body))
    return tuple(every)


def _calls_with_outputs(body: Syntax) -> Iterator[Apply]:
    """Yield the calls of an equation that have results beside their own."""
    if isinstance(body, Apply):
        if body.outputs:
            yield body
        for arg in body.args:
            yield from _calls_with_outputs(arg)
