"""Counties started from the census of 2010 and held against that of 2020, by the rules of `models/`.

What was seen at the end is what a run started there would show on its first day. So an observable is read
off the census of 2020 in the words of the county model, and no table of columns is needed.
"""

from __future__ import annotations

import csv
import dataclasses
import fnmatch
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simcounty import catalog
from simcounty.calibration.forward import Forward
from simcounty.calibration.problem import Calibration, Case, Observable, Seen
from simcounty.counties import imputation
from simcounty.counties.generate import baseline_of, new_scenarios
from simcounty.errors import Findings
from simcounty.scenario import County, Scenario, toml_files
from simcounty.scenario.census import FOLDER, Unit, units_of

if TYPE_CHECKING:
    from simcounty.calibration.schema import CensusShape

FIRST, LAST = 2010, 2020
HELD = "earlier_"  # begins the inputs that a unit of the census of 2010 has
BIRTHS, DEATHS = "earlier_birth_rate", "earlier_death_rate"
SOURCE = "中国人口普查分县资料—2020, by models/start.mdl"


def units_for(shape: CensusShape, findings: Findings) -> list[Unit]:
    """Return the units of the provinces named that both censuses have, without those left out.

    Keys of `without` are codes, or patterns of names such as "*区"; one that leaves nothing out is a finding.
    """
    found: list[Unit] = []
    for name in shape.provinces:
        with findings.at("census, provinces"):
            found += [unit for unit in units_of(name) if any(key.startswith(HELD) for key in unit.inputs)]
    idle = [pattern for pattern in shape.without if not any(_is_meant(unit, pattern) for unit in found)]
    findings += [f"census, without, {each}: leaves nothing out. Mend the code or name." for each in idle]
    return [unit for unit in found if not any(_is_meant(unit, pattern) for pattern in shape.without)]


def _is_meant(unit: Unit, pattern: str) -> bool:
    return unit.code == pattern or fnmatch.fnmatch(unit.county, pattern)


def starts(units: Sequence[Unit]) -> list[Scenario]:
    """Return a scenario for each unit, started from the census of 2010; no policy, no lever."""
    model = new_scenarios(units[:1])[0].model
    made = imputation.made_for(model, imputation.RULE_2010)
    numbers = imputation.run_rule(units, made, imputation.RULE_2010)
    found = []
    for place, unit in enumerate(units):
        values = tuple(imputation.county_value(each, numbers, place, unit, FIRST) for each in made)
        county = County(
            name=unit.code,
            title=unit.county,
            values=values,
            code=unit.code,
            prefecture=unit.prefecture,
            province=unit.province,
        )
        found.append(baseline_of(county))
    return found


def cases(
    calibration: Calibration, units: Sequence[Unit], scenarios: Sequence[Scenario], findings: Findings
) -> list[Case]:
    """Return each scenario with what the census of 2020 says of it."""
    wrong = [each.name for each in calibration.observables if each.flow or each.since is not None]
    if wrong:
        findings.append(
            f"{calibration.path}: observe, {wrong[0]}: censuses count levels; drop flow and `since`."
        )
        return []
    shown = _on_the_first_day(calibration, new_scenarios(units, LAST))
    found = []
    for unit, scenario, row in zip(units, scenarios, shown, strict=True):
        seen = dict(zip((each.name for each in calibration.observables), row.tolist(), strict=True))
        found.append(Case(scenario, _seen(calibration, unit, seen, findings), _natural_growth(unit)))
    return found


def _on_the_first_day(calibration: Calibration, scenarios: Sequence[Scenario]) -> NDArray[np.float64]:
    """Return what observables are at the start of runs: (counties, observables)."""
    year = int(scenarios[0].years.start)
    first = tuple(dataclasses.replace(each, year=year) for each in calibration.observables)
    there = dataclasses.replace(calibration, observables=first, years=scenarios[0].years)
    return Forward(there, tuple(Case(each, {}) for each in scenarios)).at_own_values()


def _seen(
    calibration: Calibration, unit: Unit, values: Mapping[str, float], findings: Findings
) -> dict[str, Seen]:
    seen = {}
    for each in calibration.observables:
        value = values[each.name]
        if _is_possible(each, value):
            seen[each.name] = Seen(value, each.error, SOURCE)
        else:
            low, high = each.possible
            findings.append(
                f"{_place(unit)}: {unit.county} makes {each.name} {np.exp(value) if each.log else value:g}; "
                f"between {low:g} and {high:g} is possible. Mend the row."
            )
    return seen


def _is_possible(observable: Observable, value: float) -> bool:
    low, high = observable.possible
    plain = float(np.exp(value)) if observable.log else value
    return low <= plain <= high  # what has no logarithm is nan, and lies between nothing


def _place(unit: Unit) -> str:
    """Say where the row of a unit stands."""
    path = catalog.home() / FOLDER / f"{LAST}.csv"
    reader = csv.DictReader(io.StringIO(toml_files.text_of(path)))
    line = next((reader.line_num for row in reader if row["code"] == unit.code), 0)
    return f"{path}: line {line}"


def _natural_growth(unit: Unit) -> float:
    """Return births less deaths a year, per resident, as the census of 2010 counted them."""
    return float(unit.inputs.get(BIRTHS, np.nan) - unit.inputs.get(DEATHS, np.nan))
