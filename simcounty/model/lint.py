"""Find what is doubtful in a model file: units, ranges, labels, and constants without a source.

A finding does not keep a model from running. For the models that are shipped with simcounty every
finding is an error; for any other model it is advice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcounty.model.graph import CONTROLS, About, Constant, Graph, Stock, variable_of
from simcounty.model.unit_inference import Units, unit_clashes
from simcounty.units import UnitError, unit_of

if TYPE_CHECKING:
    from simcounty.model import Model

KINDS = ("unit", "range", "label", "source")
_CHINESE = re.compile(r"[一-鿿]")


@dataclass(frozen=True, order=True)
class Finding:
    """One doubtful thing: its kind (one of `KINDS`), the variable, and what is wrong."""

    kind: str
    variable: str
    text: str

    def __str__(self) -> str:
        return f"{self.variable}: {self.text}"


def lint_model(model: Model) -> list[Finding]:
    """Return every finding about a model, each once, sorted by kind and variable."""
    graph = model.graph
    found = (
        *unknown_units(graph),
        *clashing_units(graph),
        *_ranges(model),
        *_labels(graph),
        *_sources(graph),
    )
    return sorted(set(found), key=lambda finding: (KINDS.index(finding.kind), finding.variable, finding.text))


def unknown_units(graph: Graph) -> Iterator[Finding]:
    """Yield the variables without a unit, or with one that is not known."""
    for about in _abouts(graph):
        if problem := _unreadable(about.unit):
            yield Finding("unit", about.key, problem)


def clashing_units(graph: Graph) -> list[Finding]:
    """Return the equations whose units do not fit, each once."""
    units = Units.of_graph(graph)
    found = (
        Finding("unit", variable_of(element.key), f"{clash}.")
        for element in graph.elements.values()
        for clash in unit_clashes(element, units)
    )
    return list(dict.fromkeys(found))


def _unreadable(unit: str) -> str:
    if not unit.strip():
        return "has no unit. Give it one, Dmnl if it is a pure number."
    try:
        unit_of(unit)
    except UnitError as error:
        return str(error)
    return ""


def _ranges(model: Model) -> Iterator[Finding]:
    for about in _abouts(model.graph):
        low, high = _bounds(about)
        if not low < high:
            yield Finding("range", about.key, f"its range [{low:g}, {high:g}] is empty.")
    valued: list[Constant | Stock] = [*model.constants.values(), *model.stocks.values()]
    for element in valued:
        low, high = _bounds(element.about)
        if low < high and not low <= element.value <= high:
            value = f"{element.key} = {element.value:g} {element.unit}"
            text = f"{value} is outside its range [{low:g}, {high:g}]."
            yield Finding("range", element.about.key, text)


def _bounds(about: About) -> tuple[float, float]:
    low, high = about.range
    return -math.inf if low is None else low, math.inf if high is None else high


def _labels(graph: Graph) -> Iterator[Finding]:
    for about in _abouts(graph):
        if about.key not in CONTROLS and not _CHINESE.search(about.label):
            text = "has no Chinese label. Begin its comment with one, up to a full-width colon: 常住人口：… ."
            yield Finding("label", about.key, text)


def _sources(graph: Graph) -> Iterator[Finding]:
    constants = {c.about.key: c.about for c in graph.constants if not c.about.hidden}
    for key, about in constants.items():
        if key not in CONTROLS and not _traced(about.source):
            text = "has no source. End its comment with `source: …`, or `assumption: …` and the reason."
            yield Finding("source", key, text)


def _traced(source: str) -> bool:
    mark, _, text = source.partition(":")
    return mark in ("source", "assumption") and bool(text.strip())


def _abouts(graph: Graph) -> Iterable[About]:
    variables = (elements[0].about for elements in graph.variables.values())
    lookups = (about for about, _ in graph.lookups.values())
    return (*variables, *lookups)
