"""New counties from the census, in memory: their values made by the rule of `models/start.mdl`.

What the rule makes bears the names of the county model's constants; its comments give whether a value is
the census's own or imputed, and how.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from simcounty.accounts.census import CENSUS_YEAR, Unit, units_of
from simcounty.accounts.own_accounts import own_accounts
from simcounty.accounts.panel import Panel, shipped
from simcounty.counties import TEMPLATE
from simcounty.errors import Findings, InputError, ScenarioError
from simcounty.scenario import County, CountyValue, Scenario, load
from simcounty.scenario.distributions import Column, Discrete
from simcounty.scenario.scenario import chained, unfit_years
from simcounty.scenario.start_spread import spreads_of
from simcounty.scenario.starting_values import made_values, outputs_of
from simcounty.scenario.uncertainty import Joint, Uncertain, Uncertainty

if TYPE_CHECKING:
    from simcounty.accounts.sources import Sources


def new_counties(units: Sequence[Unit], year: int = CENSUS_YEAR, panel: Panel | None = None) -> list[County]:
    """Return the county of each unit, with the values the rule makes from its census and its accounts.

    Accounts are those of a panel, by default the shipped one, each brought to the year. A value outside the
    range of the county model is brought to its end, with a note; so is one that rests on a column the census
    leaves empty for the unit.

    >>> from simcounty.accounts.census import find_unit
    >>> new_counties([find_unit("洛川县")])[0].prefecture
    '延安市'
    """
    if not units:
        raise InputError("no unit to make a county of; give at least one.")
    known = partial(own_accounts, shipped() if panel is None else panel)
    values = made_values(units, year, _template().model, known)
    return [_with_uncertainty(county_of(*each, year)) for each in zip(units, values, strict=True)]


def county_of(unit: Unit, values: Sequence[CountyValue], year: int) -> County:
    """Return the county of a unit with these values of a year, and nothing uncertain."""
    return County(
        name=unit.code,
        title=unit.county,
        code=unit.code,
        prefecture=unit.prefecture,
        province=unit.province,
        start=year,
        values=tuple(values),
    )


def starts_of(counties: Sequence[County]) -> dict[str, Column]:
    """Return the values counties start from, as columns of an ensemble: one row a county.

    >>> from simcounty.accounts.census import find_unit
    >>> starts_of(new_counties([find_unit("洛川县"), find_unit("桐庐县")]))["province_lead"].shape
    (2,)
    """
    values = np.array([[value.value for value in each.values] for each in counties]).T
    return dict(zip([value.key for value in counties[0].values], values, strict=True))


def baseline_of(county: County) -> Scenario:
    """Return the baseline of a county: the model with its values, no policy, no lever."""
    like = _template()
    model = like.model.replace({value.key: value.value for value in county.values})
    start = like.years.start if county.start is None else county.start
    return replace(
        like,
        name=f"{county.name}/baseline",
        title=f"{county.title}：无规划基线",
        model=model,
        years=replace(like.years, start=float(start)),
        path=None,
        county=county,
        hash=hashlib.sha256(f"{model.hash} {county.hash}".encode()).hexdigest(),
    )


def counties_in(place: str, sources: Sources | None = None) -> list[County]:
    """Return new counties that say of the same of their own values how they are drawn, if only as certain.

    They are made from `sources`, by default what is shipped.
    """
    units, panel = (sources.units, sources.panel) if sources else (None, None)
    made = new_counties(units_of(place, units), panel=panel)
    drawn = {key for county in made for key in county.uncertain.each}
    for i, county in enumerate(made):
        own, values = county.uncertain.each, [value for value in county.values if value.key in drawn]
        each = {v.key: own.get(v.key, Uncertainty(v.key, Discrete((v.value,)))) for v in values}
        made[i] = replace(county, uncertain=Uncertain(each))
    return made


def over_counties(scenario: Scenario, place: str, counties: Sequence[County]) -> Scenario:
    """Return what a scenario asks of every county: its policies, levers and the behaviour of the model.

    Of counties' own values those are uncertain that the rule imputes. Targets for some counties are dropped.
    """
    first = counties[0]
    if scenario.model.hash != _template().model.hash:
        raise ScenarioError(f"{scenario.name}: counties of the census need the model of {TEMPLATE}.")
    starts = {value.key: value.value for value in first.values}
    shared = scenario.county.uncertain.beside(Joint(dict.fromkeys(starts, np.empty(0)), ""))
    uncertain = Uncertain({**shared.each, **first.uncertain.each}, shared.correlated)
    county = replace(first, name=place, title=f"{place}各县", code="", province=place, uncertain=uncertain)
    changed = chained(scenario.hash, " ".join(each.hash for each in counties))
    made = replace(scenario, county=county, model=scenario.model.replace(starts), hash=changed)
    Findings(text for _, text in unfit_years(made, made.years)).raise_as(
        ScenarioError, f"{scenario.name}: cannot be run for {place}:"
    )
    return made


@cache
def _template() -> Scenario:
    return load(TEMPLATE)


def _with_uncertainty(county: County) -> County:
    """Return a county with its imputed values and the model's behaviour uncertain, and its hash."""
    known = {value.key for value in county.values}
    behaviour = {key: each for key, each in _template().county.uncertain.each.items() if key not in known}
    text = repr((county.code, [(value.key, value.value) for value in county.values]))
    return replace(
        county,
        uncertain=Uncertain(behaviour | spreads_of(county.values, outputs_of(_template().model))),
        hash=hashlib.sha256(text.encode()).hexdigest(),
    )
