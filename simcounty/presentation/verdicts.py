"""Verdicts on the targets of a scenario and its constraints: the record, and what people see of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty import catalog
from simcounty.errors import ChecksFailed
from simcounty.presentation.formatting import (
    MISSING,
    NumberFormat,
    bounds_text,
    counts_text,
    decimals,
    format_of,
    goal_text,
    names_text,
    plain,
    target_format,
    with_unit,
    year_text,
)
from simcounty.presentation.messages import Language, Messages
from simcounty.presentation.own_model import ends_record, ends_table, model_view, own_model_record
from simcounty.presentation.records import Record, finite
from simcounty.presentation.settings import changes_view, settings_record, settings_view
from simcounty.presentation.tables import Table, frame, table_of
from simcounty.units import in_chinese

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

    from simcounty.assessment import Assessment, ConstraintOutcome
    from simcounty.model import Model
    from simcounty.scenario import County, Scenario, Target
    from simcounty.scoring.unusual import UnusualStart

Numbers = Sequence[float]

COLUMNS = (
    "target", "year", "unit", "baseline", "plan", "changed", "goal", "margin", "verdict", "probability",
    "clause", "assumes",
)  # fmt: skip
NUMBERS = ("baseline", "plan", "changed", "goal", "margin")
THREE = 3  # runs: the baseline, the plan as its file has it, and what was changed
WIDTHS = {"target": 4.2, "year": 1.1, "unit": 1.1, "goal": 1.7, "clause": 1.9} | dict.fromkeys(
    ("baseline", "plan", "changed", "margin", "verdict"), 1.4
)  # fmt: skip


def verdict_record(found: Assessment) -> Record:
    """Return an assessment as plain data; `run --json` prints it."""
    scenario = found.scenario
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "changes": list(scenario.changes),
        "county": scenario.county.name,
        "county_title": scenario.county.title,
        "county_file": _findable(scenario.county),
        "model": scenario.model.path.name,
        "model_file": str(scenario.model.path),
        "compared": found.is_compared,
        "targets": target_records(found.verdict, scenario.targets, scenario.model),
        "constraints": [_constraint_record(each, scenario.model) for each in found.constraints],
        "inputs": _inputs(scenario),
        "setting_remarks": settings_record(found),
        "notes": list(scenario.model.graph.notes),
        "time_unit": scenario.model.graph.clock.shown_unit,
        "span": [float(found.result.inputs.times[place]) for place in (0, -1)],
        "ends": ends_record(found),
        **own_model_record(found),
    }


def unusual_record(found: Iterable[UnusualStart]) -> list[Record]:
    """Return ratios of a start that nothing published resembles as plain data."""
    return [vars(each) for each in found]


def unusual_view(unusual: Iterable[Record], words: Messages) -> Iterator[str]:
    """Yield a sentence for each ratio of a start that nothing published resembles."""
    for each in unusual:
        numbers = {name: f"{each[name]:.3g}" for name in ("value", "low", "high")}
        yield words("unusual_start", label=each["label"], count=f"{each['count']:,}", **numbers)


def target_records(verdict: Mapping[Any, Any], targets: Iterable[Target], model: Model) -> list[Record]:
    """Return what an assessment or `judge` says of each target: (target, run); the last run is the plan."""
    numbers = (np.asarray(verdict[each]) for each in ("value", "margin", "met"))
    return [_target_record(each, model, *own) for each, *own in zip(targets, *numbers, strict=True)]


def _target_record(target: Target, model: Model, value: Numbers, margin: Numbers, met: Numbers) -> Record:
    from simcounty.scenario.target import target_record

    return {
        **target_record(target),
        "baseline": float(value[0]),
        "value": float(value[-1]),
        **({"unchanged": float(value[1])} if len(value) == THREE else {}),
        "margin": float(margin[-1]),
        "met": bool(met[-1]),
        "baseline_met": bool(met[0]),
        "assumes": {key: _constant(model, key) for key in target.assumes},
    }


def _constant(model: Model, key: str) -> Record:
    constant = model.constants[key]
    return {"label": constant.label, "value": constant.value, "unit": constant.unit}


def _findable(county: County) -> str:
    """Return what other commands find a county by: a shipped one's name, else its file."""
    shipped = catalog.names(catalog.COUNTY).get(county.name)
    return county.name if shipped and shipped == county.path else str(county.path or "")


