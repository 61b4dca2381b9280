"""`simcounty score`: runs without a plan held against what came, beside rules that need no model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simcounty.cli import options
from simcounty.presentation.terminal import Terminal


def score(
    lang: options.Lang,
    places: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PLACE]...", help="Counties, prefectures or provinces; the nation by default."
        ),
    ] = None,
    start: Annotated[
        int, typer.Option("--from", metavar="YEAR", help="Run from the end of this year.")
    ] = 2020,
    panel: options.Panel = None,
    known_by: Annotated[
        int | None,
        typer.Option(metavar="YEAR", help="Use figures of years to this one; the start's by default."),
    ] = None,
    end: Annotated[
        int, typer.Option("--to", metavar="YEAR", help="Hold it against what came to this year.")
    ] = 2023,
    variable: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Score this figure only, by key or Chinese name; may be repeated."),
    ] = None,
    plot: options.Plot = False,
    out: options.Out = None,
    save: options.SaveTable = None,
    width: options.Width = options.FULL,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Run counties from a year by what was known then, and hold them against what came."""
    from simcounty.atomic import together
    from simcounty.errors import FailedRuns
    from simcounty.files.scores import save_score_figures, save_scores, writable_scores
    from simcounty.presentation.scores import scores_record, scores_view
    from simcounty.scoring.hindcast import score as score_places

    files = writable_scores(save or ())
    terminal, names = Terminal(lang, quiet), variable or ()
    own = options.read_tables(terminal, panel).panel if panel else None
    found = score_places(*(places or ()), start=start, end=end, known_by=known_by, variables=names, panel=own)
    record = scores_record(found)
    terminal.show(record, scores_view, json)
    with together():
        written = [save_scores(found, file) for file in files]
        if plot or out:
            written += save_score_figures(found, out or Path("out"), width)
    if written:
        terminal.wrote(written)
    if failed := record["failed"]:
        raise FailedRuns("\n".join(terminal.words("scores.failed", name=name) for name in failed))
