"""The summary of a sweep: probabilities of targets, differences between scenarios, and what ± means."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from simcounty.presentation.formatting import (
    decimals,
    error_digits,
    finite,
    goal_text,
    probability_text,
    signed,
    year_text,
)
from simcounty.presentation.messages import Messages
from simcounty.presentation.tables import Table, table_of

if TYPE_CHECKING:
    import xarray as xr

Record = Mapping[str, Any]

COLUMNS = ("scenario", "target", "year", "clause", "goal", "probability", "margins", "first_year")
DIFFERENCES = ("target", "scenario", "against", "difference")
ESTIMATE = ("probability", "standard_error", "low", "high")
NUMBERS = (*ESTIMATE, "difference", "difference_error")


def cells(found: xr.Dataset) -> Iterator[xr.Dataset]:
    """Yield the results of each target of each scenario."""
    for scenario in found.scenario.values:
        for target in found.target.values:
            cell = found.sel(scenario=scenario, target=target)
            if cell.operator.item():  # the scenario has this target
                yield cell


def summary_record(found: xr.Dataset) -> Record:
    """Return a summary as plain data; it is the same for the same futures, wherever and whenever it is made."""
    whole_plans = (found.drop_dims("target").sel(scenario=each) for each in found.scenario.values)
    return {
        "members": found.attrs["finished"],
        "failed": int(found.failed.sum()),
        "targets": [_target(cell) for cell in cells(found)],
        "joint": [_joint(cell) for cell in whole_plans if math.isfinite(cell.joint_probability)],
    }


def target_record(cell: xr.Dataset) -> Record:
    """Return what is known of the target of a cell beside its results."""
    return {
        "scenario": str(cell.scenario.item()),
        "name": str(cell.target.item()),
        **{name: str(cell[name].item()) for name in ("label", "clause", "operator", "unit")},
        "goal": finite(float(cell.goal)),
        "year": year_of(float(cell.year)),
    }


def _target(cell: xr.Dataset) -> Record:
    percent = [f"{100 * each:g}" for each in cell["quantile"].values]
    return {
        **target_record(cell),
        **_numbers(cell, ""),
        "never": finite(float(cell.never)),
        "margin": dict(zip(percent, map(finite, cell.margin.values.tolist()), strict=True)),
        "first_year": dict(zip(percent, map(year_of, cell.first_year.values.tolist()), strict=True)),
    }


def _joint(cell: xr.Dataset) -> Record:
    counts = {"failed": int(cell.failed), "unfinished": int(cell.attrs["unfinished"])}
    return {
        "scenario": str(cell.scenario.item()),
        **_numbers(cell, "joint_"),
        **counts,
        **{name: cell.attrs[name] for name in ("design", "draws", "error", "reference")},
    }


def _numbers(cell: xr.Dataset, prefix: str) -> dict[str, Any]:
    return {name: finite(float(cell[prefix + name])) for name in NUMBERS}


def year_of(year: float) -> int | None:
    """Return a year as JSON has it; None for a target without one and a goal that is never reached."""
    return int(year) if math.isfinite(year) else None


def summary_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield the probabilities, the differences to the reference scenario, and what the numbers rest on."""
    design = record["joint"][0]
    grid = design["error"] == "grid"
    columns = ["share_met" if grid and name == "probability" else name for name in COLUMNS]
    yield table_of(words, columns, _rows(record, words), right=("probability", "share_met"))
    differences = list(_differences(record, words))
    if differences:
        yield table_of(words, DIFFERENCES, differences, right=("difference",))
    counts = {"members": f"{record['members']:,}", "failed": f"{record['failed']:,}"}
    yield words("counted", design=design["design"], **counts)
    if design["unfinished"]:
        yield words("not_run", unfinished=f"{design['unfinished']:,}")
    special = {"given": "error_given", "saltelli": "error_saltelli"}
    code = special.get(design["design"], f"error_{design['error']}")
    yield words(code, draws=f"{design['draws']:,}")
    if not grid and any(each["probability"] in (0, 1) for each in (*record["targets"], *record["joint"])):
        yield words("bounded")
    if differences:
        yield words("paired")


def _rows(record: Record, words: Messages) -> Iterator[tuple[str, ...]]:
    """Yield the rows of each scenario: its targets, then all of them at once."""
    for joint in record["joint"]:
        name = joint["scenario"]
        yield from (_row(each, words) for each in record["targets"] if each["scenario"] == name)
        yield name, words("all_targets"), "", "", "", _estimate_text(joint), "", ""


def _row(target: Record, words: Messages) -> tuple[str, ...]:
    goal, margins = target["goal"], target["margin"]
    digits = decimals(margins["50"] or 0.0 if goal is None else goal)
    return (
        target["scenario"],
        target["label"],
        year_text(target["year"]),
        target["clause"],
        goal_text(words, target["operator"], goal, unit=target["unit"]),
        _estimate_text(target),
        " | ".join(signed(each, digits) for each in margins.values()),
        _first_year(target, words),
    )


def _estimate_text(estimate: Record) -> str:
    """Write a probability with its error; see `probability_text`."""
    return probability_text(*(math.nan if estimate[name] is None else estimate[name] for name in ESTIMATE))


def _first_year(target: Record, words: Messages) -> str:
    low, _, median, _, high = target["first_year"].values()
    if median is None:
        return words("never_reached")
    never = f"{100 * target['never']:.3g} %"
    return words("reached", median=median, low=low, high=high, never=never)


def _differences(record: Record, words: Messages) -> Iterator[tuple[str, ...]]:
    """Yield how far each scenario is from the reference, target by target and all at once."""
    reference = record["joint"][0]["reference"]
    for each in (*record["targets"], *record["joint"]):
        if each["difference"] is None:
            continue
        error = each["difference_error"]
        digits = 2 if error is None else error_digits(100 * error)
        beside = f" ± {100 * error:.{digits}f}" if error else ""
        shown = words("points", difference=f"{100 * each['difference']:+.{digits}f}{beside}")
        yield each.get("label", words("all_targets")), each["scenario"], reference, shown
