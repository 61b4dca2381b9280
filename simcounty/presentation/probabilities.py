"""The summary of a sweep: probabilities of targets, differences between scenarios, and what ± means."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simcounty.presentation.formatting import (
    ESTIMATE,
    MISSING,
    decimals,
    error_digits,
    estimate_text,
    goal_text,
    signed,
    year_text,
)
from simcounty.presentation.messages import Messages
from simcounty.presentation.records import Record, by_percent, fields, finite, time_unit, year_of
from simcounty.presentation.tables import Table, table_of

if TYPE_CHECKING:
    import xarray as xr

COLUMNS = ("scenario", "target", "year", "clause", "goal", "probability", "margins", "first_year")
WIDTH = ("target", "scenario", "parameters", "model_error", "delivery", "prior")
DIFFERENCES = ("target", "scenario", "against", "difference")
NUMBERS = (*ESTIMATE, "difference", "difference_error")
PRIOR = ("prior", "prior_label", "prior_low", "prior_high")
FORECAST = ("observed_since_start", "effective", "pareto_k", "power", "nearest")
FAR = 4.5  # standard deviations, as many squared as there are figures: no future comes near what was observed
NAMED = 0.05  # of the variance: parameters that explain less are noise beside the rest
LIKELY = {"very_likely": 0.9, "likely": 0.66, "about_even": 0.33, "unlikely": 0.1}
"""Words for a probability from its lower end on, by the IPCC's Guidance Note on Uncertainties (2010)."""


def cells(found: xr.Dataset) -> Iterator[xr.Dataset]:
    """Yield the results of each target of each scenario."""
    for scenario in found.scenario.values:
        for target in found.target.values:
            cell = found.sel(scenario=scenario, target=target)
            if cell.operator.item():  # the scenario has this target
                yield cell


def summary_record(found: xr.Dataset) -> Record:
    """Return a summary as plain data; the same futures give the same record, wherever it is made."""
    whole_plans = (found.drop_dims("target").sel(scenario=each) for each in found.scenario.values)
    return {
        "members": found.attrs["finished"],
        "failed": int(found.failed.sum()),
        "forecast": forecast_record(found.attrs),
        "time_unit": time_unit(found),
        "targets": [_target(cell) for cell in cells(found)],
        "joint": [_joint(cell) for cell in whole_plans if math.isfinite(cell.joint_probability)],
    }


def forecast_record(attributes: Mapping[Any, Any]) -> Record | None:
    """Return what futures with a model error were held against; None for those without one."""
    if not attributes.get("model_error"):
        return None
    known = {name: attributes.get(name) for name in FORECAST}
    return {name: finite(each) if isinstance(each, float) else each for name, each in known.items()}


def target_record(cell: xr.Dataset) -> Record:
    """Return what is known of the target of a cell beside its results."""
    return {
        **fields(cell, "scenario", name="target"),
        **fields(cell, "label", "clause", "operator", "unit", "goal"),
        "year": year_of(cell.year),
    }


def _target(cell: xr.Dataset) -> Record:
    return {
        **target_record(cell),
        **fields(cell, *NUMBERS, *PRIOR, "never"),
        "likelihood": likelihood(float(cell.probability)),
        "width": dict(zip(cell.part.values.tolist(), map(finite, cell.width.values.tolist()), strict=True)),
        "margin": by_percent(cell.margin),
        "first_year": by_percent(cell.first_year, year_of),
    }


def _joint(cell: xr.Dataset) -> Record:
    return {
        "scenario": cell.scenario.item(),
        **fields(cell, *NUMBERS, prefix="joint_"),
        "failed": int(cell.failed),
        "unfinished": int(cell.attrs["unfinished"]),
        **{name: cell.attrs[name] for name in ("design", "draws", "error", "reference")},
    }


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
    if record["forecast"] and not grid:
        yield from _forecast_view(record, words)
    elif not record["forecast"]:
        yield words("chance.constants_only")
    special = {"given": "error_given", "saltelli": "error_saltelli"}
    code = special.get(design["design"], f"error_{design['error']}")
    forecast = record["forecast"]
    weighted = forecast is not None and forecast["effective"] is not None
    yield words("error_weighted" if weighted else code, draws=f"{design['draws']:,}")
    if not grid and any(each["probability"] in (0, 1) for each in (*record["targets"], *record["joint"])):
        yield words("bounded")
    if differences:
        yield words("paired")


