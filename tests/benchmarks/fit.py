"""What published data say about six numbers of the county model: `python tests/benchmarks/fit.py`.

The most likely values given a prior and the data (least squares), their standard deviations by the curvature
there, and how much of the prior's variance the data take away. Data to 2022 only, never a target. They are
taken from scenarios/counties/*.csv; the run is 桐庐's baseline. models/README.md tells what came out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import least_squares

import simcounty as sc

Floats = NDArray[np.float64]

PRIORS = {
    "base_productivity_growth": (0.0155, 0.004),
    "outside_demand_growth": (0.040, 0.012),
    "standards_growth": (0.025, 0.010),
    "credit_deepening": (0.10, 0.06),
    "arrival_rate": (0.042, 0.006),
    "town_move_rate": (0.0115, 0.003),
}
"""What was held likely before: mean and standard deviation, by judgement."""


@dataclass(frozen=True)
class Observation:
    """A number that was published, how far it may be off, and the same number of a run."""

    name: str
    value: float
    spread: float
    source: str
    of_run: Callable[[xr.Dataset], float]


def of_year(run: xr.Dataset, variable: str, year: int) -> float:
    """Return the mean of a flow over a calendar year, as Euler steps add it up."""
    return float(run[variable].sel(time=slice(year - 1, year)).values[:-1].mean())


def at_end(run: xr.Dataset, variable: str, year: int) -> float:
    return float(run[variable].sel(time=year))


def observations() -> list[Observation]:
    """桐庐 itself where it published, else ratios and growth of the three counties together.

    Revenue is left out: the tax ratio of the model is the very series.
    """
    own = {(o.variable, o.year): o for o in sc.load("tonglu/baseline").county.observations}
    three = {(o.variable, o.year): o for o in sc.load("three-counties/baseline").county.observations}
    found = []
    for name, spread in (("gdp", 8.3), ("total_population", 600.0), ("urbanisation_rate", 0.0015)):
        o = own[name, 2021]
        of_run = of_year if name == "gdp" else at_end
        found.append(Observation(
            f"{name} 2021", o.value, spread, o.source, lambda run, f=of_run, n=name: f(run, n, 2021)
        ))  # fmt: skip
    gdp = {year: three["gdp", year].value for year in (2021, 2022)}
    found.append(Observation(
        "growth of gdp 2022", gdp[2022] / gdp[2021] - 1, 0.02, three["gdp", 2022].source,
        lambda run: of_year(run, "gdp", 2022) / of_year(run, "gdp", 2021) - 1,
    ))  # fmt: skip
    for year, spread in ((2021, 0.006), (2022, 0.009)):
        spent = three["general_expenditure", year]
        found.append(Observation(
            f"general_expenditure / gdp {year}", spent.value / gdp[year], spread, spent.source,
            lambda run, y=year: of_year(run, "general_expenditure", y) / of_year(run, "gdp", y),
        ))  # fmt: skip
    for year in (2021, 2022):
        lent, before = three["bank_loans", year], three["bank_loans", year - 1]
        found.append(Observation(
            f"growth of bank_loans {year}", lent.value / before.value - 1, 0.02, lent.source,
            lambda run, y=year: at_end(run, "bank_loans", y) / at_end(run, "bank_loans", y - 1) - 1,
        ))  # fmt: skip
    return found


def main() -> None:
    base, seen = sc.load("tonglu/baseline"), observations()
    prior = np.array(list(PRIORS.values()))

    def run_at(point: Floats) -> xr.Dataset:
        return sc.simulate(base.replace(dict(zip(PRIORS, point.tolist(), strict=True))))

    def misfits(point: Floats) -> Floats:
        run = run_at(point)
        data = [(o.of_run(run) - o.value) / o.spread for o in seen]
        return np.array([*data, *((point - prior[:, 0]) / prior[:, 1])])

    best = least_squares(misfits, prior[:, 0], x_scale=prior[:, 1], diff_step=0.02)
    spread = np.sqrt(np.diag(np.linalg.inv(best.jac.T @ best.jac)))

    print(f"{'parameter':<28}{'prior':>18}{'most likely':>14}{'sd':>9}{'narrowed by':>13}{'model has':>11}")
    for i, (key, (mean, sd)) in enumerate(PRIORS.items()):
        known, has = 1 - (spread[i] / sd) ** 2, base.model.constants[key].value
        found = f"{best.x[i]:>14.4f}{spread[i]:>9.4f}{known:>13.0%}"
        print(f"{key:<28}{f'{mean:.4f} ± {sd:.4f}':>18}{found}{has:>11g}")

    at_best, as_is = run_at(best.x), sc.simulate(base)
    print(f"\n{'observation':<32}{'data':>13}{'may be off':>12}{'most likely':>13}{'model':>11}  source")
    for o in seen:
        ours = f"{o.of_run(at_best):>13.6g}{o.of_run(as_is):>11.6g}"
        print(f"{o.name:<32}{o.value:>13.6g}{o.spread:>12.3g}{ours}  {o.source}")


if __name__ == "__main__":
    main()
