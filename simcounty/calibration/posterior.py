"""The posterior as a Dataset, and its draws for the county of a scenario.

It holds

    draws (sample, coordinate)                common values, spreads between counties, discrepancies
    prior_draws (quantile, coordinate)        the same before the data, lowest first
    county_draws (sample, county, parameter)  the parameters of each county of the fit, joint in every row
    other_draws (sample, group, parameter)    those of a county of a province that is not in the fit
    prior_…, map_estimate, median, q05, q95, contraction, r_hat, effective_draws, …   (coordinate)
    observed, error, fitted (county, observable)   observations, and what the MAP estimate predicts
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simcounty.calibration.forward import clip_to_range
from simcounty.calibration.log_posterior import LogPosterior, MapEstimate
from simcounty.calibration.problem import EVERYWHERE, observations_hash
from simcounty.calibration.sampling import MOST_R_HAT, Chains, effective_draws, r_hat
from simcounty.dataset import package_version
from simcounty.errors import Findings, ScenarioError, in_file
from simcounty.input_files import is_file, opened_as
from simcounty.scenario import Scenario
from simcounty.scenario.uncertainty import Joint
from simcounty.seals import assert_sealed

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]

SUFFIX = ".nc"
MOST_DRAWS = 2_000
"""Draws that are kept: enough for the probabilities of a sweep, few enough to run every county with each."""
FEWEST_DRAWS = 400  # effective draws of every coordinate
INFORMED = 0.1  # of the variance of the prior: where less is gone, the data taught nothing
EDGE, OFTEN = 0.01, 0.05  # a bound of a prior is hit where so many draws are in this outermost part of it
QUANTILES = 4_096  # points a prior's moments are computed from
QUANTILES_KEPT = 512
LEVELS = {"q05": 0.05, "median": 0.5, "q95": 0.95}


@dataclass(frozen=True, eq=False)
class CalibrationFit:
    """What a calibration found."""

    best: MapEstimate
    chains: Chains
    seed: int
    steps: int

    @property
    def log_posterior(self) -> LogPosterior:
        return self.best.log_posterior


def posterior_of(fit: CalibrationFit) -> xr.Dataset:
    """Return the posterior of a calibration; see the module for what it holds."""
    import xarray as xr

    flat, log_posterior = fit.chains.flat, fit.log_posterior
    rows = np.linspace(0, len(flat) - 1, min(MOST_DRAWS, len(flat))).astype(np.int64)
    points = flat[rows]
    county, other = _draws_of_counties(log_posterior, points, fit.seed)
    value, error = log_posterior.observed
    data: dict[str, Any] = {
        "draws": (("sample", "coordinate"), in_units(log_posterior, points)),
        "prior_draws": (
            ("quantile", "coordinate"),
            prior_quantiles(log_posterior)[:: QUANTILES // QUANTILES_KEPT],
        ),
        "log_probability": (("sample",), fit.chains.log_probability.reshape(-1)[rows]),
        "county_draws": (("sample", "county", "parameter"), county),
        "other_draws": (("sample", "group", "parameter"), other),
        **{name: (("coordinate",), each) for name, each in _statistics(fit).items()},
        "observed": (("county", "observable"), value),
        "error": (("county", "observable"), error),
        "fitted": (("county", "observable"), log_posterior.predict(fit.best.point[None])[0]),
    }
    return xr.Dataset(data, coords=_coordinates(log_posterior), attrs=_attributes(fit))


def in_units(log_posterior: LogPosterior, points: Floats) -> Floats:
    """Return the coordinates of points in their own units, constants in the model's."""
    from scipy.special import ndtr

    made = np.empty_like(points)
    priors = {prior.name: prior for prior in log_posterior.calibration.priors}
    for place in log_posterior.places("common"):
        prior = priors[log_posterior.coordinates[place].key]
        made[:, place] = prior.distribution.quantile(ndtr(points[:, place]))
    if log_posterior.varying:
        made[:, log_posterior.places("spread")] = log_posterior.spreads(points)
    own = [place for place, each in enumerate(log_posterior.calibration.observables) if each.discrepancy]
    made[:, log_posterior.places("discrepancy")] = log_posterior.discrepancies(points)[:, own]
    return made


