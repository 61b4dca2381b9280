"""Runs held against what came: a check table for few counties, measures beside naive rules for many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.accounts.variables import variables
from simcounty.presentation.formatting import MISSING, format_of, plain, signed
from simcounty.presentation.messages import Messages
from simcounty.presentation.records import Record, finite
from simcounty.presentation.tables import Column, Table, table_of

if TYPE_CHECKING:
    import xarray as xr

FEW = 3  # counties that have a check table each
CHECK = ("year", "indicator", "unit", "simulated", "actual", "error")
MEASURED = ("indicator", "counties_observed", "rule", "bias", "median_error", "mean_error", "rmse", "theil")
RIGHT = ("simulated", "actual", "error", *MEASURED[3:], "counties_observed")
THEIL = ("theil_bias", "theil_variance", "theil_covariance")
ABSOLUTE = ("bias", "median", "mean", "rmse")
KINDS = ("provinces", "province", "size", "known_since")
KNOWN = "*"


def scores_record(found: xr.Dataset) -> dict[str, Any]:
    """Return what `score` gives as plain data; `score --json` prints it. Few counties have their checks."""
    failed = found.name.values[found.failed.values].tolist()
    few = found.sizes["place"] <= FEW
    return {
        **found.attrs,
        "counties": found.sizes["place"],
        "names": found.name.values.tolist() if few else None,
        "failed": failed,
        "outcomes": [_outcome(found, k) for k in range(found.sizes["outcome"])],
        "checks": list(check_records(found)) if few else None,
    }


def check_records(found: xr.Dataset) -> Iterator[Record]:
    """Yield every county's figures that came since the start, beside its run and the naive rules."""
    made, came = found.forecast.to_numpy(), found.actual.to_numpy()
    rules, years = found.rule.values.tolist(), found.year.values.tolist()
    for i, k, t in np.argwhere(np.isfinite(came) & np.isfinite(made[0])).tolist():
        if years[t] > found.attrs["start"]:
            forecasts = dict(zip(rules, made[:, i, k, t].tolist(), strict=True))
            yield {
                "code": str(found.place.values[i]),
                "name": str(found.name.values[i]),
                "province": str(found.province.values[i]),
                **_about(found, k),
                "year": years[t],
                "simulated": forecasts.pop("model"),
                "actual": came[i, k, t].item(),
                "error": _error(made[0, i, k, t], came[i, k, t], bool(found.log[k])),
                "known": years[t] <= found.attrs["known_by"],
                "naive": {rule: finite(value) for rule, value in forecasts.items()},
            }


def _error(made: float, came: float, log: bool) -> float:
    return float(made / came - 1 if log else made - came)


def _about(found: xr.Dataset, k: int) -> dict[str, Any]:
    names = {"variable": "outcome", "figure": "figure", "label": "label", "unit": "unit"}
    return {key: str(found[name].values[k]) for key, name in names.items()} | {"log": bool(found.log[k])}


def _outcome(found: xr.Dataset, k: int) -> dict[str, Any]:
    about, start, end = _about(found, k), found.attrs["start"], found.attrs["end"]
    breaks = variables()[about["figure"]].breaks
    return {
        **about,
        "breaks": [
            {"between": each.between, "reason": each.reason}
            for each in breaks
            if "county" in each.levels and start <= each.between[0] < end
        ],
        "scores": list(_scores(found.isel(outcome=k))),
    }


def _scores(cell: xr.Dataset) -> Iterator[Record]:
    """Yield the measures of every rule: of all counties in every year, of groups in the last."""
    score, counts = cell.score.to_numpy(), cell["count"].to_numpy()
    rules, measures = cell.rule.values.tolist(), cell.measure.values.tolist()
    groups = list(zip(cell.group_kind.values.tolist(), cell.group_name.values.tolist(), strict=True))
    for g, t in np.argwhere(counts).tolist():
        year, (kind, name) = int(cell.year[t]), groups[g]
        if year > cell.attrs["start"] and (kind == "all" or year == cell.attrs["end"]):
            by_rule = {
                rule: dict(zip(measures, map(finite, score[i, g, t].tolist()), strict=True))
                for i, rule in enumerate(rules)
                if np.isfinite(score[i, g, t, 0])
            }
            count = int(counts[g, t])
            yield {"year": year, "kind": kind, "name": name, "counties": count, "rules": by_rule}


