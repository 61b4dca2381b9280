"""`simcounty sensitivity`: what the targets of a stored sweep hang on, and where they are missed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcounty.cli import options
from simcounty.presentation import boxes as boxed
from simcounty.presentation import sensitivity as movers
from simcounty.presentation.terminal import Terminal, print_json

if TYPE_CHECKING:
    import xarray as xr


def sensitivity(
    folder: options.Sweep,
    lang: options.Lang,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A target; may be repeated. By default all of them."),
    ] = None,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Drop failed runs, with the whole block of members they stand in."),
    ] = False,
    boxes: Annotated[
        bool,
        typer.Option("--boxes", help="Also find the ranges of inputs in which targets, or any, are missed."),
    ] = False,
    json: options.Json = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also draw tornados and scatters, one a target.")
    ] = None,
    width: options.Width = options.FULL,
    quiet: options.Quiet = False,
) -> None:
    """Say which inputs each target hangs on, by the indices the design of the sweep allows."""
    from simcounty.sensitivity_analysis.sensitivity import sensitivity as indices_of
    from simcounty.sweeps import stored_futures

    terminal = Terminal(lang, quiet)
    with stored_futures(folder) as futures:
        indices = indices_of(futures, target or (), repair)
        if boxes:
            terminal.message("boxing")
        found = boxed.find(futures, indices, whole=not target) if boxes else []
        if json:
            print_json(movers.record(indices) | _boxes(found, boxes))
        else:
            movers.tell(indices, terminal)
            boxed.tell(found, terminal)
        if out:
            from simcounty.files.folder import save_sensitivity

            terminal.message("writing", folder=out)
            files = save_sensitivity(futures, indices, out, width)
            terminal.message("wrote", files=", ".join(map(str, files)))


def _boxes(found: list[xr.Dataset], asked: bool) -> dict[str, Any]:
    return {"boxes": [boxed.record(each) for each in found]} if asked else {}
