"""The check files of a model, and what travels with it: found without loading what they are checked by."""

from __future__ import annotations

from pathlib import Path

from simcounty import toml_files
from simcounty.conditions.constraints import constraints_file
from simcounty.errors import InputError, ScenarioError

FOLDER = "checks"
"""Beside a model file: the folder of its check files."""


def files_of(model: str | Path) -> list[Path]:
    """Return the check files of a model file: those in `checks/` beside it that name it.

    Raise ScenarioError for a check file that cannot be read.

    >>> files_of(Path("nowhere/no.mdl"))
    []
    """
    home = Path(model)
    found = sorted((home.parent / FOLDER).glob("*.toml"))
    return [path for path in found if home.resolve() in (each.resolve() for each in _named(path, "model"))]


def named_files(path: Path) -> list[Path]:
    """Return a check file with the county it names, and that county's observed series."""
    counties = _named(path, "county")
    return [path, *counties, *(file for county in counties for file in _named(county, "observed"))]


def companion_files(model: Path) -> list[Path]:
    """Return what travels with a model file: its constraints, its check files, and the files these name."""
    constraints = constraints_file(model)
    checks = (file for each in files_of(model) for file in named_files(each))
    return [*([constraints] if constraints else []), *checks]


def _named(path: Path, key: str) -> list[Path]:
    """Return the file that a file names under a key, if it does."""
    try:
        name = toml_files.tomllib_table(path).get(key)
    except InputError as error:
        raise ScenarioError(f"{path}: cannot be read as a check file: {error}") from None
    return [toml_files.beside(path, name)] if isinstance(name, str) and name else []
