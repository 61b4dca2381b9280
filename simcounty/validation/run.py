"""Running check files: every check has a result, whatever happens in its runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty import catalog
from simcounty.conditions.measures import measure
from simcounty.errors import RunError
from simcounty.scenario import Scenario
from simcounty.simulation import simulate, variables_needed
from simcounty.validation.check_files import files_of
from simcounty.validation.load import KINDS, load_suite
from simcounty.validation.schema import Check, CheckResult, Evaluation, ValidationSuite

if TYPE_CHECKING:
    import xarray as xr

Runs = dict[str, "xr.Dataset | RunError"]


def validate(path_or_name: str | Path) -> Iterator[CheckResult]:
    """Run the checks of a model (a file, or a shipped one's name), or those of one check file.

    Results come one by one, in the order of the files. Raise ScenarioError, before anything is run, for check
    files that cannot be used.

    >>> results = validate(county)  # the checks run as the results are read
    """
    path = Path(path_or_name)
    paths = [path] if path.suffix == ".toml" else files_of(catalog.find(catalog.MODEL, path))
    suites = [load_suite(each) for each in paths]
    return (result for suite in suites for result in run_suite(suite))


def run_suite(suite: ValidationSuite) -> Iterator[CheckResult]:
    """Yield the result of every check of a file, in its order; plain scenarios are run side by side first."""
    plain = [check for check in suite.checks if KINDS[check.kind].evaluate is None]
    runs = _runs(plain)
    for check in suite.checks:
        try:
            measured, detail = _evaluated(check, runs)
        except RunError as reason:
            measured, detail = (), str(reason)
        yield CheckResult(
            file=suite.path,
            describe=suite.describe,
            it=check.it,
            kind=check.kind,
            holds=bool(measured) and all(each.holds for each in measured),
            measured=measured,
            detail=detail,
            waiver=check.waiver,
        )


def _evaluated(check: Check, runs: Runs) -> Evaluation:
    evaluate = KINDS[check.kind].evaluate
    if evaluate is not None:
        return evaluate(check)
    run, against = (_finished(runs[each.hash]) for each in (check.run, check.against))
    return tuple(measure(each, run, against) for each in check.predicates), ""


def _finished(run: xr.Dataset | RunError) -> xr.Dataset:
    if isinstance(run, RunError):
        raise run
    return run


def _runs(checks: Sequence[Check]) -> Runs:
    """Run the scenarios of checks of one model, each once; one that fails leaves the others alone."""
    different = {each.hash: each for check in checks for each in (check.run, check.against)}
    if not different:
        return {}
    model = checks[0].run.model
    keep = variables_needed(model, *(predicate for check in checks for predicate in check.predicates))
    try:
        together = simulate(list(different.values()), keep=keep)
    except RunError:
        return {key: _run(each, keep) for key, each in different.items()}
    return {key: together.isel(scenario=i) for i, key in enumerate(different)}


def _run(scenario: Scenario, keep: Sequence[str]) -> xr.Dataset | RunError:
    try:
        return simulate(scenario, "interpreted", keep=keep)
    except RunError as reason:
        return reason
