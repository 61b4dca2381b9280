"""Read a model file into `source` values: the only place, with the reference backend, that knows pysd."""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from simcounty.errors import ModelError, raise_findings
from simcounty.model.graph import About
from simcounty.model.mdl import Outline, grouped_powers, key_of, outline, suspicious_bounds
from simcounty.model.source import (
    Apply,
    Equation,
    Literal,
    Macro,
    Name,
    Numbers,
    Points,
    Range,
    Source,
    Syntax,
)

NOT_AVAILABLE = -(2.0**109)
"""What Vensim computes with where a model says :NA:."""

SUFFIXES = (".mdl", ".xmile", ".stmx")

_OPERATORS = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "^": "power",
    "=": "equal", "<>": "not_equal", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal",
}  # fmt: skip
_BEYOND = {"interpolate": "hold", "extrapolate": "extend"}


class _Unreadable(Exception):
    """Something within one equation that simcounty does not compute."""


def read(path: Path) -> Source:
    """Read a Vensim (.mdl) or XMILE (.xmile, .stmx) file.

    Raises ModelError, all findings at once, for a file that is missing, no model, not UTF-8,
    or that says something simcounty does not compute.
    """
    data, text = _text_of(path)
    document = outline(text) if path.suffix == ".mdl" else Outline({})
    sections = _sections(path).sections
    findings: list[str] = []
    main = _equations(sections[0].elements, document, findings)
    macros = {
        section.name: Macro(
            section.name,
            tuple(key_of(name) for name in section.params),
            _equations(section.elements, document, findings),
        )
        for section in sections[1:]
    }
    ranges = _ranges(sections[0].subscripts, document, findings)
    raise_findings(ModelError, f"{path}: this model cannot be computed as Vensim would:", findings)
    about = {key_of(element.name): _about(element, document) for element in sections[0].elements}
    return Source(path, hashlib.sha256(data).hexdigest(), main, about, ranges, macros)


def _text_of(path: Path) -> tuple[bytes, str]:
    if path.suffix not in SUFFIXES:
        raise ModelError(f"{path}: not a model file. A model ends in {', '.join(SUFFIXES)}.")
    if not path.is_file():
        raise ModelError(f"{path}: no such model file. Check the path; `simcounty list` shows what is shipped.")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ModelError(
            f"{path}: byte {error.start} is not UTF-8. Save the model as UTF-8 (Vensim: File, Save as, UTF-8)."
        ) from None
    if bounds := suspicious_bounds(text):
        raise ModelError(f"{path}: a lookup's bounds hold something else than numbers: [{bounds[0]}].")
    return data, text


def _sections(path: Path) -> Any:
    from pysd.translators.vensim.vensim_file import VensimFile
    from pysd.translators.xmile.xmile_file import XmileFile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if path.suffix == ".mdl":
                file = VensimFile(path, encoding="utf-8-sig")
                file.model_text = grouped_powers(file.model_text)
            else:
                file = XmileFile(path)
            file.parse()
            return file.get_abstract_model()
    except Exception as error:  # whatever the translator stumbles over, the file is not a model it can read
        words = " ".join(str(error).split())[:300]
        raise ModelError(
            f"{path}: this is not a model that can be read ({type(error).__name__}: {words}). "
            "Open it in the tool that wrote it, and save it again as Vensim text or XMILE."
        ) from None


def _about(element: Any, document: Outline) -> About:
    key = key_of(element.name)
    heading = document.headings.get(key)
    label, explanation, source = _comment(element.documentation or "", element.name.strip().strip('"'))
    low, high = (tuple(element.limits) if element.limits else (None, None))[:2]
    return About(
        key=key,
        name=element.name.strip().strip('"'),
        unit=" ".join((element.units or "").split()),
        range=(_bound(low), _bound(high)),
        label=label,
        explanation=explanation,
        source=source,
        group=heading.group if heading else "",
        equation=heading.equation if heading else "",
    )


def _bound(value: Any) -> float | None:
    return None if value is None or math.isnan(float(value)) else float(value)


def _comment(text: str, name: str) -> tuple[str, str, str]:
    """Split `中文名：explanation. source: …` into label, explanation and source."""
    words = " ".join(text.split())
    label, colon, rest = words.partition("：")
    if not colon:
        label, rest = name, words
    for mark in ("source:", "assumption:"):
        before, found, after = rest.partition(mark)
        if found:
            return label.strip(), before.strip(), f"{mark} {after.strip()}"
    return label.strip(), rest.strip(), ""


def _ranges(subscripts: Iterable[Any], document: Outline, findings: list[str]) -> dict[str, Range]:
    ranges: dict[str, Range] = {}
    aliases: dict[str, str] = {}
    for found in subscripts:
        key = key_of(found.name)
        if isinstance(found.subscripts, dict):
            findings.append(f"{found.name}: subscripts read from a spreadsheet are not supported; list them.")
        elif isinstance(found.subscripts, str):
            aliases[key] = key_of(found.subscripts)
            ranges[key] = Range(found.name, ())
        else:
            explicit = document.mappings.get(key, {})
            mappings = {key_of(name): explicit.get(key_of(name)) for name in found.mapping} | dict(explicit)
            ranges[key] = Range(found.name, tuple(found.subscripts), mappings)
    return _spread({k: Range(r.name, ranges[aliases[k]].subscripts) if k in aliases else r for k, r in ranges.items()})


def _spread(ranges: dict[str, Range]) -> dict[str, Range]:
    """Replace subranges named inside a range by their subscripts."""

    def flat(names: tuple[str, ...]) -> tuple[str, ...]:
        parts = (flat(ranges[key_of(n)].subscripts) if key_of(n) in ranges else (n,) for n in names)
        return tuple(dict.fromkeys(name for part in parts for name in part))

    return {key: Range(r.name, flat(r.subscripts), r.mappings) for key, r in ranges.items()}


