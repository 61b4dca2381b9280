"""Probabilities that the targets of a plan are met, each and all at once; and quantiles of variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import ndtri

from simcounty.calendar import by_year
from simcounty.errors import Findings, InputError
from simcounty.judgement import is_met, margin_of, series_of, value_of
from simcounty.scenario import Target
from simcounty.sweeps.futures import (
    NOTHING_RUN,
    Flags,
    Numbers,
    attributes_of,
    blocks,
    by_target,
    error_of,
    is_draw,
    judgeable_targets,
    reference_of,
    scenarios_of,
    target_fields,
    variables_of,
)
from simcounty.sweeps.weights import Weights, quantiles, weights_of
from simcounty.sweeps.width import PARTS, Ends, at_ends, ends_of, width_of
from simcounty.units import express

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
Z = float(ndtri(0.975))  # standard errors to either side of the mean that hold 95 % of a normal distribution


@dataclass(frozen=True)
class JudgedDraws:
    """The draws of one scenario judged by one target; `first` is the year in which each first reaches it.

    A failed run has no margin and meets nothing; `first` is NaN where the goal is never reached.
    """

    value: Numbers
    margin: Numbers
    met: Flags
    first: Numbers


def summary(futures: xr.Dataset) -> xr.Dataset:
    """Return the probability of every target of a sweep, and of all targets of a scenario at once.

    Along `scenario` and `target`: probability, standard_error, low and high (Wilson's 95 % interval), margin
    (by `quantile`, of the runs that did not fail, in the target's unit), first_year (by `quantile`, of
    those that reach the goal), never (the fraction that does not), and difference to the scenario `reference`
    (the first that sets no lever, else the first) with difference_error (of pairs of runs with the same
    draws). Along `scenario`: the same of all targets at once, as joint_…, and failed, a count.
    Where figures of years after the start were observed, futures count by their `weights_of`: `effective`,
    `pareto_k` and `power` are attributes. `width` (by `part`) says what parameters, model error and delivery
    add to the variance of a target's value; prior_low and prior_high are its probability with the constant
    `prior`, which moves it most, in the lowest and the highest tenth of its draws.
    Failed runs meet nothing and stay in the denominator. In a Saltelli design rows A and B count. The
    attribute `error` says what the standard error is worth: "draws", "upper" (too large rather than too
    small), or "grid" (there is none). Raises InputError for targets that the futures do not hold.

    >>> summary(futures).probability.sel(scenario="tonglu/plan-2027", target="standard-land-2027").item()
    1.0
    """
    targets, reference = judgeable_targets(futures), reference_of(futures)
    judge_all = _Judge(futures, weights_of(futures), error_of(futures.attrs["design"]) == "grid")
    rows: dict[tuple[str, str], Mapping[str, Any]] = {}
    joint: dict[str, Mapping[str, Any]] = {}
    beside: Mapping[str, Flags] = {}
    for scenario in sorted(targets, key=lambda name: name != reference):
        met, found = judge_all.targets(scenario, targets[scenario], beside)
        rows |= {(scenario, name): row for name, row in found.items()}
        joint[scenario] = _compared(met[""], beside.get(""), judge_all.grid, judge_all.weights)
        beside = beside or met
    counts = {"finished": futures.sizes["member"], "draws": int(is_draw(futures).sum())}
    about = {**counts, "error": error_of(futures.attrs["design"]), "reference": reference}
    return _dataset(futures, rows, joint).assign_attrs(about | about_weights(judge_all.weights))


def about_weights(weights: Weights | None) -> dict[str, float]:
    """Return what weights are worth and rest on: `effective`, `pareto_k`, `power`; nothing without any."""
    return {name: each for name, each in vars(weights).items() if name != "values"} if weights else {}


@dataclass(frozen=True, eq=False)
class _Judge:
    """Futures with the weights of their members; in a `grid` members are no draws."""

    futures: xr.Dataset
    weights: Weights | None
    grid: bool

    @cached_property
    def draws(self) -> xr.Dataset:
        """The futures without the members that are no independent draws."""
        return self.futures.isel(member=is_draw(self.futures))

    @cached_property
    def ends(self) -> Mapping[str, Ends]:
        """The draws at the ends of each varied constant."""
        return ends_of(self.draws)

    def _at_ends(self, draws: JudgedDraws) -> dict[str, Any]:
        found = at_ends(self.ends, draws.value, draws.met, self.weights)
        key = found["prior"]
        return {**found, "prior_label": str(self.futures[key].attrs.get("long_name", key)) if key else ""}

    def targets(
        self, scenario: str, targets: Sequence[Target], beside: Mapping[str, Flags]
    ) -> tuple[dict[str, Flags], dict[str, Mapping[str, Any]]]:
        """Return which draws meet each target, and all of them at "", and what is said of each."""
        met: dict[str, Flags] = {}
        rows: dict[str, Mapping[str, Any]] = {}
        for target in targets:
            draws = judged_draws(self.futures, scenario, target)
            met[target.name] = draws.met
            rows[target.name] = {
                **target_fields(target),
                **_distribution(draws, self.weights),
                **_compared(draws.met, beside.get(target.name), self.grid, self.weights),
                "width": width_of(self.draws, draws.value, target),
                **self._at_ends(draws),
            }
        return {**met, "": np.logical_and.reduce(list(met.values())) if met else np.zeros(0, bool)}, rows


def judged_draws(futures: xr.Dataset, scenario: str, target: Target) -> JudgedDraws:
    """Judge the draws of a scenario by a target, block by block."""
    keys = variables_of(futures, target)
    parts = [_judged(block, target) for block in blocks(futures, scenario, keys, is_draw(futures))]
    return JudgedDraws(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _judged(block: xr.Dataset, target: Target) -> tuple[Numbers, Numbers, Flags, Numbers]:
    value = value_of(block, target)
    margin = margin_of(target, value)
    yearly = series_of(by_year(block), target.variable)
    values = yearly * express(1.0, yearly.attrs.get("units", ""), target.unit)
    if target.operator == "decreasing":
        values = values - values.isel(time=0)
    reached = is_met(target, margin_of(target, values)).transpose("member", "time").values
    reached[:, 0] &= target.operator != "decreasing"  # nothing has decreased yet
    years = np.append(values.time.values.astype(float), np.nan)
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), -1)
    return value.values, margin.values, is_met(target, margin).values, years[first]


def _distribution(draws: JudgedDraws, weights: Weights | None) -> dict[str, Any]:
    reached, known = np.isfinite(draws.first), np.isfinite(draws.margin)
    counted = weights.values if weights else np.ones(len(reached))
    ever = counted * reached
    return {
        "margin": _quantiles(draws.margin[known], weights.values[known] if weights else None),
        "first_year": _quantiles(draws.first[reached], counted[reached]),
        "never": float(1 - ever.sum() / counted.sum()) if counted.size else np.nan,
    }


def _quantiles(values: Numbers, weights: Numbers | None) -> Numbers:
    return quantiles(values, QUANTILES, weights) if values.size else np.full(len(QUANTILES), np.nan)


def _compared(
    met: Flags, met_in_reference: Flags | None, grid: bool, weights: Weights | None
) -> dict[str, float]:
    """Return a probability with its errors, and its difference to that of the same draws in the reference."""
    counted = weights.values if weights else np.ones(met.size)
    n = weights.effective if weights else met.size
    comparable = met_in_reference is not None and met_in_reference.size == met.size
    paired = met.astype(float) - met_in_reference if comparable else np.full(met.size, np.nan)
    mean = float(np.average(paired, weights=counted)) if n else np.nan
    spread = float(np.average((paired - mean) ** 2, weights=counted)) if n else np.nan
    return {
        **probability_of(met, grid, weights),
        "difference": mean,
        "difference_error": np.nan if grid or not n else float(np.sqrt(spread / n)),
    }


def probability_of(met: Flags, grid: bool = False, weights: Weights | None = None) -> dict[str, float]:
    """Return the fraction of draws that meet something, its standard error and Wilson's 95 % interval.

    Draws with weights count by them, as so many as are effective. The members of a `grid` are not draws:
    there is no error and no interval.

    >>> probability_of(np.array([True, True, False, False]))["probability"]
    0.5
    """
    n = weights.effective if weights else met.size
    counted = weights.values if weights else np.ones(met.size)
    fraction = float(np.average(met.astype(float), weights=counted)) if n else np.nan
    low, high = wilson(fraction, n) if n and not grid else (np.nan, np.nan)
    error = np.nan if grid or not n else float(np.sqrt(fraction * (1 - fraction) / n))
    return {"probability": fraction, "standard_error": error, "low": low, "high": high}


def wilson(fraction: float, n: float) -> tuple[float, float]:
    """Return the 95 % interval of a probability that a fraction of n draws estimates; it is never a point.

    Wilson (1927), Probable inference, the law of succession, and statistical inference. `binomtest` of scipy
    gives the same interval, but for one bound in four another last bit, so published results would change.

    >>> round(wilson(0.0, 100)[1], 4)  # the rule of three, one-sided, says 0.03
    0.037
    """
    middle = (fraction + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * np.sqrt(fraction * (1 - fraction) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    return (float(middle - half) if fraction > 0 else 0.0, float(middle + half) if fraction < 1 else 1.0)


def _dataset(
    futures: xr.Dataset,
    rows: Mapping[tuple[str, str], Mapping[str, Any]],
    joint: Mapping[str, Mapping[str, Any]],
) -> xr.Dataset:
    names = scenarios_of(futures)
    together = {
        f"joint_{field}": ("scenario", np.array([joint[name][field] for name in names]))
        for field in joint[names[0]]
    }
    failed = ("scenario", futures.failed.transpose("scenario", "member").values.sum(axis=1))
    dims = {"margin": ("quantile",), "first_year": ("quantile",), "width": ("part",)}
    found = by_target(futures, rows, dims).assign(together).assign(failed=failed)
    return found.assign_coords(quantile=list(QUANTILES), part=list(PARTS))


def bands(futures: xr.Dataset, keys: Sequence[str], scenarios: Sequence[str] = ()) -> xr.Dataset:
    """Return the 5, 25, 50, 75 and 95 % quantiles of variables, over the runs that did not fail.

    A variable a key, along `scenario`, `quantile` and `time`, the ends of years; a flow with an accumulator
    is its total of each year. One variable of one scenario is in memory at a time. Raises InputError, all
    findings at once, for variables and scenarios that the futures do not hold.

    >>> bands(futures, ["gdp"]).gdp.dims
    ('scenario', 'quantile', 'time')
    """
    names = list(scenarios) or scenarios_of(futures)
    _assert_held(futures, keys, names)
    sample = futures.isel(member=slice(0, 1), scenario=0)
    weights, made = weights_of(futures), {}
    for key in keys:
        like = series_of(by_year(sample[_read_for(futures, key)]), key)
        made[key] = xr.DataArray(
            np.array([_yearly_quantiles(futures, key, name, weights) for name in names]),
            {"scenario": names, "quantile": list(QUANTILES), "time": like.time},
            ("scenario", "quantile", "time"),
            attrs=like.attrs,
        )
    return xr.Dataset(made, attrs=attributes_of(futures))


def _assert_held(futures: xr.Dataset, keys: Sequence[str], names: Sequence[str]) -> None:
    known = scenarios_of(futures)
    findings = Findings(
        f"scenario {name}: choose among {', '.join(known)}." for name in names if name not in known
    )
    findings += [] if futures.sizes["member"] else [NOTHING_RUN]
    for key in keys:
        with findings.at():
            series_of(futures, key)
    findings.raise_as(InputError, "these futures have no such quantiles:")


def _read_for(futures: xr.Dataset, key: str) -> list[str]:
    """Return the variable of an element, and the stock that adds up its years where it is stored."""
    name = str(series_of(futures, key).name)
    stock = str(futures[name].attrs.get("accumulator", name))
    return list(dict.fromkeys([name, stock] if stock in futures else [name]))


def _yearly_quantiles(futures: xr.Dataset, key: str, scenario: str, weights: Weights | None) -> Numbers:
    """Return the quantiles of an element in one scenario, (quantiles, years)."""
    counted: Flags = is_draw(futures) & ~futures.failed.sel(scenario=scenario).values
    parts = [
        series_of(by_year(block), key).transpose("member", "time").values
        for block in blocks(futures, scenario, _read_for(futures, key), counted)
    ]
    paths = np.concatenate(parts)
    if not len(paths):
        raise InputError(f"{scenario}: every run failed, there is nothing to draw.")
    kept = weights.values[counted] if weights else None
    columns: list[Any] = [quantiles(column, QUANTILES, kept) for column in paths.T]
    return np.array(columns).T
