"""Parts of an XMILE file: its tree, graphical functions, dimensions, macros and settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from lxml import etree  # type: ignore[import-untyped]

from simcounty.errors import ModelError
from simcounty.model.ast import (
    Apply,
    Dimension,
    Equation,
    EquationError,
    Literal,
    Macro,
    Name,
    Syntax,
    Unsupported,
    bare,
    key_of,
)
from simcounty.model.comments import about_of
from simcounty.model.graph import About, Lookup
from simcounty.model.indexing import MOST_ELEMENTS
from simcounty.model.parse import held, lookup_of, parse_equation, rewritten
from simcounty.model.stella import XMILE

_UNKNOWN_PREFIX = "NS_ERR_UNDEFINED_NAMESPACE"  # as in files that drop Stella's declarations
_ISEE = "{http://iseesystems.com/XMILE}"
INTEGRATORS = {"euler": "euler", "rk2": "rk2", "rk4": "rk4", "rk4 (auto)": "rk4", "rk45": "rk4"}
"""The methods that sim_specs may name; those that adapt their steps are run by the file's dt."""


def tree_of(path: Path, text: str) -> Any:
    """Return the root of a file; raise ModelError for what is no XMILE, or declares entities."""
    if "<!" in _without(_without(text, "<!--", "-->"), "<![CDATA[", "]]>"):
        raise ModelError(f"{path}: it declares XML entities or a document type (<!…); a model needs none.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, recover=True
    )
    try:
        root = etree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text).encode(), parser)
    except etree.XMLSyntaxError:
        root = None
    wrong = [
        each
        for each in parser.error_log
        if each.level_name != "WARNING" and each.type_name != _UNKNOWN_PREFIX
    ]
    if root is None or wrong or local(root) != "xmile":
        line = wrong[0].line if wrong else 1
        raise ModelError(
            f"{path}: this is not a model that can be read: line {line} is no XMILE. "
            "Open it in the tool that wrote it, and save it again."
        )
    return root


def _without(text: str, opens: str, closes: str) -> str:
    """Return a text without what stands between two marks."""
    kept, _, rest = text.partition(opens)
    parts = [kept]
    while rest:
        kept, _, rest = rest.partition(closes)[2].partition(opens)
        parts.append(kept)
    return "".join(parts)


def local(node: Any) -> str:
    """Return the name of an element, whatever namespace it is in."""
    return str(node.tag).rpartition("}")[2].rpartition(":")[2]


def children(node: Any, *steps: str) -> list[Any]:
    """Return the children by names, step by step, whatever namespace they are in."""
    found = [node]
    for step in steps:
        found = [child for each in found for child in each if local(child) == step]
    return found


def first(node: Any, *steps: str) -> Any:
    """Return the first child by names, step by step; None where there is none."""
    return next(iter(children(node, *steps)), None)


def text_of(node: Any, *steps: str) -> str:
    """Return the text of a child, its blanks as one; "" where there is none."""
    found = first(node, *steps)
    return "" if found is None else " ".join((found.text or "").split())


