"""Documents of every format simcounty reads: grown from grammars and from good ones, then damaged.

A document is what a user hands over: files by name, and the one to open. A strategy for each format grows
them, so that hypothesis can shrink the one that fails.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from simcounty.seals import LENGTH, MARK

VILLAGE = {file.name: file.read_bytes() for file in sorted((Path(__file__).parents[1] / "village").iterdir())}
SCALARS = [
    "0",
    "-1",
    "1e308",
    "1e999",
    "nan",
    "inf",
    "-inf",
    "9" * 400,
    "0x10",
    "1_000",
    "２０２７",
    "³",
    "1NaN/year",
    "3 %",
    "８ 亿元",
    '"75 %"',
    "true",
    "2027-01-01",
    "9999-12-31",
    "0000-00-00",
    "0001-01-01",
    "[]",
    "{}",
    '""',
    '"a\\u0000b"',
    '"\\u001b[31m"',
    '"=1+1"',
    '"../../etc/passwd"',
    '"' + "x" * 5000 + '"',
    "~",
    "/dev/zero",
]
SCRAPS = [
    "\0",
    "\x1b[31m",
    "\ufeff",
    "\u202e",
    "\r",
    "\r\n",
    "\t",
    "\\",
    '"',
    "'",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "&",
    "~",
    "|",
    ":",
    ",",
    ";",
    "=",
    "*",
    "^",
    "!",
    "𝟙",
    "²",
    "，",
    "　",
    "\ud7ff",
    "((((((((",
    "]]>",
    "<!--",
    "%s",
    "{0}",
]


@dataclass(frozen=True)
class Document:
    """Files by name, the one to open, and what it is read as."""

    kind: str
    opened: str
    files: Mapping[str, bytes]


def document(kind: str, opened: str, content: bytes, beside: Mapping[str, bytes] | None = None) -> Document:
    return Document(kind, opened, {**(beside or {}), opened: content})


# --- damage ---------------------------------------------------------------------------------------------


@st.composite
def damaged_text(draw: st.DrawFn, text: str, scraps: list[str] | None = None, most: int = 4) -> bytes:
    """A text with some of it cut, doubled, moved, replaced by scraps, or in another encoding."""
    for _ in range(draw(st.integers(0, most))):
        low = draw(st.integers(0, len(text)))
        high = min(len(text), low + draw(st.integers(0, 30)))
        part = text[low:high]
        match draw(st.integers(0, 4)):
            case 0:
                text = text[:low] + text[high:]
            case 1:
                text = text[:high] + part * draw(st.sampled_from([1, 2, 200])) + text[high:]
            case 2:
                text = text[:low] + draw(st.sampled_from(scraps or SCRAPS)) + text[high:]
            case 3:
                text = text[:low] + draw(st.sampled_from(SCALARS)) + text[high:]
            case _:
                text = text[:low]
    coded = draw(st.sampled_from(["utf-8"] * 8 + ["utf-8-sig", "utf-16", "gb18030", "latin-1"]))
    return text.encode(coded, "replace")


@st.composite
def damaged_bytes(draw: st.DrawFn, content: bytes, most: int = 5) -> bytes:
    """Bytes of which some were changed, lost or repeated."""
    for _ in range(draw(st.integers(0, most))):
        low = draw(st.integers(0, max(0, len(content) - 1)))
        match draw(st.integers(0, 3)):
            case 0:
                content = content[:low] + draw(st.binary(max_size=8)) + content[low + 4 :]
            case 1:
                content = content[:low]
            case 2:
                content = content[:low] + content[low : low + 64] * 3 + content[low + 64 :]
            case _:
                content = content[:low] + b"\xff" * 8 + content[low + 8 :]
    return content


# --- models -----------------------------------------------------------------------------------------------

NAMES = [
    "a",
    "b",
    "stock one",
    "rate",
    "初始人口",
    '"quoted, name"',
    "TIME STEP",
    "Time",
    "x y z",
    "é",
    "dim",
    "A1",
]
CALLS = [
    "MIN({0},{1})",
    "MAX({0},{1})",
    "ABS({0})",
    "EXP({0})",
    "LN({0})",
    "SQRT({0})",
    "ZIDZ({0},{1})",
    "XIDZ({0},{1},{0})",
    "IF THEN ELSE({0}>{1},{0},{1})",
    "STEP({0},{1})",
    "PULSE({0},{1})",
    "RAMP({0},{1},{0})",
    "SMOOTH({0},{1})",
    "SMOOTH3I({0},{1},{0})",
    "DELAY1({0},{1})",
    "DELAY3I({0},{1},{0})",
    "DELAY FIXED({0},{1},{0})",
    "DELAY N({0},{1},{0},3)",
    "INTEG({0},{1})",
    "INITIAL({0})",
    "SAMPLE IF TRUE({0}>{1},{0},{1})",
    "INTEGER({0})",
    "MODULO({0},{1})",
    "SUM({0}[dim!])",
    "VMIN({0}[dim!])",
    "PROD({0}[dim!])",
    "RANDOM UNIFORM({0},{1},1)",
    "RANDOM NORMAL({0},{1},{0},{1},3)",
    "GET XLS DATA('x.xlsx','s','A','B2')",
    "GET DIRECT CONSTANTS('x.csv',',','B2')",
    "VECTOR SELECT({0}[dim!],{1}[dim!],0,0,0)",
    "INVERT MATRIX({0}[dim,dim],2)",
    "TREND({0},{1},0)",
    "NPV({0},{1},0,1)",
    "ACTIVE INITIAL({0},{1})",
    "GAME({0})",
    "FORECAST({0},{1},{0})",
    "LOOKUP EXTRAPOLATE(table,{0})",
    "table({0})",
    "A FUNCTION OF({0},{1})",
    "WITH LOOKUP({0},([(0,0)-(1,1)],(0,0),(1,1)))",
    "{0}^{1}^{0}",
    "-{0}",
    "NOT({0})",
    "{0}:AND:{1}",
    "{0} :or: {1}",
    "ALLOCATE BY PRIORITY({0}[dim],{1}[dim],2,1,{0})",
    "my macro({0},{1})",
    ":NA:",
]
INDICES = ["", "", "", "", "[dim]", "[A1]", "[A2]", "[dim!]", "[sub]", "[dim,dim]", "[ghost]", "[*]"]
HEADS = [
    "dim: A1,A2,A3",
    "dim: (A1-A3)",
    "dim: A1-A900000000",
    "sub: A1,A2",
    "dim: dim",
    "sub: dim",
    "dim <-> sub",
    "dim: A1,A2 -> (sub: B1,B2)",
    "sub: B1,B2",
    "dim: A1,A1",
    "dim: ",
    "dim: GET XLS SUBSCRIPT('x.xlsx','s','A1','A3','')",
]
TABLES = [
    "table((0,0),(1,1))",
    "table([(0,0)-(10,10)],(0,0),(5,1),(5,2))",
    "table([(0,0)- (1,1)],(0,1))",
    "table(0,1,2,3)",
    "table(0,1,2)",
    "table()",
    "table((1,1),(0,0))",
    "table((0,nan),(1,1))",
]
COMMENTS = ["", "中文：x", "~", "source: a"]
MACRO = ":MACRO: my macro(in, size)\nmy macro = {0}\n\t~ ~ |\n:END OF MACRO:\n"
CONTROL = "FINAL TIME = {0}\n~~|\nINITIAL TIME = {1}\n~~|\nSAVEPER = TIME STEP\n~~|\nTIME STEP = {2}\n~~|\n"
TIMES = ["0", "10", "1", "0.25", "-5", "1e300", "0.0000001", "a", "rate", "TIME STEP", "1/0"]


SOUND = [*CALLS[:9], "STEP({0},2)", "SMOOTH({0},3)", "DELAY3({0},2)", "INTEG({0},1)", "DELAY FIXED({0},2,1)"]
NUMBERS = ["0", "1", "2.5", "-3", ".5", "1e-300", "1e400", "5.", "007", "1e", "1,2,3", "1;2"]


def expressions(names: list[str], calls: list[str], indices: list[str]) -> st.SearchStrategy[str]:
    """Expressions of names, numbers, operators and calls, some of which mean nothing."""
    named = st.builds(lambda name, index: name + index, st.sampled_from(names), st.sampled_from(indices))
    numbers = st.sampled_from(NUMBERS if len(indices) > 1 else NUMBERS[:6])
    return st.recursive(
        st.one_of(named, numbers),
        lambda inner: st.one_of(
            st.builds("({}{}{})".format, inner, st.sampled_from(list("+-*/^=<>")), inner),
            st.builds(lambda call, *given: call.format(*given), st.sampled_from(calls), inner, inner),
        ),
        max_leaves=8,
    )


@st.composite
def sound_equations(draw: st.DrawFn, calls: list[str]) -> list[tuple[str, str]]:
    """Equations that mean something, though they may run in a circle or out of bounds."""
    names = draw(
        st.lists(st.sampled_from(["a", "b", "初始人口", "x y z", "k", "stock one"]), min_size=1, unique=True)
    )
    return [
        (name, draw(expressions(["Time", *names[:place]], calls, [""]))) for place, name in enumerate(names)
    ]


@st.composite
def vensim(draw: st.DrawFn) -> Document:
    """A Vensim model grown from the grammar, or the village's own; then damaged."""
    if draw(st.integers(0, 7)) == 0:
        text = VILLAGE["village.mdl"].decode()
    elif draw(st.booleans()):
        equations = draw(sound_equations(SOUND))
        text = "".join(f"{name} = {value}\n~ Dmnl\n~ |\n" for name, value in equations) + CONTROL.format(
            4, 0, 0.5
        )
        if draw(st.booleans()):
            return document("model", "m.mdl", text.encode())
    else:
        body, parts = expressions(NAMES, CALLS, INDICES), []
        for _ in range(draw(st.integers(0, 3))):
            parts.append(draw(st.sampled_from([*HEADS, *TABLES])) + "\n~ Dmnl [0,?]\n~ 名：text|\n")
        for name in draw(st.lists(st.sampled_from(NAMES[:10]), min_size=1, max_size=6)):
            equals = draw(
                st.sampled_from([" = "] * 6 + [" := ", " :RAW: := ", ":EXCEPT:[A1] = ", " == ", " "])
            )
            head = name + draw(st.sampled_from(INDICES)) + equals
            unit = draw(
                st.sampled_from(
                    ["Dmnl", "person/year", "YiYuan", "1NaN/year", "(((", "", "m2*person", "[0,1]"]
                )
            )
            parts.append(f"{head}{draw(body)}\n\t~ {unit}\n\t~ {draw(st.sampled_from(COMMENTS))}|\n")
        if draw(st.booleans()):
            parts.insert(draw(st.integers(0, len(parts))), MACRO.format(draw(body)))
        times = (draw(st.sampled_from(TIMES[:4] * 3 + TIMES)) for _ in range(3))
        text = "{UTF-8}\n" + "\n".join(parts) + CONTROL.format(*times)
        text += draw(
            st.sampled_from(["", "\\\\\\---/// Sketch information\nV300\n*View\n", ":TEST INPUT: x|"])
        )
    return document("model", "m.mdl", draw(damaged_text(text, most=2)))


