"""The chapters on a scenario: what was run, whether its targets are met, how its indicators develop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from simcounty.presentation.formatting import MISSING, counts_text, plain, recorded_goal, with_unit, year_text
from simcounty.presentation.messages import Messages
from simcounty.presentation.own_model import model_view
from simcounty.presentation.records import Record
from simcounty.presentation.report import facts
from simcounty.presentation.report.blocks import Block, Text, captioned
from simcounty.presentation.report.facts import NumberFact, ReportedScenario
from simcounty.presentation.tables import Column, Table
from simcounty.presentation.verdicts import (
    assumption_text,
    constraint_text,
    record_format,
    verdict_table,
)
from simcounty.scenario.county_value import KINDS

NARROW = 0.01  # of the goal: a smaller margin has almost nothing to spare
OPEN_ENDED = (">=", ">", "<=", "<")


def setting(reported: ReportedScenario, words: Messages) -> list[Block]:
    """Return what was run, and the assumptions that the verdicts depend on."""
    scenario, county = reported.scenario, reported.scenario.county
    place = county.title or words("report.of_model", model=scenario.model.path.name)
    years = {"start": f"{scenario.years.start:g}", "end": f"{scenario.years.end:g}"}
    opening = "report.opening" if reported.is_compared else "report.opening_alone"
    inputs = "county_inputs" if county.title else "own_inputs"
    of_county = (
        ("place", " ".join(filter(None, (county.province, county.prefecture, place)))),
        ("documents", _documents(reported, words)),
    )
    rows = (
        *(of_county if county.title else ()),
        ("years", words("report.year_range", **years)),
        ("levers", _lever_counts(reported, words)),
        ("targets", _target_counts(reported, words)),
        (inputs, _number_counts(facts.input_facts(scenario), words)),
        ("model_numbers", _number_counts(facts.parameter_facts(scenario), words)),
    )
    columns = (Column(words("report.item"), width=3), Column(words("report.content"), width=13))
    table = Table(columns, tuple((words(f"report.{name}"), text) for name, text in rows))
    return [
        Text(words(opening, county=place, title=scenario.title, **years)),
        *captioned(
            table, words("report.caption_setting", title=scenario.title), words("report.note_setting")
        ),
        *_assumptions(reported, words),
    ]


def listed(texts: Iterable[str], words: Messages) -> str:
    """Join texts in a sentence."""
    return words("report.list_mark").join(texts)


def _documents(reported: ReportedScenario, words: Messages) -> str:
    names = ("title", "document", "status", "issued")
    policies = [{name: getattr(each, name) for name in names} for each in reported.scenario.policies]
    return listed((words("report.document", **each) for each in policies), words) or words("none")


def _lever_counts(reported: ReportedScenario, words: Messages) -> str:
    found = Counter(each.origin for each in facts.lever_facts(reported.scenario))
    counts = {name: found[name] for name in ("clause", "solved", "chosen")}
    return words("report.lever_counts", all=sum(counts.values()), **counts) if found else words("none")


def _target_counts(reported: ReportedScenario, words: Messages) -> str:
    judged, count = len(reported.targets), len(reported.scenario.all_targets)
    counts = {"all": count, "judged": judged, "others": count - judged}
    return words("report.target_counts", **counts) if count else words("none")


def _number_counts(numbers: Iterable[NumberFact], words: Messages) -> str:
    found = Counter(dict.fromkeys(KINDS.values(), 0))
    for each in numbers:
        found[each.basis] += len(each.values)
    counts = counts_text(found, words)
    return words("report.number_counts", all=found.total(), counts=counts) if counts else words("none")


def _assumptions(reported: ReportedScenario, words: Messages) -> list[Block]:
    """Return a sentence on the assumptions that verdicts should not be read without."""
    found = []
    for target in reported.targets:
        named = words("report.comma").join(assumption_text(each) for each in target["assumes"].values())
        if named:
            found.append(words("report.assumes_one", target=target["label"], assumptions=named))
    return [Text(words("report.assumes", each=listed(found, words)))] if found else []


def judgement(reported: ReportedScenario, words: Messages) -> list[Block]:
    """Return which targets are met and by how much, and whether the constraints are satisfied."""
    targets = reported.targets
    if not targets:
        return [Text(words("report.no_targets")), *_beside_targets(reported, words)]
    table = verdict_table(targets, words, reported.is_compared).without([words.heading("assumes")])
    note = words("report.note_verdicts", source=source_text(reported, words))
    return [
        Text(("" if words.is_chinese else " ").join(_sentences(reported, words))),
        *_beside_targets(reported, words),
        *captioned(table, words("report.caption_verdicts"), note),
    ]


def _sentences(reported: ReportedScenario, words: Messages) -> list[str]:
    """Return sentences that count the targets, and name those missed or met with almost nothing to spare."""
    targets = reported.targets
    missed = [_missed(each, words) for each in targets if not each["met"]]
    narrow = [_narrow(each, words) for each in targets if _is_narrow(each)]
    counts = {"all": len(targets), "met": len(targets) - len(missed), "missed": len(missed)}
    without = sum(each["met"] and each["baseline_met"] for each in targets)
    tally = "report.tally" if without and reported.is_compared else "report.tally_alone"
    found = [words(tally, **counts, without=without)]
    if missed:
        found.append(words("report.missed", each=listed(missed, words)))
    if narrow:
        found.append(words("report.narrow", share=f"{NARROW:.0%}", each=listed(narrow, words)))
    return found


def _is_narrow(target: Record) -> bool:
    """Return whether an open-ended goal is met with almost nothing to spare."""
    open_ended = target["operator"] in OPEN_ENDED
    return bool(target["met"] and open_ended and abs(target["margin"]) < NARROW * abs(target["goal"]))


def _narrow(target: Record, words: Messages) -> str:
    value = record_format(target).amount(target["value"])
    return words("report.narrow_one", target=target["label"], value=value, goal=recorded_goal(words, target))


def _missed(target: Record, words: Messages) -> str:
    shown, year = record_format(target), target["year"]
    clause = f"{target['document'] if words.is_chinese else ''}{target['clause']}"
    return words(
        "report.missed_one",
        target=target["label"],
        year=words("report.by_year", year=year) if year else words("report.at_end"),
        value=shown.amount(target["value"]),
        goal=recorded_goal(words, target),
        gap=with_unit(plain(abs(target["margin"]), shown.digits), shown.unit_of_change),
        clause=words("report.missed_clause", clause=clause) if clause else "",
    )


def _beside_targets(reported: ReportedScenario, words: Messages) -> list[Block]:
    """Return how the constraints come out, and what is doubtful of a model of one's own."""
    found = [constraint_text(each, words, "report.") for each in reported.record["constraints"]]
    texts = [words("report.constraints", each=listed(found, words))] if found else []
    return [Text(each) for each in (*texts, *model_view(reported.record, words))]


