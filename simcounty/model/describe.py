"""What a model says about its variables, and how they hang together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simcounty.errors import ModelError, did_you_mean
from simcounty.model import graph as g
from simcounty.model.dimensions import variable_of

if TYPE_CHECKING:
    from simcounty.model import Model


@dataclass(frozen=True)
class Description:
    """A variable: what the file says about it, what it reads (`causes`) and what reads it (`uses`).

    `values` are the numbers of a constant, or the initial levels of a stock, by element.
    """

    key: str
    name: str
    label: str
    kind: str
    unit: str
    range: tuple[float | None, float | None]
    group: str
    equation: str
    explanation: str
    source: str
    values: Mapping[str, float]
    causes: tuple[str, ...]
    uses: tuple[str, ...]


def describe(model: Model, key: str) -> Description:
    """Describe one variable of a model.

    Raises ModelError, with a guess, for a key the model does not have.
    """
    if key not in model.graph.variables:
        known = model.graph.variables
        raise ModelError(
            f"{model.path}: has no variable {key!r}.{did_you_mean(key, known)} "
            "Without a variable, describe lists them all."
        )
    return next(each for each in describe_all(model) if each.key == key)


def describe_all(model: Model) -> list[Description]:
    """Describe every variable of a model, group by group."""
    causes = _causes(model.graph)
    uses: dict[str, list[str]] = {}
    for key, read in causes.items():
        for cause in read:
            uses.setdefault(cause, []).append(key)
    found = [_describe(model, key, causes[key], uses.get(key, [])) for key in model.graph.variables]
    return sorted(found, key=lambda each: _numbered(each.group))


def _numbered(group: str) -> tuple[int, str]:
    """Sort groups by the number they begin with, then by name."""
    digits = re.match(r"\d*", group)
    return int(digits.group() or 0) if digits else 0, group


def table(model: Model) -> str:
    """Return all variables as Markdown, a table for each group: what `models/README.md` holds.

    >>> table(model).splitlines()[0]
    '# county.mdl'
    """
    head = [
        f"# {model.path.name}",
        "",
        f"Written by `simcounty describe {model.name} --markdown`; not to be edited.",
    ]
    columns = "| key | 中文 | kind | unit | value | range | meaning |\n|---|---|---|---|---|---|---|"
    groups: dict[str, list[str]] = {}
    for each in describe_all(model):
        groups.setdefault(each.group, []).append(_row(each))
    parts = (
        f"\n## {group.replace('_', ' ')}\n\n{columns}\n" + "\n".join(rows) for group, rows in groups.items()
    )
    return "\n".join([*head, *parts, ""])


def _row(each: Description) -> str:
    low, high = ("" if end is None else f"{end:g}" for end in each.range)
    cells = (
        f"`{each.key}`",
        each.label,
        each.kind,
        each.unit,
        ", ".join(f"{value:.6g}" for value in each.values.values()),
        f"{low} … {high}" if low or high else "",
        " ".join(part for part in (each.explanation, each.source) if part),
    )
    return f"| {' | '.join(cell.replace('|', '∣') for cell in cells)} |"


def kind_of(element: g.Element) -> str:
    """Return what users call an element: constant, stock or auxiliary."""
    if isinstance(element, g.Constant):
        return "constant"
    return "stock" if isinstance(element, g.Stock) else "auxiliary"


def _describe(model: Model, key: str, causes: list[str], uses: list[str]) -> Description:
    elements = model.graph.variables[key]
    about = elements[0].about
    numbers = {e.key: e.value for e in elements if isinstance(e, g.Constant)}
    levels = {e.key: model.stocks[e.key].value for e in elements if e.key in model.stocks}
    return Description(
        key=key,
        name=about.name,
        label=about.label,
        kind=kind_of(elements[0]),
        unit=about.unit,
        range=about.range,
        group=about.group,
        equation=about.equation,
        explanation=about.explanation,
        source=about.source,
        values=numbers | levels,
        causes=tuple(causes),
        uses=tuple(sorted(uses)),
    )


def _causes(graph: g.Graph) -> dict[str, list[str]]:
    """Return the variables each variable reads, sorted; helpers within its equation are looked through."""
    owner = {key: element.about.key for key, element in graph.elements.items() if not element.about.hidden}
    found: dict[str, set[str]] = {key: set() for key in graph.variables}
    for element in graph.elements.values():
        read = {owner[key] for expr in expressions(element) for key in g.references(expr) if key in owner}
        found[variable_of(element.key)] |= read
    return {key: sorted(read) for key, read in found.items()}


def expressions(element: g.Element) -> Iterator[g.Expr]:
    """Yield every expression of an element."""
    if isinstance(element, g.Auxiliary):
        yield element.expr
    if isinstance(element, g.Auxiliary | g.State) and element.initial is not None:
        yield element.initial
    if isinstance(element, g.Stock):
        yield element.rate
    if isinstance(element, g.Sample):
        yield element.following
    if isinstance(element, g.Delayed):
        yield from (element.incoming, element.delay)
