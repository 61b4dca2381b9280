"""The rule that makes counties' starting values: `models/start.mdl`, run for any number of units at once.

`models/start-2010.mdl` is the same for the end of 2010.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simcounty import catalog
from simcounty.accounts.census import CENSUS_YEAR, Unit
from simcounty.accounts.own_accounts import NOTHING_KNOWN, OwnAccounts
from simcounty.backends import Inputs, integrate
from simcounty.model import Model, load_model
from simcounty.model.describe import describe_all
from simcounty.model.graph import Element, variable_of
from simcounty.scenario.binding import Limits, limits_of
from simcounty.scenario.carried_people import assert_start, carried_inputs, carried_shape
from simcounty.scenario.county_value import KINDS, CountyValue

RULE, RULE_2010 = "start", "start-2010"
GROUP = "start"  # part of the names of the rule's groups whose variables are values of a county
COUNTED = "counted_"  # begins the census's own number of a value that the rule may have to change
OF_UNIT = "census_"  # begins the inputs that every unit has a row of
EARLIER = "earlier_"  # begins those that a unit has where the census of 2010 holds the same area
INPUTS = (OF_UNIT, EARLIER, "region_", "structure_", "province_", "account_", "peer_", "growth_")
"""Begin what differs between units."""

DERIVED = re.compile(r"derived(?: from (?P<accounts>[^:]*))?: (?P<text>.*?)(?= imputed: |$)", re.DOTALL)
ELSE = re.compile(r"(?P<key>imputed|assumption): (?P<text>.*)", re.DOTALL)
LACKING = {
    OF_UNIT: "not published for this unit, so of the nation",
    EARLIER: "the census of 2010 is not held for this area, so without",
}
"""What is said of columns that are empty for a unit, by how their names begin."""

CARRIED = "people carried to the end of {} by the county's own run from the census"
DIGITS = 6

Numbers = Mapping[str, NDArray[np.float64]]
"""What the rule computes, by key: one number a unit."""


@dataclass(frozen=True)
class Explanation:
    """How a value is explained, by what is known of a unit; "" where it never is so.

    `source` where it is the census's own, `derived` where the `accounts` it takes are known of the county
    itself, else `otherwise`, which is imputed or assumed.
    """

    source: str = ""
    derived: str = ""
    accounts: tuple[str, ...] = ()
    otherwise: str = ""
    kind: str = "imputed"


@dataclass(frozen=True)
class RuleOutput:
    """A value the rule makes: the county model's constant it is for, and how it is explained.

    `counted` is the rule's key of the census's own number, if there is one; `inputs` are the constants of the
    rule that it depends on.
    """

    key: str
    unit: str
    limits: Limits
    explanation: Explanation
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
        explanation = _explanation(known[counted], known[key])
        inputs = _inputs(variable_of(key), causes)
        found.append(RuleOutput(key, constant.unit, limits_of(constant, model), explanation, counted, inputs))
    return found


def _explanation(counted: Element, made: Element) -> Explanation:
    """Return what comments end with: a source, and the rule for the county's own figures and for others'."""
    mark, _, source = counted.about.source.partition(":")
    text = f"{made.about.explanation} {made.about.source}"
    derived, otherwise = DERIVED.search(text), ELSE.search(text)
    accounts = derived["accounts"].split(" and ") if derived and derived["accounts"] else ()
    return Explanation(
        source=source.strip() if mark == "source" else "",
        derived=derived["text"].strip().rstrip(".") if derived else "",
        accounts=tuple(each.strip().replace(" ", "_") for each in accounts),
        otherwise=otherwise["text"].strip() if otherwise else "",
        kind=KINDS[otherwise["key"]] if otherwise else "imputed",
    )


def _inputs(key: str, causes: Mapping[str, Sequence[str]]) -> frozenset[str]:
    seen, waiting = {key}, [key]
    while waiting:
        new = [cause for cause in causes[waiting.pop()] if cause not in seen]
        seen.update(new)
        waiting += new
    return frozenset(each for each in seen if not causes[each])


@dataclass(frozen=True)
class Start:
    """What a unit starts from at the end of a year: its row of the census, and its accounts.

    `carried` are the inputs that stand in place of the census's where the year is a later one.
    """

    unit: Unit
    year: int
    accounts: OwnAccounts = NOTHING_KNOWN
    carried: Mapping[str, float] = field(default_factory=dict)

    @property
    def inputs(self) -> Mapping[str, float]:
        return {**self.unit.inputs, **self.accounts.inputs, **self.carried}

    def carries(self, output: RuleOutput) -> bool:
        """Return whether a value depends on what was carried."""
        return bool(output.inputs & {variable_of(key) for key in self.carried})


def start_values(
    starts: Sequence[Start], outputs: Sequence[RuleOutput], name: str = RULE
) -> list[tuple[CountyValue, ...]]:
    """Run a rule for all units at once; return the values of each, to six figures, with what they rest on."""
    keys = list(dict.fromkeys(key for each in outputs for key in (each.key, each.counted)))
    rows = evaluated(rule_model(name), [each.inputs for each in starts], keys)
    found = {
        key: np.array([_rounded(number) for number in row.tolist()])
        for key, row in zip(keys, rows, strict=True)
    }
    return [tuple(_value(each, found, i, start) for each in outputs) for i, start in enumerate(starts)]


Known = Callable[[Unit, int], OwnAccounts]
"""What is known of a unit's accounts for a year."""


