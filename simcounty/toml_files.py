"""TOML files read into checked shapes; whatever is wrong becomes a finding."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
import typing
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, PrivateAttr, ValidationError
from pydantic_core import ErrorDetails

from simcounty import catalog
from simcounty.errors import Findings, ScenarioError, Spot, did_you_mean, shortened
from simcounty.input_files import absent, assert_seen, content_of, is_file, text_of
from simcounty.language import said


class Shape(BaseModel):
    """A table of a file: its keys and their types, and no other key."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)
    _rows: dict[tuple[str, ...], Spot] = PrivateAttr(default_factory=dict)

    def read_from(self, rows: Mapping[tuple[str, ...], Spot]) -> Self:
        """Note the rows of a workbook that parts of it were read from, by their keys; return it."""
        self._rows.update(rows)
        return self

    def at(self, *keys: str) -> tuple[object, ...]:
        """Return where a part of it stands: the row and its name, or its keys in a TOML file."""
        return (self._rows[keys], *keys[1:2]) if keys in self._rows else (", ".join(keys),)


def _number(given: object) -> float | str:
    if isinstance(given, str) or (isinstance(given, int | float) and not isinstance(given, bool)):
        return given
    raise ValueError("a number, or a text such as '75 %' or '8 亿元'")


def _table(given: object) -> object:
    return given if isinstance(given, dict) else {"value": given}


Number = Annotated[float | str, PlainValidator(_number)]
"""A number as people write it: 0.75, "75 %", "8 亿元"."""

Tabled = BeforeValidator(_table)
"""Reads `key = 3` as `key = { value = 3 }`."""

KINDS = {
    "string_type": 'a text in quotes, "…"',
    "string_too_short": 'a text in quotes, "…", that is not empty',
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "date_type": "a date without quotes, such as 2023-04-16",
    "date_from_datetime_inexact": "a date without a time of day, such as 2023-04-16",
    "list_type": "a list, [ … ]",
}
"""What a value should be, by the library's name of the finding; others are said as they are found."""

AnyShape = TypeVar("AnyShape", bound=Shape)


def read(path: Path, shape: type[AnyShape], findings: Findings) -> AnyShape | None:
    """Read a file into its shape; None, and findings, where that cannot be done."""
    with findings.at(path):
        table = tomllib_table(path)
        try:
            return shape.model_validate(table)
        except ValidationError as error:
            findings += [f"{path}: {each}" for each in _explained(error.errors(), table, shape)]
    return None


def shipped(file: str, shape: type[AnyShape]) -> AnyShape:
    """Return a shipped file in its shape; raise ScenarioError with all that is wrong in it."""
    return typing.cast(AnyShape, _shipped(file, shape))


@cache
def _shipped(file: str, shape: type[Shape]) -> Shape:
    findings, path = Findings(), catalog.home() / file
    found = read(path, shape, findings)
    findings.raise_as(ScenarioError, f"{path}: cannot be used:")
    assert found is not None, "what cannot be read has findings"
    return found


def tomllib_table(path: Path) -> dict[str, Any]:
    """Read a TOML file; errors name the line."""
    text = text_of(path)
    try:
        return _plain(tomllib.loads(text))
    except RecursionError as error:
        raise ScenarioError(said("file.nested")) from error
    except (tomllib.TOMLDecodeError, ValueError) as error:
        if path.suffix.lower() in catalog.MODEL.suffixes:
            raise ScenarioError(
                "this is a model, not a file of settings. Look into it with: simcounty describe FILE; "
                "run it by itself with: simcounty run FILE, or write a scenario that names it."
            ) from error
        raise ScenarioError(_syntax(text, str(error))) from error


def beside(path: Path, name: str) -> Path:
    """Return the file that `path` names relative to its own folder."""
    return Path(os.path.normpath(path.parent / name))


def named_file(path: Path, key: str, name: str, findings: Findings) -> Path | None:
    """Return the file that another names; None, and a finding, if there is none."""
    found = beside(path, name)
    if is_file(found):
        return found
    findings.append(f"{path}: {key}: {found}: {absent(found)}")
    return None


