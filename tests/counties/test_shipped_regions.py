"""The regions that are shipped: 陕西's counties, added up without making people."""

from __future__ import annotations

import pytest

from simcounty import catalog
from simcounty.counties.region import Region, load_region
from simcounty.counties.region_run import RegionRun, run_region


@pytest.fixture(scope="module")
def shaanxi() -> Region:
    return load_region("shaanxi/plan-2025")


@pytest.fixture(scope="module")
def found(shaanxi: Region) -> RegionRun:
    return run_region(shaanxi)


@pytest.mark.parametrize("name", catalog.names(catalog.REGION))
def test_every_shipped_region_loads(name: str) -> None:
    assert load_region(name).name == name


def test_the_provinces_counties_are_the_76_of_its_document(shaanxi: Region) -> None:
    codes = [each.county.code for each in shaanxi.scenarios]
    assert len(codes) == len(set(codes)) == 76
    assert "610528" in codes  # 富平
    assert "610322" not in codes  # 凤翔, a district since 2021


def test_the_counties_start_from_the_census(shaanxi: Region, found: RegionRun) -> None:
    people = found.plan.run.total_population.isel(time=0)
    assert float(people.sum()) == pytest.approx(18_641_285, abs=5)
    assert float(
        people.isel(scenario=[e.county.code for e in shaanxi.scenarios].index("610528"))
    ) == pytest.approx(642_452, abs=1)


def test_adding_the_counties_up_makes_no_people(found: RegionRun) -> None:
    for each in (found.baseline, found.plan):
        assert float(each.run.cumulative_net_migration.sel(time=2025).sum()) == pytest.approx(
            -578_000, abs=50
        )


def test_every_numbered_target_of_the_province_is_judged(shaanxi: Region, found: RegionRun) -> None:
    judged = {target.name for target in shaanxi.targets}
    assert {
        "county-gdp-2025",
        "growth-premium-2025",
        "large-counties-2025",
        "platform-financing-2022",
    } <= judged
    assert found.verdict.value.notnull().all()
    wanted = {target.name for target in shaanxi.all_targets if target.kind == "model outcome"}
    assert wanted - judged == {"rated-platforms-2022"}  # the document gives no number for it


def test_sums_and_counts_are_those_of_the_counties(found: RegionRun) -> None:
    total = found.plan.run.cumulative_gdp
    of_2025 = total.sel(time=2025) - total.sel(time=2024)
    plan = found.verdict.value.sel(scenario="plan")
    assert float(plan.sel(target="county-gdp-2025")) == pytest.approx(float(of_2025.sum()))
    assert float(plan.sel(target="large-counties-2025")) == int((of_2025 > 200).sum())
