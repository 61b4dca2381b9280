"""`simcounty seek`: what it would take to meet targets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simcounty.cli import options
from simcounty.presentation.terminal import Terminal, print_json

if TYPE_CHECKING:
    from simcounty.optimise.goal_seek import Found

COLUMNS = ("lever", "from", "to", "range", "unit", "clause")


def seek(
    scenario: options.Scenario,
    target: Annotated[list[str], typer.Option(metavar="NAME", help="A target to meet; may be repeated.")],
    using: Annotated[
        list[str], typer.Option(metavar="LEVER", help="A lever that may move; may be repeated.")
    ],
    lang: options.Lang,
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
    """Find lever settings within their ranges that meet targets with the least effort."""
    from simcounty.assessment import assess
    from simcounty.optimise.goal_seek import search
    from simcounty.presentation.verdicts import raise_missed, verdict_record, verdict_view
    from simcounty.scenario import save_scenario
    from simcounty.scenario.save import new_file

    terminal = Terminal(lang, quiet)
    file = new_file(save) if save else None  # an unusable name is found before the search
    asked = options.asked(scenario, county, settings, years)
    found = search(asked, target, using)
    plan = found.scenario
    record = verdict_record(assess(plan))
    if json:
        print_json({**record, **_record(found)})
    else:
        _tell(found, terminal)
        terminal.show(record, verdict_view)
    if file:
        terminal.message("wrote", files=save_scenario(plan, file))
    if strict:
        raise_missed(record, terminal.words)


def _record(found: Found) -> dict[str, Any]:
    settings = {
        key: {"from": each.default, "to": each.final, "clause": each.clause}
        for key, each in found.settings.items()
    }
    return {
        "feasible": found.feasible,
        "effort": found.effort,
        "settings": settings,
        "binding": list(found.binding),
        "at_limit": list(found.at_limit),
        "shortfall": dict(found.shortfall),
        "starts": found.starts,
    }


def _tell(found: Found, terminal: Terminal) -> None:
    if found.feasible:
        terminal.result("feasible", effort=found.effort)
    else:
        terminal.result("infeasible", starts=found.starts)
    rows = (_row(found, key) for key in found.settings)
    terminal.table(COLUMNS, rows, right=("from", "to"))
    for name, keys in (("binding", found.binding), ("limits", found.at_limit)):
        if keys:
            terminal.result(name, names=", ".join(keys))


def _row(found: Found, key: str) -> tuple[str, ...]:
    setting, constant = found.settings[key], found.scenario.model.constants[key]
    default = "" if setting.default is None else f"{setting.default:.6g}"
    limits = str(found.scenario.limits(key))
    return f"{constant.label} ({key})", default, f"{setting.final:.6g}", limits, constant.unit, setting.clause
