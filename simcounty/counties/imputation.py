"""The rule that makes a county's starting values: `models/start.mdl`, run for any number of units at once.

`models/start-2010.mdl` is the same for the end of 2010.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simcounty import catalog
from simcounty.model import Model, load_model
from simcounty.model.describe import describe_all
from simcounty.model.graph import Element, variable_of
from simcounty.sampling import Ensemble
from simcounty.scenario import CountyValue
from simcounty.scenario.binding import Limits, limits_of
from simcounty.scenario.census import Unit
from simcounty.simulation import simulate

RULE, RULE_2010 = "start", "start-2010"
MADE = "start"  # stands in the name of the rule's groups whose variables are values of a county
COUNTED = "counted_"  # begins what the census says of a value that the rule may have to change
OF_UNIT = "census_"  # begins the inputs that every unit has a row of
INPUTS = (OF_UNIT, "earlier_", "region_", "structure_", "province_")  # begin what differs between units
DIGITS = 6
MOVED = " is outside ["  # stands in what is said of a value that was brought into its range

Numbers = Mapping[str, NDArray[np.float64]]
"""What the rule makes, by key: one number a unit."""


@dataclass(frozen=True)
class Made:
    """A value the rule makes: the county model's constant it is of, and what is said of it.

    `source` holds where the value is the census's own (the number of `counted`, if there is such a key),
    `imputed` where it is not; `rests_on` are the variables of the rule that it is made of in the end.
    """

    key: str
    unit: str
    limits: Limits
    source: str
    imputed: str
    counted: str
    rests_on: frozenset[str]

    def within(self, number: float) -> float:
        """Bring a number to the nearest that the county model allows."""
        low = -math.inf if self.limits.low is None else self.limits.low
        high = math.inf if self.limits.high is None else self.limits.high
        return min(max(number, low), high)


@cache
def rule(name: str = RULE) -> Model:
    """Return the model that is the rule."""
    return load_model(catalog.find(catalog.MODEL, name))


def keys_of_county(model: Model, name: str = RULE) -> tuple[str, ...]:
    """Return the constants of a model that are each county's own: those a rule makes.

    The others are behaviour, and levers.
    """
    known = {each.key: each for elements in rule(name).variables.values() for each in elements}
    return tuple(key for key in model.constants if key in known and _is_made(known[key]))


def keys_from_unit(model: Model, name: str = RULE) -> frozenset[str]:
    """Return the constants of a model that a rule makes of what the census and accounts say of a unit."""
    found = (each for each in made_for(model, name) if any(map(_of_unit, each.rests_on)))
    return frozenset(each.key for each in found)


def _of_unit(key: str) -> bool:
    return key.startswith(INPUTS)


def _is_made(element: Element) -> bool:
    return MADE in element.about.group.split("_")


def made_for(model: Model, name: str = RULE) -> list[Made]:
    """Return the values a rule makes for a model, in the order of its constants."""
    known = {each.key: each for elements in rule(name).variables.values() for each in elements}
    causes = {each.key: each.causes for each in describe_all(rule(name))}
    constants = {key: model.constants[key] for key in keys_of_county(model, name)}
    return [
        _made(known, key, limits_of(constant, model), constant.unit, causes)
        for key, constant in constants.items()
    ]


def _made(
    known: Mapping[str, Element], key: str, limits: Limits, unit: str, causes: Mapping[str, Sequence[str]]
) -> Made:
    counted = COUNTED + key if COUNTED + key in known else key
    source, _ = _said(known[counted])
    _, imputed = _said(known[key])
    return Made(key, unit, limits, source, imputed, counted, _rests_on(variable_of(key), causes))


def _said(element: Element) -> tuple[str, str]:
    """Return what a comment ends with: (its source, "") or ("", the rule or the reason it is taken for)."""
    mark, colon, text = element.about.source.partition(":")
    if mark == "source":
        return text.strip(), ""
    return "", (text if colon else element.about.explanation.partition("imputed:")[2]).strip()


def _rests_on(key: str, causes: Mapping[str, Sequence[str]]) -> frozenset[str]:
    seen, waiting = {key}, [key]
    while waiting:
        new = [cause for cause in causes[waiting.pop()] if cause not in seen]
        seen.update(new)
        waiting += new
    return frozenset(each for each in seen if not causes[each])


def run_rule(units: Sequence[Unit], made: Iterable[Made], name: str = RULE) -> Numbers:
    """Run a rule for all units at once; return its numbers, to six figures, before any range is asked."""
    model = rule(name)
    given = dict.fromkeys(key for unit in units for key in unit.inputs if key in model.constants)
    own = {key: model.constants[key].value for key in given}
    table = {key: np.array([unit.inputs.get(key, own[key]) for unit in units]) for key in given}
    keys = list(dict.fromkeys(key for each in made for key in (each.key, each.counted)))
    keep = list(dict.fromkeys(variable_of(key) for key in keys))
    run = simulate(Ensemble(model, table), "interpreted", keep=keep).isel(time=0)
    known = {each.key: each for elements in model.variables.values() for each in elements}
    found = {}
    for key in keys:
        where = dict(zip(known[key].about.dims, known[key].subscripts, strict=True))
        numbers = np.broadcast_to(run[variable_of(key)].sel(where).to_numpy(), (len(units),))
        found[key] = np.array([_rounded(number) for number in numbers.tolist()])
    return found


def _rounded(number: float) -> float:
    """Round to six figures; counts of people are left whole."""
    return number if number.is_integer() else float(f"{number:.{DIGITS}g}")


def county_value(made: Made, numbers: Numbers, place: int, unit: Unit, year: int) -> CountyValue:
    """Return one value of one unit, with what it rests on and how it departs from that."""
    number = float(numbers[made.key][place])
    value = made.within(number)
    owned = bool(made.source) and number == float(numbers[made.counted][place])
    said = (made.source if owned else made.imputed).replace("{region}", unit.region)
    notes = [said.replace("{structure}", unit.structure), *_missing(made, unit)]
    if value != number:
        outside = f"{number:g}{MOVED}{str(made.limits).removeprefix('[')}"
        notes.append(f"{outside}, which the model allows; {value:g} taken")
    if owned and len(notes) == 1:
        return CountyValue(made.key, value, made.unit, year, notes[0], "", confidence="dataset")
    return CountyValue(made.key, value, made.unit, year, "", "", imputed="; ".join(notes))


def _missing(made: Made, unit: Unit) -> list[str]:
    """Say which columns of its row the census leaves empty for a unit, of those a value rests on."""
    inputs = {variable_of(key) for key in unit.inputs}
    lacking = sorted(each for each in made.rests_on if each.startswith(OF_UNIT) and each not in inputs)
    return [f"not published for this unit, so of the nation: {', '.join(lacking)}"] if lacking else []
