"""The checked numbers of drafts: a record for machines, a table and differences for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simcounty.errors import ChecksFailed
from simcounty.presentation.formatting import MISSING
from simcounty.presentation.messages import Messages
from simcounty.presentation.tables import Table, table_of

if TYPE_CHECKING:
    from simcounty.proofing import Draft

COLUMNS = ("file", "where", "tag", "stated", "fresh", "result")
TAG_RESULTS = {"agrees": "holds", "differs": "fails", "blank": "blank"}

Record = Mapping[str, Any]


def proof_records(drafts: Iterable[Draft]) -> list[Record]:
    """Return the tagged numbers of drafts as plain data; `proof --json` prints it."""
    return [
        {
            "file": str(draft.path),
            "where": draft.names[each.tag.line],
            "line": each.tag.line + 1,
            "tag": each.tag.text,
            "stated": each.stated or None,
            "stated_unit": each.tag.unit,
            "unit": each.unit,
            "written": each.written,
            "fresh": each.fresh,
            "result": each.result,
            "changed": each in draft.written,
        }
        for draft in drafts
        for each in draft.checked
    ]


def proof_view(records: Sequence[Record], words: Messages) -> Iterator[Table]:
    """Yield the table of tagged numbers beside the fresh ones."""
    yield table_of(words, COLUMNS, [_row(each, words) for each in records])


def _row(each: Record, words: Messages) -> tuple[str, ...]:
    stated = each["stated"] if each["stated"] and each["stated"].strip("_.") else MISSING
    result = words("filled_in" if each["changed"] else TAG_RESULTS[each["result"]])
    name = each["file"].replace("\\", "/").rpartition("/")[2]
    return name, each["where"], each["tag"], stated, each["written"], result


def raise_differences(records: Sequence[Record], words: Messages) -> None:
    """Raise ChecksFailed for numbers that do not agree or are missing: each with its place and both numbers."""
    failed = [each for each in records if each["result"] != "agrees" and not each["changed"]]
    if failed:
        summary = words("tags_fail", failed=len(failed), count=len(records))
        raise ChecksFailed("\n".join([*(_difference(each, words) for each in failed), summary]))


def _difference(each: Record, words: Messages) -> str:
    return words(
        "tag_differs" if each["result"] == "differs" else "tag_blank",
        file=each["file"],
        where=each["where"],
        tag=each["tag"],
        stated=f"{each['stated']} {each['stated_unit']}".strip(),
        fresh=f"{each['written']} {each['stated_unit']}".strip(),
        exact="" if each["fresh"] is None else f" ({each['fresh']:.10g})",
    )