def _written(element: Any, document: Outline) -> str:
    heading = document.headings.get(key_of(element.name))
    return f" Equation: {' '.join(heading.equation.split())[:200]}" if heading else ""


def _equations(elements: Iterable[Any], document: Outline, findings: list[str]) -> tuple[Equation, ...]:
    equations = []
    for element in elements:
        for component in element.components:
            try:
                if component.type == "Data":
                    raise _Unreadable("data variables (:=, :INTERPOLATE:, :RAW:) are not supported")
                subscripts, excepts = component.subscripts
                body = _syntax(component.ast)
                equations.append(
                    Equation(key_of(element.name), tuple(subscripts), tuple(map(tuple, excepts)), body)
                )
            except _Unreadable as reason:
                findings.append(f"{key_of(element.name)}: {reason}.{_written(element, document)}")
    return tuple(equations)


def _syntax(ast: Any) -> Syntax:
    if isinstance(ast, bool | int | float | np.number):
        return Literal(_number(float(ast)))
    if isinstance(ast, np.ndarray):
        return Numbers(tuple(_number(float(value)) for value in ast.ravel()))
    convert = _STRUCTURES.get(type(ast).__name__)
    if convert is None:
        what = type(ast).__name__.removesuffix("Structure")
        raise _Unreadable(f"{_words(what)} is not supported")
    return convert(ast)


def _words(camel: str) -> str:
    return "".join(f" {c}" if c.isupper() else c.upper() for c in camel).strip()


def _number(value: float) -> float:
    return NOT_AVAILABLE if math.isnan(value) else value


def _name(ast: Any) -> Name:
    subscripts = tuple(ast.subscripts.subscripts) if ast.subscripts else ()
    return Name(key_of(ast.reference), subscripts)


def _arithmetic(ast: Any) -> Syntax:
    if ast.operators == ["negative"]:
        return Apply(Name("negative"), (_syntax(ast.arguments[0]),))
    if "^" in ast.operators:
        if len(ast.operators) > 1:
            raise _Unreadable("a ^ b ^ c reads differently in different tools; write parentheses")
    return _chain(ast.operators, [_syntax(argument) for argument in ast.arguments])


def _chain(operators: list[str], args: list[Syntax]) -> Syntax:
    result = args[0]
    for operator, argument in zip(operators, args[1:], strict=True):
        result = Apply(Name(_OPERATORS[operator]), (result, argument))
    return result


def _logic(ast: Any) -> Syntax:
    operators = [operator.strip(":").lower() for operator in ast.operators]
    args = [_syntax(argument) for argument in ast.arguments]
    if operators == ["not"]:
        return Apply(Name("not"), (args[0],))
    if not {"and", "or"} & set(operators):
        return _chain(ast.operators, args)
    either = [args[0]]
    for operator, argument in zip(operators, args[1:], strict=True):  # AND binds tighter than OR
        if operator == "and":
            either[-1] = Apply(Name("and"), (either[-1], argument))
        else:
            either.append(argument)
    result = either[0]
    for argument in either[1:]:
        result = Apply(Name("or"), (result, argument))
    return result


def _points(ast: Any) -> Points:
    if ast.type not in _BEYOND:
        raise _Unreadable(f"a lookup of kind '{ast.type}' is not supported")
    xs, ys = tuple(map(float, ast.x)), tuple(map(float, ast.y))
    if twice := sorted({x for x in xs if xs.count(x) > 1}):
        raise _Unreadable(f"its lookup has two points at x = {twice[0]:g}; x values must increase")
    return Points(xs, ys, _BEYOND[ast.type])


def _integ(ast: Any) -> Syntax:
    if ast.non_negative:
        raise _Unreadable("a stock kept non-negative by the tool is not supported; write the limit into its outflow")
    return _apply("integ", ast.flow, ast.initial)


def _apply(function: str, *args: Any) -> Apply:
    return Apply(Name(function), tuple(_syntax(arg) for arg in args))


_STRUCTURES: dict[str, Callable[[Any], Syntax]] = {
    "ReferenceStructure": _name,
    "ArithmeticStructure": _arithmetic,
    "LogicStructure": _logic,
    "CallStructure": lambda a: Apply(_name(a.function), tuple(_syntax(arg) for arg in a.arguments)),
    "GameStructure": lambda a: _syntax(a.expression),
    "LookupsStructure": _points,
    "InlineLookupsStructure": lambda a: _apply("with_lookup", a.argument, a.lookups),
    "IntegStructure": _integ,
    "InitialStructure": lambda a: _apply("initial", a.initial),
    "SmoothStructure": lambda a: _apply("smooth", a.input, a.smooth_time, a.initial, a.order),
    "SmoothNStructure": lambda a: _apply("smooth", a.input, a.smooth_time, a.initial, a.order),
    "DelayStructure": lambda a: _apply("delay", a.input, a.delay_time, a.initial, a.order),
    "DelayNStructure": lambda a: _apply("delay_n", a.input, a.delay_time, a.initial, a.order),
    "DelayFixedStructure": lambda a: _apply("delay_fixed", a.input, a.delay_time, a.initial),
    "TrendStructure": lambda a: _apply("trend", a.input, a.average_time, a.initial_trend),
    "ForecastStructure": lambda a: _apply("forecast", a.input, a.average_time, a.horizon, a.initial_trend),
    "SampleIfTrueStructure": lambda a: _apply("sample_if_true", a.condition, a.input, a.initial),
}
