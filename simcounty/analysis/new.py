"""New counties from the census, in memory: their values made by the rule of `models/start.mdl`.

What the rule makes bears the names of the county model's constants; its comments say whether a value is
the census's own or imputed, and how.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from functools import cache

import numpy as np

from simcounty.analysis import _start
from simcounty.analysis._spread import spread_of
from simcounty.errors import InputError
from simcounty.scenario import County, CountyValue, Ensemble, Scenario, load
from simcounty.scenario.census import Unit
from simcounty.scenario.uncertainty import Uncertain

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
    numbers = _start.run_rule(units, made)
    return [
        _county(unit, [_start.county_value(each, numbers, i, unit, year) for each in made])
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
    numbers = _start.run_rule(units, made)
    within = {each.key: [each.within(number) for number in numbers[each.key].tolist()] for each in made}
    return Ensemble(_like(), {key: np.array(values) for key, values in within.items()})


def moved(county: County) -> list[CountyValue]:
    """Return the values of a new county that the rule put outside the range of the model: now at its end."""
    return [value for value in county.values if _start.MOVED in value.imputed]


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
def _made() -> tuple[_start.Made, ...]:
    return tuple(_start.made_for(_like().model))


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
