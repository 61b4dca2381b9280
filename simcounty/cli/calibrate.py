"""`simcounty calibrate`: a few parameters fitted to observed counties, and tested on counties left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from simcounty.cli import options
from simcounty.presentation.calibration import calibration_record, calibration_view
from simcounty.presentation.terminal import Terminal


def calibrate(
    lang: options.Lang,
    counties: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[COUNTY]...",
            help="Counties or provinces of the calibration file; all by default.",
        ),
    ] = None,
    file: Annotated[
        str, typer.Option(metavar="FILE", help="A calibration file, or the name of a shipped one.")
    ] = "people",
    model: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Fit this model instead of the shipped one, such as an edited copy."
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(metavar="N", help="Steps of every walker, a third of which is not counted.")
    ] = None,
    walkers: Annotated[
        int | None, typer.Option(metavar="N", help="Walkers in each of four ensembles.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Another seed, other draws.")] = 0,
    folds: Annotated[
        int | None,
        typer.Option(metavar="N", help="Parts of the counties left out in turn and forecast; 0 for none."),
    ] = None,
    recovery: Annotated[
        int,
        typer.Option(metavar="N", help="Also fit N sets of made-up data and count what the intervals hold."),
    ] = 0,
    save: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the posterior (.nc), for sweep and audit --uncertainties."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to write the figures to.")] = None,
    panel: options.Panel = None,
    census: options.Census = None,
    known_by: options.KnownBy = None,
    width: options.Width = options.FULL,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Fit parameters to observed counties, show what the data taught, and test it on counties left out."""
    from simcounty.atomic import writable_file, writable_folder
    from simcounty.calibration import CalibrationOptions
    from simcounty.calibration import calibrate as fit
    from simcounty.files import save as write
    from simcounty.files import writer_for

    terminal = Terminal(lang, quiet)
    if save:
        writer_for(writable_file(save))
    folder = writable_folder(out) if out else None  # found out before the fit, not after it
    own = panel or census or known_by is not None
    sources = options.start_tables(terminal, panel, census, known_by) if own else None
    chosen = {"steps": steps, "walkers": walkers, "seed": seed, "folds": folds, "recovery": recovery}
    found = fit(
        counties or (),
        file=file,
        model=model,
        options=CalibrationOptions(**{name: each for name, each in chosen.items() if each is not None}),
        watch=_watching(terminal),
        sources=sources,
    )
    terminal.show(calibration_record(found), calibration_view, json)
    if save:
        terminal.wrote([write(found, save)])
    if folder:
        from simcounty.files.folder import save_calibration

        terminal.message("writing", folder=folder)
        terminal.wrote(save_calibration(found, folder, width))


def _watching(terminal: Terminal) -> Callable[[str, int, int], None]:
    """Return what prints each stage as it begins, and the progress of the long ones by quarters."""

    def watch(stage: str, done: int, all: int) -> None:
        if stage in ("map_estimate", "holdout"):
            terminal.message(f"fitting_{stage}", folds=all)
        elif done * 4 // all > (done - 1) * 4 // all:
            terminal.message(f"fitting_{stage}", done=done, all=all)

    return watch
