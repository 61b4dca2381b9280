"""Calibration: a few parameters fitted to observations of many counties, and tested on counties left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.accounts.sources import Sources
from simcounty.calibration.forward import Forward
from simcounty.calibration.holdout import FOLDS, hold_out
from simcounty.calibration.load import load_calibration
from simcounty.calibration.log_posterior import LogPosterior, map_estimate
from simcounty.errors import Findings, InputError
from simcounty.model import Model, load_model

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["DEFAULT", "CalibrationOptions", "Watch", "calibrate", "load_log_posterior"]

DEFAULT = "people"
FEWEST_STEPS = 12

Watch = Callable[[str, int, int], None]
"""Called with a stage ("map_estimate", "sampling", "holdout", "recovery"), and the steps done and to do."""


@dataclass(frozen=True)
class CalibrationOptions:
    """How many draws a calibration takes, and how it is tested.

    `steps` of every walker, of which the last two thirds count; `walkers` in each of four ensembles, without
    it just enough for the free numbers; `folds`: parts of the counties that are left out in turn and forecast
    by the others, 0 for none; `recovery`: sets of made-up data that are fitted, to see how often 90 %
    intervals hold what they were made from. The same `seed` gives the same numbers, bit for bit.
    """

    steps: int = 160
    walkers: int | None = None
    seed: int = 0
    folds: int = FOLDS
    recovery: int = 0

    def walkers_for(self, size: int) -> int:
        """Return the walkers for so many free numbers.

        Raises InputError with all that is wrong with the options.
        """
        walkers = self.walkers or 2 * (size + 1)
        findings = Findings()
        if walkers < 2 * size:
            findings.append(f"walkers = {walkers}: {size} free numbers need at least {2 * size}.")
        if self.steps < FEWEST_STEPS:
            findings.append(f"steps = {self.steps}: at least {FEWEST_STEPS} are needed; some hundred teach.")
        if self.seed < 0:
            findings.append(f"seed = {self.seed}: a whole number from 0 on is needed.")
        if self.folds < 0 or self.folds == 1:
            findings.append(
                f"folds = {self.folds}: 0 leaves no county out, 2 or more leave parts of them out."
            )
        if self.recovery < 0:
            findings.append(f"recovery = {self.recovery}: a whole number from 0 on is needed.")
        findings.raise_as(InputError, "no draws can be made so:")
        return walkers


def calibrate(
    counties: Sequence[str] = (),
    *,
    file: str | Path = DEFAULT,
    model: str | Path | None = None,
    options: CalibrationOptions = CalibrationOptions(),
    watch: Watch = lambda stage, done, all: None,
    sources: Sources | None = None,
) -> xr.Dataset:
    """Fit the parameters of a calibration file to the observations of its counties; return the posterior.

    `counties` are some of the file's, by name, title, code or province; all without. `model` is a model file
    that takes the place of the shipped one, such as one that you changed. `sources` are those of
    `read_sources`, which counties of the census are made from. The MAP estimate is found first,
    then the posterior is drawn from; then, as the options ask, counties are left out and forecast by the
    others (where there are enough), and made-up data are fitted. The dataset is that of `posterior`, with
    those of `holdout` and `recovery`. Raises ScenarioError for files that cannot be used, and InputError for
    options that cannot, or where there are fewer data than free numbers.

    >>> import simcounty as sc
    >>> options = sc.CalibrationOptions(steps=12)
    >>> posterior = sc.calibrate(file="hangzhou-2022", options=options)
    >>> save(posterior, "posterior.nc").name
    'posterior.nc'
    """
    log_posterior = load_log_posterior(file, counties, load_model(model) if model else None, sources)
    return _fit(log_posterior, options, watch)


def _fit(log_posterior: LogPosterior, options: CalibrationOptions, watch: Watch) -> xr.Dataset:
    import xarray as xr

    from simcounty.calibration.holdout import recover
    from simcounty.calibration.posterior import CalibrationFit, posterior_of  # with emcee: slow to load
    from simcounty.calibration.sampling import draw_chains

    walkers = options.walkers_for(len(log_posterior.coordinates))
    steps, seed, folds, number = options.steps, options.seed, options.folds, options.recovery
    watch("map_estimate", 0, 1)
    best = map_estimate(log_posterior, seed)
    chains = draw_chains(best, walkers, steps, seed, lambda done, all: watch("sampling", done, all))
    parts = [posterior_of(CalibrationFit(best, chains, seed, steps))]
    if folds:
        watch("holdout", 0, folds)
        parts += [made] if (made := hold_out(best, folds, seed)) is not None else []
    if number:
        parts.append(
            recover(log_posterior, number, walkers, seed, lambda done: watch("recovery", done, number))
        )
    return xr.merge(parts, join="outer", compat="no_conflicts", combine_attrs="no_conflicts")


def load_log_posterior(
    file: str | Path = DEFAULT,
    counties: Sequence[str] = (),
    model: Model | None = None,
    sources: Sources | None = None,
) -> LogPosterior:
    """Load a calibration file as the log posterior of its parameters. Raises InputError for too few data."""
    log_posterior = LogPosterior.of(Forward(*load_calibration(file, counties, model, sources)))
    data, free = log_posterior.data, len(log_posterior.coordinates)
    if data < free:
        raise InputError(
            f"{data} data for {free} free numbers, from {len(log_posterior.counties)} counties: that cannot "
            "be fitted. Pool more counties (name a province, or none at all), or fit fewer parameters."
        )
    return log_posterior
