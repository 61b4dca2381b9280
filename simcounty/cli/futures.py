"""`simcounty summary` and `simcounty sensitivity`: what a stored sweep says of its targets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simcounty.cli import options
from simcounty.presentation.probabilities import summary_record, summary_view
from simcounty.presentation.sensitivity import sensitivity_record, sensitivity_view
from simcounty.presentation.terminal import Terminal


def summary(
    folder: options.Sweep,
    lang: options.Lang,
    json: options.Json = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also draw the futures: fan.png, .svg and .pdf.")
    ] = None,
    width: options.Width = options.FULL,
    quiet: options.Quiet = False,
) -> None:
    """Show how likely each target is met, by how much, when, and all at once; quantiles where none is set."""
    from simcounty.presentation.headline import (
        unrun_record,
        unrun_view,
        untargeted_record,
        untargeted_view,
    )
    from simcounty.sweeps import stored_futures
    from simcounty.sweeps.futures import have_targets
    from simcounty.sweeps.probabilities import summary as summary_of

    terminal = Terminal(lang, quiet)
    with stored_futures(folder) as futures:
        if not futures.sizes["member"]:
            terminal.show(unrun_record(futures), unrun_view, json)
            return
        if have_targets(futures):
            terminal.show(summary_record(summary_of(futures)), summary_view, json)
        else:
            terminal.show(untargeted_record(futures), untargeted_view, json)
        if out:
            from simcounty.files.folder import save_fan

            terminal.message("writing", folder=out)
            terminal.wrote(save_fan(futures, out, width))


def sensitivity(
    folder: options.Sweep,
    lang: options.Lang,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A target; may be repeated. By default all of them."),
    ] = None,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Drop failed runs, each with the whole block of members it is in."),
    ] = False,
    discover: Annotated[
        bool,
        typer.Option(
            "--discover", help="Also find the ranges of inputs in which targets, or any of them, are missed."
        ),
    ] = False,
    json: options.Json = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also draw tornados and scatters, one a target.")
    ] = None,
    width: options.Width = options.FULL,
    quiet: options.Quiet = False,
) -> None:
    """Show how much each input moves each target, by the indices the design of the sweep allows."""
    from simcounty.sensitivity_analysis import sensitivity as indices_of
    from simcounty.sensitivity_analysis.scenario_discovery import discover_each
    from simcounty.sweeps import stored_futures

    terminal = Terminal(lang, quiet)
    with stored_futures(folder) as futures:
        indices = indices_of(futures, target or (), repair)
        if discover:
            terminal.message("discovering")
        found = discover_each(futures, target or ()) if discover else None
        terminal.show(sensitivity_record(indices, found), sensitivity_view, json)
        if out:
            from simcounty.files.folder import save_sensitivity

            terminal.message("writing", folder=out)
            files = save_sensitivity(futures, indices, out, width)
            terminal.wrote(files)
