"""`simcounty run` of a region: the counties side by side, and one table of verdicts for them together."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simcounty.errors import Findings, InputError
from simcounty.presentation.formatting import names_text
from simcounty.presentation.headline import headline_record, headline_view
from simcounty.presentation.messages import Messages
from simcounty.presentation.probabilities import forecast_notes, summary_record, width_view
from simcounty.presentation.records import Record
from simcounty.presentation.tables import Table
from simcounty.presentation.terminal import Terminal
from simcounty.presentation.verdicts import raise_missed, target_records, targets_view, with_chances

if TYPE_CHECKING:
    from simcounty.counties.region import Region
    from simcounty.counties.region_run import RegionRun

DATA = ("counties.nc", "counties.csv")


def refuse(given: Mapping[str, object]) -> None:
    """Raise InputError for options that only a single county takes."""
    change = "is for one county; change the files of the counties instead."
    findings = Findings(f"{name}: {change}" for name in given if given[name])
    findings.raise_as(InputError, "a region takes no such option:")


@dataclass(frozen=True)
class Wanted:
    """What of a region's run is wanted: where it is written, how it is shown, how many futures beside it."""

    out: Path | None
    files: list[Path]
    as_json: bool
    strict: bool
    futures: int | None
    seed: int = 0


def run(name: str, terminal: Terminal, wanted: Wanted) -> None:
    """Run a region beside its baseline, show its verdicts, and write every county's run."""
    from simcounty.atomic import together, writable_file
    from simcounty.counties.region import load_region
    from simcounty.counties.region_run import run_region
    from simcounty.files import save, writer_for

    region = load_region(name)
    for remark in region.remarks:
        terminal.message(remark.code, **remark.parts)
    out, files = wanted.out, wanted.files
    folder = out if wanted.as_json or out else Path("out") / region.name.replace("/", "-")
    for file in files:
        writer_for(file)
    files = [*(folder / each for each in DATA if folder), *files]
    for file in files:
        writable_file(file)
    found = run_region(region)
    record = region_record(region, found)
    if wanted.futures:
        terminal.message("region_running", members=f"{wanted.futures:,}", count=len(region.scenarios))
        record = _with_futures(record, region, wanted.futures, wanted.seed)
    terminal.show(record, region_view, wanted.as_json)
    if files:
        terminal.message("writing", folder=files[0].parent)
        with together():
            wrote = [save(found.plan.run, file) for file in files]
        terminal.wrote(wrote)
    if wanted.strict:
        raise_missed(record, terminal.words)


def region_record(region: Region, found: RegionRun) -> Record:
    """Return a region's verdicts and closure as plain data; `run --json` prints it."""
    factors = {"baseline": found.baseline.factor, "plan": found.plan.factor}
    return {
        "scenario": region.name,
        "title": region.title,
        "counties": [each.county.title for each in region.scenarios],
        "targets": target_records(found.verdict, region.targets, region.scenarios[0].model),
        "closure": region.closure and {**dataclasses.asdict(region.closure), **factors},
    }


def _with_futures(record: Record, region: Region, number: int, seed: int) -> Record:
    """Return a record with how probable targets are in so many futures; without targets, with quantiles."""
    from simcounty.sweeps.probabilities import summary
    from simcounty.sweeps.region_futures import sweep_region
    from simcounty.sweeps.region_values import left_out

    made = sweep_region(region, number, seed=seed)
    factors = made.closure_factor.values[np.isfinite(made.closure_factor.values)]
    about = {
        "members": number,
        "failed": int(made.failed.sum()),
        "shared": json.loads(made.attrs["inputs"]),
        "own": json.loads(made.attrs["own"]),
        "closure_factor": [float(factors.min()), float(factors.max())]
        if region.closure and factors.size
        else None,
        "left_out": left_out(region),
    }
    if region.targets:
        return {**with_chances(record, summary_record(summary(made))), "futures": about}
    return {**record, **headline_record(made), "futures": about}


def region_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield the table of verdicts, how probable they are, and whether the counties' moves are closed."""
    yield from targets_view(record["targets"], words)
    if "headline" in record:
        yield from headline_view(record, words)
    elif "forecast" in record:
        yield from width_view([each["chance"] for each in record["targets"]], words)
        yield words("chance.central")
        yield from forecast_notes(record["forecast"], words)
    if "futures" in record:
        yield from _futures_notes(record["futures"], words)
    yield words("region_counties", count=len(record["counties"]))
    yield words("region_closed", **record["closure"]) if record["closure"] else words("region_open")


def _futures_notes(about: Record, words: Messages) -> Iterator[str]:
    """Yield what futures of a region have in common and apart, and what they leave out."""
    counts = {"shared": len(about["shared"]), "own": len(about["own"])}
    yield words("region_futures", members=f"{about['members']:,}", **counts)
    if about["closure_factor"]:
        low, high = about["closure_factor"]
        yield words("region_futures_closed", low=f"{low:.3f}", high=f"{high:.3f}")
    if about["failed"]:
        yield words("region_futures_failed", failed=f"{about['failed']:,}")
    if about["left_out"]:
        yield words("region_left_out", names=names_text(about["left_out"]))
