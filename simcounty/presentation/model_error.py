"""The model error: skill and coverage on counties left out, and what is added to futures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from simcounty.presentation.formatting import MISSING
from simcounty.presentation.messages import Messages
from simcounty.presentation.records import Record, finite
from simcounty.presentation.tables import Table, table_of

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.model_error import ErrorModel

HORIZONS = (1, 4, 7, 12)
RULES = ("model", "unchanged", "others", "regression")
INTERVALS = ("50", "80", "90")
SKILL = ("left_out", "observable", "counties_observed", "years", *RULES, *INTERVALS, "spread_ratio")
PROCESS = ("observable", "shock_county", "shock_province", *(f"after_{years}" for years in HORIZONS))
POINTS = "urbanisation_rate"


def model_error_record(fitted: ErrorModel, tested: xr.Dataset) -> Record:
    """Return the model error and its tests as plain data; `--json` prints it."""
    return {
        "persistence": fitted.persistence,
        "tails": fitted.tails,
        "fitted": dict(fitted.fitted),
        "skill": [
            _skill(tested.sel(left_out=how, outcome=name))
            for how in tested.left_out.values
            for name in tested.outcome.values
        ],
        "process": [_process(fitted, k) for k in range(len(fitted.outcomes))],
    }


def _skill(cell: xr.Dataset) -> Record:
    first, last = int(cell["first"]), int(cell["last"])
    rmse = cell.score.sel(measure="rmse")
    end, known = cell.coverage.sel(year=last), cell.counted.values > 0
    return {
        "left_out": cell.left_out.item(),
        "outcome": cell.outcome.item(),
        "label": cell.label.item(),
        "years": [first, last],
        "counties": int(cell.counted.sel(year=last)),
        "rmse": {str(rule): finite(float(rmse.sel(rule=rule))) for rule in cell.rule.values},
        "coverage": {
            f"{100 * each:g}": finite(float(end.sel(interval=each))) for each in cell.interval.values
        },
        "coverage_by_year": {
            str(year): {"counties": int(count), "90": finite(float(inside))}
            for year, count, inside in zip(
                cell.year.values[known],
                cell.counted.values[known],
                cell.coverage.sel(interval=0.9).values[known],
                strict=True,
            )
        },
        "spread": finite(float(cell.spread)),
        "recovered": finite(float(cell.recovered)),
    }


def _process(fitted: ErrorModel, k: int) -> Record:
    heavy = fitted.tails / (fitted.tails - 2)
    years = np.array(HORIZONS, float)
    own = heavy * fitted.county[k, k] * fitted.county_growth[k].variance(years)
    shared = fitted.province[k, k] * fitted.province_growth[k].variance(years)
    return {
        "outcome": fitted.outcomes[k],
        "label": fitted.label(k),
        "county": math.sqrt(heavy * fitted.county[k, k]),
        "province": math.sqrt(fitted.province[k, k]),
        "after": dict(zip(map(str, HORIZONS), np.sqrt(own + shared).tolist(), strict=True)),
    }


def model_error_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield skill and coverage, how errors grow, and what both mean."""
    right = (*RULES, *INTERVALS, "spread_ratio", "counties_observed", *PROCESS[1:])
    yield table_of(words, SKILL, [_skill_row(each, words) for each in record["skill"]], right=right)
    yield words("errors.skill")
    yield table_of(words, PROCESS, [_process_row(each) for each in record["process"]], right=right)
    yield words("errors.process", persistence=f"{record['persistence']:.2f}", tails=f"{record['tails']:.1f}")
    recovered = [each["recovered"] for each in record["skill"] if each["recovered"] is not None]
    if recovered:
        low, high = (f"{100 * end:.0f}" for end in (min(recovered), max(recovered)))
        yield words("errors.recovered", low=low, high=high)


def _skill_row(each: Record, words: Messages) -> tuple[str, ...]:
    shown = [MISSING if value is None else f"{value:.3f}" for value in each["rmse"].values()]
    inside = [MISSING if value is None else f"{100 * value:.0f} %" for value in each["coverage"].values()]
    first, last = each["years"]
    about = words(f"errors.{each['left_out']}"), each["label"], str(each["counties"]), f"{first}–{last}"
    return (*about, *shown, *inside, f"{each['spread']:.2f}")


def _process_row(each: Record) -> tuple[str, ...]:
    after = (f"{value:.3f}" for value in each["after"].values())
    return each["label"], f"{each['county']:.3f}", f"{each['province']:.3f}", *after