def _inputs(scenario: Scenario) -> Record:
    """Count what a county's values rest on; name what is left to the model, cut off, or not used."""
    from simcounty.counties.provenance import left_to_model
    from simcounty.scenario.county_value import KINDS

    values = scenario.county.values
    left = left_to_model(scenario.county, scenario.model, scenario.constants) if values else ()
    counts = Counter(each.kind for each in values)
    return {
        **{kind: counts[kind] for kind in KINDS.values()},
        "left_to_model": list(left),
        "at_limit": [scenario.model.constants[each.key].about.label for each in values if each.at_limit],
        "unused": list(scenario.county.unused),
    }


def _constraint_record(found: ConstraintOutcome, model: Model) -> Record:
    constraint, plan, baseline = found.constraint, found.plan, found.baseline
    element = model.graph.elements[plan.key if plan else constraint.predicate.keys[0]]
    band = constraint.predicate.band
    return {
        "name": constraint.name,
        "name_zh": constraint.label,
        "variable": element.key,
        "label": element.label,
        "unit": constraint.predicate.unit,
        "bounds": [finite(band.low), finite(band.high)],
        "worst": plan and finite(plan.value),
        "year": plan and plan.year,
        "satisfied": plan and plan.satisfied,
        "baseline_satisfied": baseline and baseline.satisfied,
    }


def with_chances(record: Record, summary: Record) -> Record:
    """Return the record of an assessment with the probability of each target, from its futures' summary."""
    chances = {each["name"]: each for each in summary["targets"] if each["scenario"] == record["scenario"]}
    targets = [{**each, "chance": chances.get(each["name"])} for each in record["targets"]]
    return {**record, "targets": targets, "forecast": summary["forecast"]}


def verdict_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield the table of verdicts, a sentence a constraint, and what model and county rest on."""
    yield from changes_view(record, words)
    yield from _outcome_view(record, words)
    if "headline" in record:
        from simcounty.presentation.headline import headline_view

        yield from headline_view(record, words)
    elif "forecast" in record:
        from simcounty.presentation.probabilities import forecast_notes

        yield words("chance.central")
        yield from forecast_notes(record["forecast"], words)
    whose = "changed." if any("unchanged" in each for each in record["targets"]) else ""
    yield from (constraint_text(each, words, whose) for each in record["constraints"])
    yield from model_view(record, words)
    yield from settings_view(record["setting_remarks"], words)
    yield from _inputs_view(record, words)


def _outcome_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield the table of verdicts; of a model without targets where its headline begins and ends."""
    if record["targets"] or record["county"] or not record["ends"]:
        yield from targets_view(record["targets"], words, record["compared"])
        return
    first, last = (f"{time:g}" for time in record["span"])
    yield words("run_span", first=first, last=last)
    yield ends_table(record, words)


def _inputs_view(record: Record, words: Messages) -> Iterator[str]:
    """Yield what a county's numbers rest on, and what of them is not as its file gives it."""
    inputs = record["inputs"]
    counts = {kind: count for kind, count in inputs.items() if isinstance(count, int)}
    if any(counts.values()):
        yield words("inputs", counts=counts_text(counts, words))
    if inputs["left_to_model"]:
        count = len(inputs["left_to_model"])
        yield words("inputs_left", count=count, model=record["model"], county=record["county_file"])
    if outside := inputs["at_limit"]:
        yield words("values_at_limit", count=len(outside), names=names_text(outside))
    if inputs["unused"]:
        yield words("accounts_unused", names=names_text(inputs["unused"]))


def targets_view(targets: Sequence[Record], words: Messages, compared: bool = True) -> Iterator[Table | str]:
    """Yield the table of verdicts, or a sentence where there are no targets."""
    yield verdict_table(targets, words, compared) if targets else words("no_targets")


def verdict_table(targets: Sequence[Record], words: Messages, compared: bool = True) -> Table:
    """Return verdicts as a table, each in the unit of its target.

    It has a column `baseline` if `compared`, and a column `assumes` if any target has assumptions.
    """
    table = table_of(words, COLUMNS, (_row(each, words) for each in targets), NUMBERS, WIDTHS)
    hidden = [] if any(each["assumes"] for each in targets) else ["assumes"]
    hidden += [] if compared else ["baseline"]
    hidden += [] if any("unchanged" in each for each in targets) else ["changed"]
    hidden += [] if any(each.get("chance") for each in targets) else ["probability"]
    return table.without(words.heading(name) for name in hidden)


