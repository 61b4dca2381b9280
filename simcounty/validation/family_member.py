"""The family check: many counties, each from its own start, on one behaviour.

A county's own is where it starts, as the rule for new counties makes it of the county's figures, and what it
does without a plan. The rest is behaviour, the same in every county: where a county file departs from the
model's value there, `own` says why, or the check fails. Every county is run, and stays within the bands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simcounty import catalog
from simcounty.conditions.changes import is_lever
from simcounty.conditions.measures import Band, Case, Measured
from simcounty.conditions.schema import FamilyShape
from simcounty.counties.imputation import keys_from_unit
from simcounty.errors import Findings, InputError, RunError, did_you_mean, repeated
from simcounty.model.graph import variable_of
from simcounty.sampling import Ensemble
from simcounty.scenario import County, CountyValue, Scenario, toml_files
from simcounty.scenario.county import NOWHERE, CountyShape, bind_county
from simcounty.simulation import simulate, variables_needed
from simcounty.validation.ensembles import measured_of

if TYPE_CHECKING:
    import xarray as xr

SAME = 1e-9  # of the model's value: a county that is nearer has it
MEMBER = ", member "  # stands before the place of a member in what is noted of the worst


@dataclass(frozen=True)
class Family:
    """A family check, bound: its counties as members of one ensemble, and what may differ with a reason."""

    counties: tuple[County, ...]
    ensemble: Ensemble
    own: Mapping[str, str]
    free: frozenset[str]


def bind(shape: FamilyShape, base: Scenario, findings: Findings, where: str) -> Family | None:
    """Bind a family check; None, and findings, where that cannot be done."""
    wrong = Findings()
    if base.county is not NOWHERE:
        wrong.append(f"{where}: the check file names a county beside it. Leave `county` out.")
    counties = [each for name in shape.counties for each in _county(name, base, wrong, where)]
    twice = repeated(each.name for each in counties)
    wrong += [f"{where}, counties: {name} stands twice." for name in twice]
    known = dict.fromkeys(variable_of(key) for key in base.model.constants)
    wrong += [
        f"{where}, own: {key} is not a constant of {base.model.path}.{did_you_mean(key, known)}"
        for key in shape.own
        if key not in known
    ]
    wrong += [f"{where}, own: {key}: give the reason." for key, text in shape.own.items() if not text.strip()]
    findings += wrong
    if wrong or not counties:
        return None
    free = keys_from_unit(base.model).union(k for k, c in base.model.constants.items() if is_lever(c))
    return Family(tuple(counties), _ensemble(counties, base), dict(shape.own), free)


def _county(name: str, base: Scenario, wrong: Findings, where: str) -> Iterator[County]:
    """Yield the county of a name or path, if it is one of the model and of the year the runs start in."""
    try:
        path = catalog.find(catalog.COUNTY, name)
    except InputError as error:
        wrong.append(f"{where}, counties: {error}")
        return
    shape = toml_files.read(path, CountyShape, wrong)
    if shape is None:
        return
    county = bind_county(path, shape, base.model, wrong)
    others = sorted({value.year for value in county.values if value.year not in (None, base.years.start)})
    if others:
        told = ", ".join(map(str, others))
        wrong.append(
            f"{where}, counties: {name} has values of {told}, but runs start in {base.years.start:g}."
        )
    yield county


def _ensemble(counties: Sequence[County], base: Scenario) -> Ensemble:
    """Return the counties as members; what one of them does not give is the model's."""
    given = [{value.key: value.value for value in county.values} for county in counties]
    keys = dict.fromkeys(key for values in given for key in values) or [next(iter(base.model.constants))]
    own = {key: base.model.constants[key].value for key in keys}
    return Ensemble(base, {key: np.array([values.get(key, own[key]) for values in given]) for key in keys})


def prove(case: Case) -> tuple[tuple[Measured, ...], str]:
    """Tell what departs from the model's behaviour, run every county, and measure every predicate on them."""
    asked: Family = case.question
    departures = [each for county in asked.counties for each in _departures(county, case.run, asked)]
    model = case.run.model
    balances = [e.key for e in model.balances]
    keep = variables_needed(model, *model.stocks, *balances, *case.predicates)
    run = simulate(asked.ensemble, keep=keep)
    held = [_placed(each, i, case, run, asked) for i, each in enumerate(measured_of(case, run))]
    used = {variable_of(each.variable.rpartition(": ")[2]) for each in departures}
    idle = [key for key in asked.own if key not in used]
    told = f"{len(asked.counties)} counties, {len(departures)} values of behaviour of their own"
    told += f"; reasons without need: {', '.join(idle)}" if idle else ""
    return (*held, *departures), told + _failures(asked, run)


def _departures(county: County, base: Scenario, asked: Family) -> Iterator[Measured]:
    """Yield the values of a county that are behaviour and not the model's."""
    for value in county.values:
        own = base.model.constants[value.key].value
        if value.key not in asked.free and abs(value.value - own) > SAME * abs(own):
            yield _departure(county, value, own, asked.own.get(variable_of(value.key), ""))


def _departure(county: County, value: CountyValue, own: float, reason: str) -> Measured:
    return Measured(
        variable=f"{county.title}: {value.key}",
        years=(),
        measure="value",
        low=value.value,
        high=value.value,
        band=Band(own, own),
        kept=bool(reason),
        unit=value.unit,
        note=reason or "behaviour, for which `own` gives no reason",
    )


def _placed(each: Measured, place: int, case: Case, run: xr.Dataset, asked: Family) -> Measured:
    """Return what was measured with the county it was worst in, where it does not hold."""
    if each.kept:
        return each
    where, member, number = each.note.rpartition(MEMBER)
    if member:
        return replace(each, note=f"{where}, {asked.counties[int(number)].title}")
    alone = replace(case, predicates=(case.predicates[place],))
    broken = [
        county.title
        for i, county in enumerate(asked.counties)
        if not measured_of(alone, run.isel(member=[i]))[0].kept
    ]
    return replace(each, note="; ".join(filter(None, (each.note, ", ".join(broken)))))


def _failures(asked: Family, run: xr.Dataset) -> str:
    """Say which counties failed, and of each what went wrong."""
    told = []
    for place in np.flatnonzero(run.failed.values):
        try:
            simulate(asked.ensemble.member(int(place)), "interpreted", keep=[])
            reason = "no reason found when run alone"
        except RunError as error:
            reason = str(error)
        told.append(f"; {asked.counties[int(place)].title} failed: {reason}")
    return "".join(told)
