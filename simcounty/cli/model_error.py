"""`simcounty model-error`: how far forecasts miss, fitted to counties and tested on those left out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simcounty.cli import options
from simcounty.presentation.terminal import Terminal


def model_error(
    lang: options.Lang,
    panel: options.Panel = None,
    recovery: Annotated[
        int,
        typer.Option(metavar="N", help="Also fit N sets of made-up data and count what the intervals hold."),
    ] = 0,
    seed: Annotated[int, typer.Option(metavar="S", help="Another seed, other tenths left out.")] = 0,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the model error (.json) that sweeps add.")
    ] = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Run counties from 2010, fit how far the model misses what came, test it on those left out."""
    from simcounty.atomic import writable_file
    from simcounty.model_error import fit_model_error
    from simcounty.presentation.model_error import model_error_record, model_error_view

    terminal = Terminal(lang, quiet)
    file = writable_file(save) if save else None
    own = options.read_tables(terminal, panel).panel if panel else None
    fitted, tested = fit_model_error(own, recovery=recovery, seed=seed)
    terminal.show(model_error_record(fitted, tested), model_error_view, json)
    if file:
        terminal.wrote([fitted.save(file)])
