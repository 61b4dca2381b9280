"""Ensembles: many members of a scenario or a model, drawn by a design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from simcounty.errors import Findings, ScenarioError
from simcounty.model import Model
from simcounty.model.names import once
from simcounty.sampling.designs import Design
from simcounty.sampling.draws import Draws
from simcounty.scenario import binding
from simcounty.scenario.delivery import Delivered
from simcounty.scenario.distributions import Column, Uniform
from simcounty.scenario.lever_path import LeverPath
from simcounty.scenario.scenario import Scenario
from simcounty.scenario.uncertainty import Uncertain, Uncertainty, within

Range = tuple[str | float, str | float] | Uncertainty
Ranges = Mapping[str, Range]


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Variants of one scenario or model: `table` has a column for each varied constant, a value a member.

    A lever in the table behaves as a single number does in `Scenario.replace`; one that is also in `paths`
    follows that path, which in each member ends at its number. `delivered` says of levers of the scenario how
    much of their paths arrives in each member, and how late. Random functions of a model draw by `seed` and
    the number of the member, `first` on; `size` is how many there are where nothing but these differs.
    """

    base: Scenario | Model
    table: Mapping[str, Column] = field(default_factory=dict)
    paths: Mapping[str, LeverPath] = field(default_factory=dict)
    delivered: Mapping[str, Delivered] = field(default_factory=dict)
    first: int = 0
    size: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        lengths = {len(column) for column in self.table.values()}
        if len(lengths) > 1 or not (lengths or self.size):
            raise ScenarioError(f"the columns are {sorted(lengths)} long; give all one length, at least one.")
        if idle := [key for key in self.paths if key not in self.table]:
            raise ScenarioError(f"{', '.join(idle)}: a path without a column of the values it ends at.")
        if self.paths and isinstance(self.base, Model):
            raise ScenarioError(f"{self.base.path}: a bare model has no paths; give a scenario.")

    @property
    def members(self) -> int:
        """How many members there are."""
        return len(next(iter(self.table.values()))) if self.table else self.size or 0

    def member(self, index: int) -> Scenario | Model:
        """Return one member as an ordinary scenario or model, which runs as the member does."""
        values = {key: float(column[index]) for key, column in self.table.items()}
        if isinstance(self.base, Model):
            return self.base.replace(values)
        return self.base.replace(
            values | {key: path.ending_at(values[key]) for key, path in self.paths.items()}
        )


def differing(scenarios: Sequence[Scenario]) -> dict[str, Column]:
    """Return the constants in which scenarios of one model differ, as columns of an ensemble: one row each.

    Where they differ in none, any one constant stands for the rest.
    """
    first, *others = ({key: each.value for key, each in s.model.constants.items()} for s in scenarios)
    keys = [key for key, value in first.items() if any(each[key] != value for each in others)]
    model = scenarios[0].model
    keys = keys or [next(key for key in first if not model.unsettable([key]))]
    return {key: np.array([each[key] for each in (first, *others)]) for key in keys}


def vary(base: Scenario | Model, ranges: Ranges, n: int, design: str = "random", seed: int = 0) -> Ensemble:
    """Return an ensemble of a scenario or model, the named constants sampled from their ranges.

    A range is (low, high), or an `Uncertainty` with another distribution. `design` is "random"
    (independent), "lhs" (Latin hypercube), "sobol" (scrambled Sobol points), "saltelli", "morris" or
    "factorial"; see `designs` for what `n` counts. In a random or Sobol design member i does not
    depend on n. For a scenario a range must lie inside what the model and the policies allow.

    >>> import simcounty as sc
    >>> vary(sc.load("tonglu/plan-2027"), {"forward_inflation": ("0.5 %", "2.5 %")}, n=100).members
    100
    """
    findings = Findings()
    if not ranges:
        findings.append("no constant is varied; name at least one with its range.")
    uncertain: dict[str, Uncertainty] = {}
    for name, ends in ranges.items():
        with findings.at(name):
            spread_out = spread(base, name, ends)
            uncertain[once(spread_out.key, uncertain)] = spread_out
    with findings.at():
        made = Design(design, tuple(uncertain) or tuple(ranges), n, seed)
    findings.raise_as(ScenarioError, "this ensemble cannot be made:")
    drawn = Draws(Uncertain(uncertain), made)
    return Ensemble(base, drawn.columns(range(drawn.members)))


def spread(base: Scenario | Model, name: str, ends: Range) -> Uncertainty:
    """Return the uncertainty a range means for a scenario or model."""
    model = base.model if isinstance(base, Scenario) else base
    constant = binding.constant_of(model, name)
    limits = base.limits(name) if isinstance(base, Scenario) else binding.Limits(None, None, str(model.path))
    if isinstance(ends, Uncertainty):
        return within(replace(ends, key=constant.key), limits, constant.unit)
    if isinstance(ends, str | float | int) or len(ends) != 2:
        raise ScenarioError(f"the range is {ends!r}; give its two ends, (low, high).")
    return Uncertainty(constant.key, Uniform(*(binding.bound(end, "", constant, limits) for end in ends)))
