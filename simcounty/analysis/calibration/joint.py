"""A saved posterior as what is uncertain about a county: its draws, constant by constant, row by row.

A county of the fit has the draws of its own; another has those of an unknown county of its province, as wide
as counties differ. What the calibration multiplies is multiplied in the county's own values, as far as the
model's ranges allow.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.analysis.calibration.forward import ends_of
from simcounty.analysis.calibration.records import EVERYWHERE
from simcounty.errors import ScenarioError
from simcounty.scenario import Scenario
from simcounty.scenario.uncertainty import Joint

if TYPE_CHECKING:
    import xarray as xr

SUFFIX = ".nc"


def joint_of(path: Path, scenario: Scenario) -> Joint:
    """Return the draws that a posterior of `simcounty calibrate` has for the county of a scenario.

    Raises ScenarioError for a file that is no posterior, one of another model, a county of a province that
    was not in the fit, and a constant that the scenario sets itself.
    """
    posterior = _read(path)
    about = posterior.attrs
    if about["model_hash"] != scenario.model.hash:
        raise ScenarioError(
            f"{path}: was fitted to {about['model']} {about['model_hash'][:12]}, but {scenario.name} has "
            f"{scenario.model.path.name} {scenario.model.hash[:12]}, another version. Fit again: "
            f"simcounty calibrate --file {about['calibration']} --model {scenario.model.path} "
            f"--save {path.name}"
        )
    draws = _draws(path, posterior, scenario)
    columns = {}
    for name, prior in json.loads(about["priors"]).items():
        drawn = draws.sel(parameter=name).to_numpy()
        for key in prior["keys"]:
            columns[key] = _moved(scenario, key, drawn) if prior["relative"] else drawn
    set_here = sorted(columns.keys() & {*scenario.constants, *scenario.levers})
    if set_here:
        raise ScenarioError(
            f"{path}: {', '.join(set_here)} varies by it, but {scenario.name} sets it. Drop one."
        )
    return Joint(columns, f"{about['title']}: posterior {about['calibration_hash'][:12]}, {path.name}")


def _read(path: Path) -> xr.Dataset:
    import xarray as xr

    if not path.is_file():
        raise ScenarioError(f"{path}: no such file. simcounty calibrate --save FILE writes a posterior.")
    try:
        found = xr.load_dataset(path)
    except (OSError, ValueError, TypeError) as problem:
        raise ScenarioError(f"{path}: cannot be read as netCDF ({problem}).") from None
    if not {"county_draws", "other_draws"} <= found.variables.keys():
        raise ScenarioError(f"{path}: holds no posterior. Write one: simcounty calibrate --save FILE.")
    return found


def _draws(path: Path, posterior: xr.Dataset, scenario: Scenario) -> xr.DataArray:
    county = scenario.county
    known = (posterior.county_code, county.code) if county.code else (posterior.county, county.name)
    here = known[0].to_numpy() == known[1]
    if here.any():
        own: xr.DataArray = posterior.county_draws.isel(county=int(np.flatnonzero(here)[0]))
        return own
    groups = posterior.group.to_numpy().tolist()
    wanted = EVERYWHERE if EVERYWHERE in groups else county.province
    if wanted not in groups:
        raise ScenarioError(
            f"{path}: was fitted to counties of {', '.join(groups)}; {scenario.name} lies in "
            f"{county.province or 'no province that its county file names'}. Fit one that has it."
        )
    other: xr.DataArray = posterior.other_draws.sel(group=wanted)
    return other


def _moved(scenario: Scenario, key: str, factors: Any) -> Any:
    model = scenario.model
    return np.clip(model.constants[key].value * factors, *ends_of(model, key))
