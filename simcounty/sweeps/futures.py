"""Reading futures, the result of a sweep: inputs, targets, and values a block of members at a time.

What may be concluded depends on the design: members drawn at random have a Monte Carlo error; points spread
more evenly have a smaller one; the corners of a grid are not draws at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from simcounty.errors import Findings, InputError
from simcounty.judgement import judge, value_of
from simcounty.model.graph import variable_of
from simcounty.sampling.draws import COUNTIES
from simcounty.scenario import Scenario, Target
from simcounty.scenario.county import Observation
from simcounty.scenario.target import target_cells, target_from, target_names, target_record

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Error = Literal["draws", "upper", "grid"]
ERRORS: Mapping[str, Error] = {
    "random": "draws",
    "given": "draws",
    "lhs": "upper",
    "sobol": "upper",
    "saltelli": "upper",
    "morris": "grid",
    "factorial": "grid",
}
"""What sqrt(p (1 - p) / n) is in a design: the standard error, an upper estimate of it, or meaningless."""


def error_of(design: str) -> Error:
    """Return its row of `ERRORS`; meaningless for counties, which have the same draws.

    >>> error_of("random"), error_of("counties x random")
    ('draws', 'grid')
    """
    return "grid" if design.startswith(COUNTIES) else ERRORS[design]


ROLES = ("lever", "uncertainty")
BESIDE = ("model_error", "delivery")
WEIGHT_ROLE = "weight"
TARGET_FIELDS = ("label", "clause", "operator", "goal", "unit", "year")
OWN_ATTRIBUTES = ("targets", "created")  # of a sweep alone: results made from it do not repeat them
NOTHING_RUN = "no member has been run yet; go on with simcounty sweep … --resume."
BLOCK = 65_536  # members: of a variable and 16 years 8 MB


def inputs_of(futures: xr.Dataset) -> list[str]:
    """Return the constants that were varied, in the order of the design.

    A store does not keep the order of coordinates: the attribute `inputs`, a JSON list, does.
    """
    if "inputs" in futures.attrs:
        return [str(key) for key in json.loads(futures.attrs["inputs"])]
    return [str(key) for key, each in futures.coords.items() if each.attrs.get("role") in ROLES]


def sources_of(futures: xr.Dataset) -> list[str]:
    """Return all that makes futures differ: varied constants, the model error, the delivery of policies."""
    beside = [str(key) for key, each in futures.coords.items() if each.attrs.get("role") in BESIDE]
    return [*inputs_of(futures), *sorted(beside)]


def beside_constants(futures: xr.Dataset) -> list[str]:
    """Return what members keep that a sweep of constants alone has not: errors, delivery and weights."""
    roles = {str(key): each.attrs.get("role") for key, each in futures.coords.items()}
    return [key for key, role in roles.items() if role in (*BESIDE, WEIGHT_ROLE)]


def headline_kept(futures: xr.Dataset) -> list[str]:
    """Return the variables that stand for futures: those of the headline that are kept, else all kept.

    Variables with further dimensions are left out. Raises InputError where there are none.
    """
    plain = [str(key) for key, each in futures.items() if set(each.dims) == {"scenario", "member", "time"}]
    if not plain:
        raise InputError("the futures hold no variable that can be shown. Sweep with --keep.")
    return [key for key in json.loads(futures.attrs.get("headline", "[]")) if key in plain] or plain


def targets_of(futures: xr.Dataset) -> Mapping[str, tuple[Target, ...]]:
    """Return the targets of each scenario that the futures can be judged by."""
    stored: dict[str, list[dict[str, object]]] = json.loads(futures.attrs["targets"])
    return {name: tuple(map(target_from, each)) for name, each in stored.items()}


def observations_text(figures: Iterable[Observation]) -> str:
    """Return figures as the JSON text that `observations_of` reads."""
    return json.dumps([[each.variable, each.year, each.value, each.source] for each in figures])


def observations_of(futures: xr.Dataset) -> tuple[Observation, ...]:
    """Return the figures published since the start that the futures of one county were brought to."""
    return tuple(Observation(*each) for each in json.loads(futures.attrs.get("figures_since_start", "[]")))


def have_targets(futures: xr.Dataset) -> bool:
    """Return whether any scenario has targets that the futures can be judged by."""
    return any(targets_of(futures).values())


def targets_text(scenarios: Sequence[Scenario]) -> str:
    """Return the targets of scenarios as the JSON text that `targets_of` reads.

    A scenario without policies, such as a baseline, is judged by the targets of the others of its county.
    """
    records = {each.name: list(map(target_record, _targets(each, scenarios))) for each in scenarios}
    return json.dumps(records, ensure_ascii=False)


def _targets(scenario: Scenario, scenarios: Sequence[Scenario]) -> tuple[Target, ...]:
    if scenario.policies:
        return scenario.targets
    beside = [each for each in scenarios if each.county == scenario.county]
    named = {target.name: target for each in beside for target in each.targets}
    return tuple(named.values())


def scenarios_of(futures: xr.Dataset) -> list[str]:
    """Return the names of the scenarios."""
    return [str(name) for name in futures.scenario.values]


def reference_of(futures: xr.Dataset) -> str:
    """Return the scenario the others are compared with: the first that sets no lever, else the first."""
    names, levers = scenarios_of(futures), json.loads(futures.attrs.get("levers", "{}"))
    return next((name for name in names if levers.get(name) == {}), names[0])


def is_draw(futures: xr.Dataset) -> Flags:
    """Return which members are independent draws: all but the mixed rows of a Saltelli design.

    In such a design a block is A, AB_1 … AB_D, B; an AB row repeats A in all inputs but one.
    """
    member = futures.member.values
    if futures.attrs["design"] != "saltelli":
        return np.ones(member.size, bool)
    rows = len(inputs_of(futures)) + 2
    return np.isin(member % rows, (0, rows - 1))


def blocks(futures: xr.Dataset, scenario: str, keys: list[str], rows: Flags) -> Iterator[xr.Dataset]:
    """Yield variables of the chosen members of one scenario, loaded, at most `BLOCK` members at a time."""
    chosen = futures[keys].reset_coords(drop=True).sel(scenario=scenario, drop=True)
    for start in range(0, rows.size, BLOCK):
        part = slice(start, start + BLOCK)
        loaded = chosen.isel(member=part).load()
        yield loaded if rows[part].all() else loaded.isel(member=rows[part])


def variables_of(futures: xr.Dataset, target: Target) -> list[str]:
    """Return the variables a target is read from: its own, and the stock that adds up its years."""
    name = variable_of(target.variable)
    if target.measure == "at":
        return [name]
    return [name, variable_of(str(futures[name].attrs["accumulator"]))]


def target_values(futures: xr.Dataset, scenario: str, target: Target) -> Numbers:
    """Return what a target measures in every member of a scenario, in the target's unit."""
    every = np.ones(futures.sizes["member"], bool)
    read = blocks(futures, scenario, variables_of(futures, target), every)
    return np.concatenate([value_of(block, target).values for block in read])