def trends(reported: ReportedScenario, words: Messages) -> list[Block]:
    """Return the headline variables at the first instant, at the latest of a target, and at the last."""
    first, last = (float(reported.yearly.time.values[place]) for place in (0, -1))
    due = [each["year"] for each in reported.targets if each["year"] and first < each["year"] < last]
    years = [*([max(due)] if due else []), last]
    names = ("year_baseline", "year_plan", "year_difference") if reported.is_compared else ("year_of",)
    headings = [words("report.year_of", year=year_text(first))]
    headings += [words(f"report.{name}", year=year_text(year)) for year in years for name in names]
    columns = (
        Column(words("report.indicator"), width=3.6),
        Column(words.heading("unit"), width=1.4),
        *(Column(each, right=True, width=1.6) for each in headings),
    )
    rows = tuple(_trend(reported, key, first, years) for key in reported.headline)
    totals = [reported.label(key) for key in reported.headline if reported.is_total(key)]
    named = words("report.totals", names=words("report.comma").join(totals)) if totals else ""
    note = words("report.note_trends", totals=named, source=source_text(reported, words))
    caption = words("report.caption_trends", first=year_text(first), last=year_text(last))
    return captioned(Table(columns, rows), caption, note)


def _trend(reported: ReportedScenario, key: str, first: float, years: Sequence[float]) -> tuple[str, ...]:
    shown = reported.format(key)
    cells = [reported.label(key), shown.unit or MISSING, shown.number(reported.at(key, first))]
    for year in years:
        plan = reported.at(key, year)
        if reported.is_compared:
            baseline = reported.at(key, year, run=0)
            cells += [shown.number(baseline), shown.number(plan), shown.change(plan - baseline)]
        else:
            cells.append(shown.number(plan))
    return tuple(cells)


def source_text(reported: ReportedScenario, words: Messages) -> str:
    """Return the sentence that names the version, model and scenario of a run."""
    made = reported.run.attrs
    about = {"version": made["simcounty"], "model": made["model"], "hash": made["model_hash"][:8]}
    return words("report.source", **about, scenario=reported.scenario.name)
