"""An audit for people: what is within reach, together, at what odds, and what the goals ask for a year."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from simcounty.presentation.formatting import decimals, target_goal
from simcounty.presentation.probabilities import probability
from simcounty.presentation.terminal import Terminal
from simcounty.units import in_chinese

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Scenario, Target

TARGETS = ("target", "year", "goal", "baseline", "plan", "best", "best_paid")
LIKELY = ("target", "likely_plan", "likely_best", "likely_paid", "likely_together")
NUMBERS = ("baseline", "plan", "best", "best_paid", *LIKELY[1:])
SETTINGS = ("setting", "broken_lines", "likely_kept")
FACTS = ("target", "asks", "since", "record")
SHOWN = 6  # levers named of a setting that is best for a target
NOTHING = 1e-3  # of a goal: a lever that brings less is not named


def tell(found: xr.Dataset, scenario: Scenario, terminal: Terminal) -> None:
    """Print an audit."""
    targets = {target.name: target for target in scenario.targets}
    searched = bool(found.attrs["settings_tried"])
    _targets(found, targets, terminal)
    if searched:
        for target in targets.values():
            _best(found.sel(target=target.name), target, terminal)
        _reached(found, targets, terminal)
        _at_once(found, targets, terminal)
        _pairs(found, targets, terminal)
    _lines(found, targets, terminal)
    facts = [_fact(found.sel(target=name), target, terminal) for name, target in targets.items()]
    terminal.table(FACTS, facts)
    _explain(found, terminal, searched)


def _targets(found: xr.Dataset, targets: dict[str, Target], terminal: Terminal) -> None:
    """Print what each target comes to, and how likely it is met, in the plan and at best."""
    searched, lines = bool(found.attrs["settings_tried"]), bool(found.line.size)
    amounts, odds = [], []
    for name, target in targets.items():
        cell = found.sel(target=name)
        best, paid = str(cell.best_setting.item()), str(cell.paid_setting.item())
        values = (_value(cell, each, target) for each in ("baseline", "plan", best, paid))
        amounts.append((target.label, str(target.year or "–"), target_goal(terminal.words, target), *values))
        likely = (_likely(cell, *each) for each in (("plan",), (best,), (paid, "paid_"), ("together",)))
        odds.append((target.label, *likely))
    unsaid = [] if searched and lines else ["best_paid", "likely_paid"]
    unsaid += [] if searched else ["best", "likely_best", "likely_together"]
    _table(TARGETS, amounts, unsaid, terminal)
    if found.attrs["draws"]:
        _table(LIKELY, odds, unsaid, terminal)


def _table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], hidden: Sequence[str], terminal: Terminal
) -> None:
    """Print the columns of a table that are not hidden."""
    shown = [place for place, name in enumerate(columns) if name not in hidden]
    kept = ([row[place] for place in shown] for row in rows)
    terminal.table([columns[place] for place in shown], kept, right=NUMBERS)


def _value(cell: xr.Dataset, setting: str, target: Target) -> str:
    """Write the value a target has in a setting; a dash where there is no such setting."""
    if setting not in cell.setting.values:
        return "–"
    return _number(float(cell.value.sel(setting=setting)), target)


def _number(value: float, target: Target) -> str:
    return f"{value:,.{decimals(target.goal if math.isfinite(target.goal) else 1.0)}f}"


def _amount(value: float, target: Target) -> str:
    return f"{_number(value, target)} {in_chinese(target.unit)}".strip()


def _likely(cell: xr.Dataset, setting: str, prefix: str = "") -> str:
    if setting not in cell.setting.values:
        return "–"
    return probability(cell.sel(setting=setting), prefix)


def _best(cell: xr.Dataset, target: Target, terminal: Terminal) -> None:
    """Say how the best values are reached: which levers at which end, and what each brings."""
    best, paid = str(cell.best_setting.item()), str(cell.paid_setting.item())
    at = cell.sel(setting=best)
    told = {"target": target.label, "value": _amount(float(at.value), target)}
    levers, rest = _levers(at, cell.sel(setting="plan"), target, terminal)
    if not levers:
        terminal.result("reached_plan", **told)
        return
    broken = _broken(at, terminal)
    breaks = terminal.word("and_breaks", lines=broken) if broken else ""
    terminal.result("reached_by", levers=levers, rest=rest, broken=breaks, **told)
    if not paid:
        terminal.result("reached_never_paid")
    elif paid != best:
        at = cell.sel(setting=paid)
        levers, rest = _levers(at, cell.sel(setting="plan"), target, terminal)
        value = _amount(float(at.value), target)
        terminal.result("reached_paid_by", value=value, levers=levers or "–", rest=rest)


def _levers(at: xr.Dataset, plan: xr.Dataset, target: Target | None, terminal: Terminal) -> tuple[str, str]:
    """Write the levers that differ from the plan, what brings most first, and how many more there are."""
    moved = [
        key for key in at.lever.values if at.lever_value.sel(lever=key) != plan.lever_value.sel(lever=key)
    ]
    if target is not None:
        moved.sort(key=lambda key: -float(at.brings.sel(lever=key)))
        least = NOTHING * (abs(target.goal) if math.isfinite(target.goal) else 0.0)
        chosen = [key for key in moved if float(at.brings.sel(lever=key)) >= least][:SHOWN] or moved[:SHOWN]
    else:
        chosen = moved
    written = [_lever(at.sel(lever=key), target, terminal) for key in chosen]
    left = len(moved) - len(chosen)
    rest = terminal.word("lever_more", count=left) if left else ""
    return terminal.word("between_levers").join(written), rest


def _lever(at: xr.Dataset, target: Target | None, terminal: Terminal) -> str:
    value, low, high = (float(at[name]) for name in ("lever_value", "lever_low", "lever_high"))
    unit = in_chinese(str(at.lever_unit.item()))
    said = [terminal.word("top" if value == high else "bottom")] if value in (low, high) else []
    if target is not None and math.isfinite(at.brings):
        said.append(f"{float(at.brings):+.3g}")
    return terminal.word(
        "lever_at",
        lever=str(at.lever_label.item()),
        value=f"{value:,.4g} {unit}".strip(),
        end=terminal.word("lever_brings", brings=terminal.word("comma").join(said)) if said else "",
    )


def _broken(at: xr.Dataset, terminal: Terminal) -> str:
    """Write the lines that a setting breaks at the central inputs, and where they are broken most."""
    broken = at.isel(line=~at.kept.values)
    each = zip(broken.line_label.values, broken.worst.values, broken.worst_year.values, strict=True)
    written = [
        terminal.word("broken_line", line=label, value=f"{value:,.3f}", year=int(year))
        for label, value, year in each
    ]
    return terminal.word("enumerated").join(written)


def _reached(found: xr.Dataset, targets: dict[str, Target], terminal: Terminal) -> None:
    for stand, word in (("no", "out_of_reach"), ("unpaid", "only_unpaid")):
        named = [targets[name].label for name in targets if found.reached.sel(target=name) == stand]
        if named:
            terminal.result(word, targets=terminal.word("enumerated").join(named))


def _at_once(found: xr.Dataset, targets: dict[str, Target], terminal: Terminal) -> None:
    """Say how likely all targets, and those within reach, are met at once, and by which setting."""
    sought = json.loads(found.attrs["sought_for"])
    at, plan = found.sel(setting="together"), found.sel(setting="plan")
    if found.attrs["draws"]:
        _odds(found, "at_once", "joint", len(targets), terminal)
        if len(sought) < len(targets):
            _odds(found, "at_once_rest", "sought", len(sought), terminal)
    broken = _broken(at, terminal)
    breaks = terminal.word("and_breaks", lines=broken) if broken else ""
    terminal.result("at_once_central", met=int(at.met.sum()), count=len(targets), broken=breaks)
    levers, _ = _levers(at, plan, None, terminal)
    terminal.result("together_by" if levers else "together_plan", levers=levers)


def _odds(found: xr.Dataset, word: str, of: str, count: int, terminal: Terminal) -> None:
    told = {
        name: probability(found.sel(setting=setting), f"{of}_{paid}")
        for setting, short in (("plan", "plan"), ("together", "best"))
        for name, paid in ((short, ""), (f"{short}_paid", "paid_"))
    }
    terminal.result(word, count=count, **told)


def _pairs(found: xr.Dataset, targets: dict[str, Target], terminal: Terminal) -> None:
    """Name the pairs that cannot be met at once, or only with a line broken."""
    names = list(targets)
    pairs = [(one, other) for i, one in enumerate(names) for other in names[i + 1 :]]
    stands = {(one, other): str(found.pair.sel(target=one, other=other).item()) for one, other in pairs}
    for (one, other), stand in stands.items():
        about = {"one": targets[one].label, "other": targets[other].label}
        if stand == "conflict":
            for key, name, beside in (("one", one, other), ("other", other, one)):
                value = float(found.beside.sel(target=name, other=beside))
                about[f"{key}_value"] = _amount(value, targets[name])
                about[f"{key}_goal"] = target_goal(terminal.words, targets[name])
            terminal.result("conflict", **about)
        elif stand == "unpaid":
            terminal.result("pair_unpaid", **about)
    if "paid" in stands.values() and not {"conflict", "unpaid"} & {*stands.values()}:
        terminal.result("no_conflict", lines=terminal.word("lines_too") if found.line.size else "")


def _lines(found: xr.Dataset, targets: dict[str, Target], terminal: Terminal) -> None:
    """Print, for every setting, which lines it breaks and how likely it keeps them all."""
    if not found.line.size:
        return
    drawn = bool(found.attrs["draws"])
    rows = []
    for name in found.setting.values:
        kind, _, target = str(name).partition(" ")
        at = found.sel(setting=name)
        label = terminal.word(f"setting_{kind}", target=targets[target].label if target else "")
        rows.append((label, _broken(at, terminal) or "–", *([probability(at, "kept_")] if drawn else [])))
    terminal.table(SETTINGS if drawn else SETTINGS[:-1], rows, right=("likely_kept",))


def _fact(cell: xr.Dataset, target: Target, terminal: Terminal) -> Sequence[str]:
    """Write what a target asks for a year, from where, and what the record gave."""
    year, value, need = (float(cell[name]) for name in ("since", "since_value", "per_year"))
    if bool(cell.since_met):
        asks = terminal.word("asks_nothing")
    else:
        asks = _change(need, cell, target, terminal) if math.isfinite(need) else "–"
    word = "since_seen" if bool(cell.since_observed) else "since_model"
    known = math.isfinite(year)
    since = terminal.word(word, year=f"{year:.0f}", value=_amount(value, target)) if known else "–"
    return target.label, asks, since, "; ".join(_record(cell, target, terminal)) or "–"


def _record(cell: xr.Dataset, target: Target, terminal: Terminal) -> Iterator[str]:
    steps = (cell[f"record_{name}"].values for name in ("start", "end", "per_year"))
    for start, end, change in zip(*steps, strict=True):
        if math.isfinite(start):
            told = _change(float(change), cell, target, terminal)
            yield terminal.word("record_step", start=f"{start:.0f}", end=f"{end:.0f}", change=told)


def _change(change: float, cell: xr.Dataset, target: Target, terminal: Terminal) -> str:
    unit = in_chinese(target.unit)
    return terminal.word(f"pace_{cell.pace.item()}", change=f"{change:+,.3g}", unit=unit).strip()


def _explain(found: xr.Dataset, terminal: Terminal, searched: bool) -> None:
    told = dict(found.attrs)
    counts = {
        "tried": f"{told['settings_tried']:,}",
        "over": f"{told['settings_over_draws']:,}",
        "draws": f"{told['draws']:,}",
        "sought_on": told["sought_on"],
        "levers": found.sizes["lever"],
        "seed": told["seed"],
    }
    if searched:
        terminal.result("tried" if told["draws"] else "tried_central", **counts)
        terminal.result("lower_bound")
    else:
        terminal.result("no_open_levers")
        if told["draws"]:
            terminal.result("tried_no_levers", **counts)
    if not told["draws"]:
        terminal.result("no_draws")
        return
    terminal.result("error_draws", draws=counts["draws"])
    if found.probability.isin((0.0, 1.0)).any():
        terminal.result("bounded")
