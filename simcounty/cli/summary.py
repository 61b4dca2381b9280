"""`simcounty summary`: how likely the targets of a stored sweep are met."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcounty.cli import options
from simcounty.presentation import probabilities
from simcounty.presentation.formatting import finite
from simcounty.presentation.terminal import Terminal, print_json

if TYPE_CHECKING:
    import xarray as xr


def summary(
    folder: options.Sweep,
    lang: options.Lang,
    json: options.Json = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also draw the futures: fan.png, .svg and .pdf.")
    ] = None,
    width: options.Width = options.FULL,
    quiet: options.Quiet = False,
) -> None:
    """Say how likely each target is met, by how much, when, and all of them at once."""
    from simcounty.sweeps import stored_futures
    from simcounty.sweeps.probabilities import summary as summarised

    terminal = Terminal(lang, quiet)
    with stored_futures(folder) as futures:
        found = summarised(futures)
        if json:
            print_json(record(found))
        else:
            probabilities.tell(found, terminal)
        if out:
            from simcounty.files.folder import save_fan

            terminal.message("writing", folder=out)
            terminal.message("wrote", files=", ".join(map(str, save_fan(futures, out, width))))


def record(found: xr.Dataset) -> dict[str, Any]:
    """Return what `summary --json` prints: the same for the same futures, wherever and whenever."""
    return {
        "members": found.attrs["finished"],
        "failed": int(found.failed.sum()),
        "targets": [_target(cell) for cell in probabilities.cells(found)],
        "joint": [_joint(each) for each in probabilities.together(found)],
    }


def _joint(cell: xr.Dataset) -> dict[str, Any]:
    counted = {"failed": int(cell.failed), "unfinished": int(cell.attrs["unfinished"])}
    made = {name: cell.attrs[name] for name in ("design", "draws", "error")}
    return {**_share(cell, "joint_"), **counted, **made}


def _target(cell: xr.Dataset) -> dict[str, Any]:
    percent = [f"{100 * each:g}" for each in cell["quantile"].values]
    return {
        **_share(cell, ""),
        "name": str(cell.target.item()),
        **{name: str(cell[name].item()) for name in ("label", "clause", "operator", "unit")},
        "goal": finite(float(cell.goal)),
        "year": _year(float(cell.year)),
        "never": finite(float(cell.never)),
        "margin": dict(zip(percent, map(finite, cell.margin.values.tolist()), strict=True)),
        "first_year": dict(zip(percent, map(_year, cell.first_year.values.tolist()), strict=True)),
    }


def _year(year: float) -> int | None:
    return int(year) if math.isfinite(year) else None


def _share(cell: xr.Dataset, prefix: str) -> dict[str, Any]:
    numbers = {name: finite(float(cell[prefix + name])) for name in probabilities.SHARE}
    return {"scenario": str(cell.scenario.item()), **numbers}
