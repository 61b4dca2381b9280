"""Numbers of a draft compared with fresh ones, to the digits and in the unit that the draft shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from simcounty.errors import InputError, ScenarioError
from simcounty.presentation.formatting import MINUS, PERCENT, POINTS, TEXT_UNITS, format_of, in_unit, plain
from simcounty.proofing.lookup import FreshValue, look_up
from simcounty.proofing.tags import VERDICTS, BadTag, Series, Tag, TargetField, read_tags

Result = Literal["agrees", "differs", "blank"]
HALF = 0.5 * (1 + 1e-9)  # of the last digit: a number halfway may be rounded either way
MET, MISSED = "达到", "未达到"


@dataclass(frozen=True)
class Edit:
    """A change to a line: the text from `start` to `end` becomes `text`."""

    line: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class CheckedNumber:
    """A tagged number of a draft, the fresh value, and whether they agree.

    `stated` is the text of the draft, `written` the text a fresh run gives in its place.
    """

    tag: Tag
    result: Result
    stated: str
    written: str
    unit: str
    fresh: float | None

    @property
    def edit(self) -> Edit:
        """The edit that writes the fresh number in place of what is there."""
        return Edit(self.tag.line, self.tag.shown.start, self.tag.shown.end, self.written)


def check_numbers(
    lines: Sequence[str], folder: Path, markdown: bool = True
) -> tuple[list[CheckedNumber], list[BadTag]]:
    """Compare every tagged number of a draft with a fresh run; return tags without a value, too."""
    tags, bad = read_tags(lines, markdown)
    found, unknown = look_up(tags, folder)
    checked = []
    for tag, fresh in found.items():
        try:
            checked.append(_verdict(tag, fresh) if fresh.met is not None else _number(tag, fresh))
        except InputError as error:
            unknown.append(BadTag(tag.line, tag.text, str(error)))
    return checked, sorted([*bad, *unknown], key=lambda each: each.line)


def _verdict(tag: Tag, fresh: FreshValue) -> CheckedNumber:
    shown = tag.shown
    written = MET if fresh.met else MISSED
    said = VERDICTS.get(shown.text)
    result: Result = "blank" if said is None else "agrees" if said == fresh.met else "differs"
    return CheckedNumber(tag, result, shown.text, written, "", None)


def _number(tag: Tag, fresh: FreshValue) -> CheckedNumber:
    if not tag.unit:
        return _plain(tag, fresh)
    _assert_points(tag)
    value = in_unit(fresh.value, fresh.unit, tag.unit)
    digits = tag.shown.decimals
    if digits is None:
        digits = format_of(fresh.unit, fresh.label, [fresh.scale], TEXT_UNITS.get(tag.unit, tag.unit)).digits
    return _compared(tag, value, digits, tag.unit)


def _plain(tag: Tag, fresh: FreshValue) -> CheckedNumber:
    """Compare a number without a unit in the model's own; write a blank one in a readable unit."""
    if tag.shown.blank and tag.shown.decimals is None:
        style = format_of(fresh.unit, fresh.label, [fresh.scale], fresh.shown_in)
        unit = style.unit_of_change if _is_change(tag) else style.unit
        text = f"{style.number(fresh.value)}{unit}"
        return CheckedNumber(tag, "blank", tag.shown.text, text, unit, style.factor * fresh.value)
    digits = tag.shown.decimals
    assert digits is not None, "a number has its decimals"
    return _compared(tag, fresh.value, digits, fresh.unit)


def _compared(tag: Tag, value: float, digits: int, unit: str) -> CheckedNumber:
    """Compare a value with the number of the draft, at as many decimals."""
    shown = tag.shown
    text = plain(value, digits)
    if "," in shown.text:
        text = f"{value:,.{digits}f}".replace("-", MINUS)
    if shown.blank:
        return CheckedNumber(tag, "blank", shown.text, text, unit, value)
    agrees = abs(value - shown.number) <= HALF * 10.0**-digits
    return CheckedNumber(tag, "agrees" if agrees else "differs", shown.text, text, unit, value)


def _is_change(tag: Tag) -> bool:
    """Return whether a tag names a difference, so that percentages are points."""
    what = tag.what
    between = isinstance(what, Series) and what.since is not None
    return between or tag.less is not None or (isinstance(what, TargetField) and what.field == "margin")


def _assert_points(tag: Tag) -> None:
    """Raise ScenarioError where a draft writes points for percentages, or percentages for points."""
    change, points = _is_change(tag), TEXT_UNITS.get(tag.unit) == PERCENT
    if change and tag.unit == PERCENT:
        raise ScenarioError(f"is a difference of percentages. Write {POINTS} instead of {PERCENT}.")
    if points and not change:
        raise ScenarioError(f"is a percentage, no difference. Write {PERCENT} instead of {tag.unit}.")


def edited(line: str, changes: Iterable[Edit]) -> str:
    """Return a line with changes made to it.

    >>> edited("about __ now", [Edit(0, 6, 8, "12")])
    'about 12 now'
    """
    for each in sorted(changes, key=lambda change: change.start, reverse=True):
        line = line[: each.start] + each.text + line[each.end :]
    return line
