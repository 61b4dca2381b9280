"""Writing a scenario back to a file that loads as the same scenario."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from simcounty.atomic import atomic_write
from simcounty.calendar import date_of
from simcounty.errors import InputError, ScenarioError
from simcounty.scenario import lever_path
from simcounty.scenario.county import County, CountyValue
from simcounty.scenario.distributions import described
from simcounty.scenario.lever_path import LeverPath
from simcounty.scenario.scenario import Scenario
from simcounty.scenario.uncertainty import Uncertainty

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def save_scenario(scenario: Scenario, path: str | Path) -> Path:
    """Write a scenario to a TOML file, whole or not at all; `load` reads it back the same.

    What the clauses of its policies fix is left to them; every other lever stands in the
    file with its dates and, where goal seeking chose it, the default it departs from.
    """
    path = _toml(Path(path))
    missing = [key for key in _fixed(scenario) if key not in scenario.levers]
    if missing:
        raise ScenarioError(
            f"{path}: {scenario.name} has policies but not what their clauses fix ({', '.join(missing)}), "
            f"so a file of it would load as another scenario. Save the scenario it came from."
        )
    _replace(path, "\n".join(_lines(scenario, path.resolve().parent)) + "\n")
    return path


def new_file(path: Path) -> Path:
    """Return a path if a scenario can be saved to it without replacing another file."""
    if _toml(path).exists():
        raise InputError(f"{path}: is there already, and nothing is overwritten. Choose another name.")
    if not path.parent.is_dir():
        raise InputError(f"{path}: cannot be written (there is no folder {path.parent}). Make it first.")
    return path


def _toml(path: Path) -> Path:
    if path.suffix != ".toml":
        raise InputError(f"{path}: a scenario file ends in .toml. Name it so.")
    return path


def _lines(scenario: Scenario, folder: Path) -> Iterator[str]:
    yield f"title = {_text(scenario.title)}"
    if scenario.county.path:
        yield f"county = {_text(_relative(scenario.county.path, folder))}"
    yield f"model = {_text(_relative(scenario.model.path, folder))}"
    policies = (_text(_relative(policy.path, folder)) for policy in scenario.policies)
    yield f"policies = [{', '.join(policies)}]"
    yield f"years = [{scenario.years.start:g}, {scenario.years.end:g}]"
    yield f"headline = [{', '.join(map(_text, scenario.headline))}]"
    if scenario.tracked_path:
        yield f"tracked = {_text(_relative(scenario.tracked_path, folder))}"
    if scenario.constants:
        yield from ("", "[constants]")
        yield from (f"{_key(key)} = {value!r}" for key, value in scenario.constants.items())
    own = own_lever_paths(scenario)
    if own:
        yield from ("", "[levers]")
        yield from map(_setting, own.values())


def own_lever_paths(scenario: Scenario) -> dict[str, LeverPath]:
    """Return the settings of a scenario that the clauses of its policies do not fix."""
    fixed = _fixed(scenario)
    return {key: setting for key, setting in scenario.levers.items() if setting != fixed.get(key)}


def _setting(setting: LeverPath) -> str:
    path = zip(setting.times, setting.values, strict=True)
    points = [f"{date_of(time)} = {value!r}" for time, value in path]
    solved = ["solved = true"] if setting.solved else []
    default = [f"default = {setting.default!r}"] if setting.solved else []
    return f"{_key(setting.key)} = {{ {', '.join(points + solved + default)} }}"


def _fixed(scenario: Scenario) -> dict[str, LeverPath]:
    """Return the settings that the clauses of the scenario's policies fix."""
    return {
        key: lever_path.clause_path(lever, scenario.model.constants[key], lever.setting)
        for key, lever in scenario.clause_levers.items()
        if lever.setting is not None
    }


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


def _replace(path: Path, text: str) -> None:
    """Put a text in place of a file in one step, so that a reader never meets half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        os.replace(draft, path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise InputError(f"{path}: cannot be written ({error.strerror}). Choose another place.") from error


_BARE = re.compile(r"[A-Za-z0-9_-]+")
PLACE = ("code", "prefecture", "province")


def save_county(county: County, path: Path, model: Path, head: str = "") -> Path:
    """Write a county to a TOML file, whole or not at all; `model` is the model file it is bound to.

    `head` becomes a comment above it. An observed series is named, not copied.
    """
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    text = "\n".join([*lines, *_lines_county_writing(county, path.resolve().parent, model)])
    with atomic_write(path) as part:
        part.write_text(text + "\n", encoding="utf-8", newline="\n")
    return path


def _lines_county_writing(county: County, folder: Path, model: Path) -> Iterator[str]:
    yield f"title = {_text_county_writing(county.title)}"
    if county.name:
        yield f"name = {_text_county_writing(county.name)}"
    for key in PLACE:
        if getattr(county, key):
            yield f"{key} = {_text_county_writing(getattr(county, key))}"
    if county.areas:
        yield f"areas = [{', '.join(map(_text_county_writing, county.areas))}]"
    yield f"model = {_text_county_writing(_relative_county_writing(model, folder))}"
    if county.observed:
        yield f"observed = {_text_county_writing(_relative_county_writing(county.observed, folder))}"
    for value in county.values:
        yield from _value(value)
    for uncertainty in county.uncertain.each.values():
        yield from _uncertainty(uncertainty)
    for group in county.uncertain.correlated:
        yield from ("", "[[correlated]]", f"keys = [{', '.join(map(_text_county_writing, group.keys))}]")
        yield f"correlation = {[list(row) for row in group.matrix]!r}"
        yield 'assumption = "as in the county this one was made from"'


def _value(value: CountyValue) -> Iterator[str]:
    yield from ("", f"[values.{_key_county_writing(value.key)}]", f"value = {_number(value.value)}")
    yield f"unit = {_text_county_writing(value.unit)}"
    if value.year is not None:
        yield f"year = {value.year}"
    for name in ("source", "imputed", "assumption", "confidence"):
        if getattr(value, name):
            yield f"{name} = {_text_county_writing(getattr(value, name))}"


def _uncertainty(uncertainty: Uncertainty) -> Iterator[str]:
    yield from ("", f"[uncertainties.{_key_county_writing(uncertainty.key)}]")
    yield from (f"{name} = {_plain(given)}" for name, given in described(uncertainty.distribution).items())
    name = "source" if uncertainty.source else "assumption"
    yield f"{name} = {_text_county_writing(uncertainty.source or uncertainty.assumption)}"


def _plain(given: Any) -> str:
    if isinstance(given, str):
        return _text_county_writing(given)
    return f"[{', '.join(map(_number, given))}]" if isinstance(given, tuple) else _number(given)


def _number(number: float) -> str:
    return f"{int(number)}" if float(number).is_integer() else repr(float(number))


def _relative_county_writing(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), folder)).as_posix()
    except ValueError:  # another drive on Windows has no relative path
        return path.resolve().as_posix()


def _key_county_writing(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text_county_writing(key)


def _text_county_writing(text: str) -> str:
    """Quote a text for TOML, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False)
