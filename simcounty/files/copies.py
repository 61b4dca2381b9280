"""Copies of shipped files to edit: a scenario with all it is bound to, or a new county with its model."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from simcounty import catalog
from simcounty.atomic import atomic_write, writable_folder
from simcounty.counties.generate import baseline_of
from simcounty.errors import Findings, InputError
from simcounty.files.workbook import save_template
from simcounty.scenario import County, Scenario, save_scenario
from simcounty.scenario.save import save_county
from simcounty.scenario.target import COMPUTED
from simcounty.toml_files import text_of
from simcounty.validation import companion_files

BASELINE = "baseline"
COMMENT = """{title} ({code}, {place}), made by `simcounty new` from the census of 2020.
{sourced} values are the census's own; {imputed} are imputed, and each says by which rule: the rule is
models/start.mdl (`simcounty describe start`). Replace an imputed value where you know better: give `source`
(where the number stands) or `assumption` (why you take it) in place of `imputed`."""
TITLE = re.compile(r"^title[ \t]*=.*$", re.MULTILINE)
LEVERS = re.compile(r"^\[levers[.\]].*?(?=^\[(?!levers[.\]])|\Z)", re.MULTILINE | re.DOTALL)
"""The tables of levers of a scenario file, up to the next table of another name."""


def copy_editable(scenario: Scenario, folder: Path, workbook: bool = False) -> list[Path]:
    """Copy a scenario with its county, policies, model and the model's check files; return the copies.

    The copies keep their places relative to each other; the scenario's own file comes first. With
    `workbook`, a workbook beside it replaces its levers and its observed and tracked values, and the copies
    name it. Raises InputError, all findings at once, if a file exists already: nothing is overwritten.

    >>> copy_editable(load("tonglu/plan-2027"), Path("mine"))[0].as_posix()
    'mine/scenarios/tonglu/plan-2027.toml'
    """
    files = _scenario_files(scenario, tables=not workbook)
    root = Path(os.path.commonpath([file.parent for file in files]))
    copies = {file: folder / file.relative_to(root) for file in files}
    book = copies[files[0]].with_suffix(".xlsx")
    _assert_free(
        [*copies.values(), *([book] if workbook else [])],
        f"{folder}: nothing was copied. Choose another folder:",
    )
    writable_folder(folder)
    _copy(copies, _texts_naming(scenario, copies, book) if workbook else {})
    return [*copies.values(), *([save_template(scenario, book)] if workbook else [])]


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


def _copy(copies: Mapping[Path, Path], texts: Mapping[Path, str] | None = None) -> None:
    """Copy files; those that have a text in `texts` get this text."""
    for file, copy in copies.items():
        with atomic_write(copy) as part:
            if texts and file in texts:
                part.write_text(texts[file], encoding="utf-8", newline="\n")
            else:
                shutil.copyfile(file, part)


def _scenario_files(scenario: Scenario, tables: bool) -> list[Path]:
    """Return the files of a scenario, its own first; with `tables`, those too that a workbook replaces."""
    county = scenario.county
    replaced = (county.observed, scenario.tracked_path, scenario.lever_table) if tables else ()
    own = (scenario.path, county.path, *replaced, *(each.path for each in scenario.policies))
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


def _texts_naming(scenario: Scenario, copies: Mapping[Path, Path], book: Path) -> dict[Path, str]:
    """Return the texts of the scenario's and the county's file that name the workbook, by the file copied."""
    assert scenario.path is not None, "what is copied has a file"
    own = Path(os.path.abspath(scenario.path))
    tracked = scenario.tracked_path or any(each.kind not in COMPUTED for each in scenario.all_targets)
    keys = ["lever_paths", *(["tracked"] if tracked else [])]
    texts = {own: text_naming(LEVERS.sub("", text_of(own)), dict.fromkeys(keys, book.name), own)}
    if scenario.county.path is not None:
        county = Path(os.path.abspath(scenario.county.path))
        relative = Path(os.path.relpath(book, copies[county].parent)).as_posix()
        texts[county] = text_naming(text_of(county), {"observed": relative}, county)
    return texts


def text_naming(text: str, names: Mapping[str, str], path: Path) -> str:
    """Return the text of a TOML file with top-level keys that name files, and otherwise unchanged.

    Raises InputError if the text is not written so that this can be done.

    >>> text_naming('title = "a"\\n[levers]\\n', {"observed": "b.xlsx"}, Path("a.toml"))
    'title = "a"\\nobserved = "b.xlsx"\\n[levers]\\n'
    """
    for key, name in names.items():
        line = f'{key} = "{name}"'
        present = re.compile(rf"^{key}[ \t]*=.*$", re.MULTILINE)
        title = TITLE.search(text)
        if present.search(text):
            text = present.sub(line, text, count=1)
        elif title:
            text = f"{text[: title.end()]}\n{line}{text[title.end() :]}"
    table = tomllib.loads(text)
    has_levers = "lever_paths" in names and "levers" in table
    if has_levers or any(table.get(key) != name for key, name in names.items()):
        raise InputError(
            f"{path}: cannot be made to name a workbook as it is written. "
            "Write `title = …` on a line of its own, and levers in a table [levers]."
        )
    return text