STELLA_CALLS = [each for each in CALLS if "!" not in each and ":" not in each] + [
    "SUM({0}[*])",
    "INT({0})",
    "INIT({0})",
    "PREVIOUS({0},{1})",
    "SAFEDIV({0},{1})",
    "IF {0} THEN {1} ELSE {0}",
    "LOOKUP(table,{0})",
    "GRAPH({0})",
    "COUNTER({0},{1})",
    "SIZE({0})",
    "NOT {0}",
    "{0} AND {1}",
    "PI",
    "DT",
    "// {0}",
]
STELLA_SOUND = [
    "MIN({0},{1})",
    "ABS({0})",
    "IF {0} > {1} THEN {0} ELSE {1}",
    "SAFEDIV({0},{1})",
    "STEP({0},2)",
    "SMTH1({0},3)",
    "DELAY({0},2,1)",
    "INT({0})",
    "{0} MOD 7",
    "EXP({0})",
]
SPECS = [
    "<start>0</start><stop>10</stop><dt>1</dt>",
    "<start>0</start><stop>1e9</stop><dt reciprocal='true'>0</dt>",
    "<start>a</start>",
    "",
    "<start>5</start><stop>0</stop><dt>nan</dt>",
    "<stop>10</stop><dt>-1</dt>",
]
GF = [
    "<gf><xscale min='0' max='1'/><ypts>0,1,2</ypts></gf>",
    "<gf type='discrete'><xpts>0,1</xpts><ypts>1</ypts></gf>",
    "<gf><ypts/></gf>",
    "<gf><xpts>1,0,nan</xpts><ypts>1;2;3</ypts></gf>",
    "<gf name='table'/>",
]
EXTRAS = [
    "<non_negative/>",
    "<conveyor><len>3</len></conveyor>",
    "<queue/>",
    "<dimensions><dim name='dim'/></dimensions>",
    "<element subscript='A1'><eqn>1</eqn></element>",
    "<element><eqn/></element>",
    "<doc>&lt;b&gt;</doc>",
    "<range min='x'/>",
    "<inflow>b</inflow><outflow>rate</outflow>",
    "<inflow>ghost</inflow>",
    "<units>1NaN/year</units>",
    "<isee:x/>",
]
PROLOGUES = [
    "",
    "<?xml version='1.0' encoding='utf-8'?>",
    "<!DOCTYPE x [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;'>]>",
]


