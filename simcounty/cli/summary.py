"""`simcounty summary`: how likely the targets of a stored sweep are met."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simcounty.cli import options
from simcounty.presentation.probabilities import summary_record, summary_view
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
    """Show how likely each target is met, by how much, when, and all of them at once."""
    from simcounty.sweeps import stored_futures
    from simcounty.sweeps.probabilities import summary as summary_of

    terminal = Terminal(lang, quiet)
    with stored_futures(folder) as futures:
        terminal.show(summary_record(summary_of(futures)), summary_view, json)
        if out:
            from simcounty.files.folder import save_fan

            terminal.message("writing", folder=out)
            terminal.message("wrote", files=", ".join(map(str, save_fan(futures, out, width))))
