"""`simcounty run` of a region: the counties side by side, and one table of verdicts for them together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcounty.errors import Findings, InputError
from simcounty.presentation import verdicts
from simcounty.presentation.printing import Voice, print_json

if TYPE_CHECKING:
    from simcounty.counties.region import Region
    from simcounty.counties.region_run import RegionRun

DATA = ("counties.nc", "counties.csv")


def refuse(given: Mapping[str, object]) -> None:
    """Refuse what is said of a single county."""
    idle = [
        f"{name}: is for one county; change the files of the counties instead."
        for name in given
        if given[name]
    ]
    Findings(idle).raise_as(InputError, "a region takes no such option:")


def run(name: str, voice: Voice, out: Path | None, files: list[Path], as_json: bool, strict: bool) -> None:
    """Run a region beside its baseline, say its verdicts, and write every county's run."""
    from simcounty.atomic import writable_file, writable_folder
    from simcounty.counties.region import load_region
    from simcounty.counties.region_run import run_region
    from simcounty.files import save, writer_for

    region = load_region(name)
    folder = out or Path("out") / region.name.replace("/", "-")
    for file in files:
        writer_for(file)
    for file in (*files, *(folder / each for each in DATA)):
        writable_file(file)
    writable_folder(folder)
    found = run_region(region)
    told = report(region, found)
    if as_json:
        print_json(told)
    else:
        _show(told, voice)
    voice.message("writing", folder=folder)
    wrote = [save(found.plan.run, file) for file in (*(folder / each for each in DATA), *files)]
    voice.message("wrote", files=", ".join(map(str, wrote)))
    if strict:
        verdicts.insist(told, voice)


def report(region: Region, found: RegionRun) -> dict[str, Any]:
    """Return what `run --json` prints of a region."""
    first = region.scenarios[0]
    return {
        "scenario": region.name,
        "title": region.title,
        "counties": [each.county.title for each in region.scenarios],
        "targets": [verdicts.record(first, found.verdict, target) for target in region.targets],
        "closure": _closure(region, found),
    }


def _closure(region: Region, found: RegionRun) -> dict[str, Any] | None:
    if region.closure is None:
        return None
    return {
        "flow": region.closure.flow,
        "year": region.closure.year,
        "total": region.closure.total,
        "factor_on": region.closure.factor,
        "baseline": found.baseline.factor,
        "plan": found.plan.factor,
        "reason": region.closure.reason,
    }


def _show(told: dict[str, Any], voice: Voice) -> None:
    verdicts.show(told["targets"], voice)
    voice.result("region_counties", count=len(told["counties"]))
    closure = told["closure"]
    if closure is None:
        voice.result("region_open")
        return
    numbers = {
        key: closure[key] for key in ("flow", "year", "total", "factor_on", "baseline", "plan", "reason")
    }
    voice.result("region_closed", **numbers)