@st.composite
def xmile(draw: st.DrawFn) -> Document:
    """A model in XMILE grown from the grammar; then damaged."""
    sound = draw(st.booleans())
    body, parts = (
        expressions(NAMES, STELLA_CALLS, ["", "", "", "[dim]", "[A1]", "[*]", "[1]", "[dim,dim]"]),
        [],
    )
    for name, value in draw(sound_equations(STELLA_SOUND)) if sound else ():
        parts.append(f"<aux name={name!r}><eqn>{value.replace('<', '&lt;')}</eqn></aux>")
    for name in () if sound else draw(st.lists(st.sampled_from(NAMES), min_size=0, max_size=6)):
        tag = draw(st.sampled_from(["stock", "flow", "aux", "aux", "gf", "module", "group", "macro", "view"]))
        equation = draw(body).replace("&", "&amp;").replace("<", "&lt;")
        inside = f"<eqn>{equation}</eqn>" + "".join(draw(st.lists(st.sampled_from(GF + EXTRAS), max_size=2)))
        parts.append(f"<{tag} name={name.strip(chr(34))!r}>{inside}</{tag}>")
    dims = draw(st.sampled_from(["", "<dimensions><dim name='dim' size='3'/></dimensions>",
        "<dimensions><dim name='dim' size='999999999'/><dim name='dim'/></dimensions>",
        "<dimensions><dim name='dim'><elem name='A1'/><elem name='A2'/></dim></dimensions>"]))  # fmt: skip
    wrapped = draw(st.sampled_from(["<variables>{}</variables>", "{}", "<variables>{}</variables><views/>"]))
    text = (
        f"{draw(st.sampled_from(PROLOGUES))}<xmile version='1.0' xmlns='http://docs.oasis-open.org/xmile/ns/XMILE/v1.0'>"
        f"<header/><sim_specs method='{draw(st.sampled_from(['euler', 'rk4', 'RK2', 'gear', '']))}'>"
        f"{draw(st.sampled_from(SPECS[:1] * 4 + SPECS))}</sim_specs>{dims}"
        f"<model>{wrapped.format(''.join(parts))}</model></xmile>"
    )
    suffix = draw(st.sampled_from([".xmile", ".stmx", ".itmx", ".xml"]))
    content = text.encode() if sound and draw(st.booleans()) else draw(damaged_text(text, most=2))
    return document("model", f"m{suffix}", content)


