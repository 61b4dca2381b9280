"""The values that tags name, from fresh runs of their scenarios."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simcounty import catalog, units
from simcounty.calendar import CLOSE, by_year, is_total
from simcounty.errors import Findings, InputError, ScenarioError, SimcountyError
from simcounty.input_files import is_file
from simcounty.judgement import judge, series_of
from simcounty.proofing.tags import BadTag, Run, Series, Tag, TargetField
from simcounty.scenario import Scenario, binding, load
from simcounty.scenario.target import target_names
from simcounty.simulation import simulate, variables_needed

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class FreshValue:
    """What a fresh run gives for a tag: a number in `unit`, or a verdict.

    `scale` is the size of the number, or of the numbers it is a difference of. `shown_in` is the unit in
    which a document gives it, if one does.
    """

    value: float
    unit: str
    label: str
    scale: float
    shown_in: str = ""
    met: bool | None = None


def look_up(tags: Iterable[Tag], folder: Path) -> tuple[dict[Tag, FreshValue], list[BadTag]]:
    """Run the scenarios that tags name, each once; return the value of each tag, and tags without a value.

    folder: that of the draft. Scenario files are searched there, then among what is shipped.
    """
    found: dict[Tag, FreshValue] = {}
    bad: list[BadTag] = []
    runs = _Runs(folder)
    good: list[Tag] = []
    for tag in tags:
        named = (tag.run, *([tag.less] if tag.less else []))
        try:
            for run in named:
                tag = replace(tag, what=_known(tag.what, runs.scenario(run)))
        except InputError as error:
            bad.append(BadTag(tag.line, tag.text, str(error)))
            continue
        good.append(tag)
        for run in named:
            runs.tags_of.setdefault(run, []).append(tag)
    for tag in good:
        try:
            found[tag] = _fresh(tag, runs)
        except SimcountyError as error:
            bad.append(BadTag(tag.line, tag.text, str(error)))
    return found, sorted(bad, key=lambda each: each.line)


class _Runs:
    """Runs of the scenarios that tags name, each made when first needed, with all that its tags need."""

    def __init__(self, folder: Path) -> None:
        self.tags_of: dict[Run, list[Tag]] = {}
        self._load = cache(lambda name: _load(name, folder))
        self.of = cache(self._of)
        self.yearly = cache(lambda run: by_year(self.of(run)))

    def scenario(self, run: Run) -> Scenario:
        scenario = self._load(run.name)
        return scenario.baseline if run.baseline else scenario

    def _of(self, run: Run) -> xr.Dataset:
        scenario = self.scenario(run)
        keys = [tag.what.key for tag in self.tags_of[run] if isinstance(tag.what, Series)]
        names = {tag.what.name for tag in self.tags_of[run] if isinstance(tag.what, TargetField)}
        targets = [each for each in scenario.targets if each.name in names]
        return simulate(scenario, keep=variables_needed(scenario.model, *keys, *targets))


def _load(name: str, folder: Path) -> Scenario:
    """Load a scenario from a file beside the draft, or a shipped one; raise InputError if there is none."""
    beside = folder / name
    place = str(beside) if is_file(beside) else name
    if catalog.is_region(place):
        raise ScenarioError(f"{name} is a region. Name the scenario of one county.")
    return load(place)


def _known(what: Series | TargetField, scenario: Scenario) -> Series | TargetField:
    """Return what a tag names by the keys of the model, or the name of the target.

    Raise ScenarioError for a variable, a year or a target that a scenario does not have.
    """
    if isinstance(what, Series):
        key = binding.element_of(scenario.model, what.key).key
        for year in filter(None, (what.year, what.since)):
            if year not in scenario.years:
                span = f"{scenario.years.start:g} to {scenario.years.end:g}"
                raise ScenarioError(f"{year} is outside the run of {scenario.name}, {span}.")
        return replace(what, key=key)
    findings = Findings()
    names = target_names([what.name], scenario.all_targets, findings)
    findings.raise_as(ScenarioError, f"{scenario.name} has no such target:")
    if names[0] not in {target.name for target in scenario.targets}:
        raise ScenarioError(f"target {what.name} is not computed by the model; people track it.")
    return replace(what, name=names[0])


def _fresh(tag: Tag, runs: _Runs) -> FreshValue:
    found = _value(tag.what, tag.run, runs)
    if tag.less is not None:
        if found.met is not None:
            raise ScenarioError("a verdict has no difference. Ask for the margin.")
        other = _value(tag.what, tag.less, runs)
        found = replace(found, value=found.value - units.express(other.value, other.unit, found.unit))
    return replace(found, value=-found.value) if tag.negated else found


def _value(what: Series | TargetField, run: Run, runs: _Runs) -> FreshValue:
    return _series(what, run, runs) if isinstance(what, Series) else _judged(what, run, runs)


def _series(what: Series, run: Run, runs: _Runs) -> FreshValue:
    """Return a level at the end of a year, a total of a calendar year, or how either changed."""
    scenario = runs.scenario(run)
    series = series_of(runs.yearly(run), what.key)
    if is_total(series) and int(series.time[0]) in (what.year, what.since):
        first = int(series.time[0])
        raise ScenarioError(
            f"{what.key} is a total of the year, and the run of {scenario.name} begins at the end of "
            f"{first}. Ask for {first + 1} or later."
        )
    level = _level(series, what.year, scenario)
    since = 0.0 if what.since is None else _level(series, what.since, scenario)
    element = binding.element_of(scenario.model, what.key)
    shown_in = next((each.unit for each in scenario.targets if each.variable == what.key), "")
    return FreshValue(level - since, str(series.attrs.get("units", "")), element.label, level, shown_in)


def _level(series: xr.DataArray, time: float, scenario: Scenario) -> float:
    times = series.time.values
    nearest = int(np.abs(times - time).argmin())
    if abs(times[nearest] - time) > CLOSE:
        raise ScenarioError(f"{time:g}: the run of {scenario.name} saves nothing then.")
    return float(series[nearest])


def _judged(what: TargetField, run: Run, runs: _Runs) -> FreshValue:
    scenario = runs.scenario(run)
    target = next(each for each in scenario.targets if each.name == what.name)
    found = judge(runs.of(run), [target]).isel(target=0)
    if what.field == "verdict":
        return FreshValue(math.nan, "", target.label, math.nan, met=bool(found.met))
    scale = float(found.value) if math.isnan(target.goal) else target.goal
    return FreshValue(float(found[what.field]), target.unit, target.label, scale, target.unit)
