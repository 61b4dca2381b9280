"""Read an XMILE model (.xmile, .stmx, .itmx): variables, modules, graphical functions and settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from simcounty.errors import ModelError
from simcounty.model.ast import (
    Apply,
    Equation,
    EquationError,
    Literal,
    Name,
    ParsedModel,
    Syntax,
    Unsupported,
    key_of,
)
from simcounty.model.comments import about_of
from simcounty.model.graph import FINAL_TIME, INITIAL_TIME, TIME_STEP, Lookup
from simcounty.model.parse import parse_equation, rewritten
from simcounty.model.stella import AGGREGATES, XMILE
from simcounty.model.xmile_modules import XmileContent, XmileVariable, absolute, collect
from simcounty.model.xmile_parts import (
    children,
    dimensions,
    first,
    local,
    lookup,
    macro,
    number,
    settings_of,
    text_of,
    tree_of,
)

_ROOT = ""
_CLOCK = {"dt": TIME_STEP, "starttime": INITIAL_TIME, "stoptime": FINAL_TIME}
_REFUSED = {
    "conveyor": "it is a conveyor, which is not computed; write it as a delay",
    "queue": "it is a queue, which is not computed; write it as a stock with an outflow of its own",
    "oven": "it is an oven, which is not computed; write it as a delay",
}


def read_xmile(path: Path, digest: str, text: str, notes: tuple[str, ...] = ()) -> ParsedModel:
    """Return what an XMILE text defines; variables of a module are named `Module.variable`.

    Raises ModelError where the text is no XMILE; what is wrong with single variables becomes findings.
    """
    root = tree_of(path, text)
    reading = XmileContent()
    macros = dict(map(macro, children(root, "macro")))
    reading.own = frozenset(macros)
    reading.dimensions = dimensions(root)
    models = {key_of(each.get("name") or _ROOT): each for each in children(root, "model")}
    if _ROOT not in models:
        models[_ROOT] = next(iter(models.values()), root)
    collect(models, _ROOT, _ROOT, reading, ())
    if not reading.variables:
        raise ModelError(f"{path}: this is not a model that can be read: it has no variable.")
    behavior = _Behavior.of(root)
    for variable in reading.variables.values():
        _read_variable(variable, behavior, reading)
    reading.findings += _shared_flows(behavior, reading)
    _limit_outflows(behavior, reading)
    settings = settings_of(root)
    reading.findings += _other_clock(reading, settings.equations)
    notes = (*notes, *_on_limits(reading, behavior, settings.integrator))
    own = [each for each in reading.equations if each.key not in settings.about]
    return ParsedModel(
        path=path,
        hash=digest,
        equations=(*own, *settings.equations),
        about={**reading.about, **settings.about},
        dimensions=reading.dimensions,
        macros=macros,
        integrator=settings.integrator,
        notes=(*notes, *settings.notes),
        findings=(*reading.findings, *settings.findings),
    )


def _other_clock(reading: XmileContent, settings: Iterable[Equation]) -> Iterator[str]:
    """Yield variables of the file that are named as the time axis is, with another number."""
    stated = {each.key: each.body for each in settings}
    for each in reading.equations:
        other = stated.get(each.key)
        if isinstance(each.body, Literal) and isinstance(other, Literal) and each.body != other:
            numbers = f"{each.body.value:g}, sim_specs {other.value:g}"
            yield f"{each.key}: the file gives {numbers}. Line {each.line}."


def _on_limits(reading: XmileContent, behavior: _Behavior, integrator: str) -> Iterator[str]:
    """Yield what Runge-Kutta makes of stocks that stay at or above nought."""
    stocks = (each.node for each in reading.variables.values() if local(each.node) == "stock")
    if integrator != "euler" and any(map(behavior.limits, stocks)):
        yield f"{integrator.upper()} keeps stocks at or above nought stage by stage, not over whole steps."


@dataclass(frozen=True)
class _Behavior:
    """Whether stocks and flows of the file stay at or above nought unless they say otherwise."""

    stock: bool
    flow: bool

    @classmethod
    def of(cls, root: Any) -> _Behavior:
        every = first(root, "behavior", "non_negative") is not None
        kinds = (first(root, "behavior", kind, "non_negative") for kind in ("stock", "flow"))
        return cls(*(every or kind is not None for kind in kinds))

    def limits(self, node: Any) -> bool:
        own = first(node, "non_negative")
        if own is not None:
            return "false" not in (own.text or "").lower()
        return {"stock": self.stock, "flow": self.flow}.get(local(node), False)


def _read_variable(variable: XmileVariable, behavior: _Behavior, reading: XmileContent) -> None:
    node, key = variable.node, variable.key
    text = " ".join(" ".join((each.text or "").split()) for each in node.iter() if _is_equation(each))
    about = about_of(
        variable.name.replace("\\n", " "),
        text_of(node, "units"),
        text_of(node, "doc"),
        equation=text,
        line=node.sourceline,
    )
    name = f"{variable.module}.{about.name}" if variable.module else about.name
    bounds = first(node, "range")
    limits = (None, None) if bounds is None else (number(bounds.get("min")), number(bounds.get("max")))
    reading.about[key] = replace(
        about, key=key, name=name, range=limits, label=name if about.label == about.name else about.label
    )
    for subscripts, part in _parts(variable):
        try:
            _assert_element(subscripts, variable, reading)
            body = _body(variable, part, behavior, reading)
        except EquationError as reason:
            body = Unsupported(str(reason))
        reading.equations.append(Equation(key, subscripts, (), body, node.sourceline))


def _is_equation(node: Any) -> bool:
    return isinstance(node.tag, str) and local(node) == "eqn"


def _parts(variable: XmileVariable) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the subscripts and the XML of each equation of a variable."""
    elements = children(variable.node, "element")
    if not elements:
        yield variable.dims, variable.node
    for element in elements:
        yield tuple(map(str.strip, element.get("subscript", "").split(","))), element