# --- scenarios, tables, drafts ----------------------------------------------------------------------------


@st.composite
def toml(draw: st.DrawFn) -> Document:
    """The village's plan, county or policy with keys and values changed; then damaged."""
    files = dict(VILLAGE)
    name = draw(st.sampled_from(["plan.toml", "county.toml", "policy.toml"]))
    lines = files[name].decode().split("\n")
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(lines) - 1))
        key, equals, value = lines[place].partition("=")
        match draw(st.integers(0, 6)):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, lines[draw(st.integers(0, len(lines) - 1))])
            case 2 if equals:
                lines[place] = f"{key}= {draw(st.sampled_from(SCALARS))}"
            case 3 if equals:
                lines[place] = f"{draw(st.sampled_from([*SCALARS, *NAMES, 'range', 'unit']))} ={value}"
            case 4 if equals:
                depth = draw(st.sampled_from([1, 30, 2000]))
                lines[place] = f"{key}= {'[' * depth}{value.strip()}{']' * depth}"
            case 5:
                lines[place] = draw(
                    st.sampled_from(
                        ["[levers]", "[[target]]", "[uncertainties.moving_rate]", "low = 5", "[x"]
                    )
                )
            case _:
                lines[place] += draw(st.sampled_from(SCRAPS))
        lines = lines or [""]
    files[name] = draw(damaged_text("\n".join(lines), most=1))
    return Document("scenario", "plan.toml", files)


