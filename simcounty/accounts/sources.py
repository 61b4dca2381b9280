"""What is known of counties: panel and census as shipped, with tables of one's own before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from simcounty.accounts.census import Units, shipped_units, units_with
from simcounty.accounts.own_census import read_census
from simcounty.accounts.own_figures import Remark, read_figures, sourced
from simcounty.accounts.panel import Figure, Panel, shipped
from simcounty.accounts.screening import screened
from simcounty.accounts.variables import variables
from simcounty.errors import Findings, InputError

MOST = 10  # doubtful figures that are listed


@dataclass(frozen=True, eq=False)
class Sources:
    """A panel of figures and the units of the census; and what was noticed in tables of one's own."""

    panel: Panel
    units: Units
    remarks: tuple[Remark, ...] = ()


@cache
def shipped_sources() -> Sources:
    """Return what is shipped."""
    return Sources(shipped(), shipped_units())


def read_sources(
    panel: Sequence[Path] = (), census: Sequence[Path] = (), known_by: int | None = None
) -> Sources:
    """Return what is shipped with the figures of tables before it, and census rows of tables in its place.

    Of two tables that give the same figure or unit the later stands. Nothing later than the year `known_by`
    is read. Doubtful figures of the tables are set aside, with a remark. Raises InputError with all findings.

    >>> max(read_sources(known_by=2021).panel.years("330122", "gdp"))
    2021
    """
    findings, remarks = Findings(), list[Remark]()
    figures: list[Figure] = []
    for path in panel:
        read = read_figures(path, findings, known_by)
        figures += sourced(read.figures, path)
        remarks += read.remarks
    rows = [read_census(path, findings) for path in census]
    findings.raise_as(InputError, "these tables cannot be used:")
    remarks += [remark for each in rows for remark in each.remarks]
    known = shipped() if known_by is None else shipped().known_by(known_by)
    if figures:
        own, doubted = _screened(known, Panel.of(figures))
        known, remarks = known.beside(own), remarks + doubted
    later = {code: row for each in rows for code, row in each.later.items()}
    earlier = {code: row for each in rows for code, row in each.earlier.items()}
    return Sources(known, units_with(later, earlier) if rows else shipped_units(), tuple(remarks))


def _screened(known: Panel, own: Panel) -> tuple[Panel, list[Remark]]:
    """Return own figures with those set aside that are doubtful beside what is known, and remarks on them."""
    beside = known.beside(own)
    kept = screened(own, beside)
    doubted = [_text(each, beside.name(each.code)) for each in kept if each.set_aside]
    listed = "".join(f"\n  {each}" for each in doubted[:MOST]) + ("\n  …" if len(doubted) > MOST else "")
    return kept, [Remark("own.doubted", {"count": len(doubted), "listed": listed})] * bool(doubted)


def _text(figure: Figure, name: str) -> str:
    about = variables()[figure.variable]
    number = f"{figure.year} {about.label} {figure.value:g} {about.unit}"
    return f"{figure.code} {name} {number}: {figure.set_aside} [{figure.source}]"
