"""Figures of a county published after a run's start, by the variables of the model they measure."""

from __future__ import annotations

import numpy as np

from simcounty.accounts.panel import Panel, shipped
from simcounty.errors import Findings, InputError
from simcounty.model import Model
from simcounty.model.graph import variable_of
from simcounty.model_error.process import Observed
from simcounty.model_error.specification import scaled, specification
from simcounty.scenario import County, Span
from simcounty.scenario.county import Observation
from simcounty.scoring.outcomes import outcomes as published

PANEL = "simcounty data"
"""The source of what the panel holds: the command that shows it, each figure with its own source."""


def is_fitted_to(model: Model) -> bool:
    """Return whether the model error was fitted to a model: whether it has all that is read."""
    return {variable_of(key) for key in specification().read} <= model.variables.keys()


def observations_since(
    county: County, model: Model, years: Span, panel: Panel | None = None
) -> tuple[Observation, ...]:
    """Return what was published of the outcomes of futures since the start, by variable and year.

    The county's own file comes before the panel, by default the shipped one. None where the model error was
    not fitted to the model.
    """
    if not is_fitted_to(model):
        return ()
    own = shipped() if panel is None else panel
    found = _published(county.code, model, own) if county.code else {}
    found |= {(each.variable, each.year): each for each in county.observations}
    names = specification().variables
    return tuple(found[key] for key in sorted(found) if key[0] in names and years.start < key[1] <= years.end)


def on_scales(observations: tuple[Observation, ...], county: County) -> Observed:
    """Return observations on the scales of their outcomes; raise InputError for those that have no place."""
    names = list(specification().variables)
    rows = [(specification().outcome[names.index(each.variable)], each) for each in observations]
    Findings(
        f"{each.variable} of {each.year} = {each.value:g}: "
        f"{'between 0 and 1' if outcome.scale == 'logit' else 'above 0'} is possible. Mend the figure."
        for outcome, each in rows
        if not 0 < each.value < (1 if outcome.scale == "logit" else np.inf)
    ).raise_as(InputError, f"{county.observed or county.title}: futures cannot be brought to these figures:")
    return Observed(
        np.array([names.index(each.variable) for each in observations], np.int64),
        np.array([each.year for each in observations], np.int64),
        np.array([float(scaled(np.array(each.value), outcome.scale)) for outcome, each in rows]),
        np.array([outcome.measurement for outcome, _ in rows]),
    )


def _published(code: str, model: Model, panel: Panel) -> dict[tuple[str, int], Observation]:
    """Return the figures of a county's outcomes by variable and year, in the units of the model."""
    factors = {each.variable: each for each in published(model)}
    found: dict[tuple[str, int], float] = {}
    for each in specification().outcome:
        if each.variable in factors:
            figures = panel.years(code, factors[each.variable].figure)
            factor = factors[each.variable].factor
            found |= {(each.variable, year): value / factor for year, value in figures.items()}
        elif len(each.figures) == 2:
            above, below = (panel.years(code, key) for key in each.figures)
            found |= {
                (each.variable, year): above[year] / below[year] for year in above.keys() & below.keys()
            }
    return {key: Observation(*key, value, PANEL) for key, value in found.items()}
