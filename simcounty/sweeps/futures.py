"""Reading a sweep that may not fit into memory: a block of members at a time, of the rows that are draws.

What a design allows to be said differs: members drawn at random have a Monte-Carlo error; points spread
more evenly have a smaller one; the corners of a grid are no draws at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from simcounty.errors import Findings, InputError, did_you_mean
from simcounty.judgement import judge, value_of
from simcounty.model.graph import variable_of
from simcounty.scenario import Scenario, Target
from simcounty.scenario.target import target_cells, target_from, target_record

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Target

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
    return {name: tuple(map(target_from, each)) for name, each in stored.items()}


def targets_text(scenarios: Sequence[Scenario]) -> str:
    """Write the targets of scenarios as the text that `targets_of` reads.

    A scenario without policies, such as a baseline, is held against those of the others of its county.
    """
    records = {each.name: list(map(target_record, _targets(each, scenarios))) for each in scenarios}
    return json.dumps(records, ensure_ascii=False)


def _targets(scenario: Scenario, scenarios: Sequence[Scenario]) -> tuple[Target, ...]:
    if scenario.policies:
        return scenario.targets
    beside = [each for each in scenarios if each.county == scenario.county]
    named = {target.name: target for each in beside for target in each.targets}
    return tuple(named.values())


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
"""What sqrt(p (1 - p) / n) is in a design: the standard error, an upper estimate of it, or nothing."""
ABOUT = ("label", "clause", "operator", "goal", "unit", "year")
UNSAID = ("targets", "created")  # of the attributes of a sweep, in what is made of it
BLOCK = 65_536  # members: of a variable and 16 years 8 MB


def scenarios_of(futures: xr.Dataset) -> list[str]:
    """Return the names of the scenarios."""
    return [str(name) for name in futures.scenario.values]


def reference_of(futures: xr.Dataset) -> str:
    """Return the scenario the others are held against: the first that sets no lever, else the first."""
    names, levers = scenarios_of(futures), json.loads(futures.attrs.get("levers", "{}"))
    return next((name for name in names if levers.get(name) == {}), names[0])


def draws(futures: xr.Dataset) -> Flags:
    """Tell which members are draws, each of its own: all but the mixed rows of a Saltelli design.

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


def stored_keys(futures: xr.Dataset, target: Target) -> list[str]:
    """Return the variables a target is read from: its own, or the stock that adds up its years."""
    name = variable_of(target.variable)
    if target.measure == "at":
        return [name]
    return [name, variable_of(str(futures[name].attrs["accumulator"]))]


def values(futures: xr.Dataset, scenario: str, target: Target) -> Numbers:
    """Return what a target measures in every member of a scenario, in the target's unit."""
    rows = np.ones(futures.sizes["member"], bool)
    read = blocks(futures, scenario, stored_keys(futures, target), rows)
    return np.concatenate([value_of(block, target).values for block in read])


def judged_by(futures: xr.Dataset, names: tuple[str, ...] = ()) -> Mapping[str, tuple[Target, ...]]:
    """Return the targets of each scenario, of the names asked for, once all can be judged.

    Raises InputError, all findings at once, for names that no scenario has, and for what is not stored.
    """
    own = targets_of(futures)
    known = dict.fromkeys(target.name for each in own.values() for target in each)
    findings = [
        f"target {name}: no scenario has it; choose among {', '.join(known)}.{did_you_mean(name, known)}"
        for name in names
        if known and name not in known
    ]
    asked = {
        scenario: tuple(target for target in own.get(scenario, ()) if not names or target.name in names)
        for scenario in scenarios_of(futures)
    }
    if not known:
        findings.append("its scenarios have no targets; name policies that have some in the scenario files.")
    sample = futures.isel(member=slice(0, 1)).reset_coords(drop=True)
    for scenario, targets in asked.items():
        try:
            judge(sample.sel(scenario=scenario), targets)
        except InputError as error:
            findings.append(f"{scenario}: {error}")
    Findings(findings).raise_as(InputError, "the futures cannot be judged by these targets:")
    return asked


def table(
    futures: xr.Dataset,
    rows: Mapping[tuple[str, str], Mapping[str, Any]],
    dims: Mapping[str, tuple[str, ...]],
) -> xr.Dataset:
    """Lay out rows, by scenario and target, as a Dataset; what a scenario does not have is missing there.

    A field gets the dims `scenario` and `target`, and more if `dims` names them. Missing is NaN, "" or False.
    """
    import xarray as xr

    scenarios = scenarios_of(futures)
    targets = list(dict.fromkeys(target for _, target in rows))
    sample: Mapping[str, Any] = next(iter(rows.values()), {})
    data = {}
    for field, like in sample.items():
        missing = _missing(np.asarray(like))
        cells = [[rows[s, t][field] if (s, t) in rows else missing for t in targets] for s in scenarios]
        data[field] = (("scenario", "target", *dims.get(field, ())), np.array(cells))
    attrs = {name: text for name, text in futures.attrs.items() if name not in UNSAID}
    made = xr.Dataset(data, coords={"scenario": scenarios, "target": targets}, attrs=attrs)
    return made.set_coords(ABOUT)


def _missing(like: NDArray[Any]) -> NDArray[Any]:
    fill = "" if like.dtype.kind == "U" else False if like.dtype.kind == "b" else np.nan
    return np.full(like.shape, fill, dtype=like.dtype if like.dtype.kind in "Ub" else np.float64)


def about(target: Target) -> dict[str, Any]:
    """Return what every table says of a target."""
    cells = target_cells(target)
    return {name: cells[name] for name in ABOUT}
