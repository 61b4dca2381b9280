"""The parameter census: what the numbers of a model and of a county rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from simcounty.model import Model
from simcounty.model.graph import About
from simcounty.scenario import County

CALIBRATED = "assumption: calibrated"
"""How the comment of a constant begins whose value was fitted to data."""


def of_model(model: Model) -> str:
    """Say what the named numbers of a model rest on, and how many have a range.

    >>> of_model(model).partition(":")[0].split()[-1]
    'numbers'
    """
    named = {each.about.key: each.about for each in model.constants.values()}
    counts = Counter(map(_standing, named.values()))
    ranged = sum(each.range != (None, None) for each in named.values())
    return f"{len(named)} numbers: {_told(counts)}; {ranged} with a range"


def of_county(county: County) -> str:
    """Say how many values of a county are sourced, imputed or assumed, and how many are uncertain."""
    counts = Counter(
        "sourced" if each.source else "imputed" if each.imputed else "assumed" for each in county.values
    )
    uncertain = len(county.uncertain.each)
    return f"{county.title}: {len(county.values)} values: {_told(counts)}; {uncertain} uncertain"


def _standing(about: About) -> str:
    if about.source.startswith(CALIBRATED):
        return "calibrated"
    return {"source": "sourced", "assumption": "assumed"}.get(about.source.partition(":")[0], "unexplained")


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[name]} {name}" for name in _ordered(counts))


def _ordered(counts: Iterable[str]) -> list[str]:
    order = ("sourced", "calibrated", "imputed", "assumed", "unexplained")
    return [name for name in order if name in set(counts)]
