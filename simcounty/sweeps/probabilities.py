"""What a sweep says of a plan: how likely each target is met, by how much, when, and all of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.calendar import by_year
from simcounty.errors import Findings, InputError
from simcounty.judgement import is_met, margin_of, series_of, value_of
from simcounty.scenario.binding import converted
from simcounty.sweeps import futures as reading
from simcounty.sweeps.futures import Flags, Numbers

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Target

if TYPE_CHECKING:
    import xarray as xr


QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
Z = 1.959963984540054  # of the normal distribution: 95 % lie within
EXTRA = {"margin": ("quantile",), "first_year": ("quantile",)}


@dataclass(frozen=True)
class Judged:
    """The draws of one scenario held against one target; `first` is the year it is first reached.

    A failed run has no margin and meets nothing; `first` is NaN where the goal is never reached.
    """

    margin: Numbers
    met: Flags
    first: Numbers


def summary(futures: xr.Dataset) -> xr.Dataset:
    """Return the probability of every target of a sweep, and of all targets of a scenario at once.

    Along `scenario` and `target`: probability, standard_error, low and high (Wilson's 95 % interval), margin
    (by `quantile`, of the runs that did not fail, in the target's unit), first_year (by `quantile`, of
    those that reach the goal), never (the share that does not), and difference to the scenario `reference`
    (the first that sets no lever, else the first) with difference_error (of pairs of runs with the same
    numbers drawn). Along `scenario`: the same of all targets at once, as joint_…, and failed, a count.
    Failed runs meet nothing and stay in the denominator. In a Saltelli design rows A and B count. `error`
    says what the standard error is worth: "draws", "upper" (too large rather than too small), or "grid"
    (there is none).
    Raises InputError for targets that the futures do not hold.

    >>> summary(futures).probability.sel(scenario="tonglu/plan-2027", target="standard-land-2027").item()
    1.0
    """
    asked = reading.judged_by(futures)
    rows: dict[tuple[str, str], Mapping[str, Any]] = {}
    joint: dict[str, Mapping[str, Any]] = {}
    against: Mapping[str, Flags] = {}
    grid = reading.ERRORS[futures.attrs["design"]] == "grid"
    reference = reading.reference_of(futures)
    for scenario in sorted(asked, key=lambda name: name != reference):
        targets = asked[scenario]
        met: dict[str, Flags] = {}
        for target in targets:
            found = judged(futures, scenario, target)
            met[target.name] = found.met
            rows[scenario, target.name] = {
                **reading.about(target),
                **_distribution(found),
                **_share(found.met, against.get(target.name), grid),
            }
        met[""] = np.logical_and.reduce(list(met.values())) if met else np.zeros(0, bool)
        joint[scenario] = _share(met[""], against.get(""), grid)
        against = against or met
    return _laid_out(futures, rows, joint)


def judged(futures: xr.Dataset, scenario: str, target: Target) -> Judged:
    """Hold the draws of a scenario against a target, block by block."""
    keys, rows = reading.stored_keys(futures, target), reading.draws(futures)
    parts = [_judged(block, target) for block in reading.blocks(futures, scenario, keys, rows)]
    return Judged(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _judged(block: xr.Dataset, target: Target) -> tuple[Numbers, Flags, Numbers]:
    margin = margin_of(target, value_of(block, target))
    yearly = series_of(by_year(block), target.variable)
    values = yearly * converted(1.0, yearly.attrs.get("units", ""), target.unit)
    if target.operator == "decreasing":
        values = values - values.isel(time=0)
    reached = is_met(target, margin_of(target, values)).transpose("member", "time").values
    reached[:, 0] &= target.operator != "decreasing"  # nothing has decreased yet
    years = np.append(values.time.values.astype(float), np.nan)
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), -1)
    return margin.values, is_met(target, margin).values, years[first]


def _distribution(found: Judged) -> dict[str, Any]:
    reached = np.isfinite(found.first)
    return {
        "margin": _quantiles(found.margin[np.isfinite(found.margin)]),
        "first_year": _quantiles(found.first[reached], "inverted_cdf"),
        "never": float(1 - reached.mean()),
    }


def _quantiles(values: Numbers, method: Any = "linear") -> Numbers:
    return np.quantile(values, QUANTILES, method=method) if values.size else np.full(len(QUANTILES), np.nan)


def _share(met: Flags, against: Flags | None, grid: bool) -> dict[str, float]:
    """Return a share with its errors, and its difference to that of the same draws elsewhere."""
    n = met.size
    paired = np.full(n, np.nan) if against is None or against.size != n else met.astype(float) - against
    return {
        **share_of(met, grid),
        "difference": float(paired.mean()) if n else np.nan,
        "difference_error": np.nan if grid or not n else float(paired.std() / np.sqrt(n)),
    }


def share_of(met: Flags, grid: bool = False) -> dict[str, float]:
    """Return the share of draws in which something is met, its standard error and Wilson's 95 % interval.

    >>> share_of(np.array([True, True, False, False]))["probability"]
    0.5
    """
    n = met.size
    share = float(met.mean()) if n else np.nan
    low, high = wilson(share, n) if n and not grid else (np.nan, np.nan)
    error = np.nan if grid or not n else float(np.sqrt(share * (1 - share) / n))
    return {"probability": share, "standard_error": error, "low": low, "high": high}


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of n draws; it is never a single point.

    Wilson (1927), Probable inference, the law of succession, and statistical inference.

    >>> round(wilson(0.0, 100)[1], 4)  # the rule of three, one-sided, says 0.03
    0.037
    """
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    return (float(middle - half) if share > 0 else 0.0), (float(middle + half) if share < 1 else 1.0)


def _laid_out(
    futures: xr.Dataset,
    rows: Mapping[tuple[str, str], Mapping[str, Any]],
    joint: Mapping[str, Mapping[str, Any]],
) -> xr.Dataset:
    together = {
        f"joint_{name}": (
            "scenario",
            np.array([joint[scenario][name] for scenario in reading.scenarios_of(futures)]),
        )
        for name in next(iter(joint.values()))
    }
    found = reading.table(futures, rows, EXTRA).assign(together)
    failed = ("scenario", futures.failed.transpose("scenario", "member").values.sum(axis=1))
    drawn = int(reading.draws(futures).sum())
    error = reading.ERRORS[futures.attrs["design"]]
    return (
        found.assign(failed=failed)
        .assign_coords(quantile=list(QUANTILES))
        .assign_attrs(
            finished=futures.sizes["member"],
            draws=drawn,
            error=error,
            reference=reading.reference_of(futures),
        )
    )


def bands(futures: xr.Dataset, keys: Sequence[str], scenarios: Sequence[str] = ()) -> xr.Dataset:
    """Return the 5, 25, 50, 75 and 95 % quantiles of variables, over the runs that did not fail.

    A variable a key, along `scenario`, `quantile` and `time`, the ends of years; a flow with an accumulator
    is its total of each year. One variable of one scenario is in memory at a time. Raises InputError, all
    findings at once, for variables and scenarios that the futures do not hold.

    >>> bands(futures, ["gdp"]).gdp.dims
    ('scenario', 'quantile', 'time')
    """
    import xarray as xr

    names = list(scenarios) or reading.scenarios_of(futures)
    _insist(futures, keys, names)
    sample = futures.isel(member=slice(0, 1), scenario=0)
    made = {}
    for key in keys:
        like = series_of(by_year(sample[_stored(futures, key)]), key)
        values = np.array([_quantiles_band(futures, key, name) for name in names])
        dims = ("scenario", "quantile", "time")
        made[key] = xr.DataArray(
            values,
            {"scenario": names, "quantile": list(QUANTILES), "time": like.time},
            dims,
            attrs=like.attrs,
        )
    attrs = {name: text for name, text in futures.attrs.items() if name not in reading.UNSAID}
    return xr.Dataset(made, attrs=attrs)


def _insist(futures: xr.Dataset, keys: Sequence[str], names: Sequence[str]) -> None:
    known = reading.scenarios_of(futures)
    findings = [f"scenario {name}: choose among {', '.join(known)}." for name in names if name not in known]
    for key in keys:
        try:
            series_of(futures, key)
        except InputError as error:
            findings.append(str(error))
    Findings(findings).raise_as(InputError, "these futures cannot be told:")


def _stored(futures: xr.Dataset, key: str) -> list[str]:
    """Return the variable, and the stock that adds up its years where it is stored."""
    name = str(series_of(futures, key).name)
    stock = str(futures[name].attrs.get("accumulator", name))
    return list(dict.fromkeys([name, stock] if stock in futures else [name]))


def _quantiles_band(futures: xr.Dataset, key: str, scenario: str) -> Numbers:
    failed: Flags = futures.failed.sel(scenario=scenario).values
    parts = [
        series_of(by_year(block), key).transpose("member", "time").values
        for block in reading.blocks(
            futures, scenario, _stored(futures, key), reading.draws(futures) & ~failed
        )
    ]
    paths = np.concatenate(parts)
    if not len(paths):
        raise InputError(f"{scenario}: every run failed, there is nothing to draw.")
    columns: list[Any] = [np.quantile(column, QUANTILES) for column in paths.T]
    return np.array(columns).T