def _assert_element(subscripts: tuple[str, ...], variable: XmileVariable, reading: XmileContent) -> None:
    """Refuse an element whose subscripts are none of its variable's dimensions."""
    own = [reading.dimensions.get(key_of(dim)) for dim in variable.dims]
    fits = len(own) == len(subscripts) and all(
        dim is None or key_of(each) in map(key_of, (dim.name, *dim.subscripts))
        for each, dim in zip(subscripts, own, strict=True)
    )
    if not fits:
        raise EquationError(f"[{', '.join(subscripts)}] is no element of [{', '.join(variable.dims)}]")


def _body(variable: XmileVariable, part: Any, behavior: _Behavior, reading: XmileContent) -> Syntax:
    """Return the syntax of an equation; raise EquationError for what is not computed."""
    node, kind = variable.node, local(variable.node)
    for construct, why in _REFUSED.items():
        if first(node, construct) is not None:
            raise EquationError(why)
    if variable.key in reading.inputs:
        return Name(reading.inputs[variable.key], variable.dims)
    if kind == "gf":
        return lookup(node)
    graph = first(part, "gf") if first(part, "gf") is not None else first(node, "gf")
    written = children(part, "eqn") or children(node, "eqn")
    if len(written) > 1:
        raise EquationError(f"it has {len(written)} equations; those of elements stand in <element> each")
    text = (written[0].text or "").strip() if written else ""
    if graph is not None and not text:
        return lookup(graph)
    if not text and not _is_leak_or_outflow(variable, reading):
        raise EquationError("it has no equation")
    body: Syntax = Literal(0.0)
    if text:
        body = _parsed(text, variable, reading)
    if graph is not None:
        body = Apply(Name("with_lookup"), (body, lookup(graph)))
    if kind == "stock":
        return Apply(Name("integ"), (_net_flow(variable, reading), body))
    if start := text_of(part, "init_eqn") or text_of(node, "init_eqn"):
        body = Apply(Name("active_initial"), (body, _parsed(start, variable, reading)))
    limited = kind != "stock" and behavior.limits(node)
    return Apply(Name("max"), (body, Literal(0.0))) if limited else body


def _parsed(text: str, variable: XmileVariable, reading: XmileContent) -> Syntax:
    return _resolved(rewritten(parse_equation(text, XMILE), XMILE, reading.own), variable, reading)


def _is_leak_or_outflow(variable: XmileVariable, reading: XmileContent) -> bool:
    """Return whether a flow leaves a stock that is refused anyway, so that it needs no words of its own."""
    own = key_of(variable.name)
    return any(
        own in map(key_of, (each.text or "" for each in children(stock.node, "outflow")))
        for stock in reading.variables.values()
        if any(first(stock.node, construct) is not None for construct in _REFUSED)
    )


def _flows(stock: XmileVariable, direction: str) -> list[str]:
    return [absolute(each.text or "", stock.module) for each in children(stock.node, direction)]


def _net_flow(stock: XmileVariable, reading: XmileContent) -> Syntax:
    """Return the inflows of a stock, in order, less its outflows."""
    total: Syntax | None = None
    for sign, direction in (("add", "inflow"), ("subtract", "outflow")):
        for key in _flows(stock, direction):
            flow = Name(key, _dims_of(key, reading))
            if total is None:
                total = flow if sign == "add" else Apply(Name("negative"), (flow,))
            else:
                total = Apply(Name(sign), (total, flow))
    return Literal(0.0) if total is None else total


