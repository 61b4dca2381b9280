"""Forecasts of 2023 by what was known by 2021, against what came.

    python tests/benchmarks/forecasts.py                        # the seven counties with files of their own
    python tests/benchmarks/forecasts.py --panel mine.csv.gz    # all whose GDP of 2021 the table has
    python tests/benchmarks/forecasts.py --provinces            # sums over the counties of each province

Counties are made by the rule from figures of years up to 2021, and run from 2020 as futures; the nation's
paths are observed up to 2021 too. With `--panel` each is forecast twice: brought to its GDP of 2021, and not.
docs/forecasts.md has what both printed; docs/forecasts-2023.csv the intervals of the seven, which were
written down before they were compared.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

import simcounty as sc
from simcounty.accounts.census import DISTRICT, find_unit
from simcounty.accounts.panel import shipped
from simcounty.accounts.sources import Sources, read_sources
from simcounty.counties.generate import baseline_of, new_counties
from simcounty.counties.region import Region
from simcounty.model_error.process import Observed
from simcounty.scenario import County, Span
from simcounty.scoring.outcomes import ObservedOutcome, observed_until, outcomes
from simcounty.sweeps import Specification, Sweep, run, runner_for, specify
from simcounty.sweeps.region_futures import sweep_region
from simcounty.sweeps.weights import quantiles, weights_of

KNOWN_BY, OF = 2021, 2023
SEVEN = ("桐庐县", "淳安县", "建德市", "富平县", "三原县", "岐山县", "武功县")
POINTS = (0.05, 0.25, 0.5, 0.75, 0.95)
FEWEST = 10  # counties of a province that have published a figure
Quantiles = dict[tuple[str, str], np.ndarray]


def specified(sources: Sources, keep: list[str], members: int) -> Sweep:
    """Return a sweep of the counties of some sources, by what was known."""
    base = observed_until(KNOWN_BY, sc.load("tonglu/baseline").over(Span(2020, OF + 1)))
    wanted = Specification(members, keep=keep, counties="全国", sources=sources, seed=1)
    return specify([base], wanted)


def unconditioned(sweep: Sweep) -> Sweep:
    """Return the sweep without the figures since the start."""
    assert sweep.errors is not None
    bare = tuple(replace(each, observed=Observed()) for each in sweep.errors.processes)
    return replace(sweep, errors=replace(sweep.errors, processes=bare))


def intervals(sweep: Sweep, keys: list[str]) -> dict[tuple[str, str], np.ndarray]:
    """Return the quantiles of outcomes of 2023 by county and variable."""
    with runner_for(None, None) as runner:
        futures: xr.Dataset = run(sweep, None, runner).isel(scenario=0)
    weights = weights_of(futures)
    counted = weights.values if weights else np.ones(futures.sizes["member"])
    found = {}
    for key in keys:
        stock = futures[key].attrs.get("accumulator")
        level = futures[stock] if stock else futures[key]
        made = level.sel(time=OF) - level.sel(time=OF - 1) if stock else level.sel(time=OF)
        for code in dict.fromkeys(futures.county.values.tolist()):
            here = (futures.county.values == code) & np.isfinite(made.values)
            found[code, key] = quantiles(made.values[here], POINTS, counted[here])
    return found


def by_key(found: Quantiles) -> dict[str, Quantiles]:
    """Return quantiles of each variable apart."""
    keys = dict.fromkeys(key for _, key in found)
    return {key: {place: each for place, each in found.items() if place[1] == key} for key in keys}


def report(title: str, found: dict[tuple[str, str], np.ndarray], came: dict[tuple[str, str], float]) -> None:
    """Print how many figures that came were inside, and how wide the intervals are."""
    known = [(found[key], came[key]) for key in found if key in came]
    nine = np.mean([low <= value <= high for (low, *_, high), value in known])
    half = np.mean([low <= value <= high for (_, low, _, high, _), value in known])
    width = np.median([ends[-1] / ends[0] for ends, _ in known])
    off = np.median([abs(np.log(ends[2] / value)) for ends, value in known])
    print(
        f"{title}: {len(known)} figures, {nine:.1%} inside 90 %, {half:.1%} inside 50 %; "
        f"90 % reach over a factor of {width:.2f}; medians off by {np.expm1(off):.1%}"
    )


def of_provinces(measured: Mapping[str, ObservedOutcome], keys: list[str], members: int) -> Quantiles:
    """Return quantiles of 2023 over what came, summed over the counties of each province that tell all."""
    sources = read_sources(known_by=KNOWN_BY)
    tables = {key: shipped().table(measured[key].figure) for key in keys}
    figures = {
        key: {shipped().codes[place]: value for place, year, value in zip(*each, strict=True) if year == OF}
        for key, each in tables.items()
    }
    told = [unit for unit in sources.units.values() if all(unit.code in figures[key] for key in keys)]
    told = [unit for unit in told if not DISTRICT.search(unit.code)]
    found = {}
    for province in sorted({unit.province for unit in told}):
        here = [unit for unit in told if unit.province == province]
        if len(here) < FEWEST:
            continue
        made = new_counties(here, panel=sources.panel)
        futures = sweep_region(region_of(province, made, sources, keys), members)
        weights = weights_of(futures)
        for key in keys:
            came = sum(figures[key][unit.code] for unit in here) / measured[key].factor
            ends = quantiles(futures[key].sel(time=OF).values[0], POINTS, weights.values if weights else None)
            found[province, key] = ends / came
            print(province, key, len(here), found[province, key].round(3), flush=True)
    return found


def region_of(name: str, counties: Sequence[County], sources: Sources, keys: list[str]) -> Region:
    """Return a region without plan whose headline are some outcomes."""
    own = sc.load_region("shaanxi/baseline").own
    made = [replace(baseline_of(each), headline=tuple(keys)) for each in counties]
    every = [observed_until(KNOWN_BY, each.over(Span(2020, OF + 1))) for each in made]
    return Region(name, name, tuple(every), (name,), Path(), "", own=own, panel=sources.panel)


def main() -> None:
    """Forecast, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--panel", type=Path, action="append", default=[])
    parser.add_argument("--provinces", action="store_true")
    parser.add_argument("-n", "--members", type=int)
    given = parser.parse_args()
    model = sc.load("tonglu/baseline").model
    measured = {each.variable: each for each in outcomes(model)}
    if given.provinces:
        keys = ["gdp", "tax_revenue", "general_expenditure", "bank_loans"]
        for key, each in by_key(of_provinces(measured, keys, given.members or 200)).items():
            report(f"sums of provinces, {key}", each, dict.fromkeys(each, 1.0))
        return
    sources = read_sources(panel=given.panel) if given.panel else read_sources()
    units = {each.code: each for each in map(find_unit, SEVEN)}
    if given.panel:
        units = {code: unit for code, unit in sources.units.items() if not DISTRICT.search(code)}
        units = {code: unit for code, unit in units.items() if KNOWN_BY in sources.panel.years(code, "gdp")}
    keys = ["gdp"] if given.panel else ["gdp", "tax_revenue", "general_expenditure", "bank_loans"]
    came = {
        (code, key): figures[OF] / measured[key].factor
        for code in units
        for key in keys
        if OF in (figures := shipped().years(code, measured[key].figure))
    }
    known = Sources(sources.panel.known_by(KNOWN_BY), units)
    sweep = specified(known, keys, given.members or (100 if given.panel else 10_000))
    report("brought to figures of 2021", intervals(sweep, keys), came)
    if given.panel:
        report("not brought to them", intervals(unconditioned(sweep), keys), came)


if __name__ == "__main__":
    main()
