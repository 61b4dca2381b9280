"""Verdicts on the targets of a scenario: as records for machines, and as a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from simcounty import catalog
from simcounty.errors import ChecksFailed
from simcounty.presentation import lines
from simcounty.presentation.printing import Voice, decimals, print_json
from simcounty.presentation.validation import finite
from simcounty.units import in_chinese, spoken

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import County, Scenario, Target

COLUMNS = ("target", "year", "baseline", "plan", "goal", "margin", "verdict", "unit", "clause", "assumes")
NUMBERS = ("baseline", "plan", "goal", "margin")
SIGNS = {">=": "≥", "<=": "≤", "~": "≈"}

Record = Mapping[str, Any]


def report(scenario: Scenario, verdict: xr.Dataset) -> dict[str, Any]:
    """Return what `run --json` prints; the first run of the verdict is the baseline, the last the plan."""
    from simcounty.counties.provenance import left_to_model

    values = scenario.county.values
    left = left_to_model(scenario.county, scenario.model, scenario.constants) if values else ()
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "county": scenario.county.name,
        "county_title": scenario.county.title,
        "county_file": _findable(scenario.county),
        "model": scenario.model.path.name,
        "targets": [record(scenario, verdict, target) for target in scenario.targets],
        "inputs": {
            "sourced": sum(bool(each.source) for each in values),
            "imputed": sum(bool(each.imputed) for each in values),
            "assumptions": sum(bool(each.assumption) for each in values),
            "left_to_model": list(left),
        },
    }


def _findable(county: County) -> str:
    """Return what other commands find a county by: a shipped one's name, else its file."""
    shipped_one = catalog.names(catalog.COUNTY).get(county.name)
    return county.name if shipped_one and shipped_one == county.path else str(county.path or "")


def record(scenario: Scenario, verdict: xr.Dataset, target: Target) -> Record:
    """Return what is said of a target; the first run of the verdict is the baseline, the last the plan."""
    found = verdict.sel(target=target.name)
    plan = found.isel(scenario=-1)
    return {
        "name": target.name,
        "label": target.label,
        "variable": target.variable,
        "year": target.year,
        "operator": target.operator,
        "goal": finite(target.goal),
        "unit": target.unit,
        "clause": target.clause,
        "document": target.document,
        "baseline": float(found.value.isel(scenario=0)),
        "value": float(plan.value),
        "margin": float(plan.margin),
        "met": bool(plan.met),
        "assumes": {key: _constant(scenario, key) for key in target.assumes},
    }


def _constant(scenario: Scenario, key: str) -> Record:
    constant = scenario.model.constants[key]
    return {"label": constant.label, "value": constant.value, "unit": constant.unit}


def tell(told: Mapping[str, Any], voice: Voice, as_json: bool) -> None:
    """Print a report: for machines, or the table and what the county's numbers rest on."""
    if as_json:
        print_json(told)
        return
    show(told["targets"], voice)
    lines.show(told.get("lines", ()), voice)
    counts = told["inputs"]
    name = "inputs_imputed" if counts["imputed"] else "inputs"
    voice.result(name, sourced=counts["sourced"], imputed=counts["imputed"], assumed=counts["assumptions"])
    left = len(counts["left_to_model"])
    if left:
        voice.result("inputs_left", count=left, model=told["model"], county=told["county_file"])


def insist(told: Mapping[str, Any], voice: Voice) -> None:
    """Raise ChecksFailed if a report says that a target is missed or a line is broken."""
    targets, drawn = told["targets"], told.get("lines", ())
    missed = sum(not record["met"] for record in targets)
    broken = sum(record["kept"] is False for record in drawn)
    said = [voice.word("missed_strict", missed=missed, all=len(targets))] if missed else []
    said += [voice.word("broken_strict", broken=broken, all=len(drawn))] if broken else []
    if said:
        raise ChecksFailed(" ".join(said))


def show(records: Sequence[Record], voice: Voice) -> None:
    """Print the table of verdicts."""
    if not records:
        voice.result("no_targets")
        return
    used = any(record["assumes"] for record in records)
    columns = COLUMNS if used else COLUMNS[:-1]
    voice.table(columns, (_row(record, voice)[: len(columns)] for record in records), right=NUMBERS)


def _row(record: Record, voice: Voice) -> tuple[str, ...]:
    goal = record["goal"]
    digits = decimals(goal if goal is not None else record["value"])
    return (
        record["label"],
        str(record["year"] or "–"),
        f"{record['baseline']:,.{digits}f}",
        f"{record['value']:,.{digits}f}",
        asked_of(record["operator"], goal, voice),
        signed(record["margin"], digits),
        voice.word("met" if record["met"] else "missed"),
        in_chinese(record["unit"]) or "–",
        record["clause"],
        "; ".join(map(_assumed, record["assumes"].values())),
    )


def asked_of(operator: str, goal: float | None, voice: Voice) -> str:
    """Write an operator and its number; a value that is asked to decrease has none."""
    if goal is None:
        return voice.word("decreasing" if operator == "decreasing" else "no_number")
    return f"{SIGNS.get(operator, operator)} {goal:,.6g}"


def _assumed(constant: Record) -> str:
    """Write an assumption."""
    value, unit = spoken(constant["value"], constant["unit"])
    return f"{constant['label']} {value:g} {in_chinese(unit)}".rstrip()


def signed(margin: float, digits: int) -> str:
    """Show a margin with its sign, and never as a nought that it is not."""
    shown = f"{margin:+,.{digits}f}"
    return f"{margin:+.1g}" if margin and not float(shown.replace(",", "")) else shown
