"""What a number of a model acts on: a search of its graph, from what is looked at back to what it reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from simcounty.model.graph import (
    Element,
    Expr,
    Graph,
    evolving,
    expressions,
    references,
)


@dataclass(frozen=True)
class _Known:
    """A graph as a key of a cache: graphs of one hash differ in the values of their constants alone."""

    hash: str
    graph: Graph = field(compare=False, repr=False)


def sources_of(graph: Graph, ends: Iterable[str], *, later: bool = False) -> frozenset[str]:
    """Return the elements that some of `ends` depend on, these included, through flows and stocks.

    With `later`, only those of which a change after the start is felt: what initial values, INITIAL(…) and
    the length of a fixed delay are computed from is read once.

    >>> graph = load_model(county).graph
    >>> [
    ...     "initial_away_ratio" in sources_of(graph, ["total_population"], later=later)
    ...     for later in (False, True)
    ... ]
    [True, False]
    """
    reads = _reads(_Known(graph.hash, graph), later)
    seen = set(ends)
    waiting = list(seen)
    while waiting:
        new = reads.get(waiting.pop(), frozenset()) - seen
        seen |= new
        waiting += new
    return frozenset(seen)


def is_read(graph: Graph, key: str) -> bool:
    """Return whether any equation of a model, or its time axis, reads an element."""
    return key in graph.clock.reads or key in _read(_Known(graph.hash, graph))


def acts_later(graph: Graph, key: str) -> bool:
    """Return whether a change of an element after the start can move a stock, or a result nothing reads.

    An auxiliary from which initial values alone are computed is neither.
    """
    return key in _acting_later(_Known(graph.hash, graph))


def without_way(graph: Graph, settings: Mapping[str, bool], ends: Collection[str]) -> list[str]:
    """Return the constants from which no way leads to any of `ends`; of those set later, none from then on.

    settings: the constants, and whether each is set after the start alone.
    """
    reached = {later: sources_of(graph, ends, later=later) for later in set(settings.values())}
    return [key for key, later in settings.items() if key not in reached[later]]


@lru_cache(maxsize=8)
def _reads(known: _Known, later: bool) -> dict[str, frozenset[str]]:
    read_by: Callable[[Element], Iterator[Expr]] = evolving if later else expressions
    return {
        key: frozenset(read for expr in read_by(element) for read in references(expr))
        for key, element in known.graph.elements.items()
    }


@lru_cache(maxsize=8)
def _read(known: _Known) -> frozenset[str]:
    return frozenset().union(*_reads(known, False).values())


@lru_cache(maxsize=8)
def _acting_later(known: _Known) -> frozenset[str]:
    graph, read = known.graph, _read(known)
    ends = [each.key for each in (*graph.states, *graph.auxiliaries) if each.key not in read]
    return sources_of(graph, {*ends, *(state.key for state in graph.states)}, later=True)
