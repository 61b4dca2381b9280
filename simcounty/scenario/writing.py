"""Writing a scenario back to a file that loads as the same scenario."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from simcounty.errors import InputError, ScenarioError
from simcounty.scenario import settings
from simcounty.scenario.moments import date_of
from simcounty.scenario.scenario import Scenario
from simcounty.scenario.settings import Setting

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
    own = own_settings(scenario)
    if own:
        yield from ("", "[levers]")
        yield from map(_setting, own.values())


def own_settings(scenario: Scenario) -> dict[str, Setting]:
    """Return the settings of a scenario that the clauses of its policies do not fix."""
    fixed = _fixed(scenario)
    return {key: setting for key, setting in scenario.levers.items() if setting != fixed.get(key)}


def _setting(setting: Setting) -> str:
    path = zip(setting.times, setting.values, strict=True)
    points = [f"{date_of(time)} = {value!r}" for time, value in path]
    solved = ["solved = true"] if setting.solved else []
    default = [f"default = {setting.default!r}"] if setting.solved else []
    return f"{_key(setting.key)} = {{ {', '.join(points + solved + default)} }}"


def _fixed(scenario: Scenario) -> dict[str, Setting]:
    """Return the settings that the clauses of the scenario's policies fix."""
    return {
        key: settings.clause_setting(lever, scenario.model.constants[key], lever.setting)
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
