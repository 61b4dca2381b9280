"""A summary of futures for people: the table of targets, what scenarios differ by, and what ± is worth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from simcounty.presentation.printing import Voice, decimals
from simcounty.presentation.validation import finite
from simcounty.presentation.verdicts import asked_of, signed
from simcounty.units import in_chinese

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


def tell(found: xr.Dataset, voice: Voice) -> None:
    """Print the summary of a sweep, and what its numbers rest on."""
    grid = found.attrs["error"] == "grid"
    columns = ["share_met" if grid and name == "probability" else name for name in COLUMNS]
    rows = [_row(cell, voice) for cell in cells(found)]
    rows += [_joint_row(cell, voice) for cell in together(found)]
    order = found.scenario.values.tolist()
    rows.sort(key=lambda row: order.index(row[0]))  # stable: all targets at once after each of them
    voice.table(columns, rows, right=("probability", "share_met"))
    differences = list(_differences(found, voice))
    if differences:
        voice.table(DIFFERENCES, differences, right=("difference",))
    _explain(found, voice, bool(differences))


def _row(cell: xr.Dataset, voice: Voice) -> tuple[str, ...]:
    goal, unit = finite(float(cell.goal)), in_chinese(cell.unit.item())
    digits = decimals(goal if goal is not None else _middle(cell))
    return (
        str(cell.scenario.item()),
        str(cell.label.item()),
        year_of(cell),
        str(cell.clause.item()),
        f"{asked_of(cell.operator.item(), goal, voice)} {unit if goal is not None else ''}".rstrip(),
        probability(cell),
        " | ".join(signed(each, digits) if math.isfinite(each) else "–" for each in cell.margin.values),
        _reached(cell, voice),
    )


def _middle(cell: xr.Dataset) -> float:
    """Return the middle margin, or nought where no run has one."""
    middle = float(cell.margin.sel(quantile=0.5))
    return middle if math.isfinite(middle) else 0.0


def year_of(cell: xr.Dataset) -> str:
    """Write the year of a target; one without is measured at the end of the run."""
    return str(int(cell.year)) if math.isfinite(cell.year) else "–"


def _joint_row(cell: xr.Dataset, voice: Voice) -> tuple[str, ...]:
    return (
        str(cell.scenario.item()),
        voice.word("all_targets"),
        "",
        "",
        "",
        probability(cell, "joint_"),
        "",
        "",
    )


def probability(cell: xr.Dataset, prefix: str = "") -> str:
    """Write a share with its error; what never or always happened with how far that can be trusted.

    >>> import xarray as xr
    >>> told = {"probability": 0.613, "standard_error": 0.0049, "low": 0.603, "high": 0.623}
    >>> probability(xr.Dataset(told))
    '61.3 % ± 0.5 %'
    >>> never = {"probability": 0.0, "standard_error": 0.0, "low": 0.0, "high": 0.0038}
    >>> probability(xr.Dataset(never))
    '0 % (≤ 0.38 %)'
    """
    share, error, low, high = (100 * float(cell[prefix + name]) for name in SHARE[:4])
    if not math.isfinite(error):
        return f"{share:.4g} %"
    if share in (0, 100):
        return f"0 % (≤ {high:.2g} %)" if share == 0 else f"100 % (≥ {_floor(low)} %)"
    digits = places(error)
    return f"{share:.{digits}f} % ± {error:.{digits}f} %"


def _floor(low: float) -> str:
    """Write a lower bound near 100 with two figures of what is missing."""
    return f"{low:.{places(100 - low) + 1}f}"


def places(error: float) -> int:
    """Return how many decimals show the first figure of an error, or two figures if the first is a 1."""
    return max(0, -math.floor(math.log10(error / 2))) if error > 0 else 0


def _reached(cell: xr.Dataset, voice: Voice) -> str:
    low, _, median, _, high = cell.first_year.values.tolist()
    if not math.isfinite(median):
        return voice.word("never_reached")
    never = f"{100 * float(cell.never):.3g} %"
    return voice.word("reached", median=f"{median:.0f}", low=f"{low:.0f}", high=f"{high:.0f}", never=never)


def _differences(found: xr.Dataset, voice: Voice) -> Iterator[tuple[str, ...]]:
    """Yield how far each scenario is from the reference, target by target and all at once."""
    reference = str(found.attrs["reference"])
    named = [(cell, str(cell.label.item()), "") for cell in cells(found)]
    named += [(cell, voice.word("all_targets"), "joint_") for cell in together(found)]
    for cell, label, prefix in named:
        difference, error = (100 * float(cell[prefix + name]) for name in SHARE[4:])
        if math.isfinite(difference):
            digits = places(error) if math.isfinite(error) else 2
            beside = f" ± {error:.{digits}f}" if error > 0 else ""
            shown = voice.word("points", difference=f"{difference:+.{digits}f}{beside}")
            yield label, str(cell.scenario.item()), reference, shown


def _explain(found: xr.Dataset, voice: Voice, differ: bool) -> None:
    attrs = found.attrs
    failed, members = int(found.failed.sum()), int(attrs["finished"])
    voice.result("counted", members=f"{members:,}", design=attrs["design"], failed=f"{failed:,}")
    if attrs["unfinished"]:
        voice.result("not_run", unfinished=f"{attrs['unfinished']:,}")
    special = {"given": "error_given", "saltelli": "error_saltelli"}
    voice.result(special.get(attrs["design"], f"error_{attrs['error']}"), draws=f"{attrs['draws']:,}")
    certain = any(
        each in (0, 1) for each in (*found.probability.values.flat, *found.joint_probability.values)
    )
    if certain and attrs["error"] != "grid":
        voice.result("bounded")
    if differ:
        voice.result("paired")