def digest(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of files, each by its content, in the order given."""
    each = [hashlib.sha256(content_of(path)).hexdigest() for path in paths]
    return hashlib.sha256(" ".join(each).encode()).hexdigest()


def _plain(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table whose texts hold no control characters, written as such or as "\\u001b"."""
    below: list[Any] = [table]
    while below:
        each = below.pop()
        if isinstance(each, str):
            assert_seen(each)
        elif isinstance(each, dict | list):
            below += [*each, *each.values()] if isinstance(each, dict) else each
    return table


def _syntax(text: str, message: str) -> str:
    at = re.search(r" \(at line (\d+), column \d+\)", message)
    line = int(at[1]) if at else max(1, len(text.splitlines()))
    reason = re.sub(r" \(at .*\)", "", message)
    quoted = shortened(text.splitlines()[line - 1]) if text else ""
    if re.search(r"overwrite a value|twice|[Dd]uplicate|immutable", reason):
        return f"line {line}: a key stands twice in one table, here in `{quoted}`. Keep one of the two."
    plain = quoted.partition("=")[0].isascii()
    advice = "" if plain else ' A name in Chinese stands in quotes: "落户放开度".'
    return f"line {line}: not TOML ({reason}), in `{quoted}`.{advice}"


def _explained(details: Iterable[ErrorDetails], table: object, shape: type[Shape]) -> list[str]:
    """Return the messages for what pydantic found, as a user writes the file; each place once."""
    wanted: dict[str, list[str]] = {}
    messages = []
    for detail in details:
        loc = _written(detail, table)
        where = _spelled(loc)
        if detail["type"] == "extra_forbidden":
            known = _keys_at(_shape_at(shape, loc[:-1]) or shape)
            guess = did_you_mean(str(loc[-1]), known)
            messages.append(f"{where}: unknown key.{guess} Known: {', '.join(known)}.")
        elif detail["type"] == "missing":
            messages.append(f"{where}: is missing.")
        else:
            wanted.setdefault(f"{where} = {detail['input']!r}", []).append(_wanted(detail, loc, shape))
    either = {got: ", or ".join(dict.fromkeys(each)) for got, each in wanted.items()}
    return messages + [
        f"{got}: should be {text}{'' if text[-1] in '.?' else '.'}" for got, text in either.items()
    ]


def _written(detail: ErrorDetails, table: Any) -> list[int | str]:
    """Return the keys along which a file was walked, without the kinds a value was held against."""
    absent_key = detail["type"] == "missing"
    loc: list[int | str] = []
    for part in detail["loc"][: -1 if absent_key else None]:
        known = (
            part in table if isinstance(table, dict) else isinstance(table, list) and isinstance(part, int)
        )
        if known:
            loc.append(part)
            table = table[part]
    return [*loc, detail["loc"][-1]] if absent_key else loc


def _wanted(detail: ErrorDetails, loc: Sequence[int | str], shape: type[Shape]) -> str:
    """Return what a value should be, and how a table is begun."""
    header = ".".join(part for part in loc if isinstance(part, str))
    inner = _shape_at(shape, loc)
    keys = f", with {', '.join(_keys_at(inner))}" if inner else ""
    if detail["type"] == "model_type":
        begun = f"[[{header}]]" if isinstance(loc[-1], int) else f"[{header}]"
        return f"a table. Write {begun}{keys}"
    if detail["type"] == "dict_type":
        return f"a table. Write [{header}.KEY]{keys}" if inner else f"a table. Write [{header}]"
    if detail["type"] == "list_type" and inner:
        return f"a list of tables. Write [[{header}]]{keys}"
    if detail["type"] in ("too_short", "too_long"):
        ends = {"too_short": "at least {min_length}", "too_long": "at most {max_length}"}
        return f"a list of {ends[detail['type']].format(**detail['ctx'])}"
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return KINDS.get(detail["type"], message)


def _spelled(loc: Iterable[int | str]) -> str:
    """Return a place in a file as text: ("clause", 2, "target", 0, "goal") is clause #3, target #1, goal."""
    text = ""
    for part in loc:
        text += f" #{part + 1}" if isinstance(part, int) else f", {part}" if text else part
    return text


def _keys_at(shape: type[Shape]) -> list[str]:
    """Return the keys a table may have."""
    return [field.alias or name for name, field in shape.model_fields.items()]


def _shape_at(shape: type[Shape], loc: Iterable[int | str]) -> type[Shape] | None:
    """Return the shape of the tables at a place, found by walking down the shapes; None where none stand."""
    found: type[Shape] | None = shape
    for part in loc:
        if found and part in found.model_fields:
            found = _shape_in(found.model_fields[str(part)].annotation)
    return found


def _shape_in(annotation: object) -> type[Shape] | None:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return annotation
    inner = (_shape_in(each) for each in typing.get_args(annotation))
    return next((shape for shape in inner if shape), None)
