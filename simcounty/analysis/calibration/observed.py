"""What was seen in a county, put together for the observables of a calibration; what cannot be is named."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from simcounty.analysis.calibration.records import Calibration, Observable, Seen, measured
from simcounty.errors import ScenarioError
from simcounty.scenario import Observation, Scenario, files
from simcounty.scenario.files import Findings, collected

Known = Mapping[tuple[str, int], Observation]


def seen_in(calibration: Calibration, scenario: Scenario, findings: Findings) -> dict[str, Seen]:
    """Return what the series of a scenario's county say of each observable; none where a year lacks."""
    known = {(each.variable, each.year): each for each in scenario.county.observations}
    path, seen = scenario.county.observed, {}
    wanted = [each for each in calibration.observables if _counts(each, scenario)]
    for observable in wanted:
        if any((key, year) not in known for key in observable.elements for year in observable.years):
            continue
        with collected(findings, path or scenario.name):
            _assert_possible(observable, known, path)
            seen[observable.name] = _seen(observable, known)
    return seen


def _counts(observable: Observable, scenario: Scenario) -> bool:
    county = scenario.county
    return not observable.cases or bool({*observable.cases} & {county.name, county.title, county.code})


def _seen(observable: Observable, known: Known) -> Seen:
    used = [known[key, year] for key in observable.elements for year in observable.years]
    value = float(measured(observable, lambda key, year: known[key, year].value))
    return Seen(value, observable.error, "; ".join(dict.fromkeys(each.source for each in used)))


def _assert_possible(observable: Observable, known: Known, path: Path | None) -> None:
    """Refuse what cannot be: a share above one, a negative number of people."""
    low, high = observable.possible
    for year in observable.years:
        plain = replace(observable, year=year, since=None, log=False)
        value = float(measured(plain, lambda key, at: known[key, at].value))
        fits = low < value if observable.log else low <= value
        if not (fits and value <= high):
            key = observable.keys[0]
            raise ScenarioError(
                f"line {_line(path, key, year)}: {key} of {year} is {known[key, year].value:g}, which makes "
                f"{observable.name} {value:g}; between {low:g} and {high:g} is possible. Mend the row."
            )


def _line(path: Path | None, key: str, year: int) -> int:
    """Return the line of a series that holds a variable's value of a year."""
    reader = csv.DictReader(io.StringIO(files.text_of(path) if path else ""))
    found = (reader.line_num for row in reader if (row["variable"], row["year"]) == (key, str(year)))
    return next(found, 0)
