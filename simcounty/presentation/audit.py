"""An audit: what is attainable, together, how probably, and what the goals ask a year."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from simcounty.presentation.formatting import (
    MISSING,
    NumberFormat,
    decimals,
    estimate_text,
    format_of,
    plain,
    recorded_goal,
    target_format,
    year_text,
)
from simcounty.presentation.messages import Messages
from simcounty.presentation.records import Record
from simcounty.presentation.tables import Table, table_of
from simcounty.units import in_chinese

if TYPE_CHECKING:
    pass

VALUES = ("target", "year", "goal", "baseline", "plan", "audit.best", "audit.best_feasible")
OUT_OF_REACH = 0.05  # probability of the best setting
PROBABILITIES = ("target", "audit.p_plan", "audit.p_best", "audit.p_feasible", "audit.p_together")
SETTINGS = ("audit.setting", "audit.violated", "audit.p_all_constraints")
PACES = ("target", "audit.required", "audit.since", "audit.observed")
FEASIBLE = ("audit.best_feasible", "audit.p_feasible")
SEARCHED = ("audit.best", "audit.p_best", "audit.p_together")
NUMBERS = (*VALUES[3:], *PROBABILITIES[1:], *SETTINGS[2:])
SHOWN = 6  # levers named of a setting that is best for a target
NEGLIGIBLE = 1e-3  # of a goal: a lever that contributes less is not named


def audit_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield the tables and sentences of an audit's record."""
    targets = record["targets"]
    yield from _target_tables(record, words)
    if record["settings_tried"]:
        for target in targets:
            yield from _best_texts(record, target, words)
        yield from _attainable_texts(record, words)
        yield from _joint_texts(record, words)
        yield from _pair_texts(record, words)
    yield from _constraint_table(record, words)
    yield table_of(words, PACES, [_pace_row(target, words) for target in targets])
    yield from _notes(record, words)


def _target_tables(record: Record, words: Messages) -> Iterator[Table]:
    """Yield what each target comes to, and how probably it is met, in the plan and at best."""
    values, probabilities = [], []
    for target in record["targets"]:
        outcomes = {name: each["targets"][target["name"]] for name, each in record["settings"].items()}
        plan, best, feasible, together = (
            outcomes.get(name or "")
            for name in ("plan", target["best_setting"], target["feasible_setting"], "together")
        )
        numbers = [each and each["value"] for each in (outcomes["baseline"], plan, best, feasible)]
        cells = map(_format(target).number, numbers)
        values.append([target["label"], year_text(target["year"]), recorded_goal(words, target), *cells])
        chances = (plan, best, feasible and feasible["feasible"], together)
        texts = (estimate_text(each) if each else MISSING for each in chances)
        probabilities.append([target["label"], *texts])
    searched, constraints = record["settings_tried"], record["settings"]["plan"]["constraints"]
    hidden = [*(() if searched and constraints else FEASIBLE), *(() if searched else SEARCHED)]
    headings = [words.heading(name) for name in hidden]
    yield table_of(words, VALUES, values, NUMBERS).without(headings)
    if record["draws"]:
        yield table_of(words, PROBABILITIES, probabilities, NUMBERS).without(headings)


def _format(target: Record) -> NumberFormat:
    """Return how the numbers of a target are written."""
    return target_format(target["unit"], 1.0 if target["goal"] is None else target["goal"])


def _best_texts(record: Record, target: Record, words: Messages) -> Iterator[str]:
    """Yield how the best values are attained: which levers at which end, and what each contributes."""
    best, feasible = target["best_setting"], target["feasible_setting"]
    setting = record["settings"][best]
    value = _format(target).amount(setting["targets"][target["name"]]["value"])
    about = {"target": target["label"], "value": value}
    levers = _levers(record, best, target, words)
    if not levers:
        yield words("audit.best_is_plan", **about)
        return
    yield words("audit.best_by", levers=levers, violated=_and_violates(setting, words), **about)
    if not feasible:
        yield words("audit.never_feasible")
    elif feasible != best:
        value = _format(target).amount(record["settings"][feasible]["targets"][target["name"]]["value"])
        levers = _levers(record, feasible, target, words) or MISSING
        yield words("audit.feasible_by", value=value, levers=levers)


