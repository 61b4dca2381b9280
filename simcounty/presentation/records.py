"""Parts of results as plain data, as JSON has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, SupportsFloat

from simcounty.calendar import instant

if TYPE_CHECKING:
    import xarray as xr

Record = Mapping[str, Any]


def finite(number: float) -> float | None:
    """Return a number JSON has, or None for an open end and for no number at all.

    >>> finite(0.5), finite(float("inf"))
    (0.5, None)
    """
    return number if math.isfinite(number) else None


def year_of(year: SupportsFloat) -> int | float | None:
    """Return a year, or an instant of a model that counts otherwise; None for a target without one.

    >>> year_of(2027.0), year_of(12.5), year_of(math.nan)
    (2027, 12.5, None)
    """
    return instant(float(year)) if math.isfinite(float(year)) else None


def time_unit(dataset: xr.Dataset) -> str:
    """Return the unit of time that results count in, as Clock.shown_unit has it."""
    return str(dataset.attrs.get("time_unit", "year"))


def fields(cell: xr.Dataset, *names: str, prefix: str = "", **renamed: str) -> dict[str, Any]:
    """Return single values of a Dataset: texts, flags, counts, and numbers or None for those not finite.

    The name of a variable begins with `prefix`; `renamed` gives names of another form.

    >>> import xarray as xr
    >>> fields(xr.Dataset({"joint_low": 0.5, "of": "GDP"}), "low", prefix="joint_", label="of")
    {'low': 0.5, 'label': 'GDP'}
    """
    values = {key: cell[prefix + key].item() for key in names}
    values |= {key: cell[name].item() for key, name in renamed.items()}
    return {key: finite(value) if isinstance(value, float) else value for key, value in values.items()}


def by_percent(
    values: xr.DataArray, write: Callable[[float], float | None] = finite
) -> dict[str, float | None]:
    """Return values along `quantile` by the quantile in per cent."""
    names = (f"{100 * each:g}" for each in values["quantile"].values)
    return dict(zip(names, map(write, values.values.tolist()), strict=True))
