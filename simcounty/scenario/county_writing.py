"""Writing a county to a file that loads as the same county."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simcounty.scenario.county import County, CountyValue
from simcounty.scenario.distributions import told
from simcounty.scenario.uncertainty import Uncertainty
from simcounty.whole import whole

_BARE = re.compile(r"[A-Za-z0-9_-]+")
PLACE = ("code", "prefecture", "province")


def save_county(county: County, path: Path, model: Path, head: str = "") -> Path:
    """Write a county to a TOML file, whole or not at all; `model` is the model file it is bound to.

    `head` becomes a comment above it. An observed series is named, not copied.
    """
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    text = "\n".join([*lines, *_lines(county, path.resolve().parent, model)])
    with whole(path) as part:
        part.write_text(text + "\n", encoding="utf-8", newline="\n")
    return path


def _lines(county: County, folder: Path, model: Path) -> Iterator[str]:
    yield f"title = {_text(county.title)}"
    if county.name:
        yield f"name = {_text(county.name)}"
    for key in PLACE:
        if getattr(county, key):
            yield f"{key} = {_text(getattr(county, key))}"
    if county.areas:
        yield f"areas = [{', '.join(map(_text, county.areas))}]"
    yield f"model = {_text(_relative(model, folder))}"
    if county.observed:
        yield f"observed = {_text(_relative(county.observed, folder))}"
    for value in county.values:
        yield from _value(value)
    for uncertainty in county.uncertain.each.values():
        yield from _uncertainty(uncertainty)
    for group in county.uncertain.correlated:
        yield from ("", "[[correlated]]", f"keys = [{', '.join(map(_text, group.keys))}]")
        yield f"correlation = {[list(row) for row in group.matrix]!r}"
        yield 'assumption = "as in the county this one was made from"'


def _value(value: CountyValue) -> Iterator[str]:
    yield from ("", f"[values.{_key(value.key)}]", f"value = {_number(value.value)}")
    yield f"unit = {_text(value.unit)}"
    if value.year is not None:
        yield f"year = {value.year}"
    for name in ("source", "imputed", "assumption", "confidence"):
        if getattr(value, name):
            yield f"{name} = {_text(getattr(value, name))}"


def _uncertainty(uncertainty: Uncertainty) -> Iterator[str]:
    yield from ("", f"[uncertainties.{_key(uncertainty.key)}]")
    yield from (f"{name} = {_plain(given)}" for name, given in told(uncertainty.distribution).items())
    name = "source" if uncertainty.source else "assumption"
    yield f"{name} = {_text(uncertainty.source or uncertainty.assumption)}"


def _plain(given: Any) -> str:
    if isinstance(given, str):
        return _text(given)
    return f"[{', '.join(map(_number, given))}]" if isinstance(given, tuple) else _number(given)


def _number(number: float) -> str:
    return f"{int(number)}" if float(number).is_integer() else repr(float(number))


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), folder)).as_posix()
    except ValueError:  # another drive on Windows has no relative path
        return path.resolve().as_posix()


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    """Quote a text for TOML, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False)
