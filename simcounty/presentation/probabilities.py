"""A summary of futures for people: the table of targets, what scenarios differ by, and what ± is worth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from simcounty.presentation.formatting import (
    decimals,
    error_digits,
    finite,
    goal_text,
    probability_text,
    signed,
)
from simcounty.presentation.terminal import Terminal

if TYPE_CHECKING:
    import xarray as xr

COLUMNS = ("scenario", "target", "year", "clause", "goal", "probability", "margins", "first_year")
DIFFERENCES = ("target", "scenario", "against", "difference")
SHARE = ("probability", "standard_error", "low", "high", "difference", "difference_error")


def cells(found: xr.Dataset) -> Iterator[xr.Dataset]:
    """Yield what is known of each target of each scenario."""
    for scenario in found.scenario.values:
        for target in found.target.values:
            cell = found.sel(scenario=scenario, target=target)
            if cell.operator.item():  # what a scenario is not asked stands empty
                yield cell


def together(found: xr.Dataset) -> Iterator[xr.Dataset]:
    """Yield what is known of all targets at once, by scenario."""
    for scenario in found.scenario.values:
        cell = found.drop_dims("target").sel(scenario=scenario)
        if math.isfinite(cell.joint_probability):
            yield cell


def tell(found: xr.Dataset, terminal: Terminal) -> None:
    """Print the summary of a sweep, and what its numbers rest on."""
    grid = found.attrs["error"] == "grid"
    columns = ["share_met" if grid and name == "probability" else name for name in COLUMNS]
    rows = [_row(cell, terminal) for cell in cells(found)]
    rows += [_joint_row(cell, terminal) for cell in together(found)]
    order = found.scenario.values.tolist()
    rows.sort(key=lambda row: order.index(row[0]))  # stable: all targets at once after each of them
    terminal.table(columns, rows, right=("probability", "share_met"))
    differences = list(_differences(found, terminal))
    if differences:
        terminal.table(DIFFERENCES, differences, right=("difference",))
    _explain(found, terminal, bool(differences))


def _row(cell: xr.Dataset, terminal: Terminal) -> tuple[str, ...]:
    goal = finite(float(cell.goal))
    digits = decimals(goal if goal is not None else _middle(cell))
    return (
        str(cell.scenario.item()),
        str(cell.label.item()),
        year_of(cell),
        str(cell.clause.item()),
        goal_text(terminal.words, cell.operator.item(), goal, unit=cell.unit.item()),
        probability(cell),
        " | ".join(signed(each, digits) if math.isfinite(each) else "–" for each in cell.margin.values),
        _reached(cell, terminal),
    )


def _middle(cell: xr.Dataset) -> float:
    """Return the middle margin, or nought where no run has one."""
    middle = float(cell.margin.sel(quantile=0.5))
    return middle if math.isfinite(middle) else 0.0


def year_of(cell: xr.Dataset) -> str:
    """Write the year of a target; one without is measured at the end of the run."""
    return str(int(cell.year)) if math.isfinite(cell.year) else "–"


def _joint_row(cell: xr.Dataset, terminal: Terminal) -> tuple[str, ...]:
    return (
        str(cell.scenario.item()),
        terminal.word("all_targets"),
        "",
        "",
        "",
        probability(cell, "joint_"),
        "",
        "",
    )


def probability(cell: xr.Dataset, prefix: str = "") -> str:
    """Write the probability of a cell with its error; see `probability_text`."""
    return probability_text(*(float(cell[prefix + name]) for name in SHARE[:4]))


def _reached(cell: xr.Dataset, terminal: Terminal) -> str:
    low, _, median, _, high = cell.first_year.values.tolist()
    if not math.isfinite(median):
        return terminal.word("never_reached")
    never = f"{100 * float(cell.never):.3g} %"
    return terminal.word("reached", median=f"{median:.0f}", low=f"{low:.0f}", high=f"{high:.0f}", never=never)


def _differences(found: xr.Dataset, terminal: Terminal) -> Iterator[tuple[str, ...]]:
    """Yield how far each scenario is from the reference, target by target and all at once."""
    reference = str(found.attrs["reference"])
    named = [(cell, str(cell.label.item()), "") for cell in cells(found)]
    named += [(cell, terminal.word("all_targets"), "joint_") for cell in together(found)]
    for cell, label, prefix in named:
        difference, error = (100 * float(cell[prefix + name]) for name in SHARE[4:])
        if math.isfinite(difference):
            digits = error_digits(error) if math.isfinite(error) else 2
            beside = f" ± {error:.{digits}f}" if error > 0 else ""
            shown = terminal.word("points", difference=f"{difference:+.{digits}f}{beside}")
            yield label, str(cell.scenario.item()), reference, shown


def _explain(found: xr.Dataset, terminal: Terminal, differ: bool) -> None:
    attrs = found.attrs
    failed, members = int(found.failed.sum()), int(attrs["finished"])
    terminal.result("counted", members=f"{members:,}", design=attrs["design"], failed=f"{failed:,}")
    if attrs["unfinished"]:
        terminal.result("not_run", unfinished=f"{attrs['unfinished']:,}")
    special = {"given": "error_given", "saltelli": "error_saltelli"}
    terminal.result(special.get(attrs["design"], f"error_{attrs['error']}"), draws=f"{attrs['draws']:,}")
    certain = any(
        each in (0, 1) for each in (*found.probability.values.flat, *found.joint_probability.values)
    )
    if certain and attrs["error"] != "grid":
        terminal.result("bounded")
    if differ:
        terminal.result("paired")
