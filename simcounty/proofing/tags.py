"""Tags in a draft: each follows a number and names where the number comes from.

    地区生产总值达到508.8亿元{{gdp@2027 : tonglu/plan-2027}}，
    比基线高7.5亿元{{gdp@2027 : tonglu/plan-2027 - baseline}}。

`{{WHAT : SCENARIO}}`, where WHAT is

    gdp@2027                    a level at the end of the year, or the total of a flow over it
    stock@12.5                  a level at an instant of a model that counts in another unit
    gdp@2027-2022               by how much that changed between two years
    urbanisation-2027.margin    the value, goal, margin or verdict of a target
    城镇化率@2027                 the same by the Chinese name of a variable, or of a target: 城镇化率.差距
    …, 万元                     the same in this unit, where the text gives none
    -…                          the same with the other sign

SCENARIO is a file beside the draft or a shipped name; `A baseline` is it without its settings, `A - B` or
`A - baseline` a difference. `{{scenario : A}}` gives the tags below that name none theirs; 基线 and 情景 may
be written for these two words. Underscores stand for a number still to be filled in: `__亿元`, or `_.__` for
one with two decimals. As a comment, `<!--{{…}}-->`, a tag is hidden from readers of Markdown. Markdown code
holds no tags.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from simcounty.calendar import instant
from simcounty.errors import ScenarioError, did_you_mean

Field = Literal["value", "goal", "margin", "verdict"]
FIELDS: tuple[str, ...] = get_args(Field)
IN_CHINESE: Mapping[str, Field] = {"数值": "value", "目标值": "goal", "差距": "margin", "结论": "verdict"}
"""The fields as tables of verdicts head them."""
BASELINE, DECLARED = ("baseline", "基线"), ("scenario", "情景")

LONGEST_NUMBER = 120  # letters before a tag that may be its number and unit
TIME = r"\d+(?:\.\d+)?"  # a year, or an instant of a model in another unit
SERIES = re.compile(rf"(?P<key>[^@]+?)\s*@\s*(?P<year>{TIME})(?:\s*-\s*(?P<since>{TIME}))?")
TARGET = re.compile(r"(?P<name>.+)\.(?P<field>\w+)")
OUTER_COMMA = re.compile(r",(?![^\[]*\])")
MINUS = re.compile(r"\s+[-−]\s+")
BEFORE = re.compile(
    r"(?P<number>(?:(?<![\d.,])[-+−])?(?<![\d.,])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|_+(?:\._+)?)"
    r"(?P<gap>\s*)(?P<unit>(?:(?:[^\W\d_]|[%‰])(?:[^\W_]|[%‰/·])*)?)(?P<close>[*\s]*)$"
)
VERDICTS = {"达到": True, "达标": True, "met": True, "未达到": False, "未达标": False, "missed": False}
STATED = re.compile(rf"(?P<verdict>{'|'.join(sorted(VERDICTS, key=len, reverse=True))}|_+)(?P<close>[*\s]*)$")
FENCE = re.compile(r"\s*(```|~~~)")
EXAMPLE = "Write {{gdp@2027 : tonglu/plan-2027}}."


@dataclass(frozen=True)
class Run:
    """A scenario as a draft names it, with its settings or as its baseline."""

    name: str
    baseline: bool = False


@dataclass(frozen=True)
class Series:
    """An element in a year or at an instant, or its change since another."""

    key: str
    year: float
    since: float | None = None


@dataclass(frozen=True)
class TargetField:
    """One field of the verdict on a target."""

    name: str
    field: Field


@dataclass(frozen=True)
class Shown:
    """The text before a tag: a number or a verdict, blank if it is still to be filled in.

    It is the part of its line from `start` to `end`.
    """

    text: str
    unit: str
    start: int
    end: int

    @property
    def blank(self) -> bool:
        """Whether it is to be filled in."""
        return self.text.strip("_.") == ""

    @property
    def decimals(self) -> int | None:
        """How many decimals it has or leaves room for; None where it leaves that open."""
        _, point, behind = self.text.partition(".")
        return len(behind) if point or not self.blank else None

    @property
    def number(self) -> float:
        """The number, where it is not blank."""
        return float(self.text.replace(",", "").replace("−", "-"))


@dataclass(frozen=True)
class Tag:
    """A tag: its line and place there, the value of which run it names, and the text before it."""

    line: int
    start: int
    end: int
    text: str
    what: Series | TargetField
    run: Run
    less: Run | None
    negated: bool
    unit: str
    shown: Shown


@dataclass(frozen=True)
class BadTag:
    """A tag whose value cannot be looked up, and why."""

    line: int
    text: str
    reason: str


def read_tags(lines: Sequence[str], markdown: bool = True) -> tuple[list[Tag], list[BadTag]]:
    """Return the tags of a draft in their order, and those that cannot be read."""
    tags: list[Tag] = []
    bad: list[BadTag] = []
    default: Run | None = None
    for number, start, end, inside in _found(lines, markdown):
        text = lines[number][start:end]
        plain = unicodedata.normalize("NFKC", inside or "").strip()
        try:
            if inside is None:
                raise ScenarioError("is not closed. End it with }} on the same line.")
            what, _, where = (part.strip() for part in plain.partition(":"))
            if what in DECLARED:
                default, _ = _runs(where)
                continue
            run, less = _runs(where) if where else (default, None)
            tags.append(_tag(lines[number], number, (start, end), what, run, less))
        except ScenarioError as error:
            bad.append(BadTag(number, text, str(error)))
    return tags, bad


def _found(lines: Sequence[str], markdown: bool) -> Iterator[tuple[int, int, int, str | None]]:
    """Yield line, start, end and inside of everything between double braces; None inside if it never ends."""
    fenced = False
    for number, line in enumerate(lines):
        if markdown and FENCE.match(line):
            fenced = not fenced
        if fenced:
            continue
        place = 0
        while (opened := line.find("{{", place)) >= 0:
            closed = line.find("}}", opened)
            if closed < 0:
                yield number, opened, len(line), None
                break
            start, end = _outside_comment(line, place, opened, closed + 2)
            place = end
            if not (markdown and line.count("`", 0, opened) % 2):
                yield number, start, end, line[opened + 2 : closed]


def _outside_comment(line: str, place: int, start: int, end: int) -> tuple[int, int]:
    """Return the start and end of a tag with the marks of a comment around it, if it stands in one."""
    before, behind = line[place:start].rstrip(), line[end : end + LONGEST_NUMBER]
    if before.endswith("<!--"):
        start = place + len(before) - 4
    if behind.lstrip().startswith("-->"):
        end += behind.index("-->") + 3
    return start, end


def spans(lines: Sequence[str], markdown: bool = True) -> Iterator[tuple[int, int, int]]:
    """Yield the places of tags: line, start and end."""
    return (
        (number, start, end) for number, start, end, inside in _found(lines, markdown) if inside is not None
    )


def _tag(line: str, number: int, place: tuple[int, int], text: str, run: Run | None, less: Run | None) -> Tag:
    if run is None:
        raise ScenarioError(
            "names no scenario. Write `: SCENARIO` behind it, or {{scenario : SCENARIO}} above it."
        )
    value, unit = (part.strip() for part in [*OUTER_COMMA.split(text, maxsplit=1), ""][:2])
    negated = value.startswith(("-", "−"))
    what = _what(value.lstrip("-− "))
    shown = _before(line, place[0], isinstance(what, TargetField) and what.field == "verdict")
    if shown.unit and unit and shown.unit != unit:
        raise ScenarioError(f"is in {unit}, and the number before it in {shown.unit}. Give one unit.")
    return Tag(number, *place, line[slice(*place)], what, run, less, negated, shown.unit or unit, shown)


def _what(text: str) -> Series | TargetField:
    series, target = SERIES.fullmatch(text), TARGET.fullmatch(text)
    if series:
        since = instant(series["since"]) if series["since"] else None
        return Series(series["key"], instant(series["year"]), since)
    if target is None:
        raise ScenarioError(
            f"{text!r} is neither a variable in a year, such as gdp@2027, nor a field of a target, "
            f"such as gdp-2027.margin. {EXAMPLE}"
        )
    field = IN_CHINESE.get(target["field"], target["field"])
    if field not in FIELDS:
        known = (*FIELDS, *IN_CHINESE)
        raise ScenarioError(f"{field!r}: choose one of {', '.join(known)}.{did_you_mean(field, known)}")
    return TargetField(target["name"], field)  # type: ignore[arg-type]


def _runs(where: str) -> tuple[Run, Run | None]:
    """Read `A`, `A baseline`, `A - B` or `A - baseline`."""
    first, *others = MINUS.split(where)
    if not first.strip() or len(others) > 1:
        raise ScenarioError(f"{where!r} names no scenario, and no difference of two. {EXAMPLE}")
    run = _run(first)
    if not others:
        return run, None
    return run, Run(run.name, baseline=True) if others[0].strip() in BASELINE else _run(others[0])


def _run(text: str) -> Run:
    name, _, last = text.strip().rpartition(" ")
    return Run(name.strip(), baseline=True) if name and last in BASELINE else Run(text.strip())


def _before(line: str, end: int, verdict: bool) -> Shown:
    """Return the number and unit, or the verdict, that a line has before a place: blank if there is none."""
    begin = max(0, end - LONGEST_NUMBER)
    found = (STATED if verdict else BEFORE).search(line[begin:end])
    if found is None:
        return Shown("", "", end, end)
    part = "verdict" if verdict else "number"
    unit = "" if verdict else found["unit"]
    return Shown(found[part], unit, begin + found.start(part), begin + found.end(part))