def _levers(record: Record, name: str, target: Record | None, words: Messages) -> str:
    """Write the levers of a setting that differ from the plan; for a target, what contributes most first."""
    setting, plan = record["settings"][name], record["settings"]["plan"]
    moved = [key for key, value in setting["levers"].items() if value != plan["levers"][key]]
    contributions = (setting["contributions"] if target else None) or {}
    shown = moved
    if target and contributions:
        known = {key: -math.inf if each is None else each for key, each in contributions.items()}
        moved.sort(key=lambda key: -known[key])
        least = NEGLIGIBLE * abs(target["goal"] or 0.0)
        shown = [key for key in moved if known[key] >= least][:SHOWN] or moved[:SHOWN]
    about = ((record["levers"][key], setting["levers"][key], contributions.get(key)) for key in shown)
    texts = (_lever_text(*each, words) for each in about)
    more = len(moved) - len(shown)
    return words("semicolon").join(texts) + (words("audit.more_levers", count=more) if more else "")


def _lever_text(lever: Record, value: float, contribution: float | None, words: Messages) -> str:
    """Write a lever's value, at which end of its range it is, and what it contributes."""
    ends = (lever["low"], lever["high"])
    text = format_of(lever["unit"], lever["label"], [value or lever["high"]]).amount(value)
    about = [words("audit.top" if value == lever["high"] else "audit.bottom")] if value in ends else []
    about += [] if contribution is None else [f"{contribution:+.3g}"]
    code = "audit.lever_with" if about else "audit.lever"
    return words(code, lever=lever["label"], value=text, about=words("comma").join(about))


def _violated(setting: Record, words: Messages) -> str:
    """Write the constraints that a setting violates at the central inputs, and where most."""
    violated = [each for each in setting["constraints"] if not each["satisfied"]]
    numbers = [plain(each["worst"], decimals(each["worst"] or 0.0)) for each in violated]
    texts = (
        words("audit.violation", constraint=each["label"], value=number, year=each["year"])
        for each, number in zip(violated, numbers, strict=True)
    )
    return words("enumerated").join(texts)


def _and_violates(setting: Record, words: Messages) -> str:
    violated = _violated(setting, words)
    return words("audit.and_violates", constraints=violated) if violated else ""


def _attainable_texts(record: Record, words: Messages) -> Iterator[str]:
    """Yield which targets no setting meets at the central inputs, which only infeasibly, which hardly."""
    targets = record["targets"]
    found = {
        "audit.not_attainable": [each for each in targets if each["attainable"] == "no"],
        "audit.only_infeasible": [each for each in targets if each["attainable"] == "infeasible"],
        "audit.out_of_reach": [each for each in targets if _is_out_of_reach(each, record["settings"])],
    }
    for code, these in found.items():
        if these:
            yield words(code, targets=words("enumerated").join(each["label"] for each in these))


def _is_out_of_reach(target: Record, settings: Mapping[str, Record]) -> bool:
    """Return whether every setting that was scored misses a target in nearly all futures."""
    chances = [setting["targets"][target["name"]]["probability"] for setting in settings.values()]
    return None not in chances and max(chances) <= OUT_OF_REACH


def _joint_texts(record: Record, words: Messages) -> Iterator[str]:
    """Yield how probably all targets, and those attainable, are met at once, and by which setting."""
    together, count = record["settings"]["together"], len(record["targets"])
    if record["draws"]:
        yield _joint_text("audit.joint", record, "joint", count, words)
        if len(record["sought_for"]) < count:
            yield _joint_text("audit.sought", record, "sought", len(record["sought_for"]), words)
    met = sum(each["met"] for each in together["targets"].values())
    yield words("audit.joint_central", met=met, count=count, violated=_and_violates(together, words))
    levers = _levers(record, "together", None, words)
    yield words("audit.together_by" if levers else "audit.together_is_plan", levers=levers)


