"""Probabilities that the targets of a plan are met, each and all at once; and quantiles of variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import ndtri

from simcounty.calendar import by_year
from simcounty.errors import Findings, InputError
from simcounty.judgement import is_met, margin_of, series_of, value_of
from simcounty.scenario import Target
from simcounty.sweeps.futures import (
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
from simcounty.units import express

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
Z = float(ndtri(0.975))  # standard errors to either side of the mean that hold 95 % of a normal distribution


@dataclass(frozen=True)
class JudgedDraws:
    """The draws of one scenario judged by one target; `first` is the year in which each first reaches it.

    A failed run has no margin and meets nothing; `first` is NaN where the goal is never reached.
    """

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
    Failed runs meet nothing and stay in the denominator. In a Saltelli design rows A and B count. The
    attribute `error` says what the standard error is worth: "draws", "upper" (too large rather than too
    small), or "grid" (there is none). Raises InputError for targets that the futures do not hold.

    >>> summary(futures).probability.sel(scenario="tonglu/plan-2027", target="standard-land-2027").item()
    1.0
    """
    targets, reference = judgeable_targets(futures), reference_of(futures)
    error = error_of(futures.attrs["design"])
    rows: dict[tuple[str, str], Mapping[str, Any]] = {}
    joint: dict[str, Mapping[str, Any]] = {}
    met_in_reference: Mapping[str, Flags] = {}
    for scenario in sorted(targets, key=lambda name: name != reference):
        met: dict[str, Flags] = {}
        for target in targets[scenario]:
            draws = judged_draws(futures, scenario, target)
            met[target.name] = draws.met
            rows[scenario, target.name] = {
                **target_fields(target),
                **_distribution(draws),
                **_compared(draws.met, met_in_reference.get(target.name), error == "grid"),
            }
        together = np.logical_and.reduce(list(met.values())) if met else np.zeros(0, bool)
        joint[scenario] = _compared(together, met_in_reference.get(""), error == "grid")
        met_in_reference = met_in_reference or {**met, "": together}
    counts = {"finished": futures.sizes["member"], "draws": int(is_draw(futures).sum())}
    return _dataset(futures, rows, joint).assign_attrs(counts, error=error, reference=reference)


def judged_draws(futures: xr.Dataset, scenario: str, target: Target) -> JudgedDraws:
    """Judge the draws of a scenario by a target, block by block."""
    keys = variables_of(futures, target)
    parts = [_judged(block, target) for block in blocks(futures, scenario, keys, is_draw(futures))]
    return JudgedDraws(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _judged(block: xr.Dataset, target: Target) -> tuple[Numbers, Flags, Numbers]:
    margin = margin_of(target, value_of(block, target))
    yearly = series_of(by_year(block), target.variable)
    values = yearly * express(1.0, yearly.attrs.get("units", ""), target.unit)
    if target.operator == "decreasing":
        values = values - values.isel(time=0)
    reached = is_met(target, margin_of(target, values)).transpose("member", "time").values
    reached[:, 0] &= target.operator != "decreasing"  # nothing has decreased yet
    years = np.append(values.time.values.astype(float), np.nan)
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), -1)
    return margin.values, is_met(target, margin).values, years[first]


def _distribution(draws: JudgedDraws) -> dict[str, Any]:
    reached = np.isfinite(draws.first)
    return {
        "margin": _quantiles(draws.margin[np.isfinite(draws.margin)]),
        "first_year": _quantiles(draws.first[reached], "inverted_cdf"),
        "never": float(1 - reached.mean()),
    }


def _quantiles(values: Numbers, method: Any = "linear") -> Numbers:
    return np.quantile(values, QUANTILES, method=method) if values.size else np.full(len(QUANTILES), np.nan)


def _compared(met: Flags, met_in_reference: Flags | None, grid: bool) -> dict[str, float]:
    """Return a probability with its errors, and its difference to that of the same draws in the reference."""
    n = met.size
    comparable = met_in_reference is not None and met_in_reference.size == n
    paired = met.astype(float) - met_in_reference if comparable else np.full(n, np.nan)
    return {
        **probability_of(met, grid),
        "difference": float(paired.mean()) if n else np.nan,
        "difference_error": np.nan if grid or not n else float(paired.std() / np.sqrt(n)),
    }


def probability_of(met: Flags, grid: bool = False) -> dict[str, float]:
    """Return the fraction of draws that meet something, its standard error and Wilson's 95 % interval.

    The members of a `grid` are not draws: there is no error and no interval.

    >>> probability_of(np.array([True, True, False, False]))["probability"]
    0.5
    """
    n = met.size
    fraction = float(met.mean()) if n else np.nan
    low, high = wilson(fraction, n) if n and not grid else (np.nan, np.nan)
    error = np.nan if grid or not n else float(np.sqrt(fraction * (1 - fraction) / n))
    return {"probability": fraction, "standard_error": error, "low": low, "high": high}


def wilson(fraction: float, n: int) -> tuple[float, float]:
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
    found = by_target(futures, rows, {"margin": ("quantile",), "first_year": ("quantile",)})
    return found.assign(together).assign(failed=failed).assign_coords(quantile=list(QUANTILES))


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
    made = {}
    for key in keys:
        like = series_of(by_year(sample[_read_for(futures, key)]), key)
        made[key] = xr.DataArray(
            np.array([_yearly_quantiles(futures, key, name) for name in names]),
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
    for key in keys:
        with findings.at():
            series_of(futures, key)
    findings.raise_as(InputError, "these futures have no such quantiles:")


def _read_for(futures: xr.Dataset, key: str) -> list[str]:
    """Return the variable of an element, and the stock that adds up its years where it is stored."""
    name = str(series_of(futures, key).name)
    stock = str(futures[name].attrs.get("accumulator", name))
    return list(dict.fromkeys([name, stock] if stock in futures else [name]))


def _yearly_quantiles(futures: xr.Dataset, key: str, scenario: str) -> Numbers:
    """Return the quantiles of an element in one scenario, (quantiles, years)."""
    counted: Flags = is_draw(futures) & ~futures.failed.sel(scenario=scenario).values
    parts = [
        series_of(by_year(block), key).transpose("member", "time").values
        for block in blocks(futures, scenario, _read_for(futures, key), counted)
    ]
    paths = np.concatenate(parts)
    if not len(paths):
        raise InputError(f"{scenario}: every run failed, there is nothing to draw.")
    columns: list[Any] = [np.quantile(column, QUANTILES) for column in paths.T]
    return np.array(columns).T
