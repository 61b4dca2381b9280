"""`simcounty seek`: what it would take to meet targets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from simcounty.cli import options
from simcounty.presentation.terminal import Terminal


def seek(
    scenario: options.Scenario,
    target: Annotated[list[str], typer.Option(metavar="NAME", help="A target to meet; may be repeated.")],
    using: Annotated[
        list[str], typer.Option(metavar="LEVER", help="A lever that may move; may be repeated.")
    ],
    lang: options.Lang,
    confidence: Annotated[
        str,
        typer.Option(
            metavar="P",
            help="How probable each target is to be, such as 80%; 0: met in the central run. A scenario of "
            "which nothing is uncertain is sought in its central run.",
        ),
    ] = "80%",
    save: Annotated[
        Path | None, typer.Option(metavar="NEW.toml", help="Write the scenario found to this file.")
    ] = None,
    settings: options.Settings = None,
    county: options.County = None,
    years: options.Years = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    strict: options.Strict = False,
) -> None:
    """Find lever settings within their ranges that most probably meet targets, with the least effort."""
    from simcounty.assessment import assess
    from simcounty.conditions.constraints import constraints_of
    from simcounty.optimise.confidence import seek_confident
    from simcounty.optimise.goal_seek import seek as goal_seek
    from simcounty.presentation.goal_seek import goal_seek_record, goal_seek_view
    from simcounty.presentation.verdicts import raise_missed
    from simcounty.scenario import save_scenario
    from simcounty.scenario.save import new_file

    terminal = Terminal(lang, quiet)
    file = new_file(save) if save else None  # what cannot be used is found before the search
    start = options.load_scenario(scenario, county, settings, years)
    constraints_of(start.model)
    wanted = options.fraction("--confidence", confidence)
    confident = seek_confident(start, target, using, wanted) if wanted and start.uncertain.keys else None
    found = confident.found if confident else goal_seek(start, target, using)
    record = goal_seek_record(found, assess(replace(found.scenario, unchanged=None)), confident)
    terminal.show(record, goal_seek_view, json)
    if file:
        terminal.wrote([save_scenario(found.scenario, file)])
    if strict:
        raise_missed(record, terminal.words)
