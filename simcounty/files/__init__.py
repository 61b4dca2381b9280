"""Results as files; the suffix of a file chooses its format."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from simcounty import catalog
from simcounty.atomic import atomic_write
from simcounty.errors import InputError, did_you_mean
from simcounty.files.data import write_csv, write_netcdf

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Scenario

__all__ = ["WRITERS", "folder_for", "save", "writer_for"]

Writer = Callable[["xr.Dataset", Path], None]
WRITERS: Mapping[str, Writer] = MappingProxyType({
    ".csv": write_csv,
    ".nc": write_netcdf,
})  # fmt: skip
RUN_DATA = ("run.nc", "run.csv")
RUN_FIGURES = ("headline.png", "headline.svg", "headline.pdf")
"""The files that `folder.save_run` writes."""
LONGEST = 40  # characters of what was changed in the name of a folder


def save(dataset: xr.Dataset, path: str | Path) -> Path:
    """Write a dataset to a file, completely or not at all, in the format of its suffix; return the path.

    Raises InputError for an unknown suffix and for a folder that cannot be written.

    >>> save(simulate(plan), "run.csv").name
    'run.csv'
    """
    file = Path(path)
    writer = writer_for(file)
    with atomic_write(file) as part:
        writer(dataset, part)
    return file


def writer_for(path: Path) -> Writer:
    """Return the function that writes files of a path's suffix.

    Raises InputError for an unknown suffix, and lists the known ones.

    >>> writer_for(Path("run.csv")) is write_csv
    True
    """
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        known = f"Choose one of {', '.join(WRITERS)}."
        what = f"cannot write {path.suffix!r}" if path.suffix else "has no suffix to say how it is written"
        raise InputError(f"{path}: {what}.{did_you_mean(suffix, WRITERS)} {known}")
    return WRITERS[suffix]


def folder_for(scenario: Scenario) -> Path:
    """Return the folder a run of a scenario is written to by default; another question has another.

    >>> folder_for(plan.changed(["生态搬迁 = 3000"])).as_posix()
    'out/tonglu-plan-2027--生态搬迁-3000'
    """
    name = scenario.county.name or scenario.model.name
    stem = f"{name}-{scenario.path.stem}" if scenario.path else name
    if scenario.path and catalog.is_shipped(catalog.SCENARIO, f"{name}/{scenario.path.stem}"):
        stem += _own_ending(scenario.path)
    told = ", ".join(scenario.changes)
    plain = re.sub(r" = |, ", "-", told)
    short = re.sub(r"[^\w.%+@-]+", "-", plain)[:LONGEST]
    if short != plain:
        short = f"{short.strip('-')}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
    return Path("out") / (f"{stem}--{short}" if told else stem)


def _own_ending(file: Path) -> str:
    """Return what tells the folder of a file that is named as a shipped one from that one's."""
    if catalog.ships(catalog.SCENARIO, file):
        return ""
    return f"-copy-{hashlib.sha256(str(file.absolute()).encode()).hexdigest()[:6]}"
