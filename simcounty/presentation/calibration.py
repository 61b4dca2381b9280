"""A calibration: what the data taught, whether the draws agree, and what it is worth elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from simcounty.presentation.formatting import MISSING
from simcounty.presentation.messages import Messages
from simcounty.presentation.records import Record, fields, finite
from simcounty.presentation.tables import Table, table_of

if TYPE_CHECKING:
    import xarray as xr

PARAMETERS = (
    "parameter", "prior_interval", "posterior_interval", "map_estimate", "contraction", "r_hat",
    "effective_draws", "doubts",
)  # fmt: skip
FIT = ("observable", "counties_observed", "error_mean", "error_sd")
HOLDOUT = ("observable", "area", "rule", "mape", "bias", "rmse", "theil")
COVERAGE = ("parameter", "covered")
RIGHT = (*PARAMETERS[1:-1], *FIT[1:], *HOLDOUT[3:], *COVERAGE[1:])
THEIL = ("theil_bias", "theil_variance", "theil_covariance")
CHANCE = 2.0  # standard errors
RESULTS = (
    "prior_median", "prior_q05", "prior_q95", "median", "q05", "q95", "mean", "sd", "map_estimate",
    "contraction", "r_hat", "effective_draws", "at_low", "at_high", "informed", "converged",
)  # fmt: skip


def calibration_record(found: xr.Dataset) -> Record:
    """Return a calibration as plain data: parameters, fit and holdout forecasts; `--json` prints it."""
    about = {
        name: value.item() if hasattr(value, "item") else value
        for name, value in found.attrs.items()
        if name != "priors"
    }
    return {
        **about,
        "parameters": [_parameter(found.sel(coordinate=name)) for name in found.coordinate.values],
        "fit": [_fit(found.sel(observable=name)) for name in found.observable.values],
        "holdout": list(_forecasts(found)) if "score" in found else None,
        "truths": found.sizes.get("truth", 0),
    }


def _parameter(cell: xr.Dataset) -> Record:
    covered = float(cell.recovery_covered.mean()) if "recovery_covered" in cell else None
    about = fields(cell, name="coordinate", kind="kind", label="label", group="of_group", unit="unit")
    return {**about, **fields(cell, *RESULTS), "coverage": covered}


def _observable(cell: xr.Dataset) -> Record:
    relative = bool(cell.log) or cell.observable_unit.item() != "Dmnl"
    return {**fields(cell, "observable", label="observable_label"), "relative": relative}


def _fit(cell: xr.Dataset) -> Record:
    """Return the errors at the MAP estimate: in logarithms if `relative`, else in the observable's unit."""
    error = cell.fitted - cell.observed
    counties, mean, sd = int(error.notnull().sum()), float(error.mean()), float(error.std())
    return {**_observable(cell), "counties": counties, "mean": finite(mean), "sd": finite(sd)}


def _forecasts(found: xr.Dataset) -> Iterator[Record]:
    """Yield the scores of every observable, area and rule that has any."""
    for name in found.forecast.values:
        observable = _observable(found.sel(observable=name))
        for area in found.area.values:
            for rule in found.rule.values:
                cell = found.sel(forecast=name, area=area, rule=rule)
                scores = dict(
                    zip(found.measure.values.tolist(), map(finite, cell.score.values.tolist()), strict=True)
                )
                if scores["mape"] is not None:
                    yield {**observable, **fields(cell, "area", "rule", "loss_difference"), **scores}


