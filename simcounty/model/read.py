"""Parse a model file by PySD's translators, which only this module and the PySD backend use."""

from __future__ import annotations

import hashlib
import math
import re
import warnings
from ast import literal_eval
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from simcounty.errors import Findings, ModelError
from simcounty.model.ast import (
    Dimension,
    Equation,
    EquationError,
    Macro,
    MdlText,
    ParsedModel,
    Syntax,
    Unsupported,
    VariableText,
    bare,
    key_of,
    read_mdl_text,
)
from simcounty.model.graph import About
from simcounty.model.translate import translate

_NUMBER = r"\s*(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TERM = re.compile(rf"[+-]?{_NUMBER}")
_SUM = re.compile(rf"\s*[+-]?{_NUMBER}(?:\s*[+-]{_NUMBER})*\s*")
SUFFIXES = (".mdl", ".xmile", ".stmx")


def read(path: Path) -> ParsedModel:
    """Parse a Vensim (.mdl) or XMILE (.xmile, .stmx) file.

    Raises ModelError for a file that is missing, is no model or is not UTF-8. Equations that simcounty
    does not compute are left to `lower`, which raises all findings together.
    """
    data, text = _text_of(path)
    mdl = read_mdl_text(text) if path.suffix.lower() == ".mdl" else MdlText({})
    main, *macros = _sections(path).sections
    findings = Findings()
    return ParsedModel(
        path=path,
        hash=hashlib.sha256(data).hexdigest(),
        equations=_equations(main.elements),
        about={key_of(element.name): _about(element, mdl) for element in main.elements},
        dimensions=_dimensions(main.subscripts, mdl, findings),
        macros={each.name: _macro(each) for each in macros},
        findings=tuple(findings),
    )


def _macro(section: Any) -> Macro:
    return Macro(section.name, tuple(map(key_of, section.params)), _equations(section.elements))


def _text_of(path: Path) -> tuple[bytes, str]:
    if path.suffix.lower() not in SUFFIXES:
        raise ModelError(f"{path}: not a model file. A model ends in {', '.join(SUFFIXES)}.")
    if not path.is_file():
        shipped = "`simcounty list` shows what is shipped"
        raise ModelError(f"{path}: no such model file. Check the path; {shipped}.")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ModelError(
            f"{path}: byte {error.start} is not UTF-8. "
            "Save the model as UTF-8 (Vensim: File, Save as, UTF-8)."
        ) from None
    if path.suffix.lower() != ".mdl" and "<!" in text.replace("<!--", "").replace("<![CDATA[", ""):
        raise ModelError(f"{path}: it declares XML entities or a document type (<!…); a model needs none.")
    return data, text


