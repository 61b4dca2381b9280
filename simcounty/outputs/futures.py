"""The figures a summary of a sweep and its sensitivity leave in a folder, each in three formats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.analysis.reading import judged_by, scenarios_of
from simcounty.errors import InputError
from simcounty.outputs.figure import save_figures
from simcounty.plot.fan import MOST, fan
from simcounty.plot.morris import morris
from simcounty.plot.scatter import scatter
from simcounty.plot.tornado import tornado
from simcounty.whole import writable

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


def save_fan(futures: xr.Dataset, folder: Path, width: str = "full") -> list[Path]:
    """Write the fan of the headline variables, of the first three scenarios of a sweep at most.

    Variables with dimensions of their own are not drawn. Raises InputError if there is nothing to draw.
    """
    plain = [str(key) for key, each in futures.items() if set(each.dims) == {"scenario", "member", "time"}]
    headline = [key for key in futures.attrs.get("headline", "").split(", ") if key in plain]
    if not plain:
        raise InputError("the futures hold no variable that can be drawn. Sweep with --keep.")
    names = scenarios_of(futures)[:MOST]
    targets = [each for name, own in judged_by(futures).items() if name in names for each in own]
    title = str(futures.attrs.get("county", ""))
    figure = fan(futures, headline or plain, names, dict.fromkeys(targets), title, width)
    return save_figures(figure, writable(folder), "fan")


def save_sensitivity(
    futures: xr.Dataset, indices: xr.Dataset, folder: Path, width: str = "full"
) -> list[Path]:
    """Write what moves each target: a tornado, a scatter, and a Morris figure where the design is one."""
    place = writable(folder)
    drawn = _figures(futures, indices, width)
    return [file for name, figure in drawn for file in save_figures(figure, place, name)]


def _figures(futures: xr.Dataset, indices: xr.Dataset, width: str) -> Iterator[tuple[str, Figure]]:
    for target in map(str, indices.target.values):
        yield f"tornado-{target}", tornado(indices, target, width=width)
        if not indices.constant.sel(target=target).all():
            yield f"scatter-{target}", scatter(futures, target, indices, width=width)
            if indices.attrs["method"] == "morris":
                yield f"morris-{target}", morris(indices, target, width=width)
