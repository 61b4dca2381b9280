"""Numbers of a draft against fresh ones: to the digits shown, in the unit that stands behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from simcounty.errors import InputError, ScenarioError
from simcounty.presentation.formatting import (
    MINUS,
    PERCENT,
    POINTS,
    TEXT_UNITS,
    NumberFormat,
    format_of,
    in_unit,
    plain,
)
from simcounty.proofing.lookup import Fresh, look_up
from simcounty.proofing.tags import VERDICTS, Judged, Problem, Series, Tag, read_tags

Result = Literal["agrees", "differs", "blank"]
HALF = 0.5 * (1 + 1e-9)  # of the last digit: a number halfway may be rounded either way
MET, MISSED = "达到", "未达到"


@dataclass(frozen=True)
class Checked:
    """A tagged number of a draft: what stands there, what should, and whether they agree.

    `written` is the text that a fresh run gives in the place of what stands there.
    """

    tag: Tag
    result: Result
    stands: str
    written: str
    unit: str
    fresh: float | None


@dataclass(frozen=True)
class Edit:
    """A change to a line: the text from `start` to `end` becomes `text`."""

    line: int
    start: int
    end: int
    text: str


def check_lines(
    lines: Sequence[str], folder: Path, markdown: bool = True
) -> tuple[list[Checked], list[Problem]]:
    """Hold every tagged number of a draft's lines against a fresh run; return what cannot be, too."""
    tags, problems = read_tags(lines, markdown)
    found, unknown = look_up(tags, folder)
    checked = []
    for tag, fresh in found.items():
        try:
            checked.append(_verdict(tag, fresh) if fresh.met is not None else _number(tag, fresh))
        except InputError as error:
            unknown.append(Problem(tag.line, tag.text, str(error)))
    return checked, sorted([*problems, *unknown], key=lambda each: each.line)


def _verdict(tag: Tag, fresh: Fresh) -> Checked:
    shown = tag.shown
    written = MET if fresh.met else MISSED
    said = VERDICTS.get(shown.text)
    result: Result = "blank" if said is None else "agrees" if said == fresh.met else "differs"
    return Checked(tag, result, shown.text, written, "", None)


def _number(tag: Tag, fresh: Fresh) -> Checked:
    shown = tag.shown
    if not tag.unit:
        return _plain(tag, fresh)
    _assert_points(tag)
    value = in_unit(fresh.value, fresh.unit, tag.unit)
    digits = shown.decimals
    if digits is None:
        digits = format_of(fresh.unit, fresh.label, [fresh.scale], TEXT_UNITS.get(tag.unit, tag.unit)).digits
    return _held(tag, value, digits, tag.unit)


def _plain(tag: Tag, fresh: Fresh) -> Checked:
    """Hold a number without a unit against the model's own; write a blank one in a unit that reads well."""
    if tag.shown.blank and tag.shown.decimals is None:
        style = _style(tag, fresh)
        unit = style.unit_of_change if _is_change(tag) else style.unit
        text = f"{style.number(fresh.value)}{unit}"
        return Checked(tag, "blank", tag.shown.text, text, unit, style.factor * fresh.value)
    digits = tag.shown.decimals
    assert digits is not None, "a number has its decimals"
    return _held(tag, fresh.value, digits, fresh.unit)


def _held(tag: Tag, value: float, digits: int, unit: str) -> Checked:
    """Hold a value against the number that stands there, at as many decimals."""
    shown = tag.shown
    text = plain(value, digits)
    if "," in shown.text:
        text = f"{value:,.{digits}f}".replace("-", MINUS)
    if shown.blank:
        return Checked(tag, "blank", shown.text, text, unit, value)
    agrees = abs(value - shown.number) <= HALF * 10.0**-digits
    return Checked(tag, "agrees" if agrees else "differs", shown.text, text, unit, value)


def _style(tag: Tag, fresh: Fresh) -> NumberFormat:
    return format_of(fresh.unit, fresh.label, [fresh.scale], fresh.asked)


def _is_change(tag: Tag) -> bool:
    """Tell whether a tag asks for a difference, so that percentages are points."""
    what = tag.what
    between = isinstance(what, Series) and what.since is not None
    return between or tag.less is not None or (isinstance(what, Judged) and what.field == "margin")


def _assert_points(tag: Tag) -> None:
    """Raise ScenarioError where points stand for percentages, or percentages for points."""
    change, points = _is_change(tag), TEXT_UNITS.get(tag.unit) == PERCENT
    if change and tag.unit == PERCENT:
        raise ScenarioError(f"is a difference of percentages. Write {POINTS} instead of {PERCENT}.")
    if points and not change:
        raise ScenarioError(f"is a percentage, no difference. Write {PERCENT} instead of {tag.unit}.")


def edits(checked: Iterable[Checked], fill: bool, update: bool) -> list[Edit]:
    """Return the changes that write fresh numbers where there is none, or where one does not agree."""
    wanted = {"blank": fill, "differs": update, "agrees": False}
    return [
        Edit(each.tag.line, each.tag.shown.start, each.tag.shown.end, each.written)
        for each in checked
        if wanted[each.result]
    ]


def edited(line: str, changes: Iterable[Edit]) -> str:
    """Return a line with changes made to it.

    >>> edited("about __ now", [Edit(0, 6, 8, "12")])
    'about 12 now'
    """
    for each in sorted(changes, key=lambda change: change.start, reverse=True):
        line = line[: each.start] + each.text + line[each.end :]
    return line
