"""Plans that are shipped: what a header says a run gives is what it gives, and nothing was bent for it."""

from __future__ import annotations

import re

import pytest
import xarray as xr

from simcounty import catalog
from simcounty.counties.region import load_region
from simcounty.counties.region_run import run_region
from simcounty.judgement import judge
from simcounty.scenario import Scenario, Span, load
from simcounty.simulation import simulate

PLAN = re.compile(r".*/plan-\d{4}|archetypes/.*-central-2022")
PLANS = [name for name in catalog.names(catalog.SCENARIO) if PLAN.fullmatch(name)]
REGIONS = [name for name in catalog.names(catalog.REGION) if PLAN.fullmatch(name)]
LINE = re.compile(r"^#   (\S+)(?: \((\d{4})\))? +(-?[\d.]+)  (met|missed)$", re.MULTILINE)
"""`#   gdp-2027   600.1  met`; a target without a year may also be told for the end of one, in brackets."""


def header_of(path_text: str) -> str:
    return path_text.partition("\ntitle")[0]


def told_of(kind: catalog.FileKind, name: str, year: str = "") -> list[tuple[str, str, str]]:
    """What the header of a plan says of each target at the end of the run, or of a year."""
    found = LINE.findall(header_of(catalog.find(kind, name).read_text("utf-8")))
    return [(target, value, word) for target, at, value, word in found if at == year]


def insist(told: list[tuple[str, str, str]], verdict: xr.Dataset) -> None:
    assert [target for target, _, _ in told] == verdict["target"].to_numpy().tolist()
    for target, value, word in told:
        given = verdict.sel(target=target)
        digits = len(value.partition(".")[2])
        assert f"{float(given.value):.{digits}f}" == value, target
        assert word == ("met" if given.met else "missed"), target


def judged(plan: Scenario) -> xr.Dataset:
    return judge(simulate(plan), plan.targets)


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_gives_the_verdicts_that_its_header_prints(name: str) -> None:
    insist(told_of(catalog.SCENARIO, name), judged(load(name)))


@pytest.mark.parametrize("name", REGIONS)
def test_counties_together_give_the_verdicts_that_their_header_prints(name: str) -> None:
    verdict = run_region(load_region(name)).verdict.sel(scenario="plan")
    insist(told_of(catalog.REGION, name), verdict)


@pytest.mark.parametrize("name", [name for name in PLANS if name.endswith("plan-2025")])
def test_a_target_without_a_year_is_also_told_for_the_end_of_2025(name: str) -> None:
    plan = load(name)
    assert [target.year for target in plan.targets] == [None]
    insist(told_of(catalog.SCENARIO, name, "2025"), judged(plan.over(Span(2020, 2025))))


def baseline_of(name: str) -> str:
    return (
        name.removesuffix("-central-2022") if "archetypes" in name else name.partition("/")[0] + "/baseline"
    )


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_sets_open_levers_within_their_ranges_and_no_constant(name: str) -> None:
    plan, baseline = load(name), load(baseline_of(name))
    assert plan.constants == {}
    assert plan.model == baseline.model
    for key, setting in plan.levers.items():
        assert all(plan.limits(key).hold(value) for value in setting.values), key
        clause = plan.clause_levers[key]
        if clause.setting is None:
            assert setting.solved, key
            assert setting.default == setting.values[0] == plan.model.constants[key].value, key
            assert setting.times == (clause.first_day, clause.full_effect), key


def test_without_the_plan_fuping_and_qishan_miss_what_their_plans_were_solved_for() -> None:
    for name, known in {"fuping": 30.34, "qishan": 35.49}.items():
        plan = load(f"{name}/plan-2025")
        run = simulate(plan.baseline.over(Span(2020, 2025)))
        verdict = judge(run, plan.targets)
        assert float(verdict.value[0]) == pytest.approx(known, abs=0.05)
        assert not verdict.met.any()


def test_where_the_target_is_met_without_a_plan_nothing_is_set() -> None:
    for name in ("sanyuan", "wugong"):
        plan = load(f"{name}/plan-2025")
        assert plan.levers == {}
        assert bool(judged(plan).met.all())


def test_opening_settlement_alone_moves_services_and_incomes_of_no_type_by_more_than_a_hair() -> None:
    """Of the Opinions' clauses only openness is fixed; it settles people who live there already."""
    for name in (name for name in PLANS if "archetypes" in name):
        plan = load(name)
        verdict = judge(simulate([plan.baseline, plan]), plan.targets)
        moved = abs(verdict.value.isel(scenario=1) - verdict.value.isel(scenario=0))
        assert list(plan.levers) == ["hukou_openness"]
        assert float(moved.sel(target="services-match-residents-2025")) < 0.001
        assert float(moved.sel(target="income-gap-to-metropolis")) < 0.005