def likelihood(probability: float) -> str:
    """Return the word for a probability, as a code of `LIKELY`, or "very_unlikely".

    >>> likelihood(0.4), likelihood(0.05)
    ('about_even', 'very_unlikely')
    """
    return next((word for word, low in LIKELY.items() if probability >= low), "very_unlikely")


def chance_text(target: Record, words: Messages) -> str:
    """Write a probability with the word for it and, in brackets, with what moves it most at its ends.

    The error of finitely many draws is written only where it is larger than that.
    """
    low, high, error = (target[name] for name in ("prior_low", "prior_high", "standard_error"))
    word = words(f"chance.{likelihood(target['probability'])}")
    if None in (low, high, error) or target["probability"] in (0, 1) or 2 * error > high - low:
        return words("chance.alone", word=word, estimate=estimate_text(target))
    percent = f"{100 * target['probability']:.0f}"
    if not _moves(target):
        return words("chance.alone", word=word, estimate=words("chance.rounded", percent=percent))
    return words("chance.about", word=word, percent=percent, ends=f"{100 * low:.0f}–{100 * high:.0f}")


def _moves(target: Record) -> bool:
    """Return whether parameters are enough of a target's width for one of them to be named."""
    part = target["width"]["parameters"]
    return part is not None and part >= NAMED


def _forecast_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield where the width of forecasts comes from, and what they were held against."""
    yield from width_view(record["targets"], words)
    yield from forecast_notes(record["forecast"], words)


def width_view(targets: Sequence[Record], words: Messages) -> Iterator[Table | str]:
    """Yield by what the value of each target is uncertain."""
    rows = [_width_row(each, words) for each in targets]
    yield table_of(words, WIDTH, rows, right=("parameters", "model_error", "delivery"))
    yield words("chance.parts")


def forecast_notes(about: Record | None, words: Messages) -> Iterator[str]:
    """Yield what probabilities mean, and what their futures were held against."""
    yield words("chance.cuts")
    yield from width_notes(about, words)


def width_notes(about: Record | None, words: Messages) -> Iterator[str]:
    """Yield what the width of futures leaves out, or what they were brought to."""
    if about is None:
        yield words("chance.narrow")
    elif about["effective"] is not None:
        counts = {"count": about["observed_since_start"], "effective": f"{about['effective']:,.0f}"}
        k = about["pareto_k"]
        yield words("observed", k=MISSING if k is None else f"{k:.2f}", **counts)
        if -2 * about["nearest"] > FAR**2 * max(1, about["observed_since_start"]):
            yield words("observed_far")
        if about["power"] < 1:
            yield words("tempered", power=f"{about['power']:g}")


def _width_row(target: Record, words: Messages) -> tuple[str, ...]:
    parts = (target["width"][name] for name in ("parameters", "model_error", "delivery"))
    shown = (MISSING if part is None else f"{100 * part:.0f} %" for part in parts)
    named = target["prior_label"] if _moves(target) else MISSING
    return target["label"], target["scenario"], *shown, named


def _rows(record: Record, words: Messages) -> Iterator[tuple[str, ...]]:
    """Yield the rows of each scenario: its targets, then all of them at once."""
    for joint in record["joint"]:
        name = joint["scenario"]
        worded = record["forecast"] is not None and joint["error"] != "grid"
        yield from (_row(each, worded, words) for each in record["targets"] if each["scenario"] == name)
        yield name, words("all_targets"), "", "", "", estimate_text(joint), "", ""


def _row(target: Record, worded: bool, words: Messages) -> tuple[str, ...]:
    goal, margins = target["goal"], target["margin"]
    digits = decimals(margins["50"] or 0.0 if goal is None else goal)
    return (
        target["scenario"],
        target["label"],
        year_text(target["year"]),
        target["clause"],
        goal_text(words, target["operator"], goal, unit=target["unit"]),
        chance_text(target, words) if worded else estimate_text(target),
        " | ".join(signed(each, digits) for each in margins.values()),
        _first_year(target, words),
    )


def _first_year(target: Record, words: Messages) -> str:
    low, _, median, _, high = target["first_year"].values()
    if median is None:
        return words("never_reached")
    share = 100 * target["never"]
    never = "< 0.01 %" if 0 < share < 0.01 else f"{share:.3g} %"
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
