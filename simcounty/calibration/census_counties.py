"""Counties started from the census of 2010 and compared with that of 2020, by the rules of `models/`.

What was observed at the end is what a run started there would show on its first day. So an observable is read
off the census of 2020 in the words of the county model, and no table of columns is needed.
"""

from __future__ import annotations

import csv
import fnmatch
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simcounty import catalog
from simcounty.accounts.census import FOLDER, Unit, Units, units_of
from simcounty.accounts.sources import Sources
from simcounty.calibration.forward import Forward
from simcounty.calibration.problem import Calibration, ObservedCounty, ObservedValue
from simcounty.counties.generate import baseline_of, county_of, new_counties
from simcounty.errors import Findings
from simcounty.input_files import text_of
from simcounty.scenario import Scenario, starting_values

if TYPE_CHECKING:
    from simcounty.calibration.schema import CensusShape

FIRST, LAST = 2010, 2020
EARLIER = "earlier_"  # begins the inputs that a unit of the census of 2010 has
BIRTHS, DEATHS = "earlier_birth_rate", "earlier_death_rate"
SOURCE = "中国人口普查分县资料—2020, by models/start.mdl"


def units_for(shape: CensusShape, among: Units, findings: Findings) -> list[Unit]:
    """Return the units of the provinces named that both censuses have, without those left out.

    Keys of `without` are codes, or patterns of names such as "*区"; one that leaves nothing out is a finding.
    """
    found: list[Unit] = []
    for name in shape.provinces:
        with findings.at("census, provinces"):
            found += [
                unit for unit in units_of(name, among) if any(key.startswith(EARLIER) for key in unit.inputs)
            ]
    idle = [pattern for pattern in shape.without if not any(_matches(unit, pattern) for unit in found)]
    findings += [f"census, without, {each}: leaves nothing out. Mend the code or name." for each in idle]
    return [unit for unit in found if not any(_matches(unit, pattern) for pattern in shape.without)]


def _matches(unit: Unit, pattern: str) -> bool:
    return unit.code == pattern or fnmatch.fnmatch(unit.county, pattern)


def scenarios_of(units: Sequence[Unit]) -> list[Scenario]:
    """Return a scenario for each unit, started from the census of 2010, without policy or lever."""
    model = baseline_of(new_counties(units[:1])[0]).model
    outputs = starting_values.rule_outputs(model, starting_values.RULE_2010)
    starts = [starting_values.Start(unit, FIRST) for unit in units]
    values = starting_values.start_values(starts, outputs, starting_values.RULE_2010)
    return [baseline_of(county_of(*each, FIRST)) for each in zip(units, values, strict=True)]


def observed_counties(
    calibration: Calibration,
    units: Sequence[Unit],
    scenarios: Sequence[Scenario],
    sources: Sources,
    findings: Findings,
) -> list[ObservedCounty]:
    """Return each scenario with the observables of the census of 2020."""
    wrong = [each.name for each in calibration.observables if each.flow or each.since is not None]
    if wrong:
        findings.append(
            f"{calibration.path}: observe, {wrong[0]}: censuses count levels; drop flow and `since`."
        )
        return []
    names = [each.name for each in calibration.observables]
    later = [baseline_of(county) for county in new_counties(units, LAST, sources.panel)]
    first_day = calibration.levels_at(int(later[0].years.start))
    rows = Forward(first_day, tuple(ObservedCounty(each, {}) for each in later)).at_own_values().tolist()
    found = []
    for unit, scenario, row in zip(units, scenarios, rows, strict=True):
        observed = _observed(calibration, unit, dict(zip(names, row, strict=True)), findings)
        found.append(ObservedCounty(scenario, observed, _natural_growth(unit)))
    return found


def _observed(
    calibration: Calibration, unit: Unit, values: Mapping[str, float], findings: Findings
) -> dict[str, ObservedValue]:
    found = {}
    for each in calibration.observables:
        value = values[each.name]
        plain = float(np.exp(value)) if each.log else value
        if each.allows(plain):
            found[each.name] = ObservedValue(value, each.error, SOURCE)
        else:
            path, (low, high) = catalog.home() / FOLDER / f"{LAST}.csv", each.possible
            findings.append(
                f"{path}: line {line_of(path, code=unit.code)}: {unit.county} makes {each.name} {plain:g}; "
                f"between {low:g} and {high:g} is possible. Mend the row."
            )
    return found


def line_of(path: Path, **row: str) -> int:
    """Return the line of the first row of a CSV file that has these cells; 0 if none has."""
    reader = csv.DictReader(io.StringIO(text_of(path)))
    return next((reader.line_num for each in reader if row.items() <= each.items()), 0)


def _natural_growth(unit: Unit) -> float:
    """Return births less deaths a year, per resident, as the census of 2010 counted them."""
    return float(unit.inputs.get(BIRTHS, np.nan) - unit.inputs.get(DEATHS, np.nan))
