"""Calibration: what data say about a few constants, pooled over counties, and how far that carries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.analysis.calibration.belief import Belief
from simcounty.analysis.calibration.forward import Forward
from simcounty.analysis.calibration.likeliest import likeliest
from simcounty.analysis.calibration.loading import load_calibration
from simcounty.analysis.calibration.posterior import Found, posterior_of
from simcounty.analysis.calibration.sampling import Watch, sampled
from simcounty.errors import InputError, raise_findings

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["DEFAULT", "STEPS", "believed", "calibrate"]

DEFAULT = "people"
STEPS = 240
FEWEST_STEPS = 12


def calibrate(
    counties: Sequence[str] = (),
    *,
    file: str | Path = DEFAULT,
    steps: int = STEPS,
    walkers: int | None = None,
    seed: int = 0,
    watch: Watch = lambda done, all: None,
) -> xr.Dataset:
    """Fit the constants a calibration file names to what was observed in its counties; return the posterior.

    `counties` are some of the file's, by name, title, code or province; all without. The likeliest point is
    found first; then four ensembles of `walkers` take `steps` steps, of which the last two thirds count. The
    same seed gives the same posterior, bit for bit. Raises ScenarioError for files that cannot be used, and
    InputError where there are fewer data than free numbers.

    >>> import simcounty as sc
    >>> posterior = sc.calibrate(file="hangzhou-2022", steps=12)
    >>> save(posterior, "posterior.nc").name
    'posterior.nc'
    """
    belief = believed(file, counties)
    size = len(belief.coordinates)
    number = walkers or 2 * (size + 1)
    _assert_enough(number, size, steps, seed)
    best = likeliest(belief, seed)
    return posterior_of(Found(best, sampled(best, number, steps, seed, watch), seed, steps))


def believed(file: str | Path = DEFAULT, counties: Sequence[str] = ()) -> Belief:
    """Return what a calibration file believes and knows of its counties; refuse too few data."""
    belief = Belief.of(Forward(*load_calibration(file, counties)))
    free = len(belief.coordinates)
    if belief.data < free:
        raise InputError(
            f"{belief.data} data for {free} free numbers, from {len(belief.cases)} counties: that "
            "cannot be fitted. Pool more counties (name a province, or none at all), or fit fewer "
            "parameters."
        )
    return belief


def _assert_enough(walkers: int, size: int, steps: int, seed: int) -> None:
    findings = []
    if walkers < 2 * size:
        findings.append(f"walkers = {walkers}: {size} free numbers need at least {2 * size}.")
    if steps < FEWEST_STEPS:
        findings.append(f"steps = {steps}: at least {FEWEST_STEPS} are needed; some hundred teach.")
    if seed < 0:
        findings.append(f"seed = {seed}: a whole number from 0 on is needed.")
    raise_findings(InputError, "no draws can be made so:", findings)