SERIES = 'Time,births,"a, b"\n2020,1,2\n2021,1.5,3\n2022,,4\n'
FIGURES = """code,county,year,gdp (亿元),常住人口(万人),source
330122,桐庐县,2023,469.2,46.0,公报
330127,淳安县,2023,270,33,公报
"""
OBSERVED = VILLAGE["observed.csv"].decode()


@st.composite
def table(draw: st.DrawFn) -> Document:
    """A CSV file of series, of a county's own figures or of observations; cells changed, then damaged."""
    kind, text = draw(st.sampled_from([("series", SERIES), ("figures", FIGURES), ("scenario", OBSERVED)]))
    rows = [line.split(",") for line in text.strip().split("\n")]
    for _ in range(draw(st.integers(0, 4))):
        row = rows[draw(st.integers(0, len(rows) - 1))]
        place = draw(st.integers(0, len(row) - 1))
        row[place] = draw(st.sampled_from([*SCALARS, *SCRAPS, "x" * 200_000, '"' * 5, "1,2", "2020", "-"]))
    ends = draw(st.sampled_from(["\n", "\n", "\r\n", "\r", "\n\n\n", "\x0b", "\x85", "\u2028"]))
    content = draw(damaged_text(ends.join(",".join(row) for row in rows), most=2))
    if kind == "scenario":
        return Document(kind, "plan.toml", {**VILLAGE, "observed.csv": content})
    suffix = draw(st.sampled_from([".csv", ".csv", ".tab", ".dat"])) if kind == "series" else ".csv"
    return document(kind, f"t{suffix}", content, VILLAGE)


DRAFT = """# 规划

城镇化率 60.0%{{urban_share@2030 : plan.toml}}，
比基线高 3 个百分点{{urban_share@2030 : plan.toml - baseline}}。
目标 {{urban-share-2030.margin : plan.toml}}，`{{不是标签}}`。
"""


