"""`simcounty audit`: can any setting of the open levers meet all targets at once?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from simcounty.cli import options
from simcounty.presentation import audit as audited
from simcounty.presentation import audit_record
from simcounty.presentation.terminal import Terminal, print_json


def audit(
    scenario: options.Scenario,
    lang: options.Lang,
    n: Annotated[
        int | None,
        typer.Option("-n", "--draws", metavar="N", help="Draws that settings are scored on; 1000."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Another seed, other draws and another search.")] = 0,
    uncertainties: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A TOML file that says what is uncertain. Default: what the county and policy files say.",
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
    from simcounty.optimise.audit import DRAWS
    from simcounty.optimise.audit import audit as audited_by

    terminal = Terminal(lang, quiet)
    plan = options.asked(scenario)
    folder = writable_folder(out) if out else None  # found out before the search, not after it
    found = audited_by(
        plan, DRAWS if n is None else n, seed=seed, uncertainties=uncertainties, watch=_watching(terminal)
    )
    if json:
        print_json(audit_record.record(found, plan))
    else:
        audited.tell(found, plan, terminal)
    if folder:
        from simcounty.files.folder import save_audit

        terminal.message("writing", folder=folder)
        terminal.message("wrote", files=", ".join(map(str, save_audit(found, plan, folder, width))))


def _watching(terminal: Terminal) -> Callable[[str], None]:
    """Say what is searched for while it is."""

    def say(target: str) -> None:
        terminal.message("auditing" if target else "auditing_together", target=target)

    return say
