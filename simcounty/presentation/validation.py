"""The scorecard of check files: as records for machines, and as tables for people."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from simcounty.errors import ChecksFailed
from simcounty.presentation.formatting import finite
from simcounty.presentation.terminal import Terminal, say
from simcounty.units import in_chinese

if TYPE_CHECKING:
    from simcounty.validation import Band, Measured, Score
    from simcounty.validation.engine_checks import Check

COLUMNS = ("it", "result", "measured")
RESULTS = {"pass": "holds", "fail": "fails", "waived": "waived"}
SHOWN = 6  # measures of one check in a table; --json has them all

Record = Mapping[str, Any]


def record(score: Score) -> Record:
    """Return what `check --full --json` prints of a score."""
    return {
        "file": str(score.file),
        "describe": score.describe,
        "it": score.it,
        "kind": score.kind,
        "result": score.result,
        "waiver": score.waiver,
        "detail": score.detail,
        "measured": [_measured(each) for each in score.measured],
    }


def engine_record(check: Check, strict: bool) -> Record:
    """Return a check of the engine in the same form; it is never waived."""
    result = "pass" if check.holds else "advice" if check.advice and not strict else "fail"
    about = {"file": str(check.path), "describe": "", "it": check.name, "kind": "engine", "result": result}
    return {**about, "waiver": "", "detail": check.detail, "measured": []}


def tally(records: Sequence[Record]) -> dict[str, Any]:
    """Return records with how many passed, failed and are waived."""
    names = {"passed": "pass", "failed": "fail", "waived": "waived"}
    counts = {name: sum(each["result"] == result for each in records) for name, result in names.items()}
    return {"checks": list(records), **counts}


def insist(told: Mapping[str, Any], terminal: Terminal) -> None:
    """Print how many checks hold; raise ChecksFailed if one fails, or more are waived than may be."""
    from simcounty.validation import MOST_WAIVED

    counts = {name: told[name] for name in ("passed", "failed", "waived")}
    said = [terminal.word("tally", **counts)]
    said += [terminal.word("waived_many", most=MOST_WAIVED)] if counts["waived"] > MOST_WAIVED else []
    if counts["failed"] or len(said) > 1:
        raise ChecksFailed(" ".join(said))
    terminal.message("tally", **counts)


def show(scores: Iterable[Score], terminal: Terminal) -> None:
    """Print a table for each file."""
    for (file, describe), group in groupby(scores, key=lambda score: (score.file, score.describe)):
        say(f"\n{describe} ({file.name})")
        terminal.table(COLUMNS, [row for score in group for row in _rows(score, terminal)])


def _rows(score: Score, terminal: Terminal) -> list[tuple[str, ...]]:
    """Return a row for each measure, the first with what was checked and how it came out."""
    told = [spelled(each, terminal) for each in _foremost(score.measured)]
    left = len(score.measured) - len(told)
    told += [terminal.word("and_more", count=left)] if left else []
    told += [score.detail] if score.detail else []
    if score.waiver:
        told.append(terminal.word("waiver_idle" if score.kept else "waiver", reason=score.waiver))
    first, *others = told
    head = (score.it, terminal.word(RESULTS[score.result]), first)
    return [head, *(("", "", line) for line in others)]


def _foremost(measured: Sequence[Measured]) -> list[Measured]:
    return sorted(measured, key=lambda each: each.kept)[:SHOWN]


def spelled(each: Measured, terminal: Terminal) -> str:
    """Write one measure against its band: `debt 2022–2025: +0.4 % … +1.2 % (band +0.2 % … +30 %)`."""
    write = _WRITTEN.get(each.measure, _plain)
    ends = [write(end) for end in (each.low, each.high)]
    numbers = ends[0] if ends[0] == ends[1] else " … ".join(ends)
    unit = in_chinese(each.unit) if each.unit else ""
    band = _band(each.band, write, terminal)
    worst = f", {each.note}" if each.note else ""
    about = " ".join(filter(None, (each.variable, years(each.years))))
    return f"{about}: {' '.join(filter(None, (numbers, unit)))} ({band}{worst})"


def years(looked_at: Sequence[int]) -> str:
    """Write years as the first and the last of them.

    >>> years([2022, 2023, 2024]), years([2027]), years([])
    ('2022–2024', '2027', '')
    """
    if not looked_at:
        return ""
    return f"{looked_at[0]}–{looked_at[-1]}" if len(looked_at) > 1 else str(looked_at[0])


def _band(band: Band, write: Callable[[float], str], terminal: Terminal) -> str:
    if band.low == -math.inf:
        return f"≤ {write(band.high)}"
    if band.high == math.inf:
        return f"≥ {write(band.low)}"
    return terminal.word("band", low=write(band.low), high=write(band.high))


def _plain(number: float) -> str:
    return f"{number:.4g}"


def _percent(number: float) -> str:
    return f"{number * 100:+.3g} %"


_WRITTEN: Mapping[str, Callable[[float], str]] = {
    "change": _percent,
    "drift": _percent,
    "best": _percent,
    "share": lambda number: f"{number * 100:.3g} %",
    "difference": lambda number: f"{number:+.4g}",
}


def _measured(each: Measured) -> Record:
    return {
        "variable": each.variable,
        "years": [each.years[0], each.years[-1]] if each.years else [],
        "measure": each.measure,
        "unit": each.unit,
        "low": finite(each.low),
        "high": finite(each.high),
        "band": [finite(each.band.low), finite(each.band.high)],
        "kept": each.kept,
        "note": each.note,
    }