def prior_quantiles(log_posterior: LogPosterior) -> Floats:
    """Return evenly spread quantiles of every prior, lowest first: (points, coordinates)."""
    from scipy.special import ndtri

    even = ndtri((np.arange(QUANTILES) + 0.5) / QUANTILES)
    return in_units(log_posterior, np.repeat(even[:, None], len(log_posterior.coordinates), axis=1))


def _draws_of_counties(log_posterior: LogPosterior, points: Floats, seed: int) -> tuple[Floats, Floats]:
    """Draw the parameters of every county of the fit, and of a county of each group that is not in it."""
    groups = log_posterior.groups
    group = [groups.index(each.province) if len(groups) > 1 else 0 for each in log_posterior.counties]
    first = [group.index(place) for place in range(len(groups))]
    if not log_posterior.varying:
        within = log_posterior.parameters(points)
        return within, within[:, first]
    random, size = np.random.default_rng([seed, 1]), len(log_posterior.varying)
    own = log_posterior.draw_offsets(points, random.normal(size=(len(points), len(group), size)))
    other = log_posterior.spreads(points)[:, None, :] * random.normal(size=(len(points), len(groups), size))
    inside = log_posterior.parameters(points, log_posterior.offsets(own))
    return inside, log_posterior.parameters(points, log_posterior.offsets(other[:, group]))[:, first]


def _statistics(fit: CalibrationFit) -> dict[str, Any]:
    """Return the statistics of every coordinate: before and after the data, and whether the draws agree."""
    log_posterior, draws = fit.log_posterior, in_units(fit.log_posterior, fit.chains.flat)
    before = prior_quantiles(log_posterior)
    low, high = np.quantile(before, [EDGE, 1 - EDGE], axis=0)
    sd, prior_sd = draws.std(axis=0), before.std(axis=0)
    contraction = 1.0 - sd**2 / prior_sd**2
    agreement, effective = r_hat(fit.chains), effective_draws(fit.chains)
    common = np.array([each.kind == "common" for each in log_posterior.coordinates])
    return {
        "prior_mean": before.mean(axis=0),
        "prior_sd": prior_sd,
        **{f"prior_{name}": np.quantile(before, level, axis=0) for name, level in LEVELS.items()},
        "map_estimate": in_units(log_posterior, fit.best.point[None])[0],
        "mean": draws.mean(axis=0),
        "sd": sd,
        **{name: np.quantile(draws, level, axis=0) for name, level in LEVELS.items()},
        "contraction": contraction,
        "informed": contraction >= INFORMED,
        "at_low": common & ((draws < low).mean(axis=0) >= OFTEN),
        "at_high": common & ((draws > high).mean(axis=0) >= OFTEN),
        "r_hat": agreement,
        "effective_draws": effective,
        "converged": (agreement <= MOST_R_HAT) & (effective >= FEWEST_DRAWS),
    }


def _coordinates(log_posterior: LogPosterior) -> dict[str, Any]:
    calibration, coordinates = log_posterior.calibration, log_posterior.coordinates
    counties, observables, priors = log_posterior.counties, calibration.observables, calibration.priors
    labels = {each.name: each.label for each in observables} | {each.name: each.label for each in priors}
    units = {prior.name: prior.unit for prior in priors}
    return {
        "coordinate": [each.name for each in coordinates],
        "kind": ("coordinate", [each.kind for each in coordinates]),
        "key": ("coordinate", [each.key for each in coordinates]),
        "of_group": ("coordinate", [each.group for each in coordinates]),
        "label": ("coordinate", [labels[each.key] for each in coordinates]),
        "unit": ("coordinate", [units[c.key] if c.kind == "common" else "Dmnl" for c in coordinates]),
        "county": [each.name for each in counties],
        "county_title": ("county", [each.title for each in counties]),
        "county_code": ("county", [each.code for each in counties]),
        "province": ("county", [each.province for each in counties]),
        "parameter": list(calibration.parameters),
        "group": list(log_posterior.groups),
        "observable": [each.name for each in observables],
        "observable_label": ("observable", [each.label for each in observables]),
        "observable_unit": ("observable", [each.unit for each in observables]),
        "log": ("observable", [each.log for each in observables]),
    }


