"""What is said of a scenario's own settings that do not show in its result: the record, and the sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from simcounty.calendar import date_of
from simcounty.model.influence import without_way
from simcounty.presentation.formatting import names_text
from simcounty.presentation.messages import Messages
from simcounty.presentation.records import Record

if TYPE_CHECKING:
    from simcounty.scenario import Scenario
    from simcounty.simulation import ReadsElements


def settings_record(scenario: Scenario, constraints: Iterable[ReadsElements]) -> Record:
    """Return which settings have no way to headline, targets or constraints, and which are replaced when."""
    from simcounty.simulation import variables_needed

    model, given = scenario.model, scenario.constants
    shown = variables_needed(model, *scenario.headline, *scenario.targets, *constraints)
    ends = [element.key for variable in shown for element in model.variables[variable]]
    replacing = (scenario.levers[key] for key in given if key in scenario.levers)
    return {
        "idle": [model.constants[k].label for k in without_way(model.graph, _own_settings(scenario), ends)],
        "replaced": [
            {"label": model.constants[path.key].label, "until": date_of(path.times[0])} for path in replacing
        ],
    }


def _own_settings(scenario: Scenario) -> dict[str, bool]:
    """Return the constants that a scenario sets itself, and whether each is set after the start alone.

    What its clauses fix and what its county gives are not its own.
    """
    fixed, start = scenario.fixed_levers, scenario.years.start
    dated = {key: path.times[0] > start for key, path in scenario.levers.items() if path != fixed.get(key)}
    return {**dated, **dict.fromkeys(scenario.constants, False)}


def settings_view(record: Record, words: Messages) -> Iterator[str]:
    """Yield a sentence for settings that do not show, and one for each that another replaces later."""
    if record["idle"]:
        yield words("settings_idle", names=names_text(record["idle"]))
    for each in record["replaced"]:
        yield words("setting_replaced", **each)
