"""`simcounty targets`: the state of every target, of all documents or of one scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simcounty import catalog
from simcounty.cli import options
from simcounty.presentation.terminal import Terminal

if TYPE_CHECKING:
    from simcounty.monitoring import TargetState

MODEL = "county"


def targets(
    lang: options.Lang,
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="[SCENARIO]", help="Show the targets of its county; by default of all documents."
        ),
    ] = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """List the targets of the documents: which are judged by the model, tracked, or open."""
    from simcounty.presentation.monitoring import monitoring_records, monitoring_view

    found = _of_scenario(scenario) if scenario else _of_documents()
    Terminal(lang, quiet).show(monitoring_records(found), monitoring_view, json)


def _of_documents() -> list[TargetState]:
    from simcounty.model import load_model
    from simcounty.monitoring import monitor
    from simcounty.scenario import load_policy

    model = load_model(catalog.find(catalog.MODEL, MODEL))
    policies = (load_policy(path, model) for path in catalog.names(catalog.POLICY).values())
    return monitor(target for policy in policies for target in policy.targets)


def _of_scenario(name: str) -> list[TargetState]:
    from simcounty.judgement import judge
    from simcounty.monitoring import monitor
    from simcounty.simulation import simulate, variables_needed

    if catalog.is_region(name):
        from simcounty.counties.region import load_region
        from simcounty.counties.region_run import run_region

        region = load_region(name)
        return monitor(region.all_targets, region.tracked, run_region(region).verdict.sel(scenario="plan"))
    plan, verdict = options.load_scenario(name), None
    if plan.targets:
        run = simulate(plan, keep=variables_needed(plan.model, *plan.targets))
        verdict = judge(run, plan.targets)
    return monitor(plan.all_targets, plan.tracked, verdict)
