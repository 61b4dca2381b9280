"""The model's own error: how far forecasts miss what came, fitted to counties of two censuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simcounty.errors import InputError
from simcounty.model_error.error_model import ErrorModel, fitted_error_model, read_error_model

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.accounts.panel import Panel

__all__ = ["ErrorModel", "fit_model_error", "fitted_error_model", "read_error_model"]


def fit_model_error(
    panel: Panel | None = None, *, test: bool = True, recovery: int = 0, seed: int = 0
) -> tuple[ErrorModel, xr.Dataset]:
    """Fit the model error to what counties did since 2010, and test it on provinces and counties left out.

    `panel` has the figures, by default those shipped. Without `test` the dataset holds the fit alone; else it
    is that of `leave_out`, with `recovered` (outcome): how often 90 % intervals hold what `recovery` made-up
    sets of data were made from. Outcomes of which too few counties have figures are left out.

    >>> fitted_error_model().outcomes[:2]  # what was fitted and is shipped; a fit takes half a minute
    ('total_population', 'urbanisation_rate')
    """
    import numpy as np

    from simcounty.model_error.fit import fit_error_model
    from simcounty.model_error.holdout import leave_out, of_record
    from simcounty.model_error.record import record as record_of
    from simcounty.model_error.recovery import recover

    if recovery < 0:
        raise InputError(f"recovery = {recovery}: a number of made-up sets from 0 on is needed.")
    record = record_of(panel)
    tested = leave_out(record, seed) if test else of_record(record)
    recovered = recover(record, recovery, seed) if recovery else np.full(len(record.outcomes), np.nan)
    return fit_error_model(record, panel), tested.assign(recovered=("outcome", recovered))
