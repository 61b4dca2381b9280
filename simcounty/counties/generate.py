"""New counties from the census, in memory: their values made by the rule of `models/start.mdl`.

What the rule makes bears the names of the county model's constants; its comments say whether a value is
the census's own or imputed, and how.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from pydantic import Field

from simcounty import catalog
from simcounty.counties import imputation
from simcounty.counties.imputation import Made
from simcounty.errors import Findings, InputError, ScenarioError
from simcounty.sampling import Ensemble
from simcounty.scenario import County, CountyValue, Scenario, load, toml_files
from simcounty.scenario.census import FOLDER, Unit
from simcounty.scenario.distributions import DISTRIBUTIONS
from simcounty.scenario.toml_files import Shape
from simcounty.scenario.uncertainty import Uncertain, Uncertainty, UncertaintyShape

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
    findings = Findings()
    path = catalog.home() / FOLDER / FILE
    shape = toml_files.read(path, SpreadShape, findings)
    findings.raise_as(ScenarioError, f"{path}: cannot be used:")
    return shape.factors if shape else {}


LIKE = "tonglu/baseline"
"""Whose model, years and headline new baselines take, and what is believed of the model's behaviour."""


def new_counties(units: Sequence[Unit], year: int = 2020) -> list[County]:
    """Return the county of each unit, with the values the rule makes from its row of the census.

    A value outside the range of the county model is brought to its end and says so; so does one that
    rests on a column the census leaves empty for the unit.

    >>> from simcounty.scenario.census import find_unit
    >>> new_counties([find_unit("洛川县")])[0].prefecture
    '延安市'
    """
    if not units:
        raise InputError("no unit to make a county of; give at least one.")
    made = _made()
    numbers = imputation.run_rule(units, made)
    return [
        _county(unit, [imputation.county_value(each, numbers, i, unit, year) for each in made])
        for i, unit in enumerate(units)
    ]


def new_scenarios(units: Sequence[Unit], year: int = 2020) -> list[Scenario]:
    """Return the baseline of each unit's new county; no file is written.

    >>> from simcounty.scenario.census import units_of
    >>> len(new_scenarios(units_of("陕西省")))
    107
    """
    return [baseline_of(county) for county in new_counties(units, year)]


def new_ensemble(units: Sequence[Unit]) -> Ensemble:
    """Return the baselines of new counties as one ensemble, a member a unit: the national sweep.

    The runs of it flag what fails instead of stopping there.

    >>> from simcounty.scenario.census import units_of
    >>> new_ensemble(units_of("6105")).members
    11
    """
    made = _made()
    numbers = imputation.run_rule(units, made)
    within = {each.key: [each.within(number) for number in numbers[each.key].tolist()] for each in made}
    return Ensemble(_like(), {key: np.array(values) for key, values in within.items()})


def moved(county: County) -> list[CountyValue]:
    """Return the values of a new county that the rule put outside the range of the model: now at its end."""
    return [value for value in county.values if imputation.MOVED in value.imputed]


def baseline_of(county: County) -> Scenario:
    """Return the baseline of a county: the model with its values, no policy, no lever."""
    like = _like()
    model = like.model.replace({value.key: value.value for value in county.values})
    return dataclasses.replace(
        like,
        name=f"{county.name}/baseline",
        title=f"{county.title}：无规划基线",
        model=model,
        path=None,
        county=county,
        hash=hashlib.sha256(f"{model.hash} {county.hash}".encode()).hexdigest(),
    )


@cache
def _like() -> Scenario:
    return load(LIKE)


@cache
def _made() -> tuple[imputation.Made, ...]:
    return tuple(imputation.made_for(_like().model))


def _county(unit: Unit, values: Sequence[CountyValue]) -> County:
    believed, known = _like().county.uncertain.each, {value.key for value in values}
    behaviour = {key: each for key, each in believed.items() if key not in known}
    text = repr((unit.code, [(value.key, value.value) for value in values]))
    return County(
        name=unit.code,
        title=unit.county,
        code=unit.code,
        prefecture=unit.prefecture,
        province=unit.province,
        values=tuple(values),
        uncertain=Uncertain(behaviour | spread_of(values, _made())),
        hash=hashlib.sha256(text.encode()).hexdigest(),
    )
