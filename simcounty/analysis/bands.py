"""Where the futures of a variable lie, year by year: the quantiles behind a fan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.analysis import reading
from simcounty.analysis.reading import Flags, Numbers
from simcounty.analysis.summary import QUANTILES
from simcounty.errors import InputError, raise_findings
from simcounty.judge import series_of
from simcounty.years import by_year

if TYPE_CHECKING:
    import xarray as xr


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
        values = np.array([_quantiles(futures, key, name) for name in names])
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
    raise_findings(InputError, "these futures cannot be told:", findings)


def _stored(futures: xr.Dataset, key: str) -> list[str]:
    """Return the variable, and the stock that adds up its years where it is stored."""
    name = str(series_of(futures, key).name)
    stock = str(futures[name].attrs.get("accumulator", name))
    return list(dict.fromkeys([name, stock] if stock in futures else [name]))


def _quantiles(futures: xr.Dataset, key: str, scenario: str) -> Numbers:
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
