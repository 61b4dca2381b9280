"""The posterior as a Dataset: draws, what they say of each constant, how far they may be trusted.

It holds

    draws (sample, coordinate)                common values, spreads between cases, discrepancies
    prior_draws (quantile, coordinate)        the same before the data, lowest first
    county_draws (sample, county, parameter)  the parameters of each county of the fit, joint in every row
    other_draws (sample, group, parameter)    those of a county of a province that is not in the fit
    prior_…, median, q05, q95, contraction, r_hat, effective, …   (coordinate)
    observed, error, fitted (county, observable)   what was seen, and what the likeliest point says
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simcounty.calibration.forward import ends_of
from simcounty.calibration.log_posterior import Belief, Likeliest, own_offsets
from simcounty.calibration.problem import EVERYWHERE, data_hash
from simcounty.calibration.sampling import AGREES, ENOUGH, Chains, effective, r_hat
from simcounty.dataset import package_version
from simcounty.errors import ScenarioError
from simcounty.scenario import Scenario
from simcounty.scenario.uncertainty import Joint

if TYPE_CHECKING:
    import xarray as xr


Floats = NDArray[np.float64]

KEPT = 2_000
"""Draws that are kept: enough for the probabilities of a sweep, few enough to run every county with each."""
INFORMED = 0.1  # of the variance of the prior: less is taken for nothing learnt
EDGE, OFTEN = 0.01, 0.05  # an end of a prior is hit where so many draws lie in this outermost part of it
FINE = 4_096  # points a prior's moments are worked out from
SHOWN = 512  # of them that are kept
LEVELS = {"q05": 0.05, "median": 0.5, "q95": 0.95}


@dataclass(frozen=True, eq=False)
class Found:
    """What a calibration found."""

    best: Likeliest
    chains: Chains
    seed: int
    steps: int

    @property
    def belief(self) -> Belief:
        return self.best.belief


def posterior_of(found: Found) -> xr.Dataset:
    """Return the posterior of a calibration; see the module for what it holds."""
    import xarray as xr

    belief, rows = found.belief, _kept(found.chains)
    points = found.chains.flat[rows]
    county, other = _of_counties(belief, points, found.seed)
    data: dict[str, Any] = {
        "draws": (("sample", "coordinate"), natural(belief, points)),
        "prior_draws": (("quantile", "coordinate"), prior_draws(belief)[:: FINE // SHOWN]),
        "log_probability": (("sample",), found.chains.log_probability.reshape(-1)[rows]),
        "county_draws": (("sample", "county", "parameter"), county),
        "other_draws": (("sample", "group", "parameter"), other),
        **{name: (("coordinate",), each) for name, each in _table(found).items()},
        **{name: (("county", "observable"), each) for name, each in _fit(found).items()},
    }
    return xr.Dataset(data, coords=_coordinates(belief), attrs=_about(found))


def natural(belief: Belief, points: Floats) -> Floats:
    """Return the coordinates of points in their own units, constants in the model's."""
    from scipy.special import ndtr

    made = np.empty_like(points)
    priors = {prior.name: prior for prior in belief.calibration.priors}
    for place in belief.places("common"):
        prior = priors[belief.coordinates[place].key]
        made[:, place] = prior.distribution.quantile(ndtr(points[:, place]))
    if belief.varying:
        made[:, belief.places("spread")] = belief.spreads(points)
    gaps = [place for place, each in enumerate(belief.calibration.observables) if each.discrepancy]
    made[:, belief.places("discrepancy")] = belief.discrepancies(points)[:, gaps]
    return made


def _kept(chains: Chains) -> NDArray[np.int64]:
    """Return the rows to keep, evenly over all draws."""
    size = len(chains.flat)
    return np.linspace(0, size - 1, min(KEPT, size)).astype(np.int64)


def _of_counties(belief: Belief, points: Floats, seed: int) -> tuple[Floats, Floats]:
    """Draw the constants of every county of the fit, and of a county of each group that is not in it."""
    if not belief.varying:
        within = belief.values(points)
        return within, within[:, _first_of_groups(belief)]
    random, size = np.random.default_rng([seed, 1]), len(belief.varying)
    normal = random.normal(size=(len(points), len(belief.cases), size))
    own = own_offsets(belief, points, normal)
    new = belief.spreads(points)[:, None, :] * random.normal(size=(len(points), len(belief.groups), size))
    inside = belief.values(points, belief.offsets(own))
    several = np.repeat(new, np.bincount(_groups(belief), minlength=len(belief.groups)), axis=1)
    order = np.argsort(_groups(belief), kind="stable")
    offset = np.empty_like(several)
    offset[:, order] = several
    return inside, belief.values(points, belief.offsets(offset))[:, _first_of_groups(belief)]