def _sections(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _translated(path)
    except RecursionError:
        raise
    except Exception as error:  # whatever the translator fails on, the file is no model that it can read
        words = " ".join(str(error).split())[:300]
        raise ModelError(
            f"{path}: this is not a model that can be read ({type(error).__name__}: {words}). "
            "Open it in the tool that wrote it, and save it again as Vensim text or XMILE."
        ) from None


def _translated(path: Path) -> Any:
    from pysd.translators.vensim import vensim_element
    from pysd.translators.xmile import xmile_element

    with _made_safe(vensim_element if path.suffix.lower() == ".mdl" else xmile_element):
        return abstract_model(path)


def abstract_model(path: Path) -> Any:
    """Return PySD's abstract model of a file, as PySD reads it."""
    from pysd.translators.vensim.vensim_file import VensimFile
    from pysd.translators.xmile.xmile_file import XmileFile

    file = VensimFile(path, encoding="utf-8-sig") if path.suffix.lower() == ".mdl" else XmileFile(path)
    file.parse()
    return file.get_abstract_model()


@contextmanager
def _made_safe(module: Any) -> Iterator[None]:
    """Keep the translator from evaluating text of the file, and from taking -2^2 for (-2)^2."""
    visitor = module.EquationVisitor
    usual = visitor.visit_neg_expr, visitor.visit_exp_expr
    module.eval, visitor.visit_neg_expr = _literal, _negative

    def visit_exp_expr(self: Any, node: Any, parts: list[Any]) -> Any:
        if "".join(map(str, parts)).count("^") > 1:  # refused by name later, whatever its signs
            self.negatives.clear()
        return usual[1](self, node, parts)

    visitor.visit_exp_expr = visit_exp_expr
    try:
        yield
    finally:
        del module.eval
        visitor.visit_neg_expr, visitor.visit_exp_expr = usual


def _literal(text: str) -> Any:
    """Read what the translator would run as Python: numbers, their sums, points, strings, never a call."""
    if _SUM.fullmatch(text):
        return reduce(add, (float(re.sub(r"\s", "", term)) for term in _TERM.findall(text)))
    try:
        return literal_eval(text)
    except (ValueError, SyntaxError):
        raise ValueError(f"{text!r} is neither a number nor a list of points") from None


def _negative(self: Any, node: Any, parts: list[Any]) -> Any:
    """Keep the sign of a number apart, as that of a name: Vensim raises to a power first."""
    if parts[0] == "-":
        self.negatives.add(parts[2])
    return parts[2]


def _about(element: Any, mdl: MdlText) -> About:
    key = key_of(element.name)
    written = mdl.variables.get(key, VariableText())
    label, explanation, source = _comment(element.documentation or "", bare(element.name))
    explanation, chinese = _two_languages(explanation)
    low, high = (tuple(element.limits) if element.limits else (None, None))[:2]
    return About(
        key=key,
        name=bare(element.name),
        unit=" ".join((element.units or "").split()),
        range=(_bound(low), _bound(high)),
        label=label,
        explanation=explanation,
        explanation_zh=chinese,
        source=source,
        group=written.group,
        equation=written.equation,
    )


def _bound(value: Any) -> float | None:
    return None if value is None or math.isnan(float(value)) else float(value)


def _two_languages(explanation: str) -> tuple[str, str]:
    """Split `English explanation. 中文说明。` into the two; a comment in one language is the first alone."""
    english, stop, chinese = explanation.rpartition(". ")
    return (f"{english}.", chinese) if stop and chinese.endswith("。") else (explanation, "")


def _comment(text: str, name: str) -> tuple[str, str, str]:
    """Split `中文名：explanation. 中文说明。 source: …` into label, explanations and source."""
    words = " ".join(text.split())
    label, colon, rest = words.partition("：")
    if not colon:
        label, rest = name, words
    for mark in ("source:", "assumption:"):
        before, found, after = rest.partition(mark)
        if found:
            return label.strip(), before.strip(), f"{mark} {after.strip()}"
    return label.strip(), rest.strip(), ""


def _dimensions(subscripts: Iterable[Any], mdl: MdlText, findings: Findings) -> dict[str, Dimension]:
    dimensions: dict[str, Dimension] = {}
    aliases: dict[str, str] = {}
    for found in subscripts:
        key = key_of(found.name)
        if isinstance(found.subscripts, dict):
            findings.append(f"{found.name}: subscripts read from a spreadsheet are not supported; list them.")
        elif isinstance(found.subscripts, str):
            aliases[key] = key_of(found.subscripts)
            dimensions[key] = Dimension(found.name, ())
        else:
            explicit = mdl.mappings.get(key, {})
            mappings = {key_of(name): explicit.get(key_of(name)) for name in found.mapping} | dict(explicit)
            own = mdl.counts.get(key, len(found.subscripts))  # the translator adds what it is mapped to
            dimensions[key] = Dimension(found.name, tuple(found.subscripts[:own]), mappings)
    for key, source in aliases.items():
        dimensions[key] = replace(dimensions[key], subscripts=dimensions[source].subscripts)
    return _flattened(dimensions)


def _flattened(dimensions: dict[str, Dimension]) -> dict[str, Dimension]:
    """Replace subranges named inside a dimension by their subscripts."""

    def flat(names: tuple[str, ...]) -> tuple[str, ...]:
        parts = (flat(dimensions[key_of(n)].subscripts) if key_of(n) in dimensions else (n,) for n in names)
        return tuple(dict.fromkeys(name for part in parts for name in part))

    def full(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if names is None else tuple(n for name in names for n in flat((name,)))

    return {
        key: Dimension(d.name, flat(d.subscripts), {to: full(names) for to, names in d.mappings.items()})
        for key, d in dimensions.items()
    }


def _equations(elements: Iterable[Any]) -> tuple[Equation, ...]:
    equations = []
    for element in elements:
        for component in element.components:
            subscripts, excepts = component.subscripts
            around = tuple(subscripts), tuple(map(tuple, excepts))
            equations.append(Equation(key_of(element.name), *around, _body(component)))
    return tuple(equations)


def _body(component: Any) -> Syntax:
    if component.type == "Data":
        return Unsupported("data variables (:=, :INTERPOLATE:, :RAW:) are not supported")
    try:
        return translate(component.ast)
    except EquationError as reason:
        return Unsupported(str(reason))