def _row(target: Record, words: Messages) -> tuple[str, ...]:
    shown = record_format(target)
    return (
        target["label"],
        year_text(target["year"]),
        shown.unit or MISSING,
        shown.number(target["baseline"]),
        shown.number(target.get("unchanged", target["value"])),
        shown.number(target["value"]),
        goal_text(words, target["operator"], target["goal"], target["up_to"]),
        shown.change(target["margin"]),
        words("met" if target["met"] else "missed"),
        _chance(target, words),
        target["clause"],
        "; ".join(assumption_text(each) for each in target["assumes"].values()),
    )


def _chance(target: Record, words: Messages) -> str:
    """Write how probable a target is, where futures were run."""
    if not target.get("chance"):
        return MISSING
    from simcounty.presentation.probabilities import chance_text

    return chance_text(target["chance"], words)


def record_format(target: Record) -> NumberFormat:
    """Return how the numbers of a target's record are written."""
    goal = target["goal"]
    return target_format(target["unit"], target["value"] if goal is None else goal)


def assumption_text(constant: Record) -> str:
    """Write a constant that a verdict should not be read without: 未来价格上涨率 1%/年."""
    shown = format_of(constant["unit"], constant["label"], [constant["value"]])
    return f"{constant['label']} {shown.factor * constant['value']:g}{shown.unit}"


def constraint_text(constraint: Record, words: Messages, prefix: str = "") -> str:
    """Write how the plan and its baseline come out at a constraint.

    prefix: `report.` in reports, `changed.` where what was changed is shown beside the plan.
    """
    about = constraint_parts(constraint, words)
    if constraint["satisfied"] is None:
        return words(f"{prefix}constraint_unseen", **about)
    return words(
        f"{prefix}constraint_outcome",
        **about,
        worst=worst_text(constraint["worst"], constraint),
        year=constraint["year"],
        plan=satisfied_text(constraint["satisfied"], words),
        baseline=satisfied_text(constraint["baseline_satisfied"], words),
    )


def constraint_parts(constraint: Record, words: Messages) -> dict[str, str]:
    """Return the name of a constraint, the label of its variable and its bounds, as messages have them."""
    name = (words.is_chinese and constraint["name_zh"]) or constraint["name"]
    return {"constraint": name, "label": constraint["label"], "bounds": bounds_text(*constraint["bounds"])}


def worst_text(worst: float, constraint: Record) -> str:
    """Write the value nearest to violating a constraint, or furthest beyond it, as exactly as the bound."""
    low, high = constraint["bounds"]
    number = plain(worst, decimals(low if low is not None else high or 0.0))
    return with_unit(number, in_chinese(constraint["unit"]))


def satisfied_text(satisfied: bool, words: Messages) -> str:
    """Write whether a constraint is satisfied."""
    return words("satisfied" if satisfied else "violated")


def raise_missed(record: Record, words: Messages) -> None:
    """Raise ChecksFailed if a target of a record is missed or a constraint violated."""
    targets, constraints = record["targets"], record.get("constraints", ())
    missed = sum(not each["met"] for each in targets)
    violated = sum(each["satisfied"] is False for each in constraints)
    found = [words("missed_strict", missed=missed, all=len(targets))] if missed else []
    found += [words("violated_strict", violated=violated, all=len(constraints))] if violated else []
    if found:
        raise ChecksFailed(" ".join(found))


def verdicts(scenario: Scenario, lang: str = "zh") -> pd.DataFrame:
    """Run a scenario beside its baseline; return a row a target, written as reports write numbers.

    For numbers to compute with, use `judge`.

    >>> import simcounty as sc
    >>> verdicts(sc.load("tonglu/plan-2027"), "en").loc["常住人口城镇化率", "Verdict"]
    'met'
    """
    from simcounty.assessment import assess

    found, words = assess(scenario), Messages(Language(lang))
    targets = target_records(found.verdict, scenario.targets, scenario.model)
    return frame(verdict_table(targets, words, found.is_compared))