def _groups(belief: Belief) -> NDArray[np.int64]:
    """Return the number of each case's group."""
    if len(belief.groups) == 1:
        return np.zeros(len(belief.cases), np.int64)
    return np.array([belief.groups.index(case.province) for case in belief.cases])


def _first_of_groups(belief: Belief) -> list[int]:
    groups = _groups(belief).tolist()
    return [groups.index(place) for place in range(len(belief.groups))]


def _table(found: Found) -> dict[str, Any]:
    """Return what is said of every coordinate: before, after, and how far the draws may be trusted."""
    belief, all_draws = found.belief, natural(found.belief, found.chains.flat)
    before = prior_draws(belief)
    low, high = np.quantile(before, [EDGE, 1 - EDGE], axis=0)
    mean, sd = all_draws.mean(axis=0), all_draws.std(axis=0)
    contraction = 1.0 - sd**2 / before.std(axis=0) ** 2
    agree, worth = r_hat(found.chains), effective(found.chains)
    common = np.array([each.kind == "common" for each in belief.coordinates])
    return {
        "prior_mean": before.mean(axis=0),
        "prior_sd": before.std(axis=0),
        **{f"prior_{name}": np.quantile(before, level, axis=0) for name, level in LEVELS.items()},
        "likeliest": natural(belief, found.best.point[None])[0],
        "mean": mean,
        "sd": sd,
        **{name: np.quantile(all_draws, level, axis=0) for name, level in LEVELS.items()},
        "contraction": contraction,
        "informed": contraction >= INFORMED,
        "at_low": common & ((all_draws < low).mean(axis=0) >= OFTEN),
        "at_high": common & ((all_draws > high).mean(axis=0) >= OFTEN),
        "r_hat": agree,
        "effective": worth,
        "trusted": (agree <= AGREES) & (worth >= ENOUGH),
    }


def prior_draws(belief: Belief) -> Floats:
    """Return evenly spread quantiles of every prior, lowest first: (points, coordinates)."""
    from scipy.special import ndtri

    even = ndtri((np.arange(FINE) + 0.5) / FINE)
    return natural(belief, np.repeat(even[:, None], len(belief.coordinates), axis=1))


def _fit(found: Found) -> dict[str, Floats]:
    value, error = found.belief.seen
    return {"observed": value, "error": error, "fitted": found.belief.predicted(found.best.point[None])[0]}


def _coordinates(belief: Belief) -> dict[str, Any]:
    calibration, priors = belief.calibration, {prior.name: prior for prior in belief.calibration.priors}
    of = [priors.get(each.key) for each in belief.coordinates]
    seen = {each.name: each for each in calibration.observables}
    labels = [
        prior.label if prior else seen[each.key].label
        for prior, each in zip(of, belief.coordinates, strict=True)
    ]
    units = [
        prior.unit if prior and each.kind == "common" else "Dmnl"
        for prior, each in zip(of, belief.coordinates, strict=True)
    ]
    return {
        "coordinate": [each.name for each in belief.coordinates],
        "kind": ("coordinate", [each.kind for each in belief.coordinates]),
        "key": ("coordinate", [each.key for each in belief.coordinates]),
        "of_group": ("coordinate", [each.group for each in belief.coordinates]),
        "label": ("coordinate", labels),
        "unit": ("coordinate", units),
        "county": [case.name for case in belief.cases],
        "county_title": ("county", [case.title for case in belief.cases]),
        "county_code": ("county", [case.code for case in belief.cases]),
        "province": ("county", [case.province for case in belief.cases]),
        "parameter": list(calibration.names),
        "group": list(belief.groups),
        "observable": [each.name for each in calibration.observables],
        "observable_label": ("observable", [each.label for each in calibration.observables]),
        "observable_unit": ("observable", [each.unit for each in calibration.observables]),
        "log": ("observable", [each.log for each in calibration.observables]),
    }


def _about(found: Found) -> dict[str, Any]:
    belief = found.belief
    calibration, cases = belief.calibration, belief.cases
    ensembles, steps, walkers, size = found.chains.points.shape
    return {
        "calibration": calibration.name,
        "title": calibration.title,
        "calibration_hash": calibration.hash,
        "model": calibration.model.path.name,
        "model_hash": calibration.model.hash,
        "data_hash": data_hash(cases),
        "priors": calibration.told_priors(),
        "first_year": int(calibration.years.start),
        "last_year": int(calibration.years.end),
        "counties": len(cases),
        "data": belief.data,
        "free": size,
        "ensembles": ensembles,
        "walkers": walkers,
        "steps": found.steps,
        "counted_steps": steps,
        "seed": found.seed,
        "acceptance": found.chains.acceptance,
        "settled": int(found.best.settled),
        "log_probability": found.best.log_probability,
        "simcounty": package_version(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


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
