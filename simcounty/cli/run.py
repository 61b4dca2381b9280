"""`simcounty run`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simcounty import catalog
from simcounty.cli import options
from simcounty.errors import InputError
from simcounty.presentation.terminal import Terminal

if TYPE_CHECKING:
    from simcounty.assessment import Assessment
    from simcounty.presentation.records import Record
    from simcounty.scenario import Scenario


def run(
    scenario: options.Scenario,
    lang: options.Lang,
    settings: options.Settings = None,
    county: options.County = None,
    years: options.Years = None,
    out: options.Out = None,
    save: options.Save = None,
    backend: options.Backend = "auto",
    integrator: options.Integrator = None,
    width: options.Width = options.FULL,
    json: options.Json = False,
    quiet: options.Quiet = False,
    strict: options.Strict = False,
    futures: Annotated[
        int | None,
        typer.Option(metavar="N", min=2, help="Also run so many futures; print how probable each target is."),
    ] = None,
    data: options.Data = None,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Of draws: another seed, other draws.")] = 0,
    replications: Annotated[
        int | None,
        typer.Option(metavar="N", min=2, help="Also run a model with random functions so many times."),
    ] = None,
) -> None:
    """Run a scenario beside its baseline: verdicts on its targets, then data and figures."""
    if catalog.is_region(scenario):
        from simcounty.cli import region

        region.refuse({"--set": settings, "--county": county, "--years": years, "--data": data})
        wanted = region.Wanted(out, save or [], json, strict, futures, seed)
        region.run(scenario, Terminal(lang, quiet), wanted)
        return
    from simcounty.assessment import assess
    from simcounty.files import folder_for
    from simcounty.presentation.verdicts import raise_missed, verdict_record, verdict_view

    terminal = Terminal(lang, quiet)
    plan = options.load_scenario(scenario, county, settings, years, data)
    if replications and not plan.model.graph.streams:
        raise InputError(f"--replications: {plan.model.path} has no random functions. Leave it out.")
    if futures and not (plan.uncertain.keys or plan.model.graph.streams):
        raise InputError(
            "--futures: neither the county nor the policies of this scenario say what is uncertain. "
            "Leave it out, or write [uncertainties] into one of the files."
        )
    folder = out if json or out else folder_for(plan)
    _assert_writable(folder, save or [])
    found = assess(plan, backend=backend, integrator=integrator, seed=seed)
    record = verdict_record(found)
    if futures or replications:
        base = plan if futures else plan.certain
        record = _with_futures(record, base, futures or replications or 0, seed)
    terminal.show(record, verdict_view, json)
    if folder or save:
        _write(found, folder, save or [], width, terminal)
    if strict:
        raise_missed(record, terminal.words)


def _with_futures(record: Record, plan: Scenario, number: int, seed: int) -> Record:
    """Return a record with how probable targets are in so many futures; without targets, with quantiles."""
    from simcounty.presentation.headline import headline_record
    from simcounty.presentation.probabilities import summary_record
    from simcounty.presentation.verdicts import with_chances
    from simcounty.sweeps import sweep
    from simcounty.sweeps.probabilities import summary

    made = sweep(plan, number, seed=seed, counted="--futures")
    if plan.targets:
        return with_chances(record, summary_record(summary(made)))
    return {**record, **headline_record(made)}


def _assert_writable(folder: Path | None, files: list[Path]) -> None:
    """Find out before a run whether what it leaves can be written."""
    from simcounty.atomic import writable_file
    from simcounty.files import RUN_DATA, RUN_FIGURES, writer_for

    for file in files:
        writer_for(file)
    for file in (*files, *(folder / name for name in (*RUN_DATA, *RUN_FIGURES) if folder)):
        writable_file(file)


def _write(found: Assessment, folder: Path | None, files: list[Path], width: str, terminal: Terminal) -> None:
    """Write what a run leaves, and say so; the verdict is on the screen by then."""
    from simcounty.atomic import together
    from simcounty.files import save
    from simcounty.files.folder import save_run

    terminal.message("writing", folder=folder or files[0].parent)
    with together():
        wrote = save_run(found.run, found.scenario, folder, width) if folder else []
        wrote += [save(found.run, file) for file in files]
    terminal.wrote(wrote)
