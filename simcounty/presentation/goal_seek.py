"""The settings that goal seeking found: the record, and what people see of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simcounty.presentation.formatting import bounds_text, exact
from simcounty.presentation.messages import Messages
from simcounty.presentation.probabilities import summary_record
from simcounty.presentation.records import Record
from simcounty.presentation.tables import Table, table_of
from simcounty.presentation.verdicts import verdict_record, verdict_view, with_chances

if TYPE_CHECKING:
    from simcounty.assessment import Assessment
    from simcounty.optimise.confidence import ConfidentResult
    from simcounty.optimise.goal_seek import GoalSeekResult

COLUMNS = ("lever", "from", "to", "range", "unit", "clause")


def goal_seek_record(
    found: GoalSeekResult, assessment: Assessment, confident: ConfidentResult | None = None
) -> Record:
    """Return what goal seeking found, and the assessment of it, as plain data; `seek --json` prints it.

    `probability` is that of each target sought in futures, where it was sought for one; targets have theirs.
    """
    verdict = verdict_record(assessment)
    return {
        **(with_chances(verdict, summary_record(confident.summary)) if confident else verdict),
        "all_met": found.all_met,
        "confidence": confident.confidence if confident else None,
        "probability": dict(confident.probability) if confident else None,
        "reached": confident.reached if confident else None,
        "effort": found.effort,
        "settings": {key: _setting(found, key) for key in found.settings},
        "binding": list(found.binding),
        "at_limit": list(found.at_limit),
        "shortfall": dict(found.shortfall),
        "starts": found.starts,
    }


def _setting(found: GoalSeekResult, key: str) -> Record:
    path, scenario = found.settings[key], found.scenario
    constant, limits = scenario.model.constants[key], scenario.limits(key)
    return {
        "label": constant.label,
        "from": path.default,
        "to": path.final,
        "range": [limits.low, limits.high],
        "unit": constant.unit,
        "clause": path.clause,
    }


def goal_seek_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield whether all targets are met, the settings and what limits them, then the verdicts."""
    if record["probability"] is not None:
        code = "seek.probable" if record["reached"] else "seek.not_probable"
        yield words(code, wanted=f"{100 * record['confidence']:.0f}")
        chances = record["probability"].items()
        shown = [(name, f"{100 * chance:.0f} %") for name, chance in chances]
        yield table_of(words, ("target", "probability"), shown, right=("probability",))
    elif record["all_met"]:
        yield words("seek.all_met", effort=record["effort"])
    else:
        yield words("seek.not_all_met", starts=record["starts"])
    rows = (_row(key, each) for key, each in record["settings"].items())
    yield table_of(words, COLUMNS, rows, right=("from", "to"))
    for name, code in (("binding", "seek.binding"), ("at_limit", "seek.at_limit")):
        if record[name]:
            yield words(code, names=", ".join(record[name]))
    yield from verdict_view(record, words)


def _row(key: str, setting: Record) -> tuple[str, ...]:
    default = "" if setting["from"] is None else exact(setting["from"])
    numbers = (default, exact(setting["to"]), bounds_text(*setting["range"]))
    return (f"{setting['label']} ({key})", *numbers, setting["unit"], setting["clause"])
