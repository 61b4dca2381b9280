"""The folder a run leaves behind: the dataset in two formats, and the headline figure in three."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.outputs import RUN_DATA, save
from simcounty.outputs.figure import save_figures
from simcounty.plot import trajectories

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Scenario

NAMES = ["基线", "规划"]


def save_run(dataset: xr.Dataset, scenario: Scenario, folder: Path, width: str = "full") -> list[Path]:
    """Write a scenario's run beside its baseline: data, and figures of the headline variables.

    The runs lie along `scenario`, the baseline first where there is one. Files of the same names
    are replaced, each whole or not at all; others are left alone. Variables with dimensions of their
    own are not drawn.
    """
    files = [save(dataset, folder / name) for name in RUN_DATA]
    named = dataset.assign_coords(scenario=NAMES if dataset.sizes["scenario"] == 2 else [scenario.title])
    keys = [key for key in scenario.headline if dataset[key].dims == ("scenario", "time")]
    if not keys:
        return files
    figure = trajectories(named, keys, scenario.targets, scenario.county.observations, scenario.title, width)
    return files + save_figures(figure, folder, "headline")
