"""How far what the rule imputes may be off: distributions as factors of a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pydantic import Field

from simcounty import shipped
from simcounty.analysis._start import Made
from simcounty.errors import ScenarioError, raise_findings
from simcounty.scenario import CountyValue, files
from simcounty.scenario.census import FOLDER
from simcounty.scenario.distributions import DISTRIBUTIONS
from simcounty.scenario.files import Findings, Shape
from simcounty.scenario.uncertainty import Uncertainty, UncertaintyShape

FILE = "spread.toml"
PARAMETERS = ("low", "mode", "high", "mean", "sd")
ENDS = PARAMETERS[:3]


class SpreadShape(Shape):
    """`spread.toml`."""

    factors: dict[str, UncertaintyShape] = Field(default_factory=dict)


def spread_of(values: Iterable[CountyValue], made: Iterable[Made]) -> dict[str, Uncertainty]:
    """Return what is uncertain of imputed values; a distribution ends where the model's range does."""
    limits = {each.key: each for each in made}
    found = {}
    for value in values:
        shape = _factors().get(value.key)
        if shape is not None and value.imputed:
            given = _parameters(shape, value.value, limits[value.key])
            if given["low"] < given["high"]:
                distribution = DISTRIBUTIONS[shape.distribution](**given)
                found[value.key] = Uncertainty(value.key, distribution, shape.source, shape.assumption)
    return found


def _parameters(shape: UncertaintyShape, value: float, made: Made) -> dict[str, Any]:
    given = {name: getattr(shape, name) for name in PARAMETERS if getattr(shape, name) is not None}
    scaled = {name: float(factor) * value for name, factor in given.items()}
    return {name: made.within(number) if name in ENDS else number for name, number in scaled.items()}


@cache
def _factors() -> Mapping[str, UncertaintyShape]:
    findings: Findings = []
    path = shipped.home() / FOLDER / FILE
    shape = files.read(path, SpreadShape, findings)
    raise_findings(ScenarioError, f"{path}: cannot be used:", findings)
    return shape.factors if shape else {}
