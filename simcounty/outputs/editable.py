"""A scenario to edit: copies of its file and of every file it names."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.errors import InputError, raise_findings
from simcounty.whole import whole, writable

if TYPE_CHECKING:
    from simcounty.scenario import Scenario


def copy_editable(scenario: Scenario, folder: Path) -> list[Path]:
    """Copy a scenario with its county, policies and model, as they lie to each other; return the copies.

    The scenario's own file comes first. Raises InputError, all findings at once, if a file is
    in the way: nothing is overwritten.

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
    named = (scenario.path, county.path, county.observed, *(each.path for each in scenario.policies))
    found = [Path(os.path.abspath(each)) for each in (*named, scenario.model.path) if each is not None]
    return list(dict.fromkeys(found))