@st.composite
def markdown(draw: st.DrawFn) -> Document:
    """A draft in Markdown whose tags were changed; then damaged."""
    tags = [
        "{{",
        "}}",
        "{{a@b : c}}",
        "{{urban_share@0 : plan.toml}}",
        "{{urban_share@99999999999 : plan.toml}}",
        "@",
        " : ",
        "{{urban_share@2030 : ../../plan.toml}}",
        "{{ : }}",
        "1" * 500,
        "²",
        "${x}",
        "[](",
        "```",
    ]
    return Document("draft", "d.md", {**VILLAGE, "d.md": draw(damaged_text(DRAFT, SCRAPS + tags))})


SWAPS = [
    ("<v>", "<v>9" * 9),
    ('t="s"', 't="n"'),
    ("<v>1</v>", "<v>99999999</v>"),
    ('ref="', 'ref="A1:XFD1048576'),
    ('r="A', 'r="XFD'),
    ('<row r="', '<row r="1048570'),
    ("<w:t>", "<w:t>{{"),
    ("<w:p>", "<w:p><w:p>"),
    ("?>", "?><!DOCTYPE x [<!ENTITY a 'b'>]>"),
    ("</w:t>", "\x01</w:t>"),
    ("xmlns", "xmlnz"),
    ('Target="', 'Target="/../../'),
]


@st.composite
def zipped(draw: st.DrawFn, kind: str, opened: str, good: bytes, beside: Mapping[str, bytes]) -> Document:
    """An Office file whose parts were changed, lost, or claim what they are not; or damaged as bytes."""
    if draw(st.integers(0, 3)) == 0:
        return document(kind, opened, draw(damaged_bytes(good)), beside)
    with zipfile.ZipFile(io.BytesIO(good)) as read:
        parts = {name: read.read(name) for name in read.namelist()}
    names = sorted(parts)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(names))
        text = parts.get(name, b"").decode("utf-8", "replace")
        match draw(st.integers(0, 5)):
            case 0:
                parts.pop(name, None)
            case 1:
                parts[name] = draw(damaged_text(text))
            case 2:
                old, new = draw(st.sampled_from(SWAPS))
                parts[name] = text.replace(old, new, draw(st.sampled_from([1, 50]))).encode()
            case 3:
                parts[name] = b"\0" * draw(st.sampled_from([0, 100, 30_000_000]))
            case 4:
                parts[name] = ("<a>" * draw(st.sampled_from([50, 100_000]))).encode()
            case _:
                parts[draw(st.sampled_from(["../out.xml", "/abs", "xl/vbaProject.bin", name.upper()]))] = (
                    text.encode()
                )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in parts.items():
            written.writestr(name, content)
    return document(kind, opened, draw(damaged_bytes(packed.getvalue(), most=1)), beside)


def posterior(content: bytes, sealed: bool) -> Document:
    """A posterior that was damaged after it was sealed, or that somebody sealed again."""
    digest = hashlib.sha256(content).hexdigest() if sealed else "0" * 64
    return document("posterior", "p.nc", content + MARK + digest.encode() + b"\n", VILLAGE)


FORMATS = ("mdl", "xmile", "toml", "csv", "md", "xlsx", "docx", "nc")


def formats(good: Mapping[str, bytes]) -> dict[str, Callable[[], st.SearchStrategy[Document]]]:
    """Return a strategy for each format; the three that are binary grow from good files."""
    return {
        "mdl": vensim,
        "xmile": xmile,
        "toml": toml,
        "csv": table,
        "md": markdown,
        "xlsx": lambda: zipped("scenario", "plan.xlsx", good["xlsx"], VILLAGE),
        "docx": lambda: zipped("draft", "d.docx", good["docx"], VILLAGE),
        "nc": lambda: st.builds(posterior, damaged_bytes(good["nc"][:-LENGTH]), st.booleans()),
    }
