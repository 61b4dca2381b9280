"""Running check files: every check becomes a score, whatever happens in its runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty import catalog
from simcounty.conditions.measures import Battery, Case, Measured, Score, measured
from simcounty.errors import RunError
from simcounty.scenario import Scenario
from simcounty.simulation import simulate, variables_needed
from simcounty.validation.load import KINDS, files_of, load_battery

if TYPE_CHECKING:
    import xarray as xr

Runs = dict[str, "xr.Dataset | RunError"]


def scorecard(path_or_name: str | Path) -> Iterator[Score]:
    """Score every check of a model (a file, or a shipped one's name), or of one check file.

    Scores come one by one, in the order of the files. Raises ScenarioError, before anything is run,
    for check files that cannot be used.

    >>> scores = scorecard(county)  # read it to run the checks
    """
    path = Path(path_or_name)
    paths = [path] if path.suffix == ".toml" else files_of(catalog.find(catalog.MODEL, path))
    batteries = [load_battery(each) for each in paths]
    return (score for battery in batteries for score in scored(battery))


def scored(battery: Battery) -> Iterator[Score]:
    """Score the checks of a file one by one, in its order; those of plain scenarios are run side by side."""
    plain = [case for case in battery.cases if KINDS[case.kind].prove is None]
    runs = _runs([scenario for case in plain for scenario in (case.run, case.against)], plain)
    for case in battery.cases:
        try:
            found, detail = _proved(case, runs)
        except RunError as reason:
            found, detail = (), str(reason)
        yield Score(
            file=battery.path,
            describe=battery.describe,
            it=case.it,
            kind=case.kind,
            kept=bool(found) and all(each.kept for each in found),
            measured=found,
            detail=detail,
            waiver=case.waiver,
        )


def _proved(case: Case, runs: Runs) -> tuple[tuple[Measured, ...], str]:
    prove = KINDS[case.kind].prove
    if prove is not None:
        return prove(case)
    run, against = (_finished(runs[each.hash]) for each in (case.run, case.against))
    return tuple(measured(each, run, against) for each in case.predicates), ""


def _finished(run: xr.Dataset | RunError) -> xr.Dataset:
    if isinstance(run, RunError):
        raise run
    return run


def _runs(scenarios: Sequence[Scenario], cases: Sequence[Case]) -> Runs:
    """Run scenarios of one model, each once; one that goes wrong leaves the others alone."""
    different = {each.hash: each for each in scenarios}
    predicates = [each for case in cases for each in case.predicates]
    if not different:
        return {}
    asked = list(different.values())
    keep = variables_needed(asked[0].model, *predicates)
    try:
        together = simulate(asked, keep=keep)
    except RunError:
        return {each.hash: _run(each, keep) for each in asked}
    return {each.hash: together.isel(scenario=i) for i, each in enumerate(asked)}


def _run(scenario: Scenario, keep: Sequence[str]) -> xr.Dataset | RunError:
    try:
        return simulate(scenario, "interpreted", keep=keep)
    except RunError as reason:
        return reason
