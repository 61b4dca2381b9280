"""`simcounty run` of a region: the counties side by side, and one table of verdicts for them together."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcounty.errors import Findings, InputError
from simcounty.presentation.messages import Messages
from simcounty.presentation.tables import Table
from simcounty.presentation.terminal import Terminal
from simcounty.presentation.verdicts import raise_missed, target_records, targets_view

if TYPE_CHECKING:
    from simcounty.counties.region import Region
    from simcounty.counties.region_run import RegionRun

DATA = ("counties.nc", "counties.csv")


def refuse(given: Mapping[str, object]) -> None:
    """Raise InputError for options that only a single county takes."""
    change = "is for one county; change the files of the counties instead."
    findings = Findings(f"{name}: {change}" for name in given if given[name])
    findings.raise_as(InputError, "a region takes no such option:")


def run(
    name: str, terminal: Terminal, out: Path | None, files: list[Path], as_json: bool, strict: bool
) -> None:
    """Run a region beside its baseline, show its verdicts, and write every county's run."""
    from simcounty.atomic import writable_file
    from simcounty.counties.region import load_region
    from simcounty.counties.region_run import run_region
    from simcounty.files import save, writer_for

    region = load_region(name)
    for remark in region.remarks:
        terminal.message(remark.code, **remark.parts)
    folder = out if as_json or out else Path("out") / region.name.replace("/", "-")
    for file in files:
        writer_for(file)
    files = [*(folder / each for each in DATA if folder), *files]
    for file in files:
        writable_file(file)
    found = run_region(region)
    record = region_record(region, found)
    terminal.show(record, region_view, as_json)
    if files:
        terminal.message("writing", folder=files[0].parent)
        terminal.wrote([save(found.plan.run, file) for file in files])
    if strict:
        raise_missed(record, terminal.words)


def region_record(region: Region, found: RegionRun) -> dict[str, Any]:
    """Return a region's verdicts and closure as plain data; `run --json` prints it."""
    factors = {"baseline": found.baseline.factor, "plan": found.plan.factor}
    return {
        "scenario": region.name,
        "title": region.title,
        "counties": [each.county.title for each in region.scenarios],
        "targets": target_records(found.verdict, region.targets, region.scenarios[0].model),
        "closure": region.closure and {**dataclasses.asdict(region.closure), **factors},
    }


def region_view(record: Mapping[str, Any], words: Messages) -> Iterator[Table | str]:
    """Yield the table of verdicts, and whether the counties' moves are closed."""
    yield from targets_view(record["targets"], words)
    yield words("region_counties", count=len(record["counties"]))
    yield words("region_closed", **record["closure"]) if record["closure"] else words("region_open")
