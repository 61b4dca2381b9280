"""How far the starting values miss that a rule makes: distributions within the ranges of the model."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import Field

from simcounty import toml_files
from simcounty.accounts.census import FOLDER
from simcounty.scenario.county_value import CountyValue
from simcounty.scenario.distributions import DISTRIBUTIONS
from simcounty.scenario.starting_values import RuleOutput
from simcounty.scenario.uncertainty import Uncertainty, UncertaintyShape
from simcounty.toml_files import Shape

SPREAD_FILE = f"{FOLDER}/spread.toml"
BOUNDS = ("low", "mode", "high")
PARAMETERS = (*BOUNDS, "mean", "sd")
WIDTH = 3.0  # standard deviations to either side
CARRIED = "how far figures miss that are carried to another year (scenarios/panel/carry.toml)"


class SpreadShape(Shape):
    """`spread.toml`: distributions of imputed values, as factors on the value."""

    factors: dict[str, UncertaintyShape] = Field(default_factory=dict)


def spreads_of(values: Iterable[CountyValue], outputs: Sequence[RuleOutput]) -> dict[str, Uncertainty]:
    """Return the distributions of values that a rule made, cut at the ends of the model's ranges."""
    made = {each.key: each for each in outputs}
    found = {}
    for value in values:
        shape = _spread(value, made[value.key])
        given = _parameters(shape, value.value, made[value.key]) if shape else {}
        if shape and given["low"] < given["high"]:
            distribution = DISTRIBUTIONS[shape.distribution](**given)
            found[value.key] = Uncertainty(value.key, distribution, shape.source, shape.assumption)
    return found


def _spread(value: CountyValue, output: RuleOutput) -> UncertaintyShape | None:
    """Return how far a value may be off, as factors on it; None where it is certain or nobody knows."""
    if value.kind == "derived" and output.explanation.accounts:
        if not value.sd:
            return None
        low, high = math.exp(-WIDTH * value.sd), math.exp(WIDTH * value.sd)
        return UncertaintyShape(
            distribution="truncated-normal", mean=1.0, sd=value.sd, low=low, high=high, assumption=CARRIED
        )
    return _factors().get(value.key) if value.kind != "sourced" else None


def _parameters(shape: UncertaintyShape, value: float, output: RuleOutput) -> dict[str, Any]:
    given = {name: getattr(shape, name) for name in PARAMETERS if getattr(shape, name) is not None}
    scaled = {name: float(factor) * value for name, factor in given.items()}
    return {name: output.within(number) if name in BOUNDS else number for name, number in scaled.items()}


def _factors() -> Mapping[str, UncertaintyShape]:
    return toml_files.shipped(SPREAD_FILE, SpreadShape).factors
