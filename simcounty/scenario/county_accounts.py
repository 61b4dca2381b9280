"""The accounts of a county file: figures as yearbooks and budget reports print them, checked by the panel."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.accounts.carry import LONGEST, carried
from simcounty.accounts.census import Unit
from simcounty.accounts.own_accounts import SECTORS, taken, takes
from simcounty.accounts.panel import TENFOLD, Figure, Panel, shipped
from simcounty.accounts.variables import key_of, variables
from simcounty.errors import Findings, ScenarioError
from simcounty.language import said
from simcounty.scenario import binding
from simcounty.toml_files import Number, Shape
from simcounty.units import shown

if TYPE_CHECKING:
    from simcounty.scenario.county import CountyShape
    from simcounty.scenario.county_value import CountyValue
    from simcounty.scenario.starting_values import RuleOutput

SURE = 4  # standard deviations of the rule beyond which a figure is not of the unit it is given in
ROUNDING = 1.02  # sectors may add up to this share of GDP


class AccountShape(Shape):
    """A figure of `[accounts]`: as yearbooks, budget reports and prospectuses print it."""

    value: Number
    year: int
    unit: str = ""
    source: str


def bind_accounts(path: Path, shape: CountyShape, unit: Unit, start: int, findings: Findings) -> Panel:
    """Return the figures of `[accounts]`, in the panel's units; what cannot be right becomes a finding."""
    found: dict[tuple[str, int], Figure] = {}
    for name, given in shape.accounts.items():
        for each in given:
            with findings.at(path, *shape.at("accounts", name, str(each.year))):
                figure = _figure(name, each, unit)
                _assert_likely(figure, start)
                if found.setdefault((figure.variable, figure.year), figure) is not figure:
                    raise ScenarioError(said("year.twice", year=figure.year), "year")
    panel = Panel.of(found.values())
    findings += [f"{path}: {each}" for each in _sums(panel, unit.code)]
    return panel


def beyond(own: Panel, made: Iterable[CountyValue], outputs: Iterable[RuleOutput]) -> Iterator[str]:
    """Yield a finding for each value that the county's own figures bring to the end of its range."""
    labels = {each.variable: variables()[each.variable].label for each in own}
    rests_on = {each.key: each.explanation.accounts for each in outputs}
    for value in made:
        accounts = {takes()[each] for each in rests_on.get(value.key, ()) if each in takes()}
        if value.at_limit and value.kind == "derived" and (names := accounts & labels.keys()):
            named = said("listed").join(labels[each] for each in sorted(names))
            yield said("account.beyond", names=named, key=value.key, basis=value.basis.rpartition("; ")[2])


def unused(own: Panel, used: set[tuple[str, int]]) -> tuple[str, ...]:
    """Return the figures that no starting value rests on: 地区生产总值 2023."""
    left = (each for each in own if (each.variable, each.year) not in used)
    return tuple(f"{variables()[each.variable].label} {each.year}" for each in left)


def _figure(name: str, given: AccountShape, unit: Unit) -> Figure:
    key = key_of(name)
    if key not in taken():
        names = said("listed").join(variables()[own].label for own in taken())
        raise ScenarioError(said("account.idle", name=name, names=names), "name")
    value = binding.amount(given.value, given.unit, variables()[key].unit)
    if not value > 0:
        raise ScenarioError(said("value.not_positive", value=value), "value")
    if not given.source:
        raise ScenarioError(said("source.none"), "source")
    return Figure(unit.code, unit.county, key, given.year, value, given.source)


def _assert_likely(figure: Figure, start: int) -> None:
    """Raise ScenarioError for a figure too far from the start, or ten times off what the panel tells."""
    if figure.year > (today := datetime.date.today().year):
        raise ScenarioError(said("account.future", year=figure.year, today=today), "year")
    if abs(figure.year - start) > LONGEST:
        raise ScenarioError(said("account.far", year=figure.year, start=start, most=LONGEST), "year")
    known = carried(shipped(), figure.code, figure.variable, figure.year)
    if known and abs(math.log(figure.value / known.value)) > max(TENFOLD, SURE * known.sd):
        unit = shown(variables()[figure.variable].unit)
        about = {"unit": unit, "known": known.value, "year": figure.year}
        raise ScenarioError(said("account.tenfold", value=figure.value, **about), "value")


def _sums(own: Panel, code: str) -> Iterator[str]:
    """Yield a finding for each year whose value added by sector is more than GDP, or all of it is less."""
    for year, gdp in own.years(code, "gdp").items():
        given = [own.years(code, sector).get(year) for sector in SECTORS.values()]
        parts = sum(each for each in given if each is not None)
        if parts > ROUNDING * gdp or (None not in given and ROUNDING * parts < gdp):
            yield said("account.sectors", year=year, parts=parts, gdp=gdp)