def scores_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield how the run was made, then a check table for each of few counties or the measures of many."""
    names, years = record["names"], {name: record[name] for name in ("start", "known_by", "end")}
    who = words("enumerated").join(names) if names else words("scores.counties", count=record["counties"])
    yield words("scores.run", who=who, **years)
    if record["checks"] is not None:
        yield from _checks(record["checks"], words)
    else:
        yield from _measures(record, words)
    for name in record["failed"]:
        yield words("scores.failed", name=name)
    yield from _remarks(record, words)


def _checks(checks: Sequence[Record], words: Messages) -> Iterator[Table | str]:
    for code in dict.fromkeys(each["code"] for each in checks):
        own = [each for each in checks if each["code"] == code]
        yield ""
        yield words("panel.place", name=own[0]["name"], code=code)
        yield table_of(words, CHECK, (_check_row(each) for each in own), RIGHT)
    if any(each["known"] for each in checks):
        yield words("scores.known")


def _check_row(check: Record) -> tuple[str, ...]:
    shown = format_of(check["unit"], check["label"], [check["simulated"], check["actual"]])
    mark = KNOWN if check["known"] else ""
    error = f"{signed(100 * check['error'], 1)} %" if check["log"] else signed(check["error"], 2)
    numbers = shown.number(check["simulated"]), shown.number(check["actual"])
    return f"{check['year']}{mark}", check["label"], shown.unit, *numbers, error


def _measures(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield the measures over all counties in the last year, then medians by group."""
    end = record["end"]
    own = [(each, score) for each in record["outcomes"] for score in each["scores"] if score["year"] == end]
    whole = [(each, score) for each, score in own if score["kind"] == "all"]
    yield ""
    yield table_of(words, MEASURED, (row for each in whole for row in _rule_rows(*each, words)), RIGHT)
    yield words("scores.measures")
    for kind in KINDS:
        table = _by_group(kind, [each for each in own if each[1]["kind"] == kind], words)
        if len(table.rows) > 1:
            yield ""
            yield table
    yield words("scores.groups")


def _rule_rows(outcome: Record, score: Record, words: Messages) -> Iterator[tuple[str, ...]]:
    for rule, found in score["rules"].items():
        scale = 100 if outcome["log"] else 1
        bias, *absolute = (found[name] * scale for name in ABSOLUTE)
        theil = [MISSING if found[name] is None else f"{100 * found[name]:.0f}" for name in THEIL]
        numbers = (signed(bias, 1), *(plain(each, 1) for each in absolute), " / ".join(theil))
        yield outcome["label"], str(score["counties"]), words(f"rule_{rule}"), *numbers


def _by_group(kind: str, scores: Sequence[tuple[Record, Record]], words: Messages) -> Table:
    """Return median errors by group: of the model and the best naive rule, and the number of counties."""
    labels = list(dict.fromkeys(each["label"] for each, _ in scores))
    names = list(dict.fromkeys(score["name"] for _, score in scores))
    cells = {(score["name"], each["label"]): _median_text(each, score) for each, score in scores}
    columns = (Column(words.heading(f"scores.{kind}")), *(Column(label, right=True) for label in labels))
    order = sorted(names, key=lambda name: name == "")
    rows = [
        (name or words("scores.none"), *(cells.get((name, each), MISSING) for each in labels))
        for name in order
    ]
    return Table(columns, tuple(rows))


def _median_text(outcome: Record, score: Record) -> str:
    scale = 100 if outcome["log"] else 1
    medians = {rule: each["median"] * scale for rule, each in score["rules"].items()}
    model = medians.pop("model")
    best = plain(min(medians.values()), 1) if medians else MISSING
    return f"{model:.1f} | {best} ({score['counties']})"


def _remarks(record: Record, words: Messages) -> Iterator[str]:
    """Yield where definitions change, what never came, and what the model knows all the same."""
    breaks: dict[tuple[int, int, str], list[str]] = {}
    for each in record["outcomes"]:
        for found in each["breaks"]:
            breaks.setdefault((*found["between"], found["reason"]), []).append(each["label"])
    for (before, after, reason), labels in sorted(breaks.items()):
        parts = {"before": before, "after": after, "reason": reason}
        yield words("panel.break", **parts, labels=words("enumerated").join(labels))
    if missing := [each["label"] for each in record["outcomes"] if not _came(each, record["checks"])]:
        yield words("panel.missing", labels=words("enumerated").join(missing))
    if record["known_by"] < record["end"]:
        yield words("scores.tables", known_by=record["known_by"])


def _came(outcome: Mapping[str, Any], checks: Iterable[Record] | None) -> bool:
    """Return whether any figure of an outcome came."""
    if checks is None:
        return bool(outcome["scores"])
    return any(each["variable"] == outcome["variable"] for each in checks)
