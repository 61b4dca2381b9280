"""A new county on disk: its file, a baseline scenario beside it, and the model they are bound to."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path

from simcounty import catalog
from simcounty.atomic import atomic_write, writable_folder
from simcounty.counties.generate import baseline_of
from simcounty.errors import Findings, InputError
from simcounty.scenario import County, save_scenario
from simcounty.scenario.save import save_county
from simcounty.validation import files_of, named_files

BASELINE = "baseline"
HEAD = """{title} ({code}, {place}), made by `simcounty new` from the census of 2020.
{sourced} values are the census's own; {imputed} are imputed, and each says by which rule: the rule is
models/start.mdl (`simcounty describe start`). Replace an imputed value where you know better: give `source`
(where the number stands) or `assumption` (why you take it) in place of `imputed`."""


def save_new(county: County, file: Path) -> list[Path]:
    """Write a county and its baseline, with a copy of the model unless it lies there; return the files.

    `洛川县.toml` gets `洛川县-baseline.toml` and `models/` beside it; the county's file comes first. Raises
    InputError, all findings at once, if something is in the way: nothing is overwritten.
    """
    baseline = baseline_of(county)
    beside = file.with_name(f"{file.stem}-{BASELINE}.toml")
    model = file.parent / _home_of(baseline.model.path)
    copies = {each: file.parent / _home_of(each) for each in _model_files(baseline.model.path)}
    copies = {each: copy for each, copy in copies.items() if not _same(each, copy)}
    _assert_free(file, beside, *copies.values())
    writable_folder(file.parent)
    for each, copy in copies.items():
        with atomic_write(copy) as part:
            shutil.copyfile(each, part)
    save_county(county, file, model, _head(county))
    bound = dataclasses.replace(baseline.model, path=model)
    save_scenario(
        dataclasses.replace(baseline, model=bound, county=dataclasses.replace(county, path=file)), beside
    )
    return [file, beside, *copies.values()]


def _assert_free(file: Path, *others: Path) -> None:
    if file.suffix != ".toml":
        raise InputError(f"{file}: a county file ends in .toml. Name it so.")
    taken = [f"{each} is there already." for each in (file, *others) if each.exists()]
    Findings(taken).raise_as(InputError, f"{file}: nothing was written. Choose another name or folder:")


def _model_files(model: Path) -> list[Path]:
    """Return the model, its check files, and the files these name."""
    checks = (named for each in files_of(model) for named in named_files(each))
    return list(dict.fromkeys(Path(os.path.abspath(each)) for each in (model, *checks)))


def _home_of(path: Path) -> Path:
    """Return where a shipped file lies below the folder of all that is shipped."""
    return Path(os.path.abspath(path)).relative_to(os.path.abspath(catalog.home()))


def _same(ours: Path, theirs: Path) -> bool:
    return theirs.is_file() and theirs.read_bytes() == ours.read_bytes()


def _head(county: County) -> str:
    place = " ".join(dict.fromkeys(each for each in (county.province, county.prefecture) if each))
    sourced = sum(bool(value.source) for value in county.values)
    return HEAD.format(
        title=county.title,
        code=county.code,
        place=place,
        sourced=sourced,
        imputed=len(county.values) - sourced,
    )
