"""The rule that makes counties' starting values: `models/start.mdl`, run for any number of units at once.

`models/start-2010.mdl` is the same for the end of 2010.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simcounty import catalog
from simcounty.accounts.census import Unit
from simcounty.model import Model, load_model
from simcounty.model.describe import describe_all
from simcounty.model.graph import Element, variable_of
from simcounty.sampling import Ensemble
from simcounty.scenario import CountyValue
from simcounty.scenario.binding import Limits, limits_of
from simcounty.simulation import simulate

RULE, RULE_2010 = "start", "start-2010"
GROUP = "start"  # part of the names of the rule's groups whose variables are values of a county
COUNTED = "counted_"  # begins the census's own number of a value that the rule may have to change
OF_UNIT = "census_"  # begins the inputs that every unit has a row of
EARLIER = "earlier_"  # begins those that a unit has where the census of 2010 holds the same area
INPUTS = (OF_UNIT, EARLIER, "region_", "structure_", "province_")  # begin what differs between units
LACKING = {
    OF_UNIT: "not published for this unit, so of the nation",
    EARLIER: "the census of 2010 is not held for this area, so without",
}
"""What is said of the columns of a unit that are empty, by how their names begin."""

DIGITS = 6
OUTSIDE = " is outside ["  # part of the note on a value that was brought into its range

Numbers = Mapping[str, NDArray[np.float64]]
"""What the rule computes, by key: one number a unit."""


@dataclass(frozen=True)
class RuleOutput:
    """A value the rule makes: the county model's constant it is for, and how it is explained.

    `source` is given where the value is the census's own (the number of `counted`, if there is such a key),
    `imputed` where it is not; `inputs` are the constants of the rule that it depends on.
    """

    key: str
    unit: str
    limits: Limits
    source: str
    imputed: str
    counted: str
    inputs: frozenset[str]

    def within(self, number: float) -> float:
        """Return the nearest number that the county model allows."""
        low = -math.inf if self.limits.low is None else self.limits.low
        high = math.inf if self.limits.high is None else self.limits.high
        return min(max(number, low), high)


@cache
def rule_model(name: str = RULE) -> Model:
    """Return the model that is the rule."""
    return load_model(catalog.find(catalog.MODEL, name))


def keys_of_county(model: Model, name: str = RULE) -> tuple[str, ...]:
    """Return the constants of a model that are each county's own: those a rule makes.

    The others are behaviour, and levers.
    """
    known = rule_model(name).graph.elements
    return tuple(
        key for key in model.constants if key in known and GROUP in known[key].about.group.split("_")
    )


def keys_from_unit(model: Model, name: str = RULE) -> frozenset[str]:
    """Return the constants of a model that a rule makes from the unit's own census and accounts."""
    outputs = rule_outputs(model, name)
    return frozenset(each.key for each in outputs if any(key.startswith(INPUTS) for key in each.inputs))


def rule_outputs(model: Model, name: str = RULE) -> list[RuleOutput]:
    """Return the values a rule makes for a model, in the order of its constants."""
    known = rule_model(name).graph.elements
    causes = {each.key: each.causes for each in describe_all(rule_model(name))}
    found = []
    for key in keys_of_county(model, name):
        constant, counted = model.constants[key], COUNTED + key if COUNTED + key in known else key
        (source, _), (_, imputed) = _explanation(known[counted]), _explanation(known[key])
        inputs = _inputs(variable_of(key), causes)
        limits = limits_of(constant, model)
        found.append(RuleOutput(key, constant.unit, limits, source, imputed, counted, inputs))
    return found


def _explanation(element: Element) -> tuple[str, str]:
    """Return what a comment ends with: (its source, "") or ("", the rule or the reason it is taken for)."""
    mark, colon, text = element.about.source.partition(":")
    if mark == "source":
        return text.strip(), ""
    return "", (text if colon else element.about.explanation.partition("imputed:")[2]).strip()


def _inputs(key: str, causes: Mapping[str, Sequence[str]]) -> frozenset[str]:
    seen, waiting = {key}, [key]
    while waiting:
        new = [cause for cause in causes[waiting.pop()] if cause not in seen]
        seen.update(new)
        waiting += new
    return frozenset(each for each in seen if not causes[each])


def start_values(
    units: Sequence[Unit], outputs: Sequence[RuleOutput], year: int, name: str = RULE
) -> list[tuple[CountyValue, ...]]:
    """Run a rule for all units at once; return the values of each, to six figures, with what they rest on."""
    model = rule_model(name)
    given = dict.fromkeys(key for unit in units for key in unit.inputs if key in model.constants)
    own = {key: model.constants[key].value for key in given}
    table = {key: np.array([unit.inputs.get(key, own[key]) for unit in units]) for key in given}
    keys = list(dict.fromkeys(key for each in outputs for key in (each.key, each.counted)))
    keep = list(dict.fromkeys(variable_of(key) for key in keys))
    run = simulate(Ensemble(model, table), "interpreted", keep=keep).isel(time=0)
    known, found = model.graph.elements, {}
    for key in keys:
        where = dict(zip(known[key].about.dims, known[key].subscripts, strict=True))
        numbers = np.broadcast_to(run[variable_of(key)].sel(where).to_numpy(), (len(units),))
        found[key] = np.array([_rounded(number) for number in numbers.tolist()])
    return [tuple(_value(each, found, i, unit, year) for each in outputs) for i, unit in enumerate(units)]


def _rounded(number: float) -> float:
    """Round to six figures; counts of people stay as they are."""
    return number if number.is_integer() else float(f"{number:.{DIGITS}g}")


def _value(output: RuleOutput, numbers: Numbers, place: int, unit: Unit, year: int) -> CountyValue:
    number = float(numbers[output.key][place])
    value = output.within(number)
    owned = bool(output.source) and number == float(numbers[output.counted][place])
    text = (output.source if owned else output.imputed).replace("{region}", unit.region)
    notes = [text.replace("{structure}", unit.structure), *_missing(output, unit)]
    if value != number:
        outside = f"{number:g}{OUTSIDE}{str(output.limits).removeprefix('[')}"
        notes.append(f"{outside}, which the model allows; {value:g} taken")
    if owned and len(notes) == 1:
        return CountyValue(output.key, value, output.unit, year, notes[0], "", confidence="dataset")
    return CountyValue(output.key, value, output.unit, year, "", "", imputed="; ".join(notes))


def _missing(output: RuleOutput, unit: Unit) -> list[str]:
    """Name the columns of the censuses that are empty for a unit, of those a value depends on."""
    inputs = {variable_of(key) for key in unit.inputs}
    found = []
    for prefix, what in LACKING.items():
        lacking = sorted(each for each in output.inputs if each.startswith(prefix) and each not in inputs)
        found += [f"{what}: {', '.join(lacking)}"] * bool(lacking)
    return found