def _joint_text(code: str, record: Record, event: str, count: int, words: Messages) -> str:
    texts = {}
    for name, setting in (("plan", "plan"), ("best", "together")):
        found = record["settings"][setting]
        texts[name] = estimate_text(found[event])
        texts[f"{name}_feasible"] = estimate_text(found[f"{event}_feasible"])
    return words(code, count=count, **texts)


def _pair_texts(record: Record, words: Messages) -> Iterator[str]:
    """Yield the pairs that cannot be met at once, or only infeasibly."""
    targets = {target["name"]: target for target in record["targets"]}
    statuses = {pair["status"] for pair in record["pairs"]}
    codes = {"conflict": "audit.conflict", "infeasible": "audit.pair_infeasible"}
    for pair in record["pairs"]:
        about: dict[str, str] = {}
        for place, name in zip(("one", "other"), pair["targets"], strict=True):
            target = targets[name]
            about[place] = target["label"]
            about[f"{place}_value"] = _format(target).amount(pair["best_with"][name])
            about[f"{place}_goal"] = recorded_goal(words, target)
        if pair["status"] in codes:
            yield words(codes[pair["status"]], **about)
    if "feasible" in statuses and statuses.isdisjoint(codes):
        constraints = record["settings"]["plan"]["constraints"]
        satisfied = words("audit.and_satisfies") if constraints else ""
        yield words("audit.no_conflict", satisfied=satisfied)


def _constraint_table(record: Record, words: Messages) -> Iterator[Table]:
    """Yield, for every setting, which constraints it violates and how probably it satisfies them all."""
    if not record["settings"]["plan"]["constraints"]:
        return
    labels = {target["name"]: target["label"] for target in record["targets"]}
    rows = []
    for name, setting in record["settings"].items():
        kind, _, target = name.partition(" ")
        label = words(f"audit.setting_{kind}", target=labels.get(target, ""))
        rows.append((label, _violated(setting, words) or MISSING, estimate_text(setting["all_constraints"])))
    hidden = [] if record["draws"] else [words.heading(SETTINGS[2])]
    yield table_of(words, SETTINGS, rows, NUMBERS).without(hidden)


def _pace_row(target: Record, words: Messages) -> Sequence[str]:
    """Write what a target asks a year, from where, and what was observed."""
    pace = target["required_pace"]
    required = words("audit.met_already") if pace["since_met"] else _change(pace["per_year"], target, words)
    since = MISSING
    if pace["since"] is not None:
        code = "audit.since_observed" if pace["since_observed"] else "audit.since_run"
        since = words(code, year=year_text(pace["since"]), value=_format(target).amount(pace["since_value"]))
    periods = []
    for each in pace["observed"]:
        change = _change(each["per_year"], target, words)
        periods.append(words("audit.period", start=each["from"], end=each["to"], change=change))
    return target["label"], required, since, "; ".join(periods) or MISSING


def _change(change: float | None, target: Record, words: Messages) -> str:
    """Write a change a year in the unit that a target's pace is measured in."""
    if change is None:
        return MISSING
    code = f"audit.pace_{target['required_pace']['unit']}"
    return words(code, change=f"{change:+,.3g}", unit=in_chinese(target["unit"])).strip()


def _notes(record: Record, words: Messages) -> Iterator[str]:
    """Yield how much was tried, and what the probabilities rest on."""
    counts = {
        "tried": f"{record['settings_tried']:,}",
        "over_draws": f"{record['settings_tried_over_draws']:,}",
        "draws": f"{record['draws']:,}",
        "search_draws": record["search_draws"],
        "levers": len(record["levers"]),
        "seed": record["seed"],
    }
    if record["settings_tried"]:
        yield words("audit.tried" if record["draws"] else "audit.tried_central", **counts)
        yield words("audit.lower_bound")
    else:
        yield words("audit.no_open_levers")
        if record["draws"]:
            yield words("audit.draws", **counts)
    if not record["draws"]:
        yield words("audit.no_draws")
        return
    yield words("error_draws", draws=counts["draws"])
    outcomes = (each for setting in record["settings"].values() for each in setting["targets"].values())
    if any(each["probability"] in (0.0, 1.0) for each in outcomes):
        yield words("bounded")
