"""A county: the values it gives the model's constants, each with a source, and what was observed there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import Field

from simcounty import catalog, toml_files, units
from simcounty.accounts.census import Unit, find_unit
from simcounty.accounts.own_accounts import OwnAccounts, own_accounts
from simcounty.accounts.panel import shipped
from simcounty.errors import Findings, InputError, ScenarioError
from simcounty.language import said
from simcounty.model import Model, load_model
from simcounty.model.names import once
from simcounty.scenario import binding
from simcounty.scenario.carried_people import assert_start
from simcounty.scenario.county_accounts import AccountShape, beyond, bind_accounts, unused
from simcounty.scenario.county_value import KINDS, CountyValue
from simcounty.scenario.start_spread import spreads_of
from simcounty.scenario.starting_values import made_values, outputs_of
from simcounty.scenario.uncertainty import CERTAIN, Uncertain, UncertainShape, bind_uncertain
from simcounty.tables import read_table, sourced_year
from simcounty.toml_files import Number, Shape

SHEET = "历年"
COLUMNS = ("variable", "year", "value", "unit", "source")


@dataclass(frozen=True)
class Observation:
    """A measured value of a variable, at the end of a year or over it, in the model's unit."""

    variable: str
    year: int
    value: float
    source: str


@dataclass(frozen=True)
class County:
    """A county file bound to a model.

    `start` is the year its starting values are made for, None where the file gives them all; `unused` names
    the figures of its accounts that none of them rests on.
    """

    name: str
    title: str
    path: Path | None = None
    code: str = ""
    prefecture: str = ""
    province: str = ""
    areas: tuple[str, ...] = ()
    start: int | None = None
    unused: tuple[str, ...] = ()
    values: tuple[CountyValue, ...] = ()
    observed: Path | None = None
    observations: tuple[Observation, ...] = ()
    uncertain: Uncertain = CERTAIN
    hash: str = ""

    @property
    def identity(self) -> str:
        """What tells it from other counties: its code, or its name if it has none."""
        return self.code or self.name

    def is_meant_by(self, name: str) -> bool:
        """Return whether a policy that says `name` means this county; "each" means every county.

        `areas` are the groups of counties it belongs to, as documents name them.
        """
        return name in {"each", self.name, self.title, self.code, *self.areas}


NOWHERE = County(name="", title="")
"""The county of a scenario that names none: nothing is set, nothing was observed."""


class ValueShape(Shape):
    """`[values.KEY]` of a county file."""

    value: Number | None = None
    unit: str = ""
    year: int | None = None
    source: str = ""
    derived: str = ""
    imputed: str = ""
    calibrated: str = ""
    assumption: str = ""
    confidence: str = ""

    def basis(self) -> tuple[str, str]:
        """Return the kind of the value and its basis; raise ScenarioError unless there is one."""
        given = [name for name in KINDS if getattr(self, name)]
        if len(given) != 1:
            having = " and ".join(given) or "none of them"
            raise ScenarioError(said("county.basis", given=having), "source")
        return KINDS[given[0]], getattr(self, given[0])


class CountyShape(UncertainShape):
    """A county file.

    `start` is the year at whose end runs begin that take what the file does not give from the rule of
    `models/start.mdl`: of the census, the panel of county figures, and the `accounts` of this file.
    """

    title: str
    name: str = ""
    code: str = ""
    prefecture: str = ""
    province: str = ""
    areas: list[str] = Field(default_factory=list)
    model: str = ""
    observed: str = ""
    start: int | None = None
    accounts: dict[str, list[AccountShape]] = Field(default_factory=dict)
    values: dict[str, ValueShape] = Field(default_factory=dict)


def bind_county(path: Path, shape: CountyShape, model: Model, findings: Findings) -> County:
    """Bind a county file to a model; what does not fit becomes a finding."""
    given = _values(path, shape, model, findings)
    unit = _unit(path, shape, findings)
    made, left = _made(path, shape, unit, model, findings)
    values = _together(made, given)
    observed = toml_files.named_file(path, "observed", shape.observed, findings) if shape.observed else None
    return County(
        **shape.model_dump(include={"title", "prefecture", "province", "start"}),
        code=unit.code if unit else shape.code,
        name=shape.name or path.stem,
        path=path,
        areas=tuple(shape.areas),
        unused=left,
        values=values,
        observed=observed,
        observations=_observations(observed, model, findings) if observed else (),
        uncertain=_uncertain(bind_uncertain(path, shape, model, findings), made, given, model),
        hash=_hash([path, *([observed] if observed else [])], made),
    )


