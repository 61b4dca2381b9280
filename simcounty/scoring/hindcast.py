"""Counties run from a year by what was known of them, without a plan, and held against what came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.accounts.census import CENSUS_YEAR, Unit, find_unit, units_of
from simcounty.accounts.panel import Panel, shipped
from simcounty.accounts.places import counties_of, find_places
from simcounty.calendar import by_year
from simcounty.counties.generate import baseline_of, new_counties, starts_of
from simcounty.errors import Findings, InputError
from simcounty.sampling import Ensemble
from simcounty.scenario import County, Scenario, Span
from simcounty.scoring.measures import MEASURES, Floats, measured
from simcounty.scoring.naive import NAIVE, LastFigures, carried_on, grown
from simcounty.scoring.outcomes import (
    ObservedOutcome,
    observed_until,
    outcomes,
    province_group,
    province_groups,
    size_class,
    size_classes,
)
from simcounty.simulation import simulate, variables_needed

if TYPE_CHECKING:
    import xarray as xr

RULES = ("model", *NAIVE)
LAST_YEAR = 2023  # of the county yearbooks that are shipped
RECENT = 3  # years before the start: figures as young tell most
RESIDENTS = "census_residents"
MADE_BY = ("simcounty", "model", "model_hash", "backend", "integrator", "step")
Groups = dict[tuple[str, str], np.ndarray[Any, Any]]
"""Which counties belong to a group, by its kind and its name."""


def score(
    *places: str,
    start: int = CENSUS_YEAR,
    end: int = LAST_YEAR,
    known_by: int | None = None,
    variables: Iterable[str] = (),
    panel: Panel | None = None,
) -> xr.Dataset:
    """Run counties from the end of a year by what was known then, and hold them against what came.

    `places` are codes or names; those that hold counties stand for all of these, none for the nation. Each
    county is made by the rule from the census and the figures of years up to `known_by`, by default those
    up to the start; it runs without policy or lever. `variables` are names of figures or of the model.
    Prices, growth, revenue, transfers and bonds of the nation are observed up to `known_by` and assumed after
    it; other tables of time in the model and the accounts of regions (`scenarios/census/regions.csv`) are as
    shipped.

    `forecast` (rule, place, outcome, year) has the run and the naive rules, `actual` the published figures,
    in their units; `score` (rule, group, outcome, year, measure) compares them over the counties for which
    all rules have a forecast. A run that fails has none and is flagged in `failed`.

    >>> found = score("桐庐", variables=["gdp"])
    >>> found.actual.sel(year=2023).item(), found.forecast.dims
    (469.23, ('rule', 'place', 'outcome', 'year'))
    """
    known_by = start if known_by is None else known_by
    came = shipped() if panel is None else panel
    _check_years(start, end, known_by, came)
    units = _units(places)
    known = came.known_by(known_by)
    counties = new_counties(units, start, known)
    baseline = observed_until(known_by, baseline_of(counties[0]).over(Span(start, end)))
    wanted = outcomes(baseline.model, variables)
    run = _simulated(counties, baseline, wanted)
    found = _forecasts(run, units, wanted, known)
    found["actual"] = ("place", "outcome", "year"), _actual(came, units, wanted, found.year.values)
    found.attrs = {name: run.attrs[name] for name in MADE_BY if name in run.attrs}
    found.attrs |= {"start": start, "end": end, "known_by": known_by}
    return _scored(found)


def _check_years(start: int, end: int, known_by: int, came: Panel) -> None:
    findings, last = Findings(), int(came.columns["year"].max(initial=CENSUS_YEAR))
    if start < CENSUS_YEAR:
        findings.append(
            f"start = {start}: counties are made of the census of {CENSUS_YEAR}. Give it or later."
        )
    if known_by < CENSUS_YEAR:
        findings.append(
            f"known_by = {known_by}: the census of {CENSUS_YEAR} was not known. Give it or later."
        )
    if end <= start:
        findings.append(f"end = {end}: give a year after the start, {start}.")
    if end > last:
        findings.append(f"end = {end}: no figure after {last} is known. Give it or earlier.")
    findings.raise_as(InputError, "counties cannot be scored over these years:")


def _units(places: Sequence[str]) -> list[Unit]:
    if not places:
        return units_of()
    inside = [county for place in find_places(places) for county in counties_of(place) or [place]]
    return [find_unit(code) for code in dict.fromkeys(each.code for each in inside)]


def _simulated(
    counties: Sequence[County], baseline: Scenario, wanted: Sequence[ObservedOutcome]
) -> xr.Dataset:
    """Run the baselines of counties as one ensemble; levels at the ends of years, totals of flows."""
    keep = variables_needed(baseline.model, *(each.variable for each in wanted))
    return by_year(simulate(Ensemble(baseline, starts_of(counties)), keep=keep))


def _forecasts(
    run: xr.Dataset, units: Sequence[Unit], wanted: Sequence[ObservedOutcome], known: Panel
) -> xr.Dataset:
    """Return what the run and the rules say of each county, and the last figures that were known of it."""
    import xarray as xr

    years, failed = run.time.values.tolist(), run.failed.to_numpy()
    sizes = len(units), len(wanted), len(years)
    made, last, last_years = (
        np.full((len(RULES), *sizes), np.nan),
        np.full(sizes[:2], np.nan),
        np.zeros(sizes[:2]),
    )
    people = {unit.code: unit.inputs[RESIDENTS] for unit in units_of() if RESIDENTS in unit.inputs}
    for k, outcome in enumerate(wanted):
        simulated = outcome.factor * run[outcome.variable].transpose("member", "time").to_numpy()
        made[0, :, k] = np.where(failed[:, None], np.nan, simulated)
        figures = LastFigures.of(known, outcome.figure, people)
        row = {code: place for place, code in enumerate(figures.codes)}
        here = [i for i, unit in enumerate(units) if unit.code in row]
        there = [row[units[i].code] for i in here]
        if here:
            made[1:-1, here, k] = grown(figures, years, outcome.log)[:, there]
            made[-1, here, k] = carried_on(known, outcome.figure, [units[i].code for i in here], years)
            last[here, k], last_years[here, k] = figures.values[there, 1], figures.years[there, 1]
    data = {
        "forecast": (("rule", "place", "outcome", "year"), made),
        "last_known": (("place", "outcome"), last),
        "last_known_year": (("place", "outcome"), last_years.astype(int)),
        "failed": ("place", failed),
    }
    return xr.Dataset(data, _coordinates(units, wanted, years))


def _coordinates(
    units: Sequence[Unit], wanted: Sequence[ObservedOutcome], years: Sequence[int]
) -> dict[str, Any]:
    about = {
        "figure": [each.figure for each in wanted],
        "label": [each.about.label for each in wanted],
        "unit": [each.about.unit for each in wanted],
        "log": [each.log for each in wanted],
    }
    place = {
        "name": [unit.county for unit in units],
        "province": [unit.province for unit in units],
        "provinces": [province_group(unit.code) for unit in units],
        "size": [size_class(unit.inputs.get(RESIDENTS, np.nan)) for unit in units],
    }
    return {
        "rule": list(RULES),
        "place": [unit.code for unit in units],
        "outcome": [each.variable for each in wanted],
        "year": list(years),
        **{name: ("place", values) for name, values in place.items()},
        **{name: ("outcome", values) for name, values in about.items()},
    }


def _actual(panel: Panel, units: Sequence[Unit], wanted: Sequence[ObservedOutcome], years: Floats) -> Floats:
    """Return the published figures in use: (county, outcome, year)."""
    found = np.full((len(units), len(wanted), len(years)), np.nan)
    row = {unit.code: i for i, unit in enumerate(units)}
    column = {int(year): j for j, year in enumerate(years)}
    for k, outcome in enumerate(wanted):
        for place, year, value in zip(*panel.table(outcome.figure), strict=True):
            if panel.codes[place] in row and int(year) in column and value > 0:
                found[row[panel.codes[place]], k, column[int(year)]] = value
    return found


def _scored(found: xr.Dataset) -> xr.Dataset:
    """Return forecasts with their measures, over all counties and every group of them."""
    import xarray as xr

    groups = [_groups(found, k) for k in range(found.sizes["outcome"])]
    names = list(groups[0])
    sizes = (len(RULES), len(names), found.sizes["outcome"], found.sizes["year"])
    scores, counts = np.full((*sizes, len(MEASURES)), np.nan), np.zeros(sizes[1:], int)
    made, came, last = (found[name].to_numpy() for name in ("forecast", "actual", "last_known"))
    for g, k, t in product(*map(range, sizes[1:])):
        log, model = bool(found.log[k]), np.isfinite(made[0, :, k, t] + came[:, k, t])
        alone = names[g] == ("known_since", "")  # of these no rule but the model says anything
        fair = model if alone else model & np.isfinite(made[:, :, k, t]).all(axis=0)
        here = fair & groups[k][names[g]]
        counts[g, k, t] = here.sum()
        for i in range(1 if alone else len(RULES)):
            scores[i, g, k, t] = measured(last[here, k], came[here, k, t], made[i, here, k, t], log)
    dims = ("group", "outcome", "year")
    data = {"score": (("rule", *dims, "measure"), scores), "count": (dims, counts)}
    kinds, labels = zip(*names, strict=True)
    coordinates = {"group_kind": ("group", list(kinds)), "group_name": ("group", list(labels))}
    return found.merge(xr.Dataset(data, {**coordinates, "measure": list(MEASURES)}))


def _groups(found: xr.Dataset, k: int) -> Groups:
    """Return the groups of counties for an outcome: all, by province, by size, by the last known figure."""
    year, recent = found.last_known_year.to_numpy()[:, k], found.attrs["start"] - RECENT
    names = {
        "provinces": [*province_groups()],
        "province": list(dict.fromkeys(found.province.values.tolist())),
        "size": size_classes(),
    }
    groups: Groups = {("all", ""): np.ones(found.sizes["place"], bool)}
    groups |= {(kind, name): found[kind].to_numpy() == name for kind, each in names.items() for name in each}
    groups["known_since", f"≥{recent}"] = year >= recent
    groups["known_since", f"<{recent}"] = (year < recent) & (year > 0)
    groups["known_since", ""] = year == 0
    return groups
