"""The policy files against our own list of what five documents ask: 102 numbers and 42 levers.

`targets.csv` has one row a number. `levers.csv` has one row a lever and names, document by document, the
clause it stands below and then further clauses that bear on it, which its note names.
"""

from __future__ import annotations

import csv
import dataclasses
import itertools
import math
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from simcounty import catalog
from simcounty.errors import ScenarioError
from simcounty.judgement import judge
from simcounty.model import Model
from simcounty.scenario import Lever, Policy, Target, binding, load, load_policy

HERE = Path(__file__).parent
DOCUMENTS = ("hangzhou-2023", "shaanxi-2022", "central-2022", "central-2022-excerpt", "shaanxi-tasks-2022")
OF_ONE_CITY = "hangzhou-2023"  # its ranges are meant for the three counties it names
NO_CLAUSE = {"debt_swap", "quota_sale", "quota_purchase", "homestead_release"}
"""Levers that no document speaks of as such: swaps, trade in quota, homesteads of those who left for good."""
OUTSIDE_THE_GROUP = {"zone_extension", "lending_stance", "rescue_share"}
SIZES = {"person/year", "mu/year", "YiYuan/year"}  # as large as the county they are for


def _listed(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


TARGETS = _listed("targets.csv")
LEVERS = _listed("levers.csv")


@pytest.fixture(scope="module")
def policies(county: Model) -> dict[str, Policy]:
    return {name: load_policy(name, county) for name in DOCUMENTS}


def _raw(name: str) -> dict[str, object]:
    return tomllib.loads(catalog.find(catalog.POLICY, name).read_text("utf-8"))


def _of(policies: dict[str, Policy], document: str, name: str, scope: str) -> tuple[str, Target]:
    found = [
        (clause.number, target)
        for clause in policies[document].clauses
        for target in clause.targets
        if (target.name, target.scope) == (name, scope)
    ]
    assert len(found) == 1, (document, name, scope)
    return found[0]


def _levers(policies: dict[str, Policy]) -> Iterator[tuple[str, str, Lever]]:
    for document, policy in policies.items():
        for clause in policy.clauses:
            yield from ((document, clause.number, lever) for lever in clause.levers)


def test_every_document_that_is_shipped_is_on_the_list() -> None:
    assert {name.rpartition("/")[2] for name in catalog.names(catalog.POLICY)} == set(DOCUMENTS)


def test_five_documents_ask_for_102_numbers_and_the_excerpt_for_none_of_its_own() -> None:
    assert Counter(row["document"] for row in TARGETS) == {
        "hangzhou-2023": 35,
        "shaanxi-2022": 45,
        "shaanxi-tasks-2022": 17,
        "central-2022": 5,
    }


def test_no_number_is_missing_from_the_files_and_none_is_extra(policies: dict[str, Policy]) -> None:
    listed = [(row["document"], row["clause"], row["scope"], row["name"]) for row in TARGETS]
    standing = [
        (document, clause.number, target.scope, target.name)
        for document, policy in policies.items()
        for clause in policy.clauses
        for target in clause.targets
    ]
    assert len(set(listed)) == len(listed) == 102
    assert sorted(standing) == sorted(listed)


@pytest.mark.parametrize("row", TARGETS, ids=lambda row: f"{row['document']}-{row['name']}-{row['scope']}")
def test_a_target_asks_what_its_document_asks(row: dict[str, str], policies: dict[str, Policy]) -> None:
    clause, target = _of(policies, row["document"], row["name"], row["scope"])
    goal = [float(number) for number in row["goal"].split("–") if number]
    given = [number for number in (target.goal, target.up_to) if number is not None and math.isfinite(number)]
    assert clause == row["clause"]
    assert given == goal
    assert (target.operator, target.kind) == (row["operator"], row["kind"])
    assert target.year == (int(row["deadline"]) if row["deadline"] else None)
    assert target.unit == row["unit"] or (not row["unit"] and target.unit == "Dmnl")
    assert target.label != target.name, "it has a Chinese wording"


def test_a_name_ends_in_its_deadline(policies: dict[str, Policy]) -> None:
    for policy in policies.values():
        for target in policy.targets:
            assert target.name.isascii()
            assert target.name[-5:] == f"-{target.year}" or (
                target.year is None and not target.name[-4:].isdigit()
            ), target.name


def test_every_model_outcome_is_one_variable_of_the_model(policies: dict[str, Policy], county: Model) -> None:
    outcomes = [
        target for policy in policies.values() for target in policy.targets if target.kind == "model outcome"
    ]
    assert len(outcomes) == 28
    for target in outcomes:
        assert binding.element_of(county, target.variable).key == target.variable
        assert target.measure == "at" or county.accumulator(target.variable)


def test_a_lever_that_a_document_sets_a_goal_for_is_read_from_the_model_too(
    policies: dict[str, Policy],
) -> None:
    settings = [
        each for policy in policies.values() for each in policy.targets if each.kind == "lever setting"
    ]
    assert len(settings) == 5
    assert all(target.variable for target in settings)


def test_what_people_track_names_no_variable(policies: dict[str, Policy]) -> None:
    for policy in policies.values():
        for target in policy.targets:
            assert bool(target.variable) == (target.kind in ("model outcome", "lever setting")), target.name


def test_forty_two_levers_are_listed_and_each_is_a_constant_of_the_model(county: Model) -> None:
    assert len(LEVERS) == 42
    keys = Counter(row["name"] for row in LEVERS)
    assert [key for key, times in keys.items() if times > 1] == ["platform_investment_plan"]  # two became one
    groups = {key: county.constants[key].about.group for key in keys}
    assert {key for key, group in groups.items() if not group.endswith("levers")} == OUTSIDE_THE_GROUP


def test_every_lever_of_the_model_but_four_is_below_a_clause(county: Model) -> None:
    all_levers = {key for key, each in county.constants.items() if each.about.group.endswith("levers")}
    assert all_levers - {row["name"] for row in LEVERS} == NO_CLAUSE


@pytest.mark.parametrize("row", LEVERS, ids=lambda row: row["label"])
def test_a_lever_stands_below_its_clause_in_every_document(
    row: dict[str, str], policies: dict[str, Policy]
) -> None:
    """A measurement option may stand below its clause as what a target's verdict turns on."""
    for document, clause, *others in (part.split() for part in row["clauses"].split("; ")):
        clauses = {each.number: each for each in policies[document].clauses}
        below = clauses[clause]
        levers = [lever for lever in below.levers if lever.key == row["name"]]
        turned_on = any(row["name"] in target.assumes for target in below.targets)
        assert levers or (row["name"] == "zone_extension" and turned_on), (document, clause)
        for other in others:
            assert other in clauses, (document, other)
            assert other in levers[0].note, (document, other)


def test_a_lever_stands_once_in_a_document(policies: dict[str, Policy]) -> None:
    for policy in policies.values():
        keys = [lever.key for lever in policy.levers]
        assert len(set(keys)) == len(keys)


def test_a_clause_that_bounds_a_lever_begins_or_ends_at_what_is_done_without_it(
    policies: dict[str, Policy], county: Model
) -> None:
    bounded = [lever for *_, lever in _levers(policies) if lever.limits.given_by != str(county.path)]
    assert bounded
    for lever in bounded:
        now = county.constants[lever.key].value
        assert lever.more or now in (lever.limits.low, lever.limits.high), lever.key


def test_a_document_for_many_counties_bounds_no_lever_that_grows_with_the_county(
    policies: dict[str, Policy], county: Model
) -> None:
    sized = [
        (document, lever)
        for document, _, lever in _levers(policies)
        if document != OF_ONE_CITY and county.constants[lever.key].unit in SIZES
    ]
    assert sized
    for document, lever in sized:
        assert lever.limits.given_by == str(county.path), (document, lever.key)


def test_the_excerpt_prints_clauses_and_levers_of_the_opinions_and_no_target(
    policies: dict[str, Policy],
) -> None:
    excerpt, opinions = policies["central-2022-excerpt"], policies["central-2022"]
    assert not list(excerpt.targets)
    assert {clause.number for clause in excerpt.clauses} <= {clause.number for clause in opinions.clauses}
    whole = {lever.key: lever for lever in opinions.levers}
    for lever in excerpt.levers:
        same = whole[lever.key]
        assert (lever.setting, lever.full_effect) == (same.setting, same.full_effect)
        assert (lever.limits.low, lever.limits.high) == (same.limits.low, same.limits.high)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_file_says_that_its_dates_of_effect_are_assumed(name: str) -> None:
    head, _, _ = catalog.find(catalog.POLICY, name).read_text("utf-8").partition("\ntitle")
    assert "full_effect` is an assumption" in head.replace("\n# ", " ") or "assumptions included" in head
    assert "assumption: " in str(_raw(name)["note"])


def test_nobody_can_say_whether_a_goal_without_a_number_is_met(policies: dict[str, Policy]) -> None:
    without = {
        target.name
        for policy in policies.values()
        for target in policy.targets
        if target.variable and not target.is_judged
    }
    assert without == {"rated-platforms-2022"}  # the national average, which the document does not give


def _counties(**series: list[float]) -> xr.Dataset:
    """Two counties at the end of 2025 and 2022, where every variable is the same."""
    years = [2020.0, 2021.0, 2022.0, 2024.0, 2025.0]
    units = {
        "waste_rate": "Dmnl",
        "platform_debt_index": "Dmnl",
        "gdp": "YiYuan/year",
        "cumulative_gdp": "YiYuan",
    }
    held = {
        key: (("scenario", "time"), np.outer(values, np.ones(len(years))), {"units": units.get(key, "")})
        for key, values in series.items()
    }
    return xr.Dataset(held, coords={"scenario": ["a", "b"], "time": years})


def test_the_rate_of_the_province_is_what_all_counties_treat_over_what_they_must(
    policies: dict[str, Policy],
) -> None:
    _, target = _of(policies, "shaanxi-2022", "waste-treatment-2025", "陕西省")
    run = _counties(waste_rate=[1.0, 0.9])
    need = xr.DataArray([[1.0] * 5, [3.0] * 5], dims=("scenario", "time"), coords=run.coords)
    run["service_need"] = need.expand_dims(service=["waste"])
    verdict = judge(run, [target]).squeeze()
    assert float(verdict.value) == pytest.approx(100 * (1 * 1.0 + 3 * 0.9) / (1 + 3))  # 92.5 %
    assert not verdict.met


def test_platforms_of_the_province_double_when_the_sum_of_their_debt_does(
    policies: dict[str, Policy],
) -> None:
    _, target = _of(policies, "shaanxi-2022", "platform-financing-2022", "陕西省")
    run = _counties(platform_debt_index=[4.0, 4 / 3], reference_platform_debt=[10.0, 30.0])
    verdict = judge(run, [target]).squeeze()
    assert float(verdict.value) == pytest.approx((40 + 40) / (10 + 30))  # 2
    assert verdict.met


def test_a_county_counts_when_its_output_of_2025_exceeds_20_billion_yuan(policies: dict[str, Policy]) -> None:
    _, target = _of(policies, "shaanxi-2022", "large-counties-2025", "陕西省")
    totals = np.array([[0.0, 0, 0, 0, 200.0], [0.0, 0, 0, 0, 201.0]])  # 亿元 up to the end of each year
    run = _counties(gdp=[0.0, 0.0])
    run["gdp"].attrs["accumulator"] = "cumulative_gdp"
    run["cumulative_gdp"] = (("scenario", "time"), totals, {"units": "YiYuan"})
    verdict = judge(run, [target]).squeeze()
    assert float(verdict.value) == 1
    assert float(verdict.goal) == 24


def test_targets_of_the_same_scope_have_names_of_their_own_across_documents(
    policies: dict[str, Policy],
) -> None:
    for one, other in itertools.combinations(policies.values(), 2):
        named = {(each.name, each.scope) for each in one.targets}
        assert not named & {(each.name, each.scope) for each in other.targets}


def test_a_clause_that_asks_for_more_begins_at_what_the_county_itself_does() -> None:
    """桐庐's platforms build for 30 亿 a year; in a county where they build for 10, more is more than 10."""
    plan = load("tonglu/plan-2027")
    assert plan.limits("platform_investment_plan").low == 30
    smaller = dataclasses.replace(plan, model=plan.model.replace(platform_investment_plan=10))
    assert smaller.limits("platform_investment_plan").low == 10
    with pytest.raises(ScenarioError, match=r"20 YiYuan/year is outside \[30, 100\]"):
        plan.replace(platform_investment_plan=20)
    assert smaller.replace(platform_investment_plan=20).levers["platform_investment_plan"].final == 20