def _dims_of(key: str, reading: XmileContent) -> tuple[str, ...]:
    found = reading.variables.get(reading.inputs.get(key, key))
    return found.dims if found else ()


def _resolved(body: Syntax, variable: XmileVariable, reading: XmileContent, over: bool = False) -> Syntax:
    """Return an equation with every name in full: modules, clock, and the dimensions of arrays.

    `over` is true inside SUM and its kin, where an array without subscripts means all of its elements.
    """
    if isinstance(body, Apply):
        inside = over or body.function.key in AGGREGATES
        args = tuple(_resolved(arg, variable, reading, inside) for arg in body.args)
        called = reading.variables.get(_key(body.function.key, variable)) if body.called else None
        if called and first(called.node, "gf") is not None and len(args) == 1:
            return Apply(Name("with_lookup"), (args[0], lookup(first(called.node, "gf"))))
        function = _function(body.function, variable, reading) if body.called else body.function
        return replace(body, function=function, args=args)
    if isinstance(body, Name):
        return _name(body, variable, reading, over)
    return body


def _function(name: Name, variable: XmileVariable, reading: XmileContent) -> Name:
    """Return the full name of a graphical function that is called, or the function itself."""
    own = _key(name.key, variable)
    return replace(name, key=own) if own in reading.variables else name


def _key(key: str, variable: XmileVariable) -> str:
    return absolute(key, variable.module)


def _name(name: Name, variable: XmileVariable, reading: XmileContent, over: bool) -> Syntax:
    key = _key(name.key, variable)
    key = reading.inputs.get(key, key)
    if key not in reading.variables:
        if name.key == "pi":
            return Literal(np.pi)
        return replace(name, key=_CLOCK.get(name.key, name.key))
    dims = reading.variables[key].dims
    if not name.subscripts:
        return Name(key, tuple(f"{dim}!" if over else dim for dim in dims))
    if len(name.subscripts) != len(dims):
        return Name(key, name.subscripts)
    pairs = zip(name.subscripts, dims, strict=True)
    return Name(key, tuple(_subscript(own, dim, over) for own, dim in pairs))


def _subscript(own: str, dim: str, over: bool) -> str:
    own = own.strip()
    if own == "*":
        return f"{dim}!" if over else dim
    if key_of(own.partition(".")[0]) == key_of(dim) and "." in own:
        own = own.partition(".")[2]
    if not re.fullmatch(r"[\w .$'\u0080-\U0010ffff]+|\"[^\"]*\"", own):
        raise EquationError(f"the subscript [{own}] is computed or a range; name an element or a dimension")
    return f"{own}!" if over and key_of(own) == key_of(dim) else own


def _shared_flows(behavior: _Behavior, reading: XmileContent) -> Iterator[str]:
    """Yield flows that fill or drain several stocks, of which one limits them: by how much is not defined."""
    stocks = [each for each in reading.variables.values() if local(each.node) == "stock"]
    for direction in ("inflow", "outflow"):
        of: dict[str, list[XmileVariable]] = {}
        for stock in stocks:
            for flow in _flows(stock, direction):
                of.setdefault(flow, []).append(stock)
        for flow, own in of.items():
            if len(own) > 1 and any(behavior.limits(each.node) for each in own):
                names = " and ".join(each.key for each in own)
                what = f"{flow}: it is an {direction} of {names}, of which one stays at or above nought"
                yield f"{what}; give each a flow of its own. Line {own[0].node.sourceline}."


def _limit_outflows(behavior: _Behavior, reading: XmileContent) -> None:
    """Let what is drawn from a stock take no more than it holds and gets within a step.

    Its inflows count first, in their order, of which one that is negative draws too; then its outflows.
    """
    for stock in reading.variables.values():
        if local(stock.node) != "stock" or not behavior.limits(stock.node):
            continue
        there: Syntax = Apply(Name("divide"), (Name(stock.key, stock.dims), Name(TIME_STEP)))
        for direction, sign in (("inflow", "add"), ("outflow", "subtract")):
            for key in _flows(stock, direction):
                _limit(key, direction, there, reading)
                there = Apply(Name(sign), (there, Name(key, _dims_of(key, reading))))


def _limit(flow: str, direction: str, there: Syntax, reading: XmileContent) -> None:
    most = there if direction == "outflow" else Apply(Name("negative"), (there,))
    for place, equation in enumerate(reading.equations):
        if equation.key == flow and not isinstance(equation.body, Unsupported | Lookup):
            body = Apply(Name("min" if direction == "outflow" else "max"), (equation.body, most))
            reading.equations[place] = replace(equation, body=body)
