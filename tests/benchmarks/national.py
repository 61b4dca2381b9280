"""Every county-level unit of the census of 2020: made, written, loaded, and run to 2035.

    python tests/benchmarks/national.py [PLACE]

PLACE is a province, a prefecture or the first digits of codes; without it the nation runs. Ends with 1 if a
unit does not load, fails, breaks a balance, turns non-finite, or has a negative stock; the runs are looked at
once a year. At the end some counties are swept into a folder, and what the nation would take is reckoned up.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from simcounty import simulate
from simcounty.accounts.census import Unit, units_of
from simcounty.counties.generate import baseline_of, new_counties
from simcounty.errors import SimcountyError
from simcounty.model import Model
from simcounty.model.graph import BALANCE
from simcounty.sampling import Ensemble
from simcounty.scenario import County, load, load_county
from simcounty.scenario.save import save_county
from simcounty.sweeps import Specification, specify
from simcounty.sweeps import run as run_sweep
from simcounty.sweeps.runner import local_runner

ROUNDING = 1e-9  # of a stock's largest value: less below nought is rounding
NAMED = 5
COUNTIES, DRAWS, NATIONAL_DRAWS = 200, 500, 10_000


def main(arguments: Sequence[str]) -> int:
    units = units_of(*arguments[:1])
    print(f"{len(units)} units of the census of 2020, {arguments[0] if arguments else '全国'}")
    with timed("made by the rule"):
        counties = new_counties(units)
    bad = told(
        "have every value in the model's range", units, np.array([in_range(each) for each in counties])
    )
    with timed("written to files and loaded from them"), tempfile.TemporaryDirectory() as folder:
        loaded = np.array([loads(each, Path(folder)) for each in counties])
    bad += told("load", units, loaded)
    describe(counties)
    baseline = baseline_of(counties[0])
    values = np.array([[value.value for value in county.values] for county in counties])
    ensemble = Ensemble(
        baseline, dict(zip([value.key for value in counties[0].values], values.T, strict=True))
    )
    model = baseline.model
    stocks = list(dict.fromkeys(stock.about.key for stock in model.graph.stocks))
    balances = [each.key for each in model.balances]
    kept = [*stocks, *balances, "real_gdp", "urbanisation_rate"]
    simulate(ensemble, "compiled", keep=kept)  # compiles, or finds what was compiled before
    with timed("run to 2035, compiled"):
        run = simulate(ensemble, "compiled", keep=kept)
    bad += told("run to the end", units, ~run.failed.to_numpy())
    finite = np.all([np.isfinite(by_unit(run[key])).all(axis=1) for key in kept], axis=0)
    bad += told("stay finite", units, finite)
    worst = np.max([np.abs(by_unit(run[key])).max(axis=1) for key in balances], axis=0)
    bad += told(f"balance to {BALANCE:g} (worst {worst.max():.1e})", units, worst <= BALANCE)
    bad += told("have no negative stock", units, non_negative(run, model, stocks))
    summed(run)
    sweep_some(arguments[0] if arguments else "全国")
    return 1 if bad else 0


def in_range(county: County) -> bool:
    baseline = baseline_of(county)
    return all(baseline.limits(value.key).hold(value.value) for value in county.values)


def loads(county: County, folder: Path) -> bool:
    """Tell whether a county's file loads as the county."""
    path = folder / f"{county.code}.toml"
    try:
        save_county(county, path, baseline_of(county).model.path)
        return load_county(path).values == county.values
    except SimcountyError as error:
        print(error)
        return False


def non_negative(run: xr.Dataset, model: Model, stocks: Sequence[str]) -> np.ndarray:
    """Tell which units have no stock below nought, but those the model says may be."""
    ranges = {stock.about.key: stock.range[0] for stock in model.graph.stocks}
    fine = np.ones(run.sizes["member"], bool)
    for key in stocks:
        lowest = ranges[key]
        if lowest is not None and lowest < 0.0:
            continue
        levels = by_unit(run[key])
        fine &= levels.min(axis=1) >= -ROUNDING * np.abs(levels).max()
    return fine


def by_unit(variable: xr.DataArray) -> np.ndarray:
    """Return the numbers of a variable, a row a unit."""
    moved_first = variable.transpose("member", ...).to_numpy()
    return moved_first.reshape(moved_first.shape[0], -1)


def told(what: str, units: Sequence[Unit], fine: np.ndarray) -> int:
    """Print how many units do what they must, and which do not; return how many do not."""
    bad = [str(units[i]) for i in np.flatnonzero(~fine)]
    print(f"  {len(units) - len(bad):5} {what}" + (f"; not: {', '.join(bad[:NAMED])}" if bad else ""))
    return len(bad)


def describe(counties: Sequence[County]) -> None:
    sourced = [sum(value.is_known for value in county.values) for county in counties]
    ends = [sum(value.at_limit for value in county.values) for county in counties]
    all_values = len(counties[0].values)
    print(f"  of {all_values} values {np.median(sourced):.0f} are the census's own in the median unit")
    print(f"  {sum(count > 0 for count in ends):5} have a value that was brought to the end of its range")


def sweep_some(place: str) -> None:
    """Sweep counties from all over a place; print the processor time, and what all of them would take."""
    start = time.process_time()
    specified = specify([load("tonglu/baseline")], Specification(DRAWS, counties=place))
    made, counties = time.process_time() - start, specified.draws.counties
    chosen = counties[:: max(len(counties) // COUNTIES, 1)][:COUNTIES]
    some = replace(specified, draws=replace(specified.draws, counties=chosen))
    others, began, start = os.getloadavg()[0], time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        run_sweep(some, Path(folder), local_runner())
    spent, elapsed = time.process_time() - start, time.perf_counter() - began
    hours = (made + spent / some.members * len(counties) * NATIONAL_DRAWS) / 3600
    each = spent / some.members * 1e6
    print(f"  {len(chosen)} of {len(counties)} counties x {DRAWS} draws to 2035, drawn, run and stored:")
    print(
        f"  {spent:7.1f} s of processors, {each:.0f} us a member; {elapsed:.1f} s on {os.cpu_count()} cores"
    )
    print(f"  {others:7.1f} cores were busy in the minute before; to make all counties took {made:.1f} s")
    print(f"  {len(counties):,} counties x {NATIONAL_DRAWS:,} draws: {hours:.2f} core hours")


def summed(run: xr.Dataset) -> None:
    for year in (2020, 2035):
        at = run.sel(time=year)
        people = at.population.sum(["group", "age"])
        towns = float((at.urbanisation_rate * people).sum() / people.sum())
        print(
            f"  {year}: {float(people.sum()) / 1e8:.3f} 亿人, {towns:.1%} in towns, "
            f"{float(at.real_gdp.sum()) / 1e4:.1f} 万亿元 of GDP at prices of 2020"
        )
    gained = float(run.cumulative_net_migration.sel(time=2035).sum())
    print(f"  {gained / 1e4:+,.0f} 万人 by 2035 whom no other unit gives: only a region file closes moves")


@contextmanager
def timed(what: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    print(f"  {time.perf_counter() - start:5.1f} s {what}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