def calibration_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield the parameters before and after the data, how the draws behaved, the fit, and the tests of it."""
    parameters, holdout = record["parameters"], record["holdout"]
    yield words("calibrated", **record)
    yield table_of(words, PARAMETERS, (_parameter_row(each, words) for each in parameters), RIGHT)
    yield words("sampled", **{**record, "acceptance": f"{100 * record['acceptance']:.0f}"})
    if not record["settled"]:
        yield words("search_not_settled")
    if not all(each["converged"] for each in parameters):
        yield words("draws_not_converged")
    yield table_of(words, FIT, (_fit_row(each, words) for each in record["fit"]), RIGHT)
    if holdout is not None:
        yield words("holdout_explained", folds=record["folds"])
        yield table_of(words, HOLDOUT, (_forecast_row(each, words) for each in holdout), RIGHT)
        yield from _comparisons(holdout, words)
    if record["truths"]:
        rows = [(_name(each, words), f"{100 * each['coverage']:.0f} %") for each in parameters]
        yield table_of(words, COVERAGE, rows, RIGHT)
        mean = sum(each["coverage"] for each in parameters) / len(parameters)
        yield words("recovered", percent=f"{100 * mean:.1f}", truths=record["truths"])


def _name(parameter: Record, words: Messages) -> str:
    """Return what a coordinate is called; in Chinese by its label."""
    if not words.is_chinese:
        return str(parameter["name"])
    text = words(f"kind_{parameter['kind']}", label=parameter["label"])
    return f"{text}（{parameter['group']}）" if parameter["group"] else text


def _parameter_row(each: Record, words: Messages) -> tuple[str, ...]:
    """Write a parameter with its doubts: an end of its prior, no contraction, no convergence."""
    doubts = [name for name in ("at_low", "at_high") if each[name]]
    doubts += [f"not_{name}" for name in ("informed", "converged") if not each[name]]
    return (
        _name(each, words),
        _interval(each, "prior_"),
        _interval(each, ""),
        f"{each['map_estimate']:.3g}",
        f"{100 * each['contraction']:.0f} %",
        MISSING if each["r_hat"] is None else f"{each['r_hat']:.3f}",
        MISSING if each["effective_draws"] is None else f"{each['effective_draws']:,.0f}",
        words("enumerated").join(map(words, doubts)) or MISSING,
    )


def _interval(each: Record, prefix: str) -> str:
    return "{:.3g} [{:.3g}, {:.3g}]".format(*(each[f"{prefix}{name}"] for name in ("median", "q05", "q95")))


def _fit_row(each: Record, words: Messages) -> tuple[str, ...]:
    unit = " %" if each["relative"] else ""
    errors = (MISSING if each[name] is None else f"{100 * each[name]:+.2f}{unit}" for name in ("mean", "sd"))
    return _label(each, words), str(each["counties"]), *errors


def _label(each: Record, words: Messages) -> str:
    return str(each["label"] if words.is_chinese else each["observable"])


def _forecast_row(each: Record, words: Messages) -> tuple[str, ...]:
    return (
        _label(each, words),
        each["area"] or words("all_areas"),
        words(f"rule_{each['rule']}"),
        f"{100 * each['mape']:.1f} %",
        f"{100 * each['bias']:+.2f}",
        f"{100 * each['rmse']:.2f}",
        " / ".join(f"{100 * (each[name] or 0.0):.0f}" for name in THEIL),
    )


def _comparisons(forecasts: Sequence[Record], words: Messages) -> Iterator[str]:
    """Yield, for every observable and area, how the model compares with the best of the rules."""
    for observable, area in dict.fromkeys((each["observable"], each["area"]) for each in forecasts):
        rules = {e["rule"]: e for e in forecasts if (e["observable"], e["area"]) == (observable, area)}
        model = rules.pop("model", None)
        best = min(rules.values(), key=lambda each: each["rmse"])
        difference = math.nan if best["loss_difference"] is None else best["loss_difference"]
        yield words(
            "against_best_rule",
            observable=_label(best, words),
            area=area or words("all_areas"),
            verdict=words(_verdict(difference)),
            difference=f"{difference:+.1f}",
            rule=words(f"rule_{best['rule']}"),
            model=f"{100 * model['rmse']:.2f}" if model else MISSING,
            naive=f"{100 * best['rmse']:.2f}",
        )


def _verdict(difference: float) -> str:
    """Return the code for how the model compares with a rule; see `holdout.loss_difference`."""
    if abs(difference) < CHANCE or math.isnan(difference):
        return "as_good_as_rule"
    return "better_than_rule" if difference < 0 else "worse_than_rule"