def judgeable_targets(futures: xr.Dataset, names: Sequence[str] = ()) -> Mapping[str, tuple[Target, ...]]:
    """Return the targets of each scenario, or those named, once all of them can be judged.

    Raises InputError, all findings at once, for names that no scenario has, and for what is not stored.
    """
    own = targets_of(futures)
    known = [target for each in own.values() for target in each]
    findings = Findings()
    chosen = target_names(names, known, findings) if known else []
    if not futures.sizes["member"]:
        findings.append(NOTHING_RUN)
    if not known:
        findings.append(
            "its scenarios have no targets; name policies that have some in the scenario files, or write "
            "[[target]] there."
        )
    found = {
        scenario: tuple(target for target in own.get(scenario, ()) if not names or target.name in chosen)
        for scenario in scenarios_of(futures)
    }
    sample = futures.isel(member=slice(0, 1)).reset_coords(drop=True)
    for scenario, targets in found.items():
        with findings.at(scenario):
            judge(sample.sel(scenario=scenario), targets)
    findings.raise_as(InputError, "the futures cannot be judged by these targets:")
    return found


def by_target(
    futures: xr.Dataset,
    rows: Mapping[tuple[str, str], Mapping[str, Any]],
    dims: Mapping[str, tuple[str, ...]],
) -> xr.Dataset:
    """Return rows, given by scenario and target, as a Dataset with the dims `scenario` and `target`.

    A row holds the `target_fields` and what was found; `dims` names further dims of a field. Where a
    scenario does not have a target, its cells are NaN, "" or False.
    """
    scenarios = scenarios_of(futures)
    targets = list(dict.fromkeys(target for _, target in rows))
    sample: Mapping[str, Any] = next(iter(rows.values()), {})
    data = {}
    for field, like in sample.items():
        missing = _missing(np.asarray(like))
        cells = [[rows[s, t][field] if (s, t) in rows else missing for t in targets] for s in scenarios]
        data[field] = (("scenario", "target", *dims.get(field, ())), np.array(cells))
    coords = {"scenario": scenarios, "target": targets}
    return xr.Dataset(data, coords, attributes_of(futures)).set_coords(TARGET_FIELDS)


def _missing(like: NDArray[Any]) -> NDArray[Any]:
    fill = "" if like.dtype.kind == "U" else False if like.dtype.kind == "b" else np.nan
    return np.full(like.shape, fill, dtype=like.dtype if like.dtype.kind in "Ub" else np.float64)


def attributes_of(futures: xr.Dataset) -> dict[str, Any]:
    """Return the attributes that results made from a sweep have in common with it."""
    return {str(name): value for name, value in futures.attrs.items() if name not in OWN_ATTRIBUTES}


def target_fields(target: Target) -> dict[str, Any]:
    """Return what every table says of a target, by `TARGET_FIELDS`."""
    cells = target_cells(target)
    return {name: cells[name] for name in TARGET_FIELDS}
