"""The rule that makes counties' starting values, run on its way."""

from __future__ import annotations

import numpy as np

from simcounty import catalog, load_model, simulate
from simcounty.accounts.census import Unit
from simcounty.sampling import Ensemble

COUNTY = load_model(catalog.find(catalog.MODEL, "county"))
RULE = load_model(catalog.find(catalog.MODEL, "start"))


def of_rule(units: list[Unit], *keys: str) -> dict[str, np.ndarray]:
    """What the rule computes on its way to the values, one number a unit."""
    given = {key for unit in units for key in unit.inputs if key in RULE.constants}
    own = {key: RULE.constants[key].value for key in given}
    table = {key: np.array([unit.inputs.get(key, own[key]) for unit in units]) for key in given}
    run = simulate(Ensemble(RULE, table), "interpreted", keep=keys).isel(time=0)
    return {key: run[key].to_numpy() for key in keys}
