"""Checks of files, of models and of the numbers of drafts: records for machines, and tables for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.errors import ChecksFailed
from simcounty.presentation.formatting import MISSING, with_unit
from simcounty.presentation.messages import Messages
from simcounty.presentation.records import Record, finite
from simcounty.presentation.tables import Table, table_of
from simcounty.units import in_chinese

if TYPE_CHECKING:
    from simcounty.conditions.measures import Measurement
    from simcounty.proofing import Draft
    from simcounty.validation import CheckResult

FILE_COLUMNS = ("file", "check", "result", "detail")
CHECK_COLUMNS = ("it", "result", "measured")
TAG_COLUMNS = ("file", "where", "tag", "stated", "fresh", "result")
TAG_RESULTS = {"agrees": "holds", "differs": "fails", "blank": "blank"}
RESULTS = {"pass": "holds", "fail": "fails", "waived": "waived", "advice": "advice"}
COUNTED = {"passed": "pass", "failed": "fail", "waived": "waived"}
SHOWN = 6  # measurements of one check in a table; --json has them all


def validation_record(results: Iterable[CheckResult], strict: bool = False) -> Record:
    """Return results of checks as plain data; `check --json` and `validate --json` print it.

    With `strict` advice counts as failure.
    """
    checks = [_check_record(each, strict) for each in results]
    counts = {name: sum(each["result"] == result for each in checks) for name, result in COUNTED.items()}
    return {"checks": checks, **counts}


def _check_record(check: CheckResult, strict: bool) -> Record:
    return {
        "file": str(check.file),
        **{name: getattr(check, name) for name in ("describe", "it", "kind")},
        "result": "fail" if strict and check.result == "advice" else check.result,
        **{name: getattr(check, name) for name in ("waiver", "detail")},
        "measured": [_measurement_record(each) for each in check.measured],
    }


def _measurement_record(each: Measurement) -> Record:
    return {
        "variable": each.variable,
        "years": [each.years[0], each.years[-1]] if each.years else [],
        "measure": each.measure,
        "unit": each.unit,
        "low": finite(each.low),
        "high": finite(each.high),
        "band": [finite(each.band.low), finite(each.band.high)],
        "holds": each.holds,
        "note": each.note,
    }


def validation_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield the table of checks of files, and one for each check file under its subject."""
    groups = groupby(record["checks"], key=lambda each: (each["describe"], each["describe"] and each["file"]))
    for (describe, file), group in groups:
        if describe:
            yield f"\n{describe} ({Path(file).name})"
            yield table_of(words, CHECK_COLUMNS, [row for check in group for row in _rows(check, words)])
        else:
            yield table_of(words, FILE_COLUMNS, [_file_row(each, words) for each in group])


def _file_row(check: Record, words: Messages) -> tuple[str, ...]:
    name = "/".join(Path(check["file"]).parts[-2:])
    return name, check["it"], words(RESULTS[check["result"]]), check["detail"]


def counts_of(record: Record) -> dict[str, int]:
    """Return how many checks passed, failed and are waived."""
    return {name: record[name] for name in COUNTED}


def raise_failed(record: Record, words: Messages) -> None:
    """Raise ChecksFailed if a check failed, or more are waived than may be."""
    from simcounty.validation import MOST_WAIVED

    text = words("tally", **counts_of(record))
    if record["waived"] > MOST_WAIVED:
        raise ChecksFailed(f"{text} {words('waived_many', most=MOST_WAIVED)}")
    if record["failed"]:
        raise ChecksFailed(text)


def _rows(check: Record, words: Messages) -> list[tuple[str, ...]]:
    """Return a row for each measurement, failed ones first; the first row names the check and its result."""
    foremost = sorted(check["measured"], key=lambda each: each["holds"])[:SHOWN]
    texts = [measurement_text(each, words) for each in foremost]
    left = len(check["measured"]) - len(foremost)
    texts += [words("and_more", count=left)] if left else []
    texts += [check["detail"]] if check["detail"] else []
    if check["waiver"]:
        code = "waiver_idle" if check["result"] == "pass" else "waiver"
        texts.append(words(code, reason=check["waiver"]))
    first, *others = texts
    return [(check["it"], words(RESULTS[check["result"]]), first), *(("", "", text) for text in others)]


def measurement_text(each: Record, words: Messages) -> str:
    """Write one measurement with its band: `debt 2022–2025: +0.4 % … +1.2 % (band +0.2 % … +30 %)`."""
    written = partial(_written, measure=each["measure"])
    ends = [MISSING if end is None else written(end) for end in (each["low"], each["high"])]
    numbers = ends[0] if ends[0] == ends[1] else " … ".join(ends)
    about = " ".join(filter(None, (each["variable"], years_text(each["years"]))))
    amount = with_unit(numbers, in_chinese(each["unit"]))
    outside = ", ".join(filter(None, (_band(each["band"], written, words), each["note"])))
    return f"{about}: {amount} ({outside})"


def years_text(years: Sequence[int]) -> str:
    """Write years as the first and the last of them.

    >>> years_text([2022, 2024]), years_text([2027, 2027]), years_text([])
    ('2022–2024', '2027', '')
    """
    return "–".join(map(str, dict.fromkeys((years[0], years[-1])))) if years else ""


def _band(band: Sequence[float | None], write: Callable[[float], str], words: Messages) -> str:
    low, high = band
    if low is None or high is None:
        return f"≤ {write(high)}" if high is not None else f"≥ {write(low)}" if low is not None else MISSING
    return words("band", low=write(low), high=write(high))


def _written(number: float, measure: str) -> str:
    """Write what was measured: changes and differences with their sign, parts in per cent."""
    if measure in ("change", "drift", "best"):
        return f"{number * 100:+.3g} %"
    if measure == "share":
        return f"{number * 100:.3g} %"
    return f"{number:+.4g}" if measure == "difference" else f"{number:.4g}"


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
    yield table_of(words, TAG_COLUMNS, [_tag_row(each, words) for each in records])


def _tag_row(each: Record, words: Messages) -> tuple[str, ...]:
    stated = each["stated"] if each["stated"] and each["stated"].strip("_.") else MISSING
    result = words("filled_in" if each["changed"] else TAG_RESULTS[each["result"]])
    name = each["file"].replace("\\", "/").rpartition("/")[2]
    return name, each["where"], each["tag"], stated, each["written"], result


def raise_differences(records: Sequence[Record], words: Messages) -> None:
    """Raise ChecksFailed for numbers that differ or are missing, each with its place and both numbers."""
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