def number(text: str | None) -> float | None:
    """Return the number that a text is; None for any other."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def lookup(node: Any) -> Lookup:
    """Return the points of a graphical function; a discrete one holds each value up to the next point."""
    ys, xs = _points(node, "ypts"), _points(node, "xpts")
    scale = first(node, "xscale")
    if scale is not None and not xs:
        low, high = number(scale.get("min")), number(scale.get("max"))
        if low is None or high is None or not low < high:
            raise EquationError("its graphical function has an xscale without a min below its max")
        xs = np.linspace(low, high, len(ys)).tolist()
    if not ys or len(xs) != len(ys):
        raise EquationError(
            f"its graphical function has {len(xs)} x values (xscale or xpts) and {len(ys)} y values"
        )
    kind = (node.get("type") or "continuous").lower()
    points = sorted(zip(xs, ys, strict=True))
    if kind == "discrete":
        points = held(lookup_of(points))
    elif kind not in ("continuous", "extrapolate"):
        raise EquationError(f"a graphical function of type {kind!r} is not supported")
    return lookup_of(points, "extend" if kind == "extrapolate" else "hold")


def _points(node: Any, name: str) -> list[float]:
    found = first(node, name)
    if found is None:
        return []
    separator = found.get("sep", ",")
    try:
        return [float(each) for each in (found.text or "").split(separator) if each.strip()]
    except ValueError:
        raise EquationError(f"its graphical function has something else than numbers in {name}") from None


def dimensions(root: Any) -> dict[str, Dimension]:
    """Return the dimensions of a file: their elements by name, or numbered from 1."""
    found = {}
    for node in children(root, "dimensions", "dim"):
        size = node.get("size", "")
        named = tuple(each.get("name", "") for each in children(node, "elem"))
        count = min(int(size[:9]), MOST_ELEMENTS + 1) if size.isdecimal() else 0  # more is refused where used
        numbered = tuple(str(number + 1) for number in range(count))
        found[key_of(node.get("name", ""))] = Dimension(bare(node.get("name", "")), named or numbered)
    return found


def macro(node: Any) -> tuple[str, Macro]:
    """Return a macro by its key; its own equation is that of its name."""
    key = key_of(node.get("name", ""))
    parameters = tuple(key_of(each.text or "") for each in children(node, "parm"))
    parts = [each for holder in children(node, "variables") for each in holder]
    equations = [Equation(key, (), (), _macro_body(node), node.sourceline)]
    equations += [Equation(key_of(p.get("name", "")), (), (), _macro_body(p), p.sourceline) for p in parts]
    return key, Macro(key, parameters, tuple(equations))


def _macro_body(node: Any) -> Syntax:
    """Return the equation of a macro, or of a variable within one."""
    try:
        if any(first(node, each) is not None for each in ("non_negative", "conveyor", "queue", "dimensions")):
            raise EquationError("a macro holds plain stocks, flows and auxiliaries alone")
        body = rewritten(parse_equation(text_of(node, "eqn"), XMILE), XMILE, ())
        if first(node, "gf") is not None:
            body = Apply(Name("with_lookup"), (body, lookup(first(node, "gf"))))
        return Apply(Name("integ"), (_macro_flow(node), body)) if local(node) == "stock" else body
    except EquationError as reason:
        return Unsupported(str(reason))


def _macro_flow(node: Any) -> Syntax:
    total: Syntax = Literal(0.0)
    for direction, sign in (("inflow", "add"), ("outflow", "subtract")):
        for each in children(node, direction):
            total = Apply(Name(sign), (total, Name(key_of(each.text or ""))))
    return total


@dataclass(frozen=True)
class Settings:
    """What sim_specs says: the time axis under Vensim's names, the method, and what was noticed."""

    equations: tuple[Equation, ...] = ()
    about: Mapping[str, About] = field(default_factory=dict)
    integrator: str = "euler"
    notes: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


def settings_of(root: Any) -> Settings:
    """Return the settings of a file; a step that is not given is one unit of time."""
    specs = first(root, "sim_specs")
    specs = first(root, "model", "sim_specs") if specs is None else specs
    if specs is None:
        return Settings(findings=("sim_specs is missing; a model states its start, stop and dt.",))
    unit = specs.get("time_units") or specs.get(f"{_ISEE}time_units") or ""
    step, stated = first(specs, "dt"), text_of(specs, "dt")
    reciprocal = step is not None and (step.get("reciprocal") or "").lower() == "true"
    texts = {
        "INITIAL TIME": text_of(specs, "start"),
        "FINAL TIME": text_of(specs, "stop"),
        "TIME STEP": f"1/({stated})" if reciprocal else stated or "1",
        "SAVEPER": specs.get(f"{_ISEE}save_interval") or text_of(specs, "savestep") or "time_step",
    }
    method = (specs.get("method") or "euler").strip().lower()
    known = INTEGRATORS.get(method)
    notes = [] if stated else ["sim_specs gives no dt; XMILE's own is one unit of time."]
    if known and method != known:
        notes.append(f"The file adapts its steps ({method}); this run takes its dt throughout.")
    wrong = f"sim_specs: method {method!r} is none of {', '.join(INTEGRATORS)}. Line {specs.sourceline}."
    return Settings(
        equations=tuple(
            Equation(key_of(name), (), (), _setting(text), specs.sourceline) for name, text in texts.items()
        ),
        about={
            key_of(name): about_of(name, unit, "", equation=text, line=specs.sourceline)
            for name, text in texts.items()
        },
        integrator=known or "euler",
        notes=tuple(notes),
        findings=() if known else (wrong,),
    )


def _setting(text: str) -> Syntax:
    try:
        return parse_equation(text, XMILE) if text else Unsupported("is not given in sim_specs")
    except EquationError as reason:
        return Unsupported(str(reason))
