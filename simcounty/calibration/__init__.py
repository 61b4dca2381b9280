"""Calibration: what data say about a few constants, pooled over counties, and how far that carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.calibration.forward import Forward
from simcounty.calibration.holdout import FOLDS, hindcast
from simcounty.calibration.load import load_calibration
from simcounty.calibration.log_posterior import Belief, likeliest
from simcounty.errors import Findings, InputError
from simcounty.model import Model, load_model

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["DEFAULT", "FOLDS", "STEPS", "Watch", "believed", "calibrate"]

DEFAULT = "people"
STEPS = 160
FEWEST_STEPS = 12

Watch = Callable[[str, int, int], None]
"""Is told the stage ("likeliest", "draws", "left_out", "truths"), and how many of so many are done."""


def calibrate(
    counties: Sequence[str] = (),
    *,
    file: str | Path = DEFAULT,
    model: str | Path | None = None,
    steps: int = STEPS,
    walkers: int | None = None,
    seed: int = 0,
    folds: int = FOLDS,
    truths: int = 0,
    watch: Watch = lambda stage, done, all: None,
) -> xr.Dataset:
    """Fit the parameters a calibration file names to what was observed in its counties; return the posterior.

    `counties` are some of the file's, by name, title, code or province; all without. `model` is a model file
    that takes the place of the shipped one, such as one that you changed. The likeliest point is
    found first; then four ensembles of `walkers` take `steps` steps, of which the last two thirds count. Then
    counties are left out in `folds` parts, in turn, and forecast by the others (not with 0, nor where there
    are too few counties); and `truths` made-up sets of data are fitted, to see how often 90 % intervals hold
    what they were made from. The dataset is that of `posterior`, with those of `hindcast` and `recovery`. The
    same seed gives the same numbers, bit for bit. Raises ScenarioError for files that cannot be used, and
    InputError where there are fewer data than free numbers.

    >>> import simcounty as sc
    >>> posterior = sc.calibrate(file="hangzhou-2022", steps=12)
    >>> save(posterior, "posterior.nc").name
    'posterior.nc'
    """
    import xarray as xr

    from simcounty.calibration.posterior import Found, posterior_of  # with what draws: slow to load
    from simcounty.calibration.recovery import recovery
    from simcounty.calibration.sampling import sampled

    belief = believed(file, counties, load_model(model) if model else None)
    size = len(belief.coordinates)
    number = walkers or 2 * (size + 1)
    _assert_enough(number, size, steps, seed, folds, truths)
    watch("likeliest", 0, 1)
    best = likeliest(belief, seed)
    chains = sampled(best, number, steps, seed, lambda done, all: watch("draws", done, all))
    parts = [posterior_of(Found(best, chains, seed, steps))]
    if folds:
        watch("left_out", 0, folds)
        parts += [made] if (made := hindcast(best, folds, seed)) is not None else []
    if truths:
        parts.append(recovery(belief, truths, number, seed, lambda done: watch("truths", done, truths)))
    return xr.merge(parts, join="outer", compat="no_conflicts", combine_attrs="no_conflicts")


def believed(file: str | Path = DEFAULT, counties: Sequence[str] = (), model: Model | None = None) -> Belief:
    """Return what a calibration file believes and knows of its counties; refuse too few data."""
    belief = Belief.of(Forward(*load_calibration(file, counties, model)))
    free = len(belief.coordinates)
    if belief.data < free:
        raise InputError(
            f"{belief.data} data for {free} free numbers, from {len(belief.cases)} counties: that "
            "cannot be fitted. Pool more counties (name a province, or none at all), or fit fewer "
            "parameters."
        )
    return belief


def _assert_enough(walkers: int, size: int, steps: int, seed: int, folds: int, truths: int) -> None:
    findings = []
    if walkers < 2 * size:
        findings.append(f"walkers = {walkers}: {size} free numbers need at least {2 * size}.")
    if steps < FEWEST_STEPS:
        findings.append(f"steps = {steps}: at least {FEWEST_STEPS} are needed; some hundred teach.")
    if seed < 0:
        findings.append(f"seed = {seed}: a whole number from 0 on is needed.")
    if folds < 0 or folds == 1:
        findings.append(f"folds = {folds}: 0 leaves no county out, 2 or more leave parts of them out.")
    if truths < 0:
        findings.append(f"truths = {truths}: a whole number from 0 on is needed.")
    Findings(findings).raise_as(InputError, "no draws can be made so:")
