"""Write what is known of provinces into scenarios/census/regions.csv and observed_gdp.csv, from the panel.

    python docs/pack_regions.py

GDP, budget and debt are the panel's figures. No value added of provinces by sector is at hand that may be
shipped, so it is made of what their counties publish (`by_sector`). The columns written are those of
`written`, `rest_of` and `of_province`; all others stay as they are, and so does a decline of farm jobs that
stands there: calibrations rest on those of 浙江 and 陕西.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from math import log
from pathlib import Path

from simcounty import catalog, load_model
from simcounty.accounts.census import DISTRICT
from simcounty.accounts.panel import NATION, Panel, shipped
from simcounty.atomic import atomic_write

CENSUS = catalog.home() / "scenarios/census"
YEAR, EARLIER, OF_COUNTIES = 2020, 2015, 2023
SECTORS = ("primary", "secondary", "tertiary")
WORKERS = ("farming", "mining_and_utilities", "manufacturing", "building", "serving")
BUDGET = {"budget_revenue": "budget_revenue_general", "budget_expenditure": "budget_expenditure_general"}
DEBT = ("gov_debt_balance_general", "gov_debt_balance_special")
YOUNG = ("age_0_4", "age_5_9", "age_10_14")
SOURCE = (
    "GDP: NBS, series revised after the fifth economic census; revenue and debt: CELMA; expenditure: NBS "
    "(scenarios/panel); sectors and farm_jobs_decline: docs/pack_regions.py"
)
CONFIDENCE = "official figures; sectors derived"
REST = "GDP of the province, brought to what was first published, less its prefectures that publish it"
Row = Mapping[str, str]


def main() -> None:
    path, panel = CENSUS / "regions.csv", shipped()
    regions, later, earlier = _rows(path), _rows(CENSUS / "2020.csv"), _rows(CENSUS / "2010.csv")
    made = {
        row["code"]: written(row, panel, _of(row, later), _of(row, earlier))
        for row in regions
        if row["code"].endswith("0000")
    }
    regions = [row | made.get(row["code"], {}) for row in regions]
    _write(path, [row | (rest_of(row, regions, panel) if "rest" in row["code"] else {}) for row in regions])
    observed = CENSUS / "observed_gdp.csv"
    _write(observed, [row | of_province(row, panel) for row in _rows(observed)])


def of_province(county: Row, panel: Panel) -> dict[str, str]:
    """Return the GDP of the province of a county, of its year and of 2020."""
    years = panel.years(f"{county['code'][:2]}0000", "gdp")
    return {"province_gdp": _text(years[int(county["year"])]), "province_gdp_2020": _text(years[YEAR])}


def written(region: Row, panel: Panel, later: Sequence[Row], earlier: Sequence[Row]) -> dict[str, str]:
    """Return the columns of a province that are written."""
    code = region["code"]
    gdp = panel.years(code, "gdp")
    sectors = by_sector(region, panel, later, gdp[YEAR])
    decline = farm_jobs_decline(earlier, {unit["code"]: unit for unit in later})
    return {
        **{f"gdp_by_sector[{sector}]": _text(value) for sector, value in sectors.items()},
        "gdp": _text(gdp[YEAR]),
        "gdp_2015": _text(gdp[EARLIER]),
        **{column: _text(panel.years(code, name)[YEAR]) for column, name in BUDGET.items()},
        "government_debt": _text(sum(panel.years(code, name)[YEAR] for name in DEBT)),
        "budget_gdp": _text(gdp[YEAR]),
        "budget_residents": region["residents"],
        "farm_jobs_decline": region["farm_jobs_decline"] or (f"{decline:.4f}" if decline else ""),
        "source": SOURCE,
        "confidence": CONFIDENCE,
    }


def by_sector(region: Row, panel: Panel, units: Sequence[Row], gdp: float) -> dict[str, float]:
    """Return the value added of a province by sector, which adds up to its GDP.

    Counties have what they published for 2023, brought to 2020 as the nation's went by sector. Farming of
    the other units has the counties' value added per job; what is left of the GDP is shared between their
    industry and services by jobs and the nation's value added per job. Without counties all is.
    """
    everyone, national = work(region, "jobs"), national_value_per_work()
    counties = [unit for unit in units if _published(panel, unit["code"])]
    own = {sector: sum(_brought(panel, unit["code"], sector) for unit in counties) for sector in SECTORS}
    theirs = {sector: sum(work(_jobs(unit), "jobs")[sector] for unit in counties) for sector in SECTORS}
    if not counties:
        expected = {sector: everyone[sector] * national[sector] for sector in SECTORS}
        primary, secondary = (gdp * expected[s] / sum(expected.values()) for s in SECTORS[:2])
    else:
        primary = own["primary"] / theirs["primary"] * everyone["primary"]
        others = {s: max(everyone[s] - theirs[s], 0.0) * national[s] for s in SECTORS[1:]}
        left = gdp - primary - own["secondary"] - own["tertiary"]
        secondary = own["secondary"] + left * others["secondary"] / sum(others.values())
    primary, secondary, gdp = round(primary, 2), round(secondary, 2), round(gdp, 2)
    return dict(zip(SECTORS, (primary, secondary, gdp - primary - secondary), strict=True))


def work(row: Mapping[str, str | float], name: str) -> dict[str, float]:
    """Return jobs by sector, those of the secondary sector in units of jobs in manufacturing."""
    jobs = {worker: float(row[f"{name}[{worker}]"]) for worker in WORKERS}
    value = national_value_per_job()
    weights = {worker: value[worker] / value["manufacturing"] for worker in WORKERS[1:4]}
    industry = sum(weights[worker] * jobs[worker] for worker in weights)
    return dict(zip(SECTORS, (jobs["farming"], industry, jobs["serving"]), strict=True))


def national_value_per_job() -> dict[str, float]:
    """Return the nation's value added per job in the long form, by where people work, as the rule has it."""
    constants = load_model(catalog.find(catalog.MODEL, "start")).constants
    return {
        worker: constants[f"national_value_added[{worker}]"].value
        / constants[f"national_workers[{worker}]"].value
        for worker in WORKERS
    }


