"""What the dataset of a sweep says about itself: which inputs were varied, which targets it is judged by.

Such a dataset holds every kept variable along `scenario`, `member` and `time`; each varied constant is a
coordinate of `member` with its `role`: "lever" or "uncertainty". `failed` flags runs that went wrong.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from simcounty.scenario import Scenario, Target

if TYPE_CHECKING:
    import xarray as xr

ROLES = ("lever", "uncertainty")


def inputs_of(futures: xr.Dataset) -> list[str]:
    """Return the constants that were varied, in the order of the design.

    A store does not keep the order of coordinates: it is told by the attribute `inputs`, a JSON list.
    """
    if "inputs" in futures.attrs:
        return [str(key) for key in json.loads(futures.attrs["inputs"])]
    return [str(key) for key, each in futures.coords.items() if each.attrs.get("role") in ROLES]


def targets_of(futures: xr.Dataset) -> Mapping[str, tuple[Target, ...]]:
    """Return the targets of each scenario that the futures can be judged by."""
    stored: dict[str, list[dict[str, object]]] = json.loads(futures.attrs["targets"])
    return {name: tuple(map(_target, each)) for name, each in stored.items()}


def targets_text(scenarios: Sequence[Scenario]) -> str:
    """Write the targets of scenarios as the text that `targets_of` reads.

    A scenario without policies, such as a baseline, is held against those of the others of its county.
    """
    told = {
        each.name: [dataclasses.asdict(target) for target in _targets(each, scenarios)] for each in scenarios
    }
    return json.dumps(told, ensure_ascii=False)


def _targets(scenario: Scenario, scenarios: Sequence[Scenario]) -> tuple[Target, ...]:
    if scenario.policies:
        return scenario.targets
    beside = [each for each in scenarios if each.county == scenario.county]
    named = {target.name: target for each in beside for target in each.targets}
    return tuple(named.values())


def _target(stored: Mapping[str, object]) -> Target:
    lists = {key: tuple(value) for key, value in stored.items() if isinstance(value, list)}
    return Target(**{**stored, **lists})  # type: ignore[arg-type]
