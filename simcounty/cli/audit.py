"""`simcounty audit`: can any setting of the open levers meet all targets at once?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simcounty.cli import options
from simcounty.presentation.terminal import Terminal


def audit(
    scenario: options.Scenario,
    lang: options.Lang,
    n: Annotated[
        int | None,
        typer.Option("-n", "--draws", metavar="N", help="Draws that settings are scored on; 1000."),
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="S", help="Another seed gives other draws and another search.")
    ] = 0,
    uncertainties: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A TOML file of what is uncertain, or a posterior of simcounty calibrate (.nc). Default: "
            "what the county and policy files say.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also write audit.nc, and the figure audit.png, .svg and .pdf."),
    ] = None,
    width: options.Width = options.FULL,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Search the levers a plan leaves open for settings that meet its targets, alone and all at once."""
    from simcounty.atomic import writable_folder
    from simcounty.optimise import audit as auditing
    from simcounty.presentation.audit import audit_view
    from simcounty.presentation.audit_record import audit_record

    terminal = Terminal(lang, quiet)
    plan = options.load_scenario(scenario)
    folder = writable_folder(out) if out else None  # an unusable folder is found before the search
    found = auditing.audit(
        plan,
        auditing.DRAWS if n is None else n,
        seed=seed,
        uncertainties=uncertainties,
        progress=lambda target: terminal.message(
            "audit.searching" if target else "audit.searching_together", target=target
        ),
    )
    terminal.show(audit_record(found, plan), audit_view, json)
    if folder:
        from simcounty.files.folder import save_audit

        terminal.message("writing", folder=folder)
        terminal.wrote(save_audit(found, plan, folder, width))