def made_values(
    units: Sequence[Unit], year: int, model: Model, known: Known
) -> list[tuple[CountyValue, ...]]:
    """Return what the rule makes for units at the end of a year: of the census, or carried from it."""
    outputs = outputs_of(model)
    starts = [Start(unit, CENSUS_YEAR, known(unit, CENSUS_YEAR)) for unit in units]
    values = start_values(starts, outputs)
    if year == CENSUS_YEAR:
        return values
    assert_start(year, model)
    carried = carried_inputs(model, year, [each.inputs for each in starts], values)
    later = [Start(unit, year, known(unit, year), own) for unit, own in zip(units, carried, strict=True)]
    return [
        tuple(
            before if now.key in carried_shape().kept.values else now
            for before, now in zip(*each, strict=True)
        )
        for each in zip(values, start_values(later, outputs), strict=True)
    ]


@cache
def _outputs(path: Path, model_hash: str) -> tuple[RuleOutput, ...]:
    return tuple(rule_outputs(load_model(path)))


def outputs_of(model: Model) -> tuple[RuleOutput, ...]:
    """Return the values the rule makes for a model; found once."""
    return _outputs(model.path, model.hash)


def evaluated(model: Model, given: Sequence[Mapping[str, float]], keys: Sequence[str]) -> NDArray[np.float64]:
    """Evaluate a rule at its start: a row a key, a column a unit; what is not given stands as in the rule."""
    constants = np.array([[each.get(c.key, c.value) for each in given] for c in model.graph.constants])
    clock = model.graph.clock
    inputs = Inputs(constants, clock.start, clock.end, clock.step, saves=(0,), keep=tuple(keys))
    return integrate(model.graph, model.path, inputs, "interpreted").values[:, 0]


def _rounded(number: float) -> float:
    """Round to six figures; counts of people stay as they are."""
    return number if number.is_integer() else float(f"{number:.{DIGITS}g}")


def _value(output: RuleOutput, numbers: Numbers, place: int, start: Start) -> CountyValue:
    number = float(numbers[output.key][place])
    value, made = output.within(number), output.explanation
    owned = bool(made.source) and number == float(numbers[output.counted][place])
    carried = start.carries(output)
    lacking, known = _missing(output, start.unit, OF_UNIT), start.accounts.figures
    derived = bool(made.derived) and not lacking and all(each in known for each in made.accounts)
    derived |= owned and carried
    counted = owned and not (lacking or carried) and value == number
    kind = "sourced" if counted else "derived" if derived else made.kind
    text = made.source if owned else made.derived if derived else made.otherwise or made.derived
    rests_on = [start.accounts.text(each) for each in made.accounts] if derived and not owned else []
    lacking += _missing(output, start.unit, EARLIER) if made.accounts and not derived else []
    notes = [
        _placed(text, start.unit),
        *rests_on,
        *lacking,
        *([CARRIED.format(start.year)] if carried else []),
    ]
    if value != number:
        notes.append(f"{number:g} is outside {output.limits}, which the model allows; {value:g} taken")
    sd = max((start.accounts.sd(each) for each in made.accounts), default=0.0) if derived else 0.0
    confidence = "dataset" if kind == "sourced" else ""
    return CountyValue(
        output.key, value, output.unit, start.year, kind, "; ".join(notes), confidence, sd, value != number
    )


def _placed(text: str, unit: Unit) -> str:
    return text.replace("{region}", unit.region).replace("{structure}", unit.structure)


def _missing(output: RuleOutput, unit: Unit, prefix: str) -> list[str]:
    """Name the columns of a census that are empty for a unit, of those a value depends on."""
    inputs = {variable_of(key) for key in unit.inputs}
    lacking = sorted(each for each in output.inputs if each.startswith(prefix) and each not in inputs)
    return [f"{LACKING[prefix]}: {', '.join(lacking)}"] if lacking else []
