"""What is said of a scenario's own settings that do not show in its result: the record, and the sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import numpy as np

from simcounty.model.influence import without_way
from simcounty.presentation.formatting import names_text
from simcounty.presentation.messages import Messages
from simcounty.presentation.records import Record

if TYPE_CHECKING:
    from simcounty.assessment import Assessment
    from simcounty.scenario import Scenario


def settings_record(found: Assessment) -> Record:
    """Return which settings have no way to headline, targets or constraints, and which are replaced when.

    `still` is whether what a command changed leaves all numbers of these as they were.
    """
    from simcounty.simulation import variables_needed

    scenario, model, given = found.scenario, found.scenario.model, found.scenario.constants
    constraints = (each.constraint.predicate for each in found.constraints)
    shown = variables_needed(model, *scenario.headline, *scenario.targets, *constraints)
    ends = [element.key for variable in shown for element in model.variables[variable]]
    named = model.graph.clock.named
    replacing = (scenario.levers[key] for key in given if key in scenario.levers)
    return {
        "idle": [model.constants[k].label for k in without_way(model.graph, _own_settings(scenario), ends)],
        "replaced": [
            {"label": model.constants[path.key].label, "until": named(path.times[0])} for path in replacing
        ],
        "still": scenario.unchanged is not None and _is_still(found, ends),
    }


def _is_still(found: Assessment, ends: Collection[str]) -> bool:
    """Return whether the last two runs have the same bits in some elements."""
    kept, values = found.result.keep, found.result.outcome.values
    return all(
        np.array_equal(own[:, -1], own[:, -2])
        for each, own in zip(kept, values, strict=False)
        if each.key in ends
    )


def _own_settings(scenario: Scenario) -> dict[str, bool]:
    """Return the constants that a scenario sets itself, and whether each is set after the start alone.

    What its clauses fix and what its county gives are not its own.
    """
    fixed, start = scenario.fixed_levers, scenario.years.start
    dated = {key: path.times[0] > start for key, path in scenario.levers.items() if path != fixed.get(key)}
    return {**dated, **dict.fromkeys(scenario.constants, False)}


def settings_view(record: Record, words: Messages) -> Iterator[str]:
    """Yield a sentence for settings that do not show, and one for each that another replaces later."""
    if record["still"]:
        yield words("changed_nothing")
    if record["idle"]:
        yield words("settings_idle", names=names_text(record["idle"]))
    for each in record["replaced"]:
        yield words("setting_replaced", **each)


def changes_view(record: Record, words: Messages) -> Iterator[str]:
    """Yield a sentence on what a command changed, where it changed anything."""
    if record["changes"]:
        yield words("changed_in", changes=", ".join(record["changes"]))
