"""The facts that annexes list: lever settings, numbers with their basis, and files with their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from simcounty.assessment import Assessment
from simcounty.calendar import by_year, date_of, is_total
from simcounty.judgement import series_of
from simcounty.presentation.formatting import NumberFormat, format_of, year_text
from simcounty.presentation.records import Record
from simcounty.presentation.verdicts import verdict_record

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.model.graph import Constant
    from simcounty.scenario import Scenario


Origin = Literal["clause", "solved", "chosen"]


@dataclass(frozen=True)
class LeverFact:
    """A lever's setting: its path by date in its unit, its value without the plan, and who chose it."""

    key: str
    label: str
    unit: str
    clause: str
    default: float
    path: tuple[tuple[str, float], ...]
    low: float | None
    high: float | None
    origin: Origin
    reason: str


@dataclass(frozen=True)
class NumberFact:
    """A named number, or the numbers of an array that have the same basis, by their subscripts."""

    key: str
    label: str
    unit: str
    values: tuple[tuple[str, float], ...]
    year: int | None
    basis: str
    reason: str


@dataclass(frozen=True)
class FileFact:
    """A file that a run was made from: its role, its name, and the SHA-256 of its bytes."""

    role: str
    name: str
    sha256: str


def lever_facts(scenario: Scenario) -> list[LeverFact]:
    """Return the facts of every lever that is set, in the order of the clauses."""
    order = {key: place for place, key in enumerate(scenario.clause_levers)}
    keys = sorted(scenario.levers, key=lambda key: order.get(key, len(order)))
    return [_lever_fact(scenario, key) for key in keys]


def _lever_fact(scenario: Scenario, key: str) -> LeverFact:
    setting, clause = scenario.levers[key], scenario.clause_levers.get(key)
    constant, limits = scenario.model.constants[key], scenario.limits(key)
    fixed = clause is not None and clause.setting is not None and clause.setting == setting.final
    named = date_of if scenario.model.graph.clock.is_yearly else year_text
    reasons = [clause.assumption, clause.note] if clause else []
    return LeverFact(
        key=key,
        label=constant.label,
        unit=constant.unit,
        clause=setting.clause,
        default=constant.value if setting.default is None else setting.default,
        path=tuple((named(time), value) for time, value in zip(setting.times, setting.values, strict=True)),
        low=limits.low,
        high=limits.high,
        origin="clause" if fixed else "solved" if setting.solved else "chosen",
        reason="; ".join(filter(None, reasons)),
    )


def input_facts(scenario: Scenario) -> list[NumberFact]:
    """Return the values of a scenario's county, then its own constants, in the order of their files."""
    constants = scenario.model.constants
    given = [
        _number_fact(constants[each.key], each.year, each.kind, each.basis) for each in scenario.county.values
    ]
    own = [_number_fact(constants[key], None, "assumed", scenario.name) for key in scenario.constants]
    return _grouped([*given, *own])


def parameter_facts(scenario: Scenario) -> list[NumberFact]:
    """Return the model's own numbers: the constants that neither the county nor the scenario sets."""
    given = {value.key for value in scenario.county.values} | set(scenario.constants)
    own = [each for each in scenario.model.graph.constants if each.key not in given and not each.about.hidden]
    return _grouped(_parameter_fact(each) for each in sorted(own, key=lambda each: _group(each.about.group)))


def _parameter_fact(constant: Constant) -> NumberFact:
    kind, _, reason = constant.about.source.partition(":")
    return _number_fact(constant, None, "sourced" if kind == "source" else "assumed", reason.strip())


def _number_fact(constant: Constant, year: int | None, basis: str, reason: str) -> NumberFact:
    about, subscripts = constant.about, "，".join(constant.subscripts)
    values = ((subscripts, constant.value),)
    return NumberFact(about.key, about.label, about.unit, values, year, basis, reason)


def _grouped(facts: Iterable[NumberFact]) -> list[NumberFact]:
    """Join neighbouring elements of an array that have the same basis."""
    found = []
    for _, members in groupby(facts, key=lambda each: (each.key, each.year, each.basis, each.reason)):
        first, *others = members
        values = (*first.values, *(pair for each in others for pair in each.values))
        found.append(replace(first, values=values))
    return found


def _group(name: str) -> tuple[int, str]:
    digits = name.partition("_")[0]
    return int(digits) if digits.isdecimal() else 0, name


def file_facts(scenario: Scenario) -> list[FileFact]:
    """Return the files that a scenario was made from; their hashes are those that `sha256sum` prints."""
    county = scenario.county
    named = (
        ("scenario", scenario.path),
        ("lever_paths", scenario.lever_table),
        ("county", county.path),
        ("observed", county.observed),
        ("tracked", scenario.tracked_path),
        *(("policy", each.path) for each in scenario.policies),
        ("model", scenario.model.path),
    )
    found: dict[Path, FileFact] = {}
    for role, path in named:
        if path is not None and path.is_file():
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            found.setdefault(path.resolve(), FileFact(role, path.name, sha256))
    return list(found.values())


@dataclass(frozen=True, eq=False)
class ReportedScenario:
    """An assessed scenario with what a report shows of it.

    Runs are along `scenario`: the baseline first if there is one, the plan last.
    """

    assessment: Assessment

    @property
    def scenario(self) -> Scenario:
        """The scenario that was run."""
        return self.assessment.scenario

    @property
    def run(self) -> xr.Dataset:
        """Its run beside its baseline, at every saved time."""
        return self.assessment.run

    @property
    def is_compared(self) -> bool:
        """Whether it was run beside a baseline."""
        return self.assessment.is_compared

    @cached_property
    def record(self) -> Record:
        """Its verdicts as plain data, as `run --json` prints them."""
        return verdict_record(self.assessment)

    @property
    def targets(self) -> Sequence[Record]:
        """The records of its targets, in the order of `scenario.targets`."""
        found: Sequence[Record] = self.record["targets"]
        return found

    @cached_property
    def yearly(self) -> xr.Dataset:
        """Levels at the end of each year, and totals of each year; every saved instant in other units."""
        return by_year(self.run)

    @property
    def headline(self) -> list[str]:
        """Its headline variables without dimensions of their own, then those of its targets."""
        keys = dict.fromkeys([*self.scenario.headline, *(each.variable for each in self.scenario.targets)])
        return [key for key in keys if key in self.run and self.run[key].dims == ("scenario", "time")]

    def series(self, key: str) -> xr.DataArray:
        """Return the yearly values of an element along `scenario` and `time`."""
        return series_of(self.yearly, key).transpose("scenario", "time")

    def at(self, key: str, year: float, run: int = -1) -> float:
        """Return an element's value in a year or at an instant, by default in the plan."""
        return float(self.series(key).isel(scenario=run).sel(time=year))

    def format(self, key: str) -> NumberFormat:
        """Return how an element is written: in the unit of its target if it has one."""
        series = self.series(key)
        unit = next((each.unit for each in self.scenario.targets if each.variable == key), "")
        return format_of(series.attrs.get("units", ""), self.label(key), series.values.ravel(), unit)

    def label(self, key: str) -> str:
        """Return the label of an element, or of a variable that has only one element."""
        model = self.scenario.model
        own = model.variables.get(key, ())
        return str(model.graph.elements[own[0].key if len(own) == 1 else key].label)

    def is_total(self, key: str) -> bool:
        """Return whether an element's values are totals of years."""
        return is_total(self.series(key))
