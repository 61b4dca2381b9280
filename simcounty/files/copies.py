"""Copies of shipped files to edit: a scenario with all it is bound to, or a new county with its model."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from simcounty import catalog
from simcounty.atomic import atomic_write, together, writable_folder
from simcounty.counties.generate import baseline_of
from simcounty.errors import Findings, InputError
from simcounty.files.template import save_template
from simcounty.scenario import County, Scenario, save_scenario
from simcounty.scenario.save import save_county
from simcounty.validation.check_files import companion_files

BASELINE = "baseline"
COMMENT = """{title} ({code}, {place}), made by `simcounty new` from the census of 2020.
{sourced} values are the census's own; {imputed} are imputed, and each says by which rule: the rule is
models/start.mdl (`simcounty describe start`). Replace an imputed value where you know better: give `source`
(where the number stands) or `assumption` (why you take it) in place of `imputed`."""


@together()
def copy_editable(scenario: Scenario, folder: Path) -> list[Path]:
    """Copy a scenario with its county, policies, model and the model's check files; return the copies.

    The copies keep their places relative to each other; the scenario's own file comes first. Raises
    InputError, all findings at once, if a file exists already: nothing is overwritten.

    >>> copy_editable(load("tonglu/plan-2027"), Path("mine"))[0].as_posix()
    'mine/scenarios/tonglu/plan-2027.toml'
    """
    copies = _placed(_scenario_files(scenario), folder)
    _assert_free(copies.values(), f"{folder}: nothing was copied. Choose another folder:")
    writable_folder(folder)
    _copy(copies)
    return list(copies.values())


@together()
def copy_workbook(scenario: Scenario, folder: Path) -> list[Path]:
    """Write a scenario and its county as one workbook, with copies of what it names and is not shipped.

    Returns the files, the workbook first; raises InputError as `copy_editable` does.

    >>> [file.as_posix() for file in copy_workbook(load("tonglu/plan-2027"), Path("mine"))]
    ['mine/plan-2027.xlsx']
    """
    assert scenario.path is not None, "what is copied has a file"
    policies = [each.path for each in scenario.policies if not catalog.ships(catalog.POLICY, each.path)]
    model = scenario.model.path
    named = [*policies, *(() if catalog.ships(catalog.MODEL, model) else _model_files(model))]
    own = Path(os.path.abspath(scenario.path))
    copies = _placed([own, *map(Path, map(os.path.abspath, named))] if named else [own], folder)
    book = copies.pop(own).with_suffix(".xlsx")
    _assert_free([book, *copies.values()], f"{folder}: nothing was copied. Choose another folder:")
    writable_folder(book.parent)
    _copy(copies)
    return [save_template(_moved(scenario, copies), book), *copies.values()]


def save_new_workbook(county: County, file: Path) -> list[Path]:
    """Write a county and its baseline as one workbook; raise InputError if it exists already."""
    if file.suffix != ".xlsx":
        raise InputError(f"{file}: a workbook ends in .xlsx. Name it so.")
    _assert_free([file], f"{file}: nothing was written. Choose another name or folder:")
    writable_folder(file.parent)
    return [save_template(baseline_of(county), file)]


@together()
def save_new(county: County, file: Path) -> list[Path]:
    """Write a county and its baseline, with a copy of the model unless it is there; return the files.

    `洛川县.toml` gets `洛川县-baseline.toml` and `models/` beside it; the county's file comes first. Raises
    InputError, all findings at once, if a file exists already: nothing is overwritten.
    """
    if file.suffix != ".toml":
        raise InputError(f"{file}: a county file ends in .toml. Name it so.")
    baseline = baseline_of(county)
    beside = file.with_name(f"{file.stem}-{BASELINE}.toml")
    copies = {each: file.parent / _path_in_catalog(each) for each in _model_files(baseline.model.path)}
    copies = {
        each: copy
        for each, copy in copies.items()
        if not (copy.is_file() and copy.read_bytes() == each.read_bytes())
    }
    _assert_free(
        [file, beside, *copies.values()], f"{file}: nothing was written. Choose another name or folder:"
    )
    writable_folder(file.parent)
    _copy(copies)
    model = file.parent / _path_in_catalog(baseline.model.path)
    save_county(county, file, model, _comment(county))
    bound = dataclasses.replace(baseline.model, path=model)
    own = dataclasses.replace(county, path=file)
    save_scenario(dataclasses.replace(baseline, model=bound, county=own), beside)
    return [file, beside, *copies.values()]


def _assert_free(files: Iterable[Path], headline: str) -> None:
    taken = Findings(f"{each} is there already." for each in files if each.exists())
    taken.raise_as(InputError, headline)


def _copy(copies: Mapping[Path, Path]) -> None:
    for file, copy in copies.items():
        with atomic_write(copy) as part:
            shutil.copyfile(file, part)


def _placed(files: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Return where the copies of files go, in their places relative to each other."""
    root = Path(os.path.commonpath([file.parent for file in files]))
    return {file: folder / file.relative_to(root) for file in files}


def _moved(scenario: Scenario, copies: Mapping[Path, Path]) -> Scenario:
    """Return a scenario that names the copies of its model and policies."""

    def moved(path: Path) -> Path:
        return copies.get(Path(os.path.abspath(path)), path)

    policies = tuple(dataclasses.replace(each, path=moved(each.path)) for each in scenario.policies)
    model = dataclasses.replace(scenario.model, path=moved(scenario.model.path))
    return dataclasses.replace(scenario, model=model, policies=policies)


def _scenario_files(scenario: Scenario) -> list[Path]:
    """Return the files of a scenario, its own first."""
    county = scenario.county
    tables = (county.observed, scenario.tracked_path, scenario.lever_table)
    own = (scenario.path, county.path, *tables, *(each.path for each in scenario.policies))
    named = (Path(os.path.abspath(each)) for each in own if each is not None)
    return list(dict.fromkeys([*named, *_model_files(scenario.model.path)]))


def _model_files(model: Path) -> list[Path]:
    """Return the model and what travels with it."""
    return list(dict.fromkeys(Path(os.path.abspath(each)) for each in (model, *companion_files(model))))


def _path_in_catalog(path: Path) -> Path:
    """Return the path of a shipped file relative to the folder of all shipped files."""
    return Path(os.path.abspath(path)).relative_to(os.path.abspath(catalog.home()))


def _comment(county: County) -> str:
    place = " ".join(dict.fromkeys(each for each in (county.province, county.prefecture) if each))
    sourced, count = sum(value.kind == "sourced" for value in county.values), len(county.values)
    about = {"title": county.title, "code": county.code, "place": place}
    return COMMENT.format(**about, sourced=sourced, imputed=count - sourced)
