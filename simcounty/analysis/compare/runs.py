"""The runs behind a comparison: scenarios of one model and the same years run together."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from simcounty.analysis.battery.measures import kept_for
from simcounty.analysis.compare.asked import SUBSCRIPT, Asked
from simcounty.labels import provenance
from simcounty.simulate import simulate, with_totals

if TYPE_CHECKING:
    import xarray as xr


def runs_of(asked: Asked) -> dict[str, xr.Dataset]:
    """Return the run of each scenario, with what is compared of it and the stocks that add up its years."""
    found: dict[str, xr.Dataset] = {}
    for labels in _together(asked):
        scenarios = [asked.scenarios[label] for label in labels]
        run = simulate(scenarios, keep=_kept(asked, labels))
        found |= {label: run.isel(scenario=i) for i, label in enumerate(labels)}
    return {label: found[label] for label in asked.scenarios}


def _together(asked: Asked) -> list[list[str]]:
    """Return the scenarios in groups of one model and the same years."""
    groups: dict[object, list[str]] = {}
    for label, scenario in asked.scenarios.items():
        groups.setdefault((scenario.model.hash, scenario.years), []).append(label)
    return list(groups.values())


def _kept(asked: Asked, labels: list[str]) -> tuple[str, ...]:
    keys = [*asked.variables, *filter(None, [asked.per])]
    keys += [target.variable for label in labels for target in asked.targets[label]]
    keys += kept_for(line.predicate for label in labels for line in asked.lines[label])
    names = dict.fromkeys(key.partition(SUBSCRIPT)[0] for key in keys)
    return with_totals(asked.scenarios[labels[0]].model, list(names))


def attributes(asked: Asked, runs: dict[str, xr.Dataset]) -> dict[str, object]:
    """Say what a comparison was made from."""
    first = next(iter(runs.values())).attrs
    scenarios = [dataclasses.replace(each, name=label) for label, each in asked.scenarios.items()]
    models = {each.model.hash: each.model.path.name for each in scenarios}
    made_by = (first["backend"], first["integrator"], first["time_step"])
    return {
        **provenance(scenarios[0].model, scenarios, *made_by),
        "model": ", ".join(models.values()),
        "model_hash": ", ".join(models),
        "years": ", ".join(map(str, asked.years)),
        "per": asked.element(next(iter(asked.scenarios)), asked.per).label if asked.per else "",
    }
