"""Read the text of a Vensim model (.mdl): entries, subscripts, macros and settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from simcounty.errors import Findings, ModelError
from simcounty.model.ast import (
    Apply,
    Data,
    Dimension,
    Equation,
    EquationError,
    Literal,
    Macro,
    Name,
    ParsedModel,
    Syntax,
    Unsupported,
    bare,
    key_of,
)
from simcounty.model.comments import about_of
from simcounty.model.graph import About
from simcounty.model.indexing import MOST_ELEMENTS
from simcounty.model.parse import parse_equation, parse_points
from simcounty.model.rewriting import in_own_words, with_outputs, without_notes
from simcounty.model.tokens import BEYOND_ASCII, QUOTED, REMARK, Dialect, items, pattern_of


def _applied(function: str, *fixed: Syntax) -> Callable[..., Syntax]:
    return lambda *args: Apply(Name(function), (*args, *fixed))


def _started(function: str, order: int) -> Callable[..., Syntax]:
    """Return a smooth or delay that starts from its input."""
    return lambda x, time: Apply(Name(function), (x, time, x, Literal(float(order))))


VENSIM = Dialect(
    "Vensim",
    pattern_of(
        rf"[A-Za-z_{BEYOND_ASCII}](?:\s*[\w$'{BEYOND_ASCII}])*", rf"\s+|{REMARK}", r":[A-Za-z][A-Za-z ]*:"
    ),
    {
        "smooth": {2: _started("smooth", 1)},
        "smoothi": {3: _applied("smooth", Literal(1.0))},
        "smooth3": {2: _started("smooth", 3)},
        "smooth3i": {3: _applied("smooth", Literal(3.0))},
        "smooth_n": {4: _applied("smooth")},
        "delay1": {2: _started("delay", 1)},
        "delay1i": {3: _applied("delay", Literal(1.0))},
        "delay3": {2: _started("delay", 3)},
        "delay3i": {3: _applied("delay", Literal(3.0))},
        "forecast": {3: _applied("forecast", Literal(0.0)), 4: _applied("forecast")},
        "game": {1: lambda x: x},
        "random_0_1": {0: lambda: Apply(Name("random_uniform"), (Literal(0.0), Literal(1.0), Literal(0.0)))},
    },
)

_SKETCH = r"\\{2,}---///"
_HEAD = re.compile(rf"(?:{QUOTED}|{REMARK}|[^~|\"{{]|[\"{{])*", re.S)
_MACRO = re.compile(r":MACRO:((?:(?!:END\s+OF\s+MACRO:|:MACRO:).)*):END\s+OF\s+MACRO:", re.S | re.I)
_NAME = rf"(?:{QUOTED}|[\w{BEYOND_ASCII}](?:\s*[\w$'{BEYOND_ASCII}])*)"
_LEFT = re.compile(rf"\s*(?P<name>{_NAME})\s*(?P<subscripts>\[[^\]]*\])?(?P<rest>.*)", re.S)
_EXCEPT = re.compile(r"\s*:EXCEPT:\s*((?:\[[^\]]*\]\s*,?\s*)+)", re.S | re.I)
_SIGN = re.compile(r"\s*(:RAW:|:INTERPOLATE:|:HOLD BACKWARD:|:LOOK FORWARD:)?\s*(<->|:=|==|=|\(|:|$)", re.I)
_RANGE = re.compile(r"\(\s*(\D*?)(\d+)\s*-\s*(\D*?)(\d+)\s*\)")
_REMARK = re.compile(rf"({QUOTED})|{REMARK}", re.S)
MOST_DIGITS = 15
_REALITY_CHECK = re.compile(r":(THE CONDITION|TEST INPUT):", re.I)
_SETTING = re.compile(r"^15:(?:[^,\n]*,){3}\s*(\d+)", re.M)
_FILE = re.compile(r"^30:(\?[^=\n]+)=(.+)", re.M)
_ASKED = re.compile(r"'(\?[^'\n]*)'")

INTEGRATORS = {"0": "euler", "2": "euler", "1": "rk4", "5": "rk4", "3": "rk2", "4": "rk2"}
"""The fourth number of the settings line 15; 1 and 3 are the kinds with automatic steps."""


Excepts = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class _Entry:
    """An entry between bars: what stands before the first tilde, unit, comment, group and line."""

    head: str
    unit: str
    comment: str
    group: str
    line: int


@dataclass
class _MdlContent:
    """What has been read of a file so far."""

    equations: list[Equation] = field(default_factory=list)
    about: dict[str, About] = field(default_factory=dict)
    dimensions: dict[str, Dimension] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)


def read_vensim(path: Path, digest: str, text: str, notes: tuple[str, ...] = ()) -> ParsedModel:
    """Return the equations, dimensions, macros and settings of a Vensim text; what is wrong as findings."""
    body, *behind = re.split(_SKETCH, text, maxsplit=1)
    rest = behind[0] if behind else ""
    body = _with_files(re.sub(r"^\s*\{[^}]*\}", _blank, body, count=1), rest)
    reading = _MdlContent(notes=list(notes))
    macros: dict[str, Macro] = {}
    for header, inside, line in _macro_texts(body):
        made = _macros(header, inside, line, reading)
        reading.findings += [f"macro {key}: is defined twice. Line {line}." for key in made if key in macros]
        macros |= made
    for entry in _entries(_MACRO.sub(_blank, body)):
        _read_entry(entry, reading)
    if not reading.equations:
        raise ModelError(f"{path}: this is not a model that can be read: it has no equation of Vensim.")
    equations = with_outputs(without_notes(reading.equations), macros, reading.findings)
    return ParsedModel(
        path=path,
        hash=digest,
        equations=in_own_words(equations, macros, VENSIM),
        about=reading.about,
        dimensions=_with_aliases(reading),
        macros={
            key: replace(each, equations=in_own_words(each.equations, macros, VENSIM))
            for key, each in macros.items()
        },
        integrator=_integrator(rest, reading),
        notes=tuple(reading.notes),
        findings=tuple(reading.findings),
    )


def _with_files(body: str, settings: str) -> str:
    """Return the equations with the files that the settings give for names such as '?data'."""
    files = {name.strip().lower(): file.strip() for name, file in _FILE.findall(settings)}
    return _ASKED.sub(lambda found: f"'{files.get(found[1].strip().lower(), found[1])}'", body)


def _integrator(settings: str, reading: _MdlContent) -> str:
    """Return the method of integration that the settings behind the sketch name."""
    setting = _SETTING.search(settings)
    code = setting[1] if setting else "0"
    if code not in INTEGRATORS:
        reading.findings.append(f"settings: 15 names an integration method {code}, which Vensim has not.")
    if code in ("1", "3"):
        what = f"Vensim adapts the steps of {INTEGRATORS[code].upper()} here"
        reading.notes.append(f"{what}; this run takes the file's TIME STEP throughout.")
    return INTEGRATORS.get(code, "euler")


def _blank(found: re.Match[str]) -> str:
    """Return the line ends of what is cut out, so that lines keep their numbers."""
    return "\n" * found.group().count("\n")


def _entries(text: str, first: int = 1) -> Iterator[_Entry]:
    group, at, counted, line = "", 0, 0, first
    while at < len(text):
        head = _HEAD.match(text, at)
        assert head is not None
        end = text.find("|", head.end())
        end = len(text) if end < 0 else end
        written = head.group()
        begins = at + len(written) - len(written.lstrip())
        line, counted = line + text.count("\n", counted, begins), begins
        unit, _, comment = text[head.end() : end].removeprefix("~").partition("~")
        if written.strip().startswith("***"):
            group = written.strip().strip("*").strip().lstrip(".").strip()
        elif written.strip():
            yield _Entry(_joined(written), unit.strip(), _joined(comment.split("~")[0]), group, line)
        at = end + 1


def _joined(text: str) -> str:
    """Join lines that end in a backslash."""
    return re.sub(r"\\[ \t]*\n[ \t]*", "", text)


def _read_entry(entry: _Entry, reading: _MdlContent) -> None:
    where = f"line {entry.line}"
    left = _LEFT.match(_REMARK.sub(lambda found: found[1] or " ", entry.head))
    if left is None:
        reading.findings.append(f"{where}: {_shortened(entry.head)!r} begins with no name of a variable.")
        return
    name = bare(left["name"])
    if _REALITY_CHECK.search(entry.head):
        reading.notes.append(f"{where}: the reality check {name} is left out.")
        return
    excepts, rest = _excepts(left["rest"])
    sign = _SIGN.match(rest)
    try:
        if sign is None:
            raise EquationError(f"{_shortened(rest)!r} stands where =, := or a parenthesis should")
        _read_right(entry, left, excepts, sign, reading)
    except EquationError as reason:
        reading.findings.append(f"{name}: {reason}. Line {entry.line}: {_shortened(entry.head)}")


def _read_right(
    entry: _Entry, left: re.Match[str], excepts: Excepts, sign: re.Match[str], reading: _MdlContent
) -> None:
    """Add what an entry defines: a dimension, another name of one, or an equation."""
    name, text = left["name"], sign.string[sign.end() :]
    key = key_of(name)
    if sign[2] == ":" and not sign[1]:
        if key in reading.dimensions:
            raise EquationError("this dimension is defined twice")
        reading.dimensions[key] = replace(_dimension(name, text), line=entry.line)
    elif sign[2] == "<->":
        reading.aliases[key] = text
        reading.dimensions[key] = Dimension(bare(name), (), line=entry.line)
    else:
        subscripts = tuple(items(left["subscripts"][1:-1])) if left["subscripts"] else ()
        body = _body(sign[2], (sign[1] or "").strip(":").lower(), text)
        reading.equations.append(Equation(key, subscripts, excepts, body, entry.line))
        said = " ".join(entry.head.split())
        own = about_of(name, entry.unit, entry.comment, entry.group, said, entry.line)
        known = reading.about.get(key)
        reading.about[key] = own if known is None else known.joined(own)


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 40 else f"{words[:40]}…"


def _excepts(rest: str) -> tuple[Excepts, str]:
    found = _EXCEPT.match(rest)
    if found is None:
        return (), rest
    groups = re.findall(r"\[([^\]]*)\]", found[1])
    return tuple(tuple(items(group)) for group in groups), rest[found.end() :]


def _body(sign: str, keyword: str, text: str) -> Syntax:
    """Return the syntax of a right-hand side, or why it cannot be computed."""
    try:
        if sign == "(":
            return _lookup(f"({text}")
        if sign == "":
            return Data(keyword)
        body = parse_equation(text, VENSIM)
    except EquationError as reason:
        return Unsupported(str(reason))
    return Data(keyword, body) if sign == ":=" or keyword else body


def _lookup(text: str) -> Syntax:
    if re.match(r"\(\s*GET[ _](XLS|DIRECT)[ _]LOOKUPS", text, re.I):
        return parse_equation(text, VENSIM)
    return parse_points(text, VENSIM)


def _dimension(name: str, text: str) -> Dimension:
    listed, _, mapped = text.partition("->")
    if re.match(r"\s*GET[ _](XLS|DIRECT)[ _]SUBSCRIPT", listed, re.I):
        call = parse_equation(listed, VENSIM)
        assert isinstance(call, Apply)
        return Dimension(bare(name), (), external=call)
    subscripts = tuple(each for item in items(listed) for each in _expanded(item))
    mappings = dict(map(_mapping, items(mapped))) if mapped.strip() else {}
    return Dimension(bare(name), subscripts, mappings)


def _mapping(item: str) -> tuple[str, tuple[str, ...] | None]:
    """Return the dimension that one maps to, and the subscripts listed for it, if any."""
    if not item.startswith("("):
        return key_of(item), None
    to, _, listed = item[1:-1].partition(":")
    return key_of(to), tuple(each for part in items(listed) for each in _expanded(part))


def _expanded(item: str) -> Iterator[str]:
    """Yield the subscripts of an item: one, or those of a range such as (y1-y4)."""
    if not item.startswith("("):
        yield bare(item)
        return
    item = " ".join(item.split())
    if max(map(len, re.findall(r"\d+", item)), default=0) > MOST_DIGITS:
        raise EquationError(f"{item[:40]} has numbers of too many digits")
    ends = _RANGE.fullmatch(item)
    if ends is None or ends[1].strip() != ends[3].strip() or int(ends[2]) > int(ends[4]):
        raise EquationError(f"{item} is no range of subscripts; write one such as (year1-year9)")
    if int(ends[2]) + MOST_ELEMENTS < int(ends[4]):
        raise EquationError(f"{item} has more than {MOST_ELEMENTS:,} subscripts")
    yield from (f"{ends[1].strip()}{number}" for number in range(int(ends[2]), int(ends[4]) + 1))


def _with_aliases(reading: _MdlContent) -> dict[str, Dimension]:
    dimensions = reading.dimensions
    for key, of in reading.aliases.items():
        source = dimensions.get(key_of(of))
        if source is None:
            reading.findings.append(f"{key}: {of.strip()} is no dimension.")
        else:
            dimensions[key] = replace(dimensions[key], subscripts=source.subscripts)
    return dimensions


def _macro_texts(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield the header of each macro, what it holds, and the line where this begins."""
    for found in _MACRO.finditer(text):
        header, closed, inside = found[1].partition(")")
        first = found.start(1) + len(header) + len(closed)
        yield header, inside, text.count("\n", 0, first) + 1


def _macros(header: str, inside: str, line: int, reading: _MdlContent) -> dict[str, Macro]:
    """Return a macro, and one for each result it has beside its own."""
    own = _MdlContent(findings=reading.findings)
    for entry in _entries(inside, first=line):
        _read_entry(entry, own)
    name, _, arguments = header.partition("(")
    inputs, _, further = arguments.partition(":")
    parameters, results = (tuple(map(key_of, items(part))) for part in (inputs, further))
    key, equations = key_of(name), tuple(own.equations)
    defined = {equation.key for equation in equations}
    reading.findings += [
        f"macro {key}: it has no equation for {each}. Line {line}."
        for each in (key, *results)
        if each not in defined
    ]
    return {
        each: Macro(result, parameters, equations, results)
        for each, result in [(key, key), *((f"{key}:{result}", result) for result in results)]
    }
