"""The monitoring of targets: which are judged by the model, tracked by people, done or open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from simcounty.presentation.formatting import MISSING, recorded_goal, year_text
from simcounty.presentation.messages import Messages
from simcounty.presentation.records import Record
from simcounty.presentation.tables import Table, table_of
from simcounty.presentation.verdicts import record_format

if TYPE_CHECKING:
    from simcounty.monitoring import TargetState

COLUMNS = ("document", "clause", "target", "scope", "goal", "deadline", "kind", "status", "value", "verdict")
COUNTED = ("judged", "tracked", "no data", "done", "not done", "open")


def monitoring_records(states: Sequence[TargetState]) -> list[Record]:
    """Return what is known of every target as plain data; `targets --json` prints it."""
    from simcounty.scenario.target import target_record

    return [
        {
            **target_record(state.target),
            "variable": state.target.variable or None,
            "deadline": state.target.year,
            **{name: getattr(state, name) for name in ("status", "value", "year", "met")},
        }
        for state in states
    ]


def monitoring_view(records: Sequence[Record], words: Messages) -> Iterator[Table | str]:
    """Yield the table of targets, and how many there are of each status."""
    yield table_of(words, COLUMNS, (_row(each, words) for each in records), ("goal", "value"))
    found = Counter(each["status"] for each in records)
    counts = {status.replace(" ", "_"): found[status] for status in COUNTED}
    yield words("monitoring_counts", all=len(records), **counts)


def _row(target: Record, words: Messages) -> tuple[str, ...]:
    met = target["met"]
    return (
        target["document"],
        target["clause"],
        target["label"],
        target["scope"],
        recorded_goal(words, target),
        year_text(target["deadline"]),
        words(f"kind_{target['kind'].replace(' ', '_')}"),
        words(f"status_{target['status'].replace(' ', '_')}"),
        _value(target),
        MISSING if met is None else words("met" if met else "missed"),
    )


def _value(target: Record) -> str:
    if target["value"] is None:
        return MISSING
    shown = record_format(target).number(target["value"])
    return shown if target["year"] in (None, target["deadline"]) else f"{shown} ({target['year']})"
