"""A calibration for people: what the data taught, how the draws behaved, and what it is worth elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from simcounty.presentation.formatting import finite
from simcounty.presentation.messages import Language
from simcounty.presentation.terminal import Terminal

if TYPE_CHECKING:
    import xarray as xr

BELIEFS = ("parameter", "believed_before", "by_the_data", "likeliest", "contraction", "r_hat", "effective")
FIT = ("observed_as", "counties_seen", "misfit_mean", "misfit_sd")
LEFT_OUT = ("observed_as", "area", "rule", "mape", "bias", "rmse", "theil")
COVERAGE = ("parameter", "held")
RIGHT = (*BELIEFS[1:], *FIT[1:], *LEFT_OUT[3:], "held")
THEIL = ("theil_bias", "theil_variance", "theil_covariance")
CHANCE = 2.0  # standard errors
FLAGS = ("at_low", "at_high", "informed", "trusted")
NUMBERS = (
    "prior_median", "prior_q05", "prior_q95", "median", "q05", "q95", "mean", "sd", "likeliest",
    "contraction", "r_hat", "effective",
)  # fmt: skip


def tell(found: xr.Dataset, terminal: Terminal) -> None:
    """Print a calibration."""
    about = ("title", "counties", "data", "free", "first_year", "last_year")
    terminal.result("calibrated", **{name: found.attrs[name] for name in about})
    terminal.table((*BELIEFS, "said"), [_belief(cell, terminal) for cell in _each(found)], RIGHT)
    _explain(found, terminal)
    terminal.table(
        FIT, [_fit(found.sel(observable=name), terminal) for name in found.observable.values], RIGHT
    )
    if "score" in found:
        terminal.result("left_out_told", folds=found.attrs["folds"])
        terminal.table(LEFT_OUT, list(_scores(found, terminal)), RIGHT)
        for line in _winners(found, terminal):
            terminal.result("beats", **line)
    if "recovery_held" in found:
        terminal.table(COVERAGE, [_coverage(cell, terminal) for cell in _each(found)], RIGHT)
        held = found.recovery_held
        terminal.result("recovered", share=f"{100 * float(held.mean()):.1f}", truths=held.sizes["truth"])


def record(found: xr.Dataset) -> dict[str, Any]:
    """Return what --json prints: the table of parameters, the fit, the scores, the coverage."""
    parameters = [
        {
            "name": str(cell.coordinate.item()),
            "label": str(cell.label.item()),
            "unit": str(cell.unit.item()),
            **{name: finite(float(cell[name])) for name in NUMBERS},
            **{name: bool(cell[name]) for name in FLAGS},
        }
        for cell in _each(found)
    ]
    about = {name: _plain(value) for name, value in found.attrs.items() if name != "priors"}
    told: dict[str, Any] = {**about, "parameters": parameters, "fit": _fits(found)}
    if "score" in found:
        told["left_out"] = list(_records(found))
    if "recovery_held" in found:
        shares = found.recovery_held.mean("truth")
        told["coverage"] = {str(name): float(shares.sel(coordinate=name)) for name in found.coordinate.values}
    return told


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _each(found: xr.Dataset) -> Iterator[xr.Dataset]:
    for name in found.coordinate.values:
        yield found.sel(coordinate=name)


def _name(cell: xr.Dataset, terminal: Terminal) -> str:
    """Return what a coordinate is called; in Chinese by its label."""
    if terminal.language is Language.en:
        return str(cell.coordinate.item())
    said = terminal.word(f"kind_{cell.kind.item()}", label=cell.label.item())
    group = str(cell.of_group.item())
    return f"{said}（{group}）" if group else said


def _belief(cell: xr.Dataset, terminal: Terminal) -> tuple[str, ...]:
    trust = (
        f"{100 * float(cell.contraction):.0f} %",
        f"{float(cell.r_hat):.3f}",
        f"{float(cell.effective):,.0f}",
    )
    before, after = _interval(cell, "prior_"), _interval(cell, "")
    return _name(cell, terminal), before, after, f"{float(cell.likeliest):.3g}", *trust, _said(cell, terminal)


def _interval(cell: xr.Dataset, prefix: str) -> str:
    middle, low, high = (float(cell[prefix + name]) for name in ("median", "q05", "q95"))
    return f"{middle:.3g} [{low:.3g}, {high:.3g}]"


def _said(cell: xr.Dataset, terminal: Terminal) -> str:
    """Say what makes a number doubtful: draws at an end of its prior, nothing learnt, draws that disagree."""
    doubts = [name for name in ("at_low", "at_high") if bool(cell[name])]
    doubts += [f"not_{name}" for name in ("informed", "trusted") if not bool(cell[name])]
    return terminal.word("enumerated").join(terminal.word(name) for name in doubts) or "–"


def _explain(found: xr.Dataset, terminal: Terminal) -> None:
    """Say how the draws were made and whether they agree, and whether the search came to rest."""
    names = ("ensembles", "walkers", "counted_steps", "seed")
    about = {name: found.attrs[name] for name in names}
    terminal.result("drawn", acceptance=f"{100 * found.attrs['acceptance']:.0f}", **about)
    if not found.attrs["settled"]:
        terminal.result("not_settled")
    if not bool(found.trusted.all()):
        terminal.result("not_converged")


def _fit(cell: xr.Dataset, terminal: Terminal) -> tuple[str, ...]:
    off = cell.fitted - cell.observed
    return (
        _observed(cell, terminal),
        f"{int(off.notnull().sum())}",
        _off(off.mean(), cell),
        _off(off.std(), cell),
    )


def _fits(found: xr.Dataset) -> list[dict[str, Any]]:
    off = found.fitted - found.observed
    return [
        {
            "observable": str(name),
            "counties": int(off.sel(observable=name).notnull().sum()),
            "mean": finite(float(off.sel(observable=name).mean())),
            "sd": finite(float(off.sel(observable=name).std())),
        }
        for name in found.observable.values
    ]


def _observed(cell: xr.Dataset, terminal: Terminal) -> str:
    english = terminal.language is Language.en
    return str((cell.observable if english else cell.observable_label).item())


def _off(value: Any, cell: xr.Dataset) -> str:
    """Write an error as a share of the observed, or in points where the observable is a share."""
    return f"{100 * float(value):+.2f}" + (" %" if bool(cell.log) or cell.observable_unit != "Dmnl" else "")


def _records(found: xr.Dataset) -> Iterator[dict[str, Any]]:
    for forecast in found.forecast.values:
        for area in found.area.values:
            for rule in found.rule.values:
                cell = found.score.sel(forecast=forecast, area=area, rule=rule)
                scores = {str(name): finite(float(cell.sel(measure=name))) for name in found.measure.values}
                if scores["mape"] is not None:
                    about = {"observable": str(forecast), "area": str(area), "rule": str(rule)}
                    yield about | scores


def _scores(found: xr.Dataset, terminal: Terminal) -> Iterator[tuple[str, ...]]:
    for each in _records(found):
        cell = found.sel(observable=each["observable"])
        theil = " / ".join(
            f"{100 * (each[f'theil_{part}'] or 0.0):.0f}" for part in ("bias", "variance", "covariance")
        )
        errors = f"{100 * each['mape']:.1f} %", f"{100 * each['bias']:+.2f}", f"{100 * each['rmse']:.2f}"
        area = each["area"] or terminal.word("all_areas")
        yield _observed(cell, terminal), area, terminal.word(f"rule_{each['rule']}"), *errors, theil


def _winners(found: xr.Dataset, terminal: Terminal) -> Iterator[dict[str, str]]:
    """Say of every forecast and area how the model stands against the best of the rules."""
    rows = list(_records(found))
    for forecast, area in dict.fromkeys((each["observable"], each["area"]) for each in rows):
        errors = {e["rule"]: e["rmse"] for e in rows if (e["observable"], e["area"]) == (forecast, area)}
        model = errors.pop("model", math.nan)
        best = min(errors, key=lambda rule: errors[rule])
        edge = float(found.edge.sel(forecast=forecast, area=area, rule=best))
        yield {
            "observable": _observed(found.sel(observable=forecast), terminal),
            "area": area or terminal.word("all_areas"),
            "verdict": terminal.word(_stands(edge)),
            "edge": f"{edge:+.1f}",
            "rule": terminal.word(f"rule_{best}"),
            "model": f"{100 * model:.2f}",
            "naive": f"{100 * errors[best]:.2f}",
        }


def _stands(edge: float) -> str:
    """Return the word for how the model stands against a rule; see `hindcast.edge`."""
    if abs(edge) < CHANCE or math.isnan(edge):
        return "ties_with_it"
    return "beats_it" if edge < 0 else "loses_to_it"


def _coverage(cell: xr.Dataset, terminal: Terminal) -> tuple[str, ...]:
    return _name(cell, terminal), f"{100 * float(cell.recovery_held.mean()):.0f} %"