def _attributes(fit: CalibrationFit) -> dict[str, Any]:
    log_posterior = fit.log_posterior
    calibration, counties = log_posterior.calibration, log_posterior.counties
    ensembles, steps, walkers, size = fit.chains.points.shape
    priors = {prior.name: prior.record() for prior in calibration.priors}
    return {
        "calibration": calibration.name,
        "title": calibration.title,
        "calibration_hash": calibration.hash,
        "model": calibration.model.path.name,
        "model_hash": calibration.model.hash,
        "data_hash": observations_hash(counties),
        "priors": json.dumps(priors, ensure_ascii=False),
        "first_year": int(calibration.years.start),
        "last_year": int(calibration.years.end),
        "counties": len(counties),
        "data": log_posterior.data,
        "free": size,
        "ensembles": ensembles,
        "walkers": walkers,
        "steps": fit.steps,
        "counted_steps": steps,
        "seed": fit.seed,
        "acceptance": fit.chains.acceptance,
        "settled": int(fit.best.settled),
        "log_probability": fit.best.value,
        "simcounty": package_version(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def joint_of(path: Path, scenario: Scenario) -> Joint:
    """Return the draws that a posterior of `simcounty calibrate` has for the county of a scenario.

    Raises ScenarioError for a file that is no posterior, one of another model, a county of a province that
    was not in the fit, and a constant that the scenario sets itself.
    """
    with in_file(path), opened_as("nc"):
        return _joint_of(path, _read(path), scenario)


def _joint_of(path: Path, posterior: xr.Dataset, scenario: Scenario) -> Joint:
    about = posterior.attrs
    if about["model_hash"] != scenario.model.hash:
        raise ScenarioError(
            f"was fitted to {about['model']} {about['model_hash'][:12]}, but {scenario.name} has "
            f"{scenario.model.path.name} {scenario.model.hash[:12]}, another version. Fit again: "
            f"simcounty calibrate --file {about['calibration']} --model {scenario.model.path} "
            f"--save {path.name}"
        )
    draws, model = _draws_for(posterior, scenario), scenario.model
    columns, findings = {}, Findings()
    for name, prior in json.loads(about["priors"]).items():
        drawn = draws.sel(parameter=name).to_numpy()
        for key in prior["keys"]:
            own = model.constants[key].value
            columns[key] = clip_to_range(model, key, own * drawn) if prior["relative"] else drawn
            inside = clip_to_range(model, key, columns[key])
            if not drawn.size or not np.array_equal(columns[key], inside):
                low, high = model.constants[key].range
                findings.append(f"{key}: draws lie outside {low} to {high}, the range of the model.")
    findings.raise_as(ScenarioError, "these draws cannot be used:")
    set_here = sorted(columns.keys() & {*scenario.constants, *scenario.levers})
    if set_here:
        raise ScenarioError(f"{', '.join(set_here)} varies by it, but {scenario.name} sets it. Drop one.")
    return Joint(columns, f"{about['title']}: posterior {about['calibration_hash'][:12]}, {path.name}")


def _read(path: Path) -> xr.Dataset:
    import xarray as xr

    if not is_file(path):
        raise ScenarioError("no such file. simcounty calibrate --save FILE writes a posterior.")
    assert_sealed(path)
    found = xr.load_dataset(path)
    if not {"county_draws", "other_draws"} <= found.variables.keys():
        raise ScenarioError("holds no posterior. Write one: simcounty calibrate --save FILE.")
    return found


def _draws_for(posterior: xr.Dataset, scenario: Scenario) -> xr.DataArray:
    """Return the draws of a county of the fit, else those of another county of its province."""
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
            f"was fitted to counties of {', '.join(groups)}; {scenario.name} lies in "
            f"{county.province or 'no province that its county file names'}. Fit one that has it."
        )
    other: xr.DataArray = posterior.other_draws.sel(group=wanted)
    return other
