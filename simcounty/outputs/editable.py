"""A scenario to edit: copies of its file and of every file it names."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.analysis.battery import files_of, named_files
from simcounty.errors import InputError, raise_findings
from simcounty.whole import whole, writable

if TYPE_CHECKING:
    from simcounty.scenario import Scenario


def copy_editable(scenario: Scenario, folder: Path) -> list[Path]:
    """Copy a scenario with its county, policies, model and the model's check files; return the copies.

    They lie to each other as before; the scenario's own file comes first. Raises InputError, all
    findings at once, if a file is in the way: nothing is overwritten.

    >>> copy_editable(load("tonglu/plan-2027"), Path("mine"))[0].as_posix()
    'mine/scenarios/tonglu/plan-2027.toml'
    """
    files = _files(scenario)
    root = Path(os.path.commonpath([file.parent for file in files]))
    copies = {file: folder / file.relative_to(root) for file in files}
    taken = [f"{copy} is there already." for copy in copies.values() if copy.exists()]
    raise_findings(InputError, f"{folder}: nothing was copied. Choose another folder:", taken)
    writable(folder)
    for file, copy in copies.items():
        with whole(copy) as part:
            shutil.copyfile(file, part)
    return list(copies.values())


def _files(scenario: Scenario) -> list[Path]:
    county = scenario.county
    named = (
        scenario.path,
        county.path,
        county.observed,
        scenario.tracked_path,
        *(each.path for each in scenario.policies),
    )
    checks = (file for each in files_of(scenario.model.path) for file in named_files(each))
    wanted = (*named, scenario.model.path, *checks)
    found = [Path(os.path.abspath(each)) for each in wanted if each is not None]
    return list(dict.fromkeys(found))
