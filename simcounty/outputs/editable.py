"""A scenario to edit: copies of its file and of every file it names."""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.analysis.battery import files_of, named_files
from simcounty.errors import InputError, raise_findings
from simcounty.outputs.template import save_template
from simcounty.scenario.files import text_of
from simcounty.scenario.tracked import COMPUTED
from simcounty.whole import whole, writable

if TYPE_CHECKING:
    from simcounty.scenario import Scenario, Target

TITLE = re.compile(r"^title[ \t]*=.*$", re.MULTILINE)
LEVERS = re.compile(r"^\[levers[.\]].*?(?=^\[(?!levers[.\]])|\Z)", re.MULTILINE | re.DOTALL)
"""The tables of levers of a scenario file, to the next table of another name."""


def copy_editable(scenario: Scenario, folder: Path, workbook: bool = False) -> list[Path]:
    """Copy a scenario with its county, policies, model and the model's check files; return the copies.

    They lie to each other as before; the scenario's own file comes first. With `workbook` a workbook beside
    it takes the place of its levers, and of what was observed and tracked: the copies name it. Raises
    InputError, all findings at once, if a file is in the way: nothing is overwritten.

    >>> copy_editable(load("tonglu/plan-2027"), Path("mine"))[0].as_posix()
    'mine/scenarios/tonglu/plan-2027.toml'
    """
    files = _files(scenario, tables=not workbook)
    root = Path(os.path.commonpath([file.parent for file in files]))
    copies = {file: folder / file.relative_to(root) for file in files}
    book = copies[files[0]].with_suffix(".xlsx")
    wanted = [*copies.values(), *([book] if workbook else [])]
    taken = [f"{copy} is there already." for copy in wanted if copy.exists()]
    raise_findings(InputError, f"{folder}: nothing was copied. Choose another folder:", taken)
    writable(folder)
    texts = _naming(scenario, copies, book) if workbook else {}
    for file, copy in copies.items():
        with whole(copy) as part:
            if file in texts:
                part.write_text(texts[file], encoding="utf-8", newline="\n")
            else:
                shutil.copyfile(file, part)
    return [*copies.values(), *([save_template(scenario, book)] if workbook else [])]


def _files(scenario: Scenario, tables: bool) -> list[Path]:
    """Return the files of a scenario, its own first; those a workbook can replace only if asked for."""
    county = scenario.county
    replaced = (county.observed, scenario.tracked_path, scenario.lever_paths) if tables else ()
    named = (scenario.path, county.path, *replaced, *(each.path for each in scenario.policies))
    checks = (file for each in files_of(scenario.model.path) for file in named_files(each))
    wanted = (*named, scenario.model.path, *checks)
    found = [Path(os.path.abspath(each)) for each in wanted if each is not None]
    return list(dict.fromkeys(found))


def _naming(scenario: Scenario, copies: Mapping[Path, Path], book: Path) -> dict[Path, str]:
    """Return the texts of a scenario's and its county's file that name the workbook, by the file copied."""
    assert scenario.path is not None, "what is copied has a file"
    own = Path(os.path.abspath(scenario.path))
    tracked = scenario.tracked_path or any(map(_is_tracked, scenario.board))
    keys = ["lever_paths", *(["tracked"] if tracked else [])]
    texts = {own: named_in(LEVERS.sub("", text_of(own)), dict.fromkeys(keys, book.name), own)}
    if scenario.county.path is not None:
        county = Path(os.path.abspath(scenario.county.path))
        there = Path(os.path.relpath(book, copies[county].parent)).as_posix()
        texts[county] = named_in(text_of(county), {"observed": there}, county)
    return texts


def _is_tracked(target: Target) -> bool:
    return target.kind not in COMPUTED


def named_in(text: str, names: Mapping[str, str], path: Path) -> str:
    """Return the text of a TOML file in which keys at its top name a file, and everything else is as it was.

    >>> named_in('title = "a"\\n[levers]\\n', {"observed": "b.xlsx"}, Path("a.toml"))
    'title = "a"\\nobserved = "b.xlsx"\\n[levers]\\n'
    """
    for key, name in names.items():
        line = f'{key} = "{name}"'
        found = re.compile(rf"^{key}[ \t]*=.*$", re.MULTILINE)
        title = TITLE.search(text)
        if found.search(text):
            text = found.sub(line, text, count=1)
        elif title:
            text = f"{text[: title.end()]}\n{line}{text[title.end() :]}"
    table = tomllib.loads(text)
    left = "lever_paths" in names and "levers" in table
    if left or any(table.get(key) != name for key, name in names.items()):
        raise InputError(
            f"{path}: cannot be made to name a workbook as it is written. "
            "Write `title = …` on a line of its own, and levers in a table [levers]."
        )
    return text
