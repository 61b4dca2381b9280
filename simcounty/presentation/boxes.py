"""Where targets are missed: as records for machines, and as sentences for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simcounty.presentation.formatting import finite
from simcounty.presentation.messages import Language
from simcounty.presentation.probabilities import cells, year_of
from simcounty.presentation.terminal import Terminal, say
from simcounty.units import as_percentage, in_chinese

if TYPE_CHECKING:
    import xarray as xr


def find(futures: xr.Dataset, indices: xr.Dataset, whole: bool) -> list[xr.Dataset]:
    """Find the boxes of every target of the first scenario that has any, and of all of them as one."""
    from simcounty.sensitivity_analysis.scenario_discovery import discover_scenarios

    asked = list(cells(indices))
    scenario = str(asked[0].scenario.item())
    own = [cell for cell in asked if cell.scenario.item() == scenario]
    found = [
        discover_scenarios(futures, str(cell.target.item()), scenario).assign_attrs(
            label=f"{cell.label.item()} {year_of(cell)}"
        )
        for cell in own
    ]
    return found + ([discover_scenarios(futures, None, scenario)] if whole and len(own) > 1 else [])


def record(found: xr.Dataset) -> dict[str, Any]:
    """Return what `sensitivity --boxes --json` prints of a target, or of all (name null)."""
    attrs = found.attrs
    return {
        "scenario": attrs["scenario"],
        "name": attrs["target"] or None,
        "found": attrs["found"],
        "misses": attrs["misses"],
        "counted": attrs["counted"],
        "boxes": [_box(found.isel(box=i)) for i in range(found.sizes["box"])],
    }


def _box(box: xr.Dataset) -> dict[str, Any]:
    ends = {
        str(key): [float(box.low.sel(input=key)), float(box.high.sel(input=key))] for key in box.input.values
    }
    limits = {key: [finite(low), finite(high)] for key, (low, high) in ends.items()}
    return {
        "limits": {key: pair for key, pair in limits.items() if pair != [None, None]},
        "coverage": float(box.coverage),
        "density": float(box.density),
        "members": int(box.members),
    }


def tell(found: list[xr.Dataset], terminal: Terminal) -> None:
    """Print a sentence for each box, or why there is none."""
    if found:
        say("")
    for each in found:
        name = each.attrs.get("label") or terminal.word("plan_missed")
        target = (
            f"{name} ({each.attrs['scenario']})"
            if terminal.language is Language.en
            else f"{name}（{each.attrs['scenario']}）"
        )
        counts = {"misses": f"{each.attrs['misses']:,}", "counted": f"{each.attrs['counted']:,}"}
        if each.attrs["found"] != "regions":
            terminal.result(f"boxes_{each.attrs['found']}", target=target, **counts)
        for place in range(each.sizes["box"]):
            form = "box_further" if place else "box"
            say(_sentence(form, each.isel(box=place), target, terminal))
    if found and found[0].attrs["design"] in ("morris", "factorial"):
        terminal.result("boxes_grid")


def _sentence(form: str, box: xr.Dataset, target: str, terminal: Terminal) -> str:
    limits = [_limit(box.sel(input=key), terminal) for key in box.input.values]
    return terminal.word(
        form,
        limits=terminal.word("and").join(filter(None, limits)),
        density=f"{100 * float(box.density):.3g}",
        coverage=f"{100 * float(box.coverage):.3g}",
        target=target,
    )


def _limit(own: xr.Dataset, terminal: Terminal) -> str:
    """Write the limits of an input; nothing where it is free."""
    factor, unit = as_percentage(1.0, str(own.input_unit.item()))
    low, high = factor * float(own.low), factor * float(own.high)
    bounded = (math.isfinite(low), math.isfinite(high))
    form = {(True, True): "between", (True, False): "above", (False, True): "below"}.get(bounded)
    if form is None:
        return ""
    name = own.input_label if terminal.language is Language.zh else own.input
    written = in_chinese(unit) if terminal.language is Language.zh else unit.replace("Dmnl", "")
    ends = {"low": f"{low:.3g}", "high": f"{high:.3g}"}
    form = "exactly" if ends["low"] == ends["high"] else form
    return terminal.word(form, input=str(name.item()), unit=written, **ends).strip()