def national_value_per_work() -> dict[str, float]:
    value = national_value_per_job()
    return dict(zip(SECTORS, (value[each] for each in ("farming", "manufacturing", "serving")), strict=True))


def farm_jobs_decline(earlier: Sequence[Row], later: Mapping[str, Row]) -> float | None:
    """Return the yearly fall of the logarithm of the share of farming in jobs, 2010 to 2020, or None.

    Of the counties and county-level cities of 2010 whose area is the same in 2020, weighted by residents.
    """
    counties = [row for row in earlier if row["code_2020"] and not DISTRICT.search(row["code_2010"])]
    if not counties:
        return None
    first = _mean([(int(row["residents"]), float(row["share_of_workers_primary"])) for row in counties])
    last = _mean(
        [(int(row["residents"]), _farming(row)) for row in (later[c["code_2020"]] for c in counties)]
    )
    return log(first / last) / (YEAR - 2010)


def rest_of(region: Row, regions: Sequence[Row], panel: Panel) -> dict[str, str]:
    """Return the GDP of what a province has beside its prefectures with a figure.

    Prefectures' figures are as first published, the province's revised: it is brought back as the nation's.
    """
    code = region["code"].removesuffix("-rest")
    first = panel.years(NATION, "gdp_first_published")[YEAR] / panel.years(NATION, "gdp")[YEAR]
    listed = [
        float(each["gdp"])
        for each in regions
        if each["code"][:2] == code[:2] and each["code"].isdecimal() and not each["code"].endswith("0000")
    ]
    rest = first * panel.years(code, "gdp")[YEAR] - sum(listed)
    return {"gdp": _text(rest), "source": f"{REST}; everything else of the province"}


def _published(panel: Panel, code: str) -> bool:
    return all(OF_COUNTIES in panel.years(code, f"gdp_{sector}") for sector in SECTORS)


def _brought(panel: Panel, code: str, sector: str) -> float:
    nation = panel.years(NATION, f"gdp_{sector}")
    return panel.years(code, f"gdp_{sector}")[OF_COUNTIES] * nation[YEAR] / nation[OF_COUNTIES]


def _jobs(unit: Row) -> dict[str, float]:
    aged = int(unit["residents"]) - sum(int(unit[f"residents[{age}]"]) for age in YOUNG)
    rate = aged / int(unit["sample_aged_15_plus"])
    return {f"jobs[{worker}]": rate * int(unit[f"sample_workers[{worker}]"]) for worker in WORKERS}


def _farming(unit: Row) -> float:
    jobs = [int(unit[f"sample_workers[{worker}]"]) for worker in WORKERS]
    return jobs[0] / sum(jobs)


def _mean(weighted: Sequence[tuple[float, float]]) -> float:
    return sum(weight * value for weight, value in weighted) / sum(weight for weight, _ in weighted)


def _of(region: Row, units: Sequence[Row]) -> list[Row]:
    return [row for row in units if (row.get("code") or row["code_2010"])[:2] == region["code"][:2]]


def _text(value: float) -> str:
    return f"{round(value, 2):.10g}"


def _write(path: Path, rows: Sequence[Row]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with atomic_write(path) as part:
        part.write_text(text.getvalue(), encoding="utf-8", newline="")


def _rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
