"""Scenarios and counties written to TOML files that load as the same scenario or county."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from simcounty.atomic import atomic_write
from simcounty.calendar import date_of
from simcounty.errors import InputError, ScenarioError
from simcounty.language import said
from simcounty.scenario.county import County
from simcounty.scenario.county_value import KINDS, CountyValue
from simcounty.scenario.distributions import described
from simcounty.scenario.lever_path import LeverPath
from simcounty.scenario.scenario import Scenario
from simcounty.scenario.target import Target
from simcounty.scenario.uncertainty import Uncertain, Uncertainty

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def save_scenario(scenario: Scenario, path: str | Path) -> Path:
    """Write a scenario to a TOML file that `load` reads back the same; the file is complete or unchanged.

    What the clauses of its policies fix is left to them; every other lever stands in the
    file with its dates and, where goal seeking chose it, the default it departs from.
    """
    path = _scenario_file(Path(path))
    missing = [key for key in scenario.fixed_levers if key not in scenario.levers]
    if missing:
        raise ScenarioError(
            f"{path}: {scenario.name} has policies but not what their clauses fix ({', '.join(missing)}), "
            f"so a file of it would load as another scenario. Save the scenario it came from."
        )
    return _write(path, _scenario_rows(scenario, path.resolve().parent))


def save_county(county: County, path: Path, model: Path, head: str = "") -> Path:
    """Write a county to a TOML file, complete or not at all; `model` is the model file it is bound to.

    `head` becomes a comment above it. An observed series is named, not copied.
    """
    comment = [f"# {row}".rstrip() for row in head.splitlines()]
    return _write(path, [*comment, *_county_rows(county, path.resolve().parent, model)])


def new_file(path: Path) -> Path:
    """Return a path if a scenario can be saved to it without replacing another file."""
    if _scenario_file(path).exists():
        raise InputError(f"{path}: is there already, and nothing is overwritten. Choose another name.")
    return path


def own_lever_paths(scenario: Scenario) -> dict[str, LeverPath]:
    """Return the lever paths of a scenario that the clauses of its policies do not fix."""
    fixed = scenario.fixed_levers
    return {key: path for key, path in scenario.levers.items() if path != fixed.get(key)}


def _scenario_file(path: Path) -> Path:
    if path.suffix != ".toml":
        raise InputError(f"{path}: a scenario file ends in .toml. Name it so.")
    if not path.parent.is_dir():
        raise InputError(f"{path}: cannot be written (there is no folder {path.parent}). Make it first.")
    return path


def _write(path: Path, rows: Iterable[str]) -> Path:
    with atomic_write(path) as part:
        part.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")
    return path


def _scenario_rows(scenario: Scenario, folder: Path) -> Iterator[str]:
    yield f"title = {_text(scenario.title)}"
    if scenario.county.path:
        yield f"county = {_file(scenario.county.path, folder)}"
    yield f"model = {_file(scenario.model.path, folder)}"
    given = [Path(name) for name, _ in scenario.model.graph.files if Path(name).is_absolute()]
    if given:
        yield f"data = [{', '.join(_file(each, folder) for each in given)}]"
    yield f"policies = [{', '.join(_file(policy.path, folder) for policy in scenario.policies)}]"
    yield f"years = [{scenario.years.start:g}, {scenario.years.end:g}]"
    yield f"headline = [{', '.join(map(_text, scenario.headline))}]"
    if scenario.tracked_path:
        yield f"tracked = {_file(scenario.tracked_path, folder)}"
    if scenario.constants:
        yield from ("", "[constants]")
        yield from (f"{_key(key)} = {value!r}" for key, value in scenario.constants.items())
    for target in scenario.own_targets:
        yield from _target(target)
    yield from _uncertain(scenario.own_uncertain, "as in the scenario this one was made from")
    if own := own_lever_paths(scenario):
        yield from ("", "[levers]")
        yield from (_lever_path(path, scenario) for path in own.values())


def _target(target: Target) -> Iterator[str]:
    goal: float | tuple[float, ...] = target.goal if target.up_to is None else (target.goal, target.up_to)
    given = {
        "name": target.name, "wording": target.label, "variable": target.variable,
        "operator": target.operator,
        "goal": None if target.operator == "decreasing" else goal, "unit": target.unit,
        "year": target.year, "measure": target.measure,
    }  # fmt: skip
    yield from ("", "[[target]]")
    yield from (f"{name} = {_plain(value)}" for name, value in given.items() if value is not None)


def _lever_path(path: LeverPath, scenario: Scenario) -> str:
    """Return the row of a lever: its values by date, or the one that holds for a run in another unit."""
    clock, points = scenario.model.graph.clock, zip(path.times, path.values, strict=True)
    cells = [f"{date_of(time)} = {value!r}" for time, value in points]
    if not clock.is_yearly:
        if path.times != (scenario.years.start,):
            raise InputError(f"{path.key}: {said('date.no_years', unit=clock.unit or '?')}")
        cells = [f"value = {path.final!r}"]
    if path.solved:
        cells += ["solved = true", f"default = {path.default!r}"]
    return f"{_key(path.key)} = {{ {', '.join(cells)} }}"


def _county_rows(county: County, folder: Path, model: Path) -> Iterator[str]:
    for name in ("title", "name", "code", "prefecture", "province"):
        if name == "title" or getattr(county, name):
            yield f"{name} = {_text(getattr(county, name))}"
    if county.areas:
        yield f"areas = [{', '.join(map(_text, county.areas))}]"
    yield f"model = {_file(model, folder)}"
    if county.observed:
        yield f"observed = {_file(county.observed, folder)}"
    for value in county.values:
        yield from _value(value)
    yield from _uncertain(county.uncertain, "as in the county this one was made from")


def _uncertain(uncertain: Uncertain, assumption: str) -> Iterator[str]:
    for uncertainty in uncertain.each.values():
        yield from _uncertainty(uncertainty)
    for group in uncertain.correlated:
        yield from ("", "[[correlated]]", f"keys = [{', '.join(map(_text, group.keys))}]")
        yield f"correlation = {[list(row) for row in group.matrix]!r}"
        yield f"assumption = {_text(assumption)}"


def _value(value: CountyValue) -> Iterator[str]:
    yield from ("", f"[values.{_key(value.key)}]", f"value = {_plain(value.value)}")
    yield f"unit = {_text(value.unit)}"
    if value.year is not None:
        yield f"year = {value.year}"
    name = next(name for name, kind in KINDS.items() if kind == value.kind)
    yield f"{name} = {_text(value.basis)}"
    if value.confidence:
        yield f"confidence = {_text(value.confidence)}"


def _uncertainty(uncertainty: Uncertainty) -> Iterator[str]:
    yield from ("", f"[uncertainties.{_key(uncertainty.key)}]")
    yield from (f"{name} = {_plain(given)}" for name, given in described(uncertainty.distribution).items())
    name = "source" if uncertainty.source else "assumption"
    yield f"{name} = {_text(uncertainty.source or uncertainty.assumption)}"


def _plain(given: str | float | tuple[float, ...]) -> str:
    """Write a text, a number or several; a number without decimals is written without a point."""
    if isinstance(given, str):
        return _text(given)
    if isinstance(given, tuple):
        return f"[{', '.join(map(_plain, given))}]"
    return f"{int(given)}" if float(given).is_integer() else repr(float(given))


def _file(path: Path, folder: Path) -> str:
    """Write the path of a file as seen from a folder."""
    try:
        return _text(Path(os.path.relpath(path.resolve(), folder)).as_posix())
    except ValueError:  # another drive on Windows has no relative path
        return _text(path.resolve().as_posix())


def _key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    """Quote a text for TOML, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False)
