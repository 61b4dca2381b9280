"""The lines beside a verdict: as records for machines, and as sentences for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simcounty.presentation.messages import Language
from simcounty.presentation.printing import Voice, decimals, say
from simcounty.presentation.validation import finite
from simcounty.units import in_chinese

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.conditions.constraints import Line
    from simcounty.scenario import Scenario

Record = Mapping[str, Any]


def records(lines: Iterable[Line], scenario: Scenario, runs: xr.Dataset) -> list[Record]:
    """Return what `run --json` prints of lines; the first run is the baseline, the last the plan.

    A line none of whose years the runs hold has no worst, and is neither kept nor broken.
    """
    return [_record(line, scenario, runs) for line in lines]


def _record(line: Line, scenario: Scenario, runs: xr.Dataset) -> Record:
    from simcounty.conditions.constraints import nearest

    stands = nearest(line, runs)
    plan, baseline = (stands[-1], stands[0]) if stands else (None, None)
    element = scenario.model.graph.elements[plan.key if plan else line.predicate.keys[0]]
    return {
        "name": line.name,
        "name_label": line.label,
        "variable": element.key,
        "label": element.label,
        "unit": line.predicate.unit,
        "bound": [finite(line.predicate.band.low), finite(line.predicate.band.high)],
        "worst": plan and finite(plan.value),
        "year": plan and plan.year,
        "kept": plan and plan.kept,
        "baseline_kept": baseline and baseline.kept,
    }


def show(found: Sequence[Record], voice: Voice) -> None:
    """Print a sentence for each line."""
    for each in found:
        say(_sentence(each, voice))


def _sentence(line: Record, voice: Voice) -> str:
    low, high = line["bound"]
    digits = decimals(low if low is not None else high or 0.0)
    about = {"line": _name(line, voice), "label": line["label"], "bound": bound(low, high)}
    if line["kept"] is None:
        return voice.word("line_unseen", **about)
    unit = in_chinese(line["unit"])
    worst = "–" if line["worst"] is None else f"{line['worst']:,.{digits}f}"
    stand, baseline = (voice.word(_STANDS[line[key]]) for key in ("kept", "baseline_kept"))
    told = {"worst": f"{worst} {unit}".strip(), "year": line["year"], "stand": stand, "baseline": baseline}
    return voice.word("line", **about, **told)


def _name(line: Record, voice: Voice) -> str:
    """Return what a line is called; in Chinese where the check file says it."""
    return str(line["name_label"] if voice.language is Language.zh and line["name_label"] else line["name"])


_STANDS = {True: "line_kept", False: "line_broken"}


def bound(low: float | None, high: float | None) -> str:
    """Write what a line asks."""
    if low is None and high is None:
        return "–"
    if low is not None and high is not None:
        return f"{low:,.6g} … {high:,.6g}"
    return f"≥ {low:,.6g}" if low is not None else f"≤ {high:,.6g}"
