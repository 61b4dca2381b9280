"""The family-member check: one model with one behaviour fits many counties, each from its own start.

A county's own values are its start, as the rule for new counties derives it from the county's figures, and
its levers without a plan. All other constants are behaviour, the same in every county: where a county file
departs from the model's value, `own` gives the reason, or the check fails. Every county is run, within the
bands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simcounty import catalog, toml_files
from simcounty.conditions.measures import Band, Measurement
from simcounty.conditions.predicates import is_lever
from simcounty.errors import Findings, did_you_mean, repeated
from simcounty.model.graph import variable_of
from simcounty.sampling import Ensemble
from simcounty.scenario import County, Scenario
from simcounty.scenario.county import NOWHERE, CountyShape, bind_county
from simcounty.scenario.starting_values import keys_from_unit
from simcounty.validation.ensembles import failure_reason, measured_of, run_members
from simcounty.validation.schema import Check, Evaluation, FamilyMemberShape

if TYPE_CHECKING:
    import xarray as xr

SAME = 1e-9  # of the model's value: a county's value that is nearer is the same


@dataclass(frozen=True)
class FamilyMemberCheck:
    """A family-member check, bound: counties as members of an ensemble, and what may differ with a reason."""

    counties: tuple[County, ...]
    ensemble: Ensemble
    own: Mapping[str, str]
    free: frozenset[str]


def bind(
    shape: FamilyMemberShape, base: Scenario, findings: Findings, where: str
) -> FamilyMemberCheck | None:
    """Bind a family-member check; None, and findings, where that cannot be done."""
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
    return FamilyMemberCheck(tuple(counties), _ensemble(counties, base), dict(shape.own), free)


def _county(name: str, base: Scenario, wrong: Findings, where: str) -> Iterator[County]:
    """Yield the county of a name or path, if it is one of the model and of the year the runs start in."""
    path = shape = None
    with wrong.at(f"{where}, counties"):
        path = catalog.find(catalog.COUNTY, name)
        shape = toml_files.read(path, CountyShape, wrong)
    if path is None or shape is None:
        return
    county = bind_county(path, shape, base.model, wrong)
    others = sorted({value.year for value in county.values if value.year not in (None, base.years.start)})
    if others:
        years = ", ".join(map(str, others))
        wrong.append(
            f"{where}, counties: {name} has values of {years}, but runs start in {base.years.start:g}."
        )
    yield county


def _ensemble(counties: Sequence[County], base: Scenario) -> Ensemble:
    """Return the counties as members; values that a county does not give are the model's."""
    given = [{value.key: value.value for value in county.values} for county in counties]
    keys = dict.fromkeys(key for values in given for key in values) or [next(iter(base.model.constants))]
    own = {key: base.model.constants[key].value for key in keys}
    return Ensemble(base, {key: np.array([values.get(key, own[key]) for values in given]) for key in keys})


def evaluate(check: Check) -> Evaluation:
    """List what departs from the model's behaviour, run every county, and measure every predicate."""
    spec: FamilyMemberCheck = check.spec
    departures = [each for county in spec.counties for each in _departures(county, check.run, spec)]
    run = run_members(check, spec.ensemble)
    measured = measured_of(check, run, lambda i: spec.counties[i].title)
    named = [_with_counties(each, i, check, run) for i, each in enumerate(measured)]
    used = {variable_of(each.variable.rpartition(": ")[2]) for each in departures}
    idle = [key for key in spec.own if key not in used]
    detail = f"{len(spec.counties)} counties, {len(departures)} values of behaviour of their own"
    detail += f"; reasons without need: {', '.join(idle)}" if idle else ""
    for i in map(int, np.flatnonzero(run.failed.values)):
        detail += f"; {spec.counties[i].title} failed: {failure_reason(spec.ensemble, i)}"
    return (*named, *departures), detail


def _departures(county: County, base: Scenario, spec: FamilyMemberCheck) -> Iterator[Measurement]:
    """Yield the values of a county that are behaviour and not the model's."""
    for value in county.values:
        own = base.model.constants[value.key].value
        if value.key not in spec.free and abs(value.value - own) > SAME * abs(own):
            reason = spec.own.get(variable_of(value.key), "")
            yield Measurement(
                variable=f"{county.title}: {value.key}",
                years=(),
                measure="value",
                low=value.value,
                high=value.value,
                band=Band(own, own),
                holds=bool(reason),
                unit=value.unit,
                note=reason or "behaviour, for which `own` gives no reason",
            )


def _with_counties(each: Measurement, place: int, check: Check, run: xr.Dataset) -> Measurement:
    """Return a measurement about entire runs with the counties in which it does not hold."""
    if each.holds or each.note:
        return each
    spec, alone = check.spec, replace(check, predicates=(check.predicates[place],))
    broken = [
        county.title
        for i, county in enumerate(spec.counties)
        if not measured_of(alone, run.isel(member=[i]))[0].holds
    ]
    return replace(each, note=", ".join(broken))
