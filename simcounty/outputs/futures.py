"""The figures a summary of a sweep and its sensitivity leave in a folder, each in two formats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.analysis.reading import judged_by, scenarios_of
from simcounty.errors import InputError
from simcounty.outputs.figure import save_figure
from simcounty.plot.fan import MOST, fan
from simcounty.plot.morris import morris
from simcounty.plot.scatter import scatter
from simcounty.plot.tornado import tornado
from simcounty.whole import writable

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg")


def save_fan(futures: xr.Dataset, folder: Path) -> list[Path]:
    """Write the fan of the headline variables, of the first three scenarios of a sweep at most.

    Variables with dimensions of their own are not drawn. Raises InputError if there is nothing to draw.
    """
    plain = [str(key) for key, each in futures.items() if set(each.dims) == {"scenario", "member", "time"}]
    headline = [key for key in futures.attrs.get("headline", "").split(", ") if key in plain]
    if not plain:
        raise InputError("the futures hold no variable that can be drawn. Sweep with --keep.")
    names = scenarios_of(futures)[:MOST]
    targets = [each for name, own in judged_by(futures).items() if name in names for each in own]
    figure = fan(
        futures, headline or plain, names, dict.fromkeys(targets), str(futures.attrs.get("county", ""))
    )
    return _saved(figure, writable(folder), "fan")


def save_sensitivity(futures: xr.Dataset, indices: xr.Dataset, folder: Path) -> list[Path]:
    """Write what moves each target: a tornado, a scatter, and a Morris figure where the design is one."""
    place = writable(folder)
    return [file for name, figure in _figures(futures, indices) for file in _saved(figure, place, name)]


def _figures(futures: xr.Dataset, indices: xr.Dataset) -> Iterator[tuple[str, Figure]]:
    for target in map(str, indices.target.values):
        yield f"tornado-{target}", tornado(indices, target)
        if not indices.constant.sel(target=target).all():
            yield f"scatter-{target}", scatter(futures, target, indices)
            if indices.attrs["method"] == "morris":
                yield f"morris-{target}", morris(indices, target)


def _saved(figure: Figure, folder: Path, name: str) -> list[Path]:
    plain = "".join("_" if letter in '<>:"/\\|?*' else letter for letter in name)
    return [save_figure(figure, folder / f"{plain}{suffix}") for suffix in SUFFIXES]