def _made(
    path: Path, shape: CountyShape, unit: Unit | None, model: Model, findings: Findings
) -> tuple[tuple[CountyValue, ...], tuple[str, ...]]:
    """Return the values the rule makes, and the accounts it has no use for; nothing without a start."""
    start, before = shape.start, len(findings)
    if start is None:
        if shape.accounts:
            findings.append(said("county.start", path=path))
        return (), ()
    with findings.at(path, *shape.at("start")):
        assert_start(start, model)
    if unit is None or len(findings) > before:
        return (), ()
    used = set[tuple[str, int]]()
    accounts = bind_accounts(path, shape, unit, start, findings)

    def known(unit: Unit, year: int) -> OwnAccounts:
        found = own_accounts(shipped(), unit, year, accounts)
        used.update(found.used)
        return found

    made = made_values([unit], start, model, known)[0]
    findings += [f"{path}: {each}" for each in beyond(accounts, made, outputs_of(model))]
    return made, unused(accounts, used)


def _unit(path: Path, shape: CountyShape, findings: Findings) -> Unit | None:
    """Return the unit of the census that a file starts from; None, and a finding, where there is none."""
    found: list[Unit] = []
    if shape.start is None:
        return None
    with findings.at(path, *shape.at("code")):
        if not shape.code:
            raise ScenarioError(said("county.code"))
        unit, named = find_unit(shape.code), _unit_called(shape.title)
        if named and named.code != unit.code:
            about = {"code": unit.code, "county": unit.county, "title": shape.title}
            raise ScenarioError(said("county.other", **about), "code")
        found.append(unit)
    return found[0] if found else None


def _unit_called(title: str) -> Unit | None:
    try:
        return find_unit(title)
    except InputError:
        return None


def _together(made: Iterable[CountyValue], given: Iterable[CountyValue]) -> tuple[CountyValue, ...]:
    """Return what the rule made with the file's own values in its place, and those of other constants."""
    own = {value.key: value for value in given}
    return (*(own.pop(value.key, value) for value in made), *own.values())


def _uncertain(
    given: Uncertain, made: Iterable[CountyValue], own: Iterable[CountyValue], model: Model
) -> Uncertain:
    """Return what the file says is uncertain, and how far the rule misses what it does not give."""
    settled = {*(value.key for value in own), *given.keys}
    spreads = spreads_of([value for value in made if value.key not in settled], outputs_of(model))
    return replace(given, each={**given.each, **spreads})


def _hash(paths: Iterable[Path], made: Iterable[CountyValue]) -> str:
    """Return the hash of the files, and of what the rule makes beside them."""
    digest = toml_files.digest(paths)
    values = repr([(value.key, value.value) for value in made])
    return hashlib.sha256(f"{digest} {values}".encode()).hexdigest() if made else digest


def _values(path: Path, shape: CountyShape, model: Model, findings: Findings) -> tuple[CountyValue, ...]:
    values: dict[str, CountyValue] = {}
    for name, given in shape.values.items():
        with findings.at(path, *shape.at("values", name)):
            constant = binding.constant_of(model, name)
            key = once(constant.key, values)
            if given.value is None:
                raise ScenarioError(f"value is missing. {how_to_make(key)}")
            value = binding.bound(given.value, given.unit, constant, binding.limits_of(constant, model))
            values[key] = CountyValue(key, value, constant.unit, given.year, *given.basis(), given.confidence)
    return tuple(values.values())


def _observations(path: Path, model: Model, findings: Findings) -> tuple[Observation, ...]:
    """Read an observed series: a CSV file, or the sheet 历年 of a workbook, with these `COLUMNS`."""
    observations: dict[tuple[str, int], Observation] = {}
    table = read_table(path, SHEET, COLUMNS, findings)
    for row in table.rows if table else ():
        with findings.at(path, row):
            element, year = binding.element_of(model, row.text("variable")), sourced_year(row)
            if (element.key, year) in observations:
                raise ScenarioError(said("year.twice", year=year), "year")
            text = row.text("value")
            value = binding.amount(*units.of_a_year(text, row.unit(text), element.unit), element.unit)
            observations[element.key, year] = Observation(element.key, year, value, row.text("source"))
    return tuple(observations.values())


def how_to_make(key: str) -> str:
    """Return what to do about a value without a number: whether a rule makes it.

    >>> how_to_make("arrival_rate").partition(",")[0]
    'Give it with `source` or `assumption`'
    """
    rule = load_model(catalog.find(catalog.MODEL, "start"))
    if not any(each.key == key for elements in rule.variables.values() for each in elements):
        return "No rule makes it: give a number with `source` or `assumption`."
    return (
        "Give it with `source` or `assumption`, or leave it out beside `start = ` and a year: "
        f"`simcounty describe start {key}` tells the rule that makes it then."
    )
